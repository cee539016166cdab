/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EVE lines, one after another. Whoever can log in can write into them, and who wrote the file is not known either. */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>

#include "impl.h"

#define BLOCK (UINT32_C(64) << 10)

struct reader {
	struct report *r;
	struct json_tokener *tokener;
	struct source *source;
	const char *name;
	report_wrong *wrong;
	void *ctx;
	char *line; /* LINE_LONGEST bytes */
	size_t n;
	bool too_long;
};

#define MAPS 12

static void maps_of(struct report *r, struct map *maps[MAPS])
{
	struct map *const all[MAPS] = { &r->texts.index, &r->servers, &r->accounts, &r->clients, &r->secrets, &r->attacks,
					&r->rules, &r->hosts, &r->account_clients, &r->server_clients, &r->secret_accounts,
					&r->seen };

	memcpy(maps, all, sizeof all);
}

struct report *report_new(const struct report_options *options)
{
	struct report *r = calloc(1, sizeof *r);
	struct map *maps[MAPS];
	size_t i;

	if (r == NULL)
		return NULL;
	r->options = *options;
	maps_of(r, maps);
	for (i = 0; i < MAPS && map_init(maps[i]); i++)
		;
	if (i == MAPS && hash_random(r->texts.hash_key, sizeof r->texts.hash_key) == 0)
		return r;
	free(r);
	return NULL;
}

void report_free(struct report *r)
{
	struct map *maps[MAPS];
	uint32_t i;

	if (r == NULL)
		return;
	maps_of(r, maps);
	for (i = 0; i < MAPS; i++)
		map_free(maps[i]);
	for (i = 0; i < r->attack.n; i++)
		free(r->attack.p[i].curve);
	{
		void *const rows[] = { r->texts.pool, r->server.p, r->account.p, r->client.p, r->secret.p, r->reuse.p,
				       r->attack.p, r->rule.p, r->login.p, r->run.p, r->source.p, r->advice.p, r->quality.p,
				       r->servers_by_rank, r->accounts_by_rank, r->clients_by_rank, r->attacks_by_rank,
				       r->reuse_by_rank, r->rules_by_rank };

		for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
			free(rows[i]);
	}
	free(r);
}

struct source source_sum(const struct report *r)
{
	struct source sum = { .name = NONE };
	uint32_t i;

	for (i = 0; i < r->source.n; i++) {
		const struct source *s = &r->source.p[i];

		sum.lines += s->lines;
		sum.taken += s->taken;
		sum.foreign += s->foreign;
		sum.damaged += s->damaged;
		sum.again += s->again;
	}
	return sum;
}

uint64_t report_damaged(const struct report *r)
{
	return source_sum(r).damaged;
}

void report_unread(struct report *r)
{
	r->unread++;
}

uint64_t report_records(const struct report *r)
{
	return source_sum(r).taken;
}

/* ---- lines ---- */

static void damaged(struct reader *d, const char *why)
{
	d->source->damaged++;
	if (d->wrong != NULL)
		d->wrong(d->ctx, d->name, d->source->lines, why);
}

/* True when nothing in the line can be plainpop's: most lines of Suricata's are passed over by that. */
static bool is_foreign(struct span line)
{
	static const char *const words[] = { "\"pop3\"", "\"stats\"", "\"anomaly\"" };
	size_t i;

	for (i = 0; i < sizeof words / sizeof words[0]; i++)
		if (memmem(line.p, line.n, words[i], strlen(words[i])) != NULL)
			return false;
	return line.p[0] == '{' && line.p[line.n - 1] == '}';
}

static void take_object(struct reader *d, struct json_object *o)
{
	const char *why = NULL;

	switch (record_take(d->r, o, &why)) {
	case TAKEN:
		d->source->taken++;
		break;
	case FOREIGN:
		d->source->foreign++;
		break;
	case AGAIN:
		d->source->again++;
		break;
	case DAMAGED:
		damaged(d, why);
		break;
	}
}

static void take_line(struct reader *d)
{
	struct span line = span_trim(span_of(d->line, d->n));
	struct json_object *o;

	d->source->lines++;
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (d->too_long) {
		damaged(d, "longer than a mebibyte");
		return;
	}
	if (line.n == 0)
		return;
	if (is_foreign(line)) {
		d->source->foreign++;
		return;
	}
	json_tokener_reset(d->tokener);
	o = json_tokener_parse_ex(d->tokener, (const char *)line.p, (int)line.n);
	if (!json_object_is_type(o, json_type_object) || json_tokener_get_parse_end(d->tokener) != line.n)
		damaged(d, line.p[0] == '{' ? "not a whole JSON object"
		       : d->source->lines == 1 ? "not a JSON object; is this EVE? (a capture stands behind -r)"
					      : "not a JSON object");
	else
		take_object(d, o);
	json_object_put(o);
}

/* Takes the lines that end in the block, and keeps the beginning of the next. */
static void take_block(struct reader *d, struct span block)
{
	const uint8_t *end;
	size_t n;

	while (block.n > 0) {
		end = memchr(block.p, '\n', block.n);
		n = end != NULL ? (size_t)(end - block.p) : block.n;
		if (n > LINE_LONGEST - d->n)
			d->too_long = true;
		else
			memcpy(d->line + d->n, block.p, n);
		d->n = d->too_long ? 0 : d->n + n;
		if (end != NULL) {
			take_line(d);
			d->n = 0;
			d->too_long = false;
			n++;
		}
		block = span_skip(block, n);
	}
}

static int read_all(struct reader *d, FILE *f)
{
	char *block = malloc(BLOCK);
	int status = -1;
	size_t n;

	if (block == NULL)
		return -1;
	do {
		errno = 0;
		n = fread(block, 1, BLOCK, f);
		take_block(d, span_of(block, n));
	} while (n > 0 && !d->r->no_memory);
	if (!ferror(f) && !d->r->no_memory)
		status = 0;
	else if (d->r->no_memory)
		errno = ENOMEM;
	else if (errno == 0)
		errno = EIO;
	free(block);
	return status;
}

int report_read(struct report *r, const char *name, FILE *f, report_wrong *wrong, void *ctx)
{
	struct reader d = { .r = r, .name = name, .wrong = wrong, .ctx = ctx };
	struct source beyond = { 0 };
	int status = -1, saved;

	d.tokener = json_tokener_new_ex(DEPTH_MAX);
	d.line = malloc(LINE_LONGEST + 1);
	if (d.tokener != NULL && d.line != NULL) {
		json_tokener_set_flags(d.tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
		d.source = r->source.n < SOURCES_MAX ? ROWS_ADD(r->source) : NULL;
		if (d.source == NULL) {
			r->beyond.sources++;
			d.source = &beyond;
		}
		d.source->name = text_name(r, "file", span_str(name));
		status = read_all(&d, f);
		saved = errno;
		if (d.n > 0 || d.too_long)
			take_line(&d);
		errno = saved;
	}
	if (d.tokener != NULL)
		json_tokener_free(d.tokener);
	free(d.line);
	return status;
}
