/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that a record can say: fields.def. What its rows count on, and the same table for formats that walk it. */
#ifndef PLAINPOP_EMIT_FIELD_H
#define PLAINPOP_EMIT_FIELD_H

#include "value.h"

/* Fields that stand together: each is an object of EVE's, or part of one. */
enum field_set {
	SET_RECORD,    /* what every record begins with */
	SET_TUNNEL,    /* around the packets */
	SET_SIGNATURE, /* the rule that fired */
	SET_LOGIN,     /* what plainpop knows of a login, or of what else made a rule fire */
	SET_ALERT,     /* what it knows of an alert besides */
	SET_TLS,
	SET_CAPTURE,   /* what is missing */
	SET_SERVER,    /* what was known of it before */
	SET_REQUEST,
	SET_RESPONSE,
	SET_TRANSACTION, /* both of them */
	SET_FLOW,
	SET_SESSION,
	SET_ANOMALY,
	SET_MAX
};

/* A field's names, one for each way of writing a record. */
enum field_name { NAME_EVE, NAME_ECS, NAME_OCSF_LOGIN, NAME_OCSF_FINDING, NAME_CEF, NAME_TEXT, NAME_MAX };

struct field {
	enum field_set set;
	struct value (*get)(const struct scene *s);
	const char *name[NAME_MAX]; /* NULL: it is not there */
};

enum {
	FIELDS = 0
#define FIELD(...) + 1
#include "fields.def"
};

/* In the order of fields.def. */
extern const struct field fields[FIELDS];

/* Which sets a record has, one bit each, where a format does not part them as EVE does. */
unsigned field_sets(const struct scene *s);

/* ---- what the rows are written in; s is the scene, e its event ---- */

/* Nothing unless the condition holds. */
#define IF(condition, value) ((condition) ? (value) : value_none())
#define TEXT(t) value_text(e, EVENT_##t, VALUE_TEXT)
#define LINES(t) value_text(e, EVENT_##t, VALUE_LINES)
#define STRING(string) value_string(string)
#define WORD(word) value_word(word)
#define NUMBER(n) value_number(VALUE_NUMBER, n)
#define SOME(n) value_some(VALUE_NUMBER, n) /* unless it is 0 */
#define ID(n) value_number(VALUE_ID, n)
#define BOOL(b) value_number(VALUE_BOOL, b)
#define TRUE(b) value_some(VALUE_BOOL, b) /* when it is */
#define TIME(us) value_number(VALUE_TIME, us)

/* PASS has one argument, spaces and all. */
static inline struct value field_args(const struct event *e)
{
	enum value_kind kind = span_is(event_get(e, EVENT_COMMAND), "PASS") ? VALUE_SINGLE : VALUE_WORDS;

	return (struct value){ .kind = kind, .bytes = event_get(e, EVENT_ARGS) };
}

static inline const char *field_rule_action(enum signature_action a)
{
	return a == ACTION_DROP ? "drop" : a == ACTION_REJECT ? "reject" : NULL;
}

#endif
