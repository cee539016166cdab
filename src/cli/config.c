/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The configuration file: YAML, a key for each option. outline.c says what stands where, libcyaml whether each value is of
 * the kind that the table of options asks for, and the same functions take the values as take the command line's.
 */
#include <cyaml/cyaml.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli_impl.h"

#define FILE_MAX (1u << 20) /* bytes */

/* ---- the schema ---- */

/* What libcyaml makes of a key. */
struct value {
	int64_t flag, number;
	char *text;
	char **list;
	uint32_t n;
};

struct values {
	struct value of[OPTION_MAX];
};

struct schema {
	cyaml_schema_field_t fields[OPTION_MAX + 1];
	cyaml_schema_value_t top;
};

static const cyaml_strval_t flag_words[] = {
	{ "no", 0 }, { "yes", 1 }, { "false", 0 }, { "true", 1 }, { "off", 0 }, { "on", 1 },
};

static const cyaml_schema_value_t text_schema = {
	.type = CYAML_STRING, .flags = CYAML_FLAG_POINTER, .data_size = sizeof(char), .string = { 0, FILE_MAX },
};

static bool is_list(enum option_kind kind)
{
	return kind == KIND_LIST || kind == KIND_NAMES;
}

/* A key that is a list may be given as one text, too, if that is what stands there. */
static void make_field(cyaml_schema_field_t *f, size_t i, bool as_list)
{
	const struct option_row *o = &option_rows[i];
	uint32_t offset = (uint32_t)(offsetof(struct values, of) + i * sizeof(struct value));

	f->key = o->name;
	f->value = text_schema;
	f->data_offset = offset + (uint32_t)offsetof(struct value, text);
	if (o->kind == KIND_FLAG) {
		f->value = (cyaml_schema_value_t){ .type = CYAML_ENUM, .flags = CYAML_FLAG_STRICT,
						   .data_size = sizeof(int64_t) };
		f->value.enumeration.strings = flag_words;
		f->value.enumeration.count = sizeof flag_words / sizeof flag_words[0];
		f->data_offset = offset + (uint32_t)offsetof(struct value, flag);
	} else if (o->kind == KIND_NUMBER) {
		f->value = (cyaml_schema_value_t){ .type = CYAML_INT, .data_size = sizeof(int64_t) };
		f->data_offset = offset + (uint32_t)offsetof(struct value, number);
	} else if (is_list(o->kind) && as_list) {
		f->value = (cyaml_schema_value_t){ .type = CYAML_SEQUENCE, .flags = CYAML_FLAG_POINTER,
						   .data_size = sizeof(char *) };
		f->value.sequence.entry = &text_schema;
		f->value.sequence.max = CYAML_UNLIMITED;
		f->data_offset = offset + (uint32_t)offsetof(struct value, list);
		f->count_offset = offset + (uint32_t)offsetof(struct value, n);
		f->count_size = sizeof(uint32_t);
	}
	f->value.flags |= CYAML_FLAG_OPTIONAL;
}

static void make_schema(struct schema *schema, const struct outline *o)
{
	cyaml_schema_field_t *f = schema->fields;
	size_t i;

	memset(schema, 0, sizeof *schema);
	for (i = 0; i < OPTION_MAX; i++)
		if (option_rows[i].kind != KIND_COMMAND && option_rows[i].set != NULL)
			make_field(f++, i, o->key[i].list);
	schema->top.type = CYAML_MAPPING;
	schema->top.flags = CYAML_FLAG_POINTER;
	schema->top.data_size = sizeof(struct values);
	schema->top.mapping.fields = schema->fields;
}

/* ---- loading ---- */

/* What libcyaml says of an error: the error itself, then where, from the inside outwards. */
struct complaint {
	char message[128];
	struct place at; /* line 0: not said */
};

static void on_log(enum cyaml_log_e level, void *ctx, const char *fmt, va_list args)
{
	struct complaint *c = ctx;
	char text[256];
	const char *where;

	(void)level;
	vsnprintf(text, sizeof text, fmt, args);
	text[strcspn(text, "\n")] = '\0';
	where = strstr(text, "(line: ");
	if (c->message[0] == '\0')
		snprintf(c->message, sizeof c->message, "%.100s", strncmp(text, "Load: ", 6) == 0 ? text + 6 : text);
	else if (c->at.line == 0 && where != NULL &&
		 sscanf(where, "(line: %u, column: %u)", &c->at.line, &c->at.column) != 2)
		c->at.line = 0;
}

static bool behind(struct place a, struct place b)
{
	return a.line > b.line || (a.line == b.line && a.column > b.column);
}

/* The next key behind a place. OPTION_MAX: none. */
static size_t key_after(const struct outline *o, struct place at)
{
	size_t i, found = OPTION_MAX;

	for (i = 0; i < OPTION_MAX; i++)
		if (o->key[i].there && behind(o->key[i].at, at) &&
		    (found == OPTION_MAX || behind(o->key[found].at, o->key[i].at)))
			found = i;
	return found;
}

/* The key that the place belongs to: the last before it. OPTION_MAX: none. */
static size_t key_at(const struct outline *o, struct place at)
{
	size_t i, found = OPTION_MAX;

	for (i = 0; i < OPTION_MAX; i++)
		if (o->key[i].there && behind(at, o->key[i].at) &&
		    (found == OPTION_MAX || behind(o->key[i].at, o->key[found].at)))
			found = i;
	return found;
}

static void explain(struct diag *d, const struct complaint *c, const struct outline *o)
{
	static const char *const expected[] = {
		[KIND_FLAG] = "yes or no", [KIND_NUMBER] = "a whole number", [KIND_TEXT] = "one text",
		[KIND_LIST] = "a text or a list of texts", [KIND_NAMES] = "a text or a list of texts",
	};
	size_t i = key_at(o, c->at);

	d->line = c->at.line > 0 ? c->at.line : 1;
	d->column = c->at.line > 0 ? c->at.column : 1;
	if (i < OPTION_MAX)
		snprintf(d->message, sizeof d->message, "%s: expected %s", option_rows[i].name,
			 expected[option_rows[i].kind]);
	else
		snprintf(d->message, sizeof d->message, "%s", c->message);
}

/* ---- into the settings ---- */

/* Where a file's values go, and who is told of those that are wrong. */
struct target {
	struct settings *s;
	const struct outline *o;
	bool given[OPTION_MAX]; /* by the command line */
	size_t n_own;           /* so many variables are the command line's */
	const char *name;
	config_report *report;
	void *ctx;
	size_t wrong;
};

static bool said_already(const struct target *t, size_t i)
{
	const struct option_row *o = &option_rows[i];
	size_t k;

	if (o->group == GROUP_ALONE)
		return t->given[i] && o->kind != KIND_NAMES;
	for (k = 0; k < OPTION_MAX; k++)
		if (t->given[k] && option_rows[k].group == o->group)
			return true;
	return false;
}

static bool name_taken(const struct target *t, const char *v)
{
	size_t n = strcspn(v, "="), i;

	for (i = 0; i < t->n_own; i++)
		if (strncmp(t->s->variables.p[i], v, n) == 0 && t->s->variables.p[i][n] == '=')
			return true;
	return false;
}

static void apply_text(struct target *t, size_t i, size_t entry, const char *v)
{
	const struct outline_key *k = &t->o->key[i];
	struct place at = entry < k->n ? k->value[entry] : k->at;
	struct diag d = { .line = at.line, .column = at.column };
	const char *kept;

	if (option_rows[i].kind == KIND_NAMES && name_taken(t, v))
		return;
	kept = settings_keep(t->s, v);
	if (kept != NULL && settings_set(t->s, (enum option_id)i, kept))
		return;
	snprintf(d.file, sizeof d.file, "%s", t->name);
	snprintf(d.message, sizeof d.message, "%s %.80s: %.120s", option_rows[i].name, v, t->s->problem);
	t->report(t->ctx, &d);
	t->wrong++;
}

static void apply_key(struct target *t, size_t i, const struct value *v)
{
	char number[24];
	uint32_t n;

	switch (option_rows[i].kind) {
	case KIND_FLAG:
		apply_text(t, i, 0, v->flag != 0 ? "yes" : "no");
		break;
	case KIND_NUMBER:
		snprintf(number, sizeof number, "%lld", (long long)v->number);
		apply_text(t, i, 0, number);
		break;
	case KIND_LIST:
	case KIND_NAMES:
		for (n = 0; n < v->n; n++)
			apply_text(t, i, n, v->list[n]);
		if (t->o->key[i].list)
			break;
		/* fall through */
	case KIND_TEXT:
		apply_text(t, i, 0, v->text);
		break;
	case KIND_COMMAND: /* the outline has none */
		break;
	}
}

/* In the order of the file, so that complaints come in it, too. */
static void apply(struct target *t, const struct values *values)
{
	struct place from = { 0, 0 };
	size_t i;

	memcpy(t->given, t->s->given, sizeof t->given);
	t->n_own = t->s->variables.n;
	while ((i = key_after(t->o, from)) < OPTION_MAX) {
		if (!said_already(t, i))
			apply_key(t, i, &values->of[i]);
		from = t->o->key[i].at;
	}
}

static size_t load(struct target *t, struct span text)
{
	struct complaint c = { .at = { 0, 0 } };
	cyaml_config_t config = { .log_fn = on_log, .log_ctx = &c, .mem_fn = cyaml_mem, .log_level = CYAML_LOG_ERROR,
				  .flags = CYAML_CFG_NO_ALIAS };
	struct values *values = NULL;
	cyaml_data_t *data = NULL;
	struct schema schema;
	cyaml_err_t err;
	struct diag d;

	make_schema(&schema, t->o);
	err = cyaml_load_data(text.p, text.n, &config, &schema.top, &data, NULL);
	values = data;
	if (err == CYAML_OK && values != NULL) {
		apply(t, values);
	} else {
		if (c.message[0] == '\0')
			snprintf(c.message, sizeof c.message, "%s", cyaml_strerror(err));
		explain(&d, &c, t->o);
		snprintf(d.file, sizeof d.file, "%s", t->name);
		t->report(t->ctx, &d);
		t->wrong++;
	}
	cyaml_free(&config, &schema.top, data, 0);
	return t->wrong;
}

size_t config_parse(struct settings *s, const char *name, struct span text, config_report *report, void *ctx)
{
	struct outline o;
	struct target t = { .s = s, .o = &o, .name = name, .report = report, .ctx = ctx };
	size_t wrong = outline_read(&o, name, text, report, ctx);

	if (wrong == 0 && !o.empty)
		wrong = load(&t, text);
	outline_free(&o);
	return wrong;
}

/* ---- the file ---- */

static void report_diag(void *ctx, const struct diag *d)
{
	log_error("%s:%u:%u: %s", (const char *)ctx, d->line, d->column, d->message);
}

/* All of the file, on the heap. NULL: why not was said. */
static uint8_t *read_whole(const char *path, size_t *n)
{
	uint8_t *text = malloc(FILE_MAX + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = -1;

	*n = 0;
	while (fd >= 0 && text != NULL && *n <= FILE_MAX && (got = read(fd, text + *n, FILE_MAX + 1 - *n)) > 0)
		*n += (size_t)got;
	if (got < 0)
		log_error("%s: %s%s", path, strerror(errno), errno == ENOENT ? "; plainpop.yaml(5) shows how one looks" : "");
	else if (*n > FILE_MAX)
		log_error("%s: larger than %u bytes", path, FILE_MAX);
	if (fd >= 0)
		close(fd);
	if (got >= 0 && *n <= FILE_MAX)
		return text;
	free(text);
	return NULL;
}

int config_read(struct settings *s)
{
	const char *path = s->config;
	uint8_t *text;
	size_t n, wrong;

	/* The default file is of the sensor that this machine may be; a replay is none of its business. */
	if (path == NULL) {
		path = DEFAULT_CONFIG;
		if (s->read.n > 0 || (access(path, F_OK) != 0 && errno == ENOENT))
			return 0;
	}
	text = read_whole(path, &n);
	if (text == NULL)
		return -1;
	wrong = config_parse(s, path, span_of(text, n), report_diag, (void *)(uintptr_t)path);
	free(text);
	if (wrong == 0)
		log_info("settings of %s", path);
	return wrong == 0 ? 0 : -1;
}
