/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where things stand in the configuration file, by the events of libyaml. libcyaml, which makes the values, tells places
 * only of some errors and takes much for granted (of several documents the first, a text up to its NUL, any word for
 * true), so all that concerns shape and keys is settled here, before.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <yaml.h>

#include "cli_impl.h"

#define WRONG_MAX 20     /* more than that need not be told one by one */
#define ENTRIES_MAX 4096 /* of a list */
#define DEPTH_MAX 16     /* of what is skipped: libyaml's time grows with its square */

struct reader {
	yaml_parser_t parser;
	yaml_event_t event;
	struct outline *o;
	const char *name;
	struct span text;
	config_report *report;
	void *ctx;
	size_t wrong;
};

static void __attribute__((format(printf, 3, 4))) complain(struct reader *r, struct place at, const char *fmt, ...)
{
	struct diag d = { .line = at.line, .column = at.column };
	va_list ap;

	if (r->wrong++ > WRONG_MAX)
		return;
	snprintf(d.file, sizeof d.file, "%s", r->name);
	va_start(ap, fmt);
	vsnprintf(d.message, sizeof d.message, fmt, ap);
	va_end(ap);
	if (r->wrong > WRONG_MAX)
		snprintf(d.message, sizeof d.message, "and more is wrong");
	r->report(r->ctx, &d);
}

static struct place place_of(yaml_mark_t mark)
{
	return (struct place){ (unsigned)mark.line + 1, (unsigned)mark.column + 1 };
}

/* libyaml's reader tells an offset, and no mark. */
static struct place place_at(struct span text, size_t offset)
{
	struct place at = { 1, 1 };
	size_t i;

	for (i = 0; i < offset && i < text.n; i++) {
		if (text.p[i] == '\n')
			at = (struct place){ at.line + 1, 1 };
		else if ((text.p[i] & 0xc0) != 0x80)
			at.column++;
	}
	return at;
}

static void complain_syntax(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	const char *problem = p->problem != NULL ? p->problem : "not YAML";

	if (p->error == YAML_READER_ERROR)
		complain(r, place_at(r->text, p->problem_offset), "%s", problem);
	else if (p->error == YAML_MEMORY_ERROR)
		complain(r, place_of(p->mark), "out of memory");
	else
		complain(r, place_of(p->problem_mark), "%s%s%s", p->context != NULL ? p->context : "",
			 p->context != NULL ? ", " : "", problem);
}

/* The next event; the one before is gone. False: not YAML, which was said. */
static bool next(struct reader *r)
{
	yaml_event_delete(&r->event);
	if (yaml_parser_parse(&r->parser, &r->event) == 1)
		return true;
	complain_syntax(r);
	return false;
}

static struct place here(const struct reader *r)
{
	return place_of(r->event.start_mark);
}

/* What YAML can do and no configuration needs: an anchor or an alias, which can make much of little, and types. */
static bool plain(struct reader *r, const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor != NULL)
		complain(r, here(r), "no anchors or aliases here; a text that begins with & or * is put into quotes");
	else if (tag != NULL)
		complain(r, here(r), "no tags here; a text that begins with ! is put into quotes");
	return anchor == NULL && tag == NULL;
}

static bool plain_event(struct reader *r)
{
	const yaml_event_t *e = &r->event;

	switch (e->type) {
	case YAML_ALIAS_EVENT:
		return plain(r, e->data.alias.anchor, NULL);
	case YAML_SCALAR_EVENT:
		return plain(r, e->data.scalar.anchor, e->data.scalar.tag);
	case YAML_SEQUENCE_START_EVENT:
		return plain(r, e->data.sequence_start.anchor, e->data.sequence_start.tag);
	case YAML_MAPPING_START_EVENT:
		return plain(r, e->data.mapping_start.anchor, e->data.mapping_start.tag);
	default:
		return true;
	}
}

static struct span scalar_of(const struct reader *r)
{
	return span_of(r->event.data.scalar.value, r->event.data.scalar.length);
}

static bool is_null(const struct reader *r)
{
	struct span v = scalar_of(r);

	return r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (v.n == 0 || span_eq(v, span_str("~")) || span_eq(v, span_str("null")));
}

/* Over the rest of a value whose first event is at hand, whatever is in it, after a complaint. False: no further. */
static bool skip_value(struct reader *r)
{
	unsigned depth = 0;

	do {
		switch (r->event.type) {
		case YAML_SEQUENCE_START_EVENT:
		case YAML_MAPPING_START_EVENT:
			depth++;
			break;
		case YAML_SEQUENCE_END_EVENT:
		case YAML_MAPPING_END_EVENT:
			depth--;
			break;
		default:
			break;
		}
		if (depth > DEPTH_MAX || (depth > 0 && !next(r)))
			return false;
	} while (depth > 0);
	return true;
}

static bool add_value(struct reader *r, struct outline_key *k)
{
	struct place *bigger = k->value;

	if (k->n == ENTRIES_MAX) {
		complain(r, here(r), "more than %d entries", ENTRIES_MAX);
		return false;
	}
	/* Twice as many whenever there is a power of two of them. */
	if ((k->n & (k->n - 1)) == 0)
		bigger = realloc(k->value, (k->n == 0 ? 1 : 2 * k->n) * sizeof *k->value);
	if (bigger == NULL) {
		complain(r, here(r), "out of memory");
		return false;
	}
	k->value = bigger;
	k->value[k->n++] = here(r);
	return true;
}

/* One text, the value of a key or an entry of its list. */
static bool read_text(struct reader *r, struct outline_key *k, const char *name)
{
	if (!plain_event(r))
		return skip_value(r);
	if (r->event.type != YAML_SCALAR_EVENT) {
		complain(r, here(r), "%s: expected a text%s", name, k->list ? "" : " or a list of texts");
		return skip_value(r);
	}
	if (is_null(r))
		complain(r, here(r), "%s: nothing is said; without the key it has its default", name);
	else if (memchr(scalar_of(r).p, '\0', scalar_of(r).n) != NULL)
		complain(r, here(r), "%s: a NUL in a text", name);
	return add_value(r, k);
}

static bool read_value(struct reader *r, struct outline_key *k, const char *name)
{
	if (r->event.type != YAML_SEQUENCE_START_EVENT)
		return read_text(r, k, name);
	if (!plain_event(r))
		return skip_value(r);
	k->list = true;
	for (;;) {
		if (!next(r))
			return false;
		if (r->event.type == YAML_SEQUENCE_END_EVENT)
			return true;
		if (!read_text(r, k, name))
			return false;
	}
}

/* The row of the key at hand; OPTION_MAX: none that may stand here, which was said. */
static size_t find_key(struct reader *r)
{
	const struct option_row *o;
	const char *meant;
	char key[64];
	size_t i;

	if (!plain_event(r))
		return OPTION_MAX;
	if (r->event.type != YAML_SCALAR_EVENT) {
		complain(r, here(r), "expected a key and its value, such as ports: 110");
		return OPTION_MAX;
	}
	for (i = 0; i < OPTION_MAX; i++)
		if (span_eq(scalar_of(r), span_str(option_rows[i].name)))
			break;
	if (i == OPTION_MAX) {
		span_printable(span_take(scalar_of(r), sizeof key / 4 - 1), key);
		meant = option_nearest(scalar_of(r));
		complain(r, here(r), meant != NULL ? "%s: no such key; is %s meant?" : "%s: no such key; plainpop.yaml(5) has them all",
			 key, meant);
		return OPTION_MAX;
	}
	o = &option_rows[i];
	if (o->kind == KIND_COMMAND)
		complain(r, here(r), "%s: only for the command line", o->name);
	else if (o->set == NULL)
		complain(r, here(r), "%s: not supported yet", o->name);
	else if (r->o->key[i].there)
		complain(r, here(r), "%s: already set in line %u", o->name, r->o->key[i].at.line);
	else
		return i;
	return OPTION_MAX;
}

static bool read_mapping(struct reader *r)
{
	struct outline_key *k;
	size_t i;

	for (;;) {
		if (!next(r))
			return false;
		if (r->event.type == YAML_MAPPING_END_EVENT)
			return true;
		i = find_key(r);
		k = i < OPTION_MAX ? &r->o->key[i] : NULL;
		if (k != NULL)
			*k = (struct outline_key){ .there = true, .at = here(r) };
		if (!skip_value(r) || !next(r)) /* a key may be more than a text */
			return false;
		if (k != NULL ? !read_value(r, k, option_rows[i].name) : !skip_value(r))
			return false;
		r->o->empty = false;
	}
}

static bool read_document(struct reader *r)
{
	if (!next(r))
		return false;
	if (!plain_event(r))
		return false;
	if (r->event.type == YAML_MAPPING_START_EVENT)
		return read_mapping(r);
	if (r->event.type == YAML_SCALAR_EVENT && is_null(r))
		return true;
	complain(r, here(r), "expected keys and values, such as ports: 110");
	return false;
}

static void read_stream(struct reader *r)
{
	bool seen = false;

	do {
		if (!next(r))
			return;
		if (r->event.type != YAML_DOCUMENT_START_EVENT)
			continue;
		if (seen) {
			complain(r, here(r), "a second document");
			return;
		}
		seen = true;
		if (!read_document(r))
			return;
	} while (r->event.type != YAML_STREAM_END_EVENT);
}

size_t outline_read(struct outline *o, const char *name, struct span text, config_report *report, void *ctx)
{
	struct reader r = { .o = o, .name = name, .text = text, .report = report, .ctx = ctx };

	*o = (struct outline){ .empty = true };
	if (yaml_parser_initialize(&r.parser) != 1) {
		complain(&r, (struct place){ 1, 1 }, "out of memory");
		return r.wrong;
	}
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, text.p != NULL ? text.p : (const uint8_t *)"", text.n);
	read_stream(&r);
	yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	return r.wrong;
}

void outline_free(struct outline *o)
{
	size_t i;

	for (i = 0; i < OPTION_MAX; i++)
		free(o->key[i].value);
	*o = (struct outline){ 0 };
}
