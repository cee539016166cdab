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
	s->off = e->pool_used;
	s->len = (uint16_t)bytes.n;
	s->set = true;
	if (bytes.n > 0)
		memcpy(e->pool + s->off, bytes.p, bytes.n);
	e->pool_used = (uint16_t)(e->pool_used + bytes.n);
}

bool event_has(const struct event *e, enum event_text t)
{
	return e->text[t].set;
}

struct span event_get(const struct event *e, enum event_text t)
{
	return span_of(e->pool + e->text[t].off, e->text[t].len);
}

void event_wipe(struct event *e)
{
	explicit_bzero(e->pool, e->pool_used);
	event_init(e, e->kind);
}
