/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of fields, for formats that walk it. EVE has its rows compiled into it instead. */
#include "field.h"

#define FIELD(in, id, what, ...)                                   \
	static struct value get_##in##_##id(const struct scene *s) \
	{                                                          \
		const struct event *e = s->event;                  \
		(void)e;                                           \
		return what;                                       \
	}
#include "fields.def"

const struct field fields[FIELDS] = {
#define FIELD(in, id, what, eve, ecs, login, finding, cef, text) \
	{ SET_##in, get_##in##_##id, { eve, ecs, login, finding, cef, text } },
#include "fields.def"
};

#define BIT(set) (1u << (SET_##set))

unsigned field_sets(const struct scene *s)
{
	const struct event *e = s->event;
	unsigned sets = BIT(RECORD);

	switch (s->record->type) {
	case RECORD_ALERT:
		sets |= BIT(SIGNATURE) | BIT(LOGIN) | BIT(ALERT) | BIT(FLOW) | BIT(TRANSACTION);
		break;
	case RECORD_POP3:
		sets |= e->kind == EVENT_LOGIN ? BIT(LOGIN) | BIT(TRANSACTION) : BIT(SESSION);
		break;
	case RECORD_ANOMALY:
		sets |= BIT(ANOMALY) | (e != NULL ? BIT(TLS) : 0);
		break;
	case RECORD_STATS:
		break;
	}
	/* An object stands in the table behind the set that it is in. */
#define OBJECT(in, sub, when, eve) sets |= (sets & BIT(in)) != 0 && (when) ? BIT(sub) : 0;
#include "fields.def"
	return sets;
}

bool value_next(enum value_kind kind, struct span *rest, struct span *item)
{
	const uint8_t *end;

	if (kind == VALUE_SINGLE) { /* also when it is empty; *rest is nothing at all behind it */
		*item = *rest;
		*rest = span_of(NULL, 0);
		return item->p != NULL;
	}
	if (rest->n == 0)
		return false;
	if (kind == VALUE_WORDS) {
		*item = span_word(rest);
		return true;
	}
	end = memchr(rest->p, '\n', rest->n);
	*item = span_take(*rest, end != NULL ? (size_t)(end - rest->p) : rest->n);
	*rest = span_skip(*rest, end != NULL ? item->n + 1 : item->n);
	return true;
}
