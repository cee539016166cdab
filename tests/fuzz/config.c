/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configuration files. Input: the file. */
#include <stdlib.h>

#include "../../src/cli/cli_impl.h"
#include "fuzz.h"

struct told {
	size_t n;
	unsigned lines;
};

static void on_report(void *ctx, const struct diag *d)
{
	struct told *told = ctx;

	told->n++;
	assert(strcmp(d->file, "fuzz") == 0);
	/* The end of the text may be behind the last line. */
	assert(d->line >= 1 && d->line <= told->lines + 1 && d->column >= 1);
	assert(d->message[0] != '\0' && memchr(d->message, '\0', sizeof d->message) != NULL);
}

/* YAML ends lines in more ways than one. */
static unsigned lines_of(struct span text)
{
	unsigned n = 1;
	size_t i;

	for (i = 0; i < text.n; i++)
		n += text.p[i] == '\n' || text.p[i] == '\r' || text.p[i] == 0x85 || text.p[i] == 0xa8 || text.p[i] == 0xa9;
	return n;
}

/* Every place of an outline is in the text, and a list has as many as it has entries. */
static void check_outline(const struct outline *o, unsigned lines)
{
	size_t i, k;

	for (i = 0; i < OPTION_MAX; i++) {
		const struct outline_key *key = &o->key[i];

		assert(key->there || (key->n == 0 && !key->list));
		assert(!key->there || (option_rows[i].set != NULL && option_rows[i].kind != KIND_COMMAND));
		assert(!key->there || key->list || key->n == 1);
		for (k = 0; k < key->n; k++)
			assert(key->value[k].line >= key->at.line && key->value[k].line <= lines + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of(data, size);
	struct told told = { .lines = lines_of(text) }, again = told;
	struct settings s = { 0 };
	struct outline o;
	size_t wrong = outline_read(&o, "fuzz", text, on_report, &told), i;
	bool good = wrong == 0;

	assert(wrong >= told.n && good == (told.n == 0));
	if (good)
		check_outline(&o, told.lines);
	wrong = config_parse(&s, "fuzz", text, on_report, &again);
	assert(good || (wrong == again.n || again.n > 20));
	for (i = 0; good && i < OPTION_MAX; i++)
		assert(s.given[i] == o.key[i].there || wrong > 0 || o.key[i].n == 0);
	settings_preset(&s);
	assert(s.read.n + s.output.n + s.variables.n <= size);
	outline_free(&o);
	settings_free(&s);
	return 0;
}
