/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plainpop/event.h"

static const struct {
	uint16_t cap;
} texts[EVENT_TEXT_MAX] = {
#define EVENT_TEXT(id, cap, what) { cap },
#include "plainpop/texts.def"
#undef EVENT_TEXT
};

enum {
	POOL_NEEDED = 0
#define EVENT_TEXT(id, cap, what) + (cap)
#include "plainpop/texts.def"
#undef EVENT_TEXT
};
_Static_assert(POOL_NEEDED <= EVENT_POOL, "the texts do not fit into an event");

void event_init(struct event *e, enum event_kind kind)
{
	memset(e, 0, offsetof(struct event, pool));
	e->kind = kind;
}

void event_set(struct event *e, enum event_text t, struct span bytes)
{
	struct event_slice *s = &e->text[t];

	if (bytes.n > texts[t].cap) {
		bytes.n = texts[t].cap;
		e->capture.truncated = true;
	}
	s->at = (uint16_t)(e->pool_used + 1);
	s->len = (uint16_t)bytes.n;
	if (bytes.n > 0)
		memcpy(e->pool + e->pool_used, bytes.p, bytes.n);
	e->pool_used = (uint16_t)(e->pool_used + bytes.n);
}

bool event_has(const struct event *e, enum event_text t)
{
	return e->text[t].at != 0;
}

struct span event_get(const struct event *e, enum event_text t)
{
	return event_has(e, t) ? span_of(e->pool + e->text[t].at - 1, e->text[t].len) : span_of(e->pool, 0);
}

void event_wipe(struct event *e)
{
	explicit_bzero(e->pool, e->pool_used);
	event_init(e, e->kind);
}
