/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * threshold and event_filter, detection_filter, rate_filter, as Suricata 8 does them: a window begins with an event, lasts
 * up to and including `seconds' from it, and the first event behind it begins the next.
 */
#include "counts_impl.h"

/* True when a window begins with this event. */
static bool begins(struct window *w, uint64_t now, uint32_t seconds)
{
	if (w->begun && within(w->start, now, seconds))
		return false;
	w->begun = true;
	w->start = now;
	w->count = 0;
	return true;
}

/* ---- threshold ---- */

static bool backoff_alerts(struct window *w, const struct rule_threshold *th)
{
	uint64_t next;

	if (w->count == 0)
		w->next = th->count;
	if (w->count == UINT32_MAX)
		return false;
	w->count++;
	if (w->count != w->next)
		return false;
	next = (uint64_t)w->next * th->multiplier;
	w->next = next < UINT32_MAX ? (uint32_t)next : UINT32_MAX;
	return true;
}

/* Counts the event. True: it alerts. */
static bool reached(struct window *w, const struct rule_threshold *th, uint64_t now)
{
	bool anew;

	if (th->type == THRESHOLD_BACKOFF)
		return backoff_alerts(w, th);
	anew = begins(w, now, th->seconds);
	w->count = one_more(w->count);
	if (th->type == THRESHOLD_LIMIT)
		return w->count <= th->count;
	if (th->type == THRESHOLD_BOTH)
		return w->count == th->count;
	/* Those of a window gone by were not enough, and no alert is to stand for them. */
	if (anew)
		w->held_back = 0;
	if (w->count < th->count)
		return false;
	w->count = 0; /* the window goes on */
	return true;
}

enum tally_kind threshold_kind(const struct rule_threshold *th)
{
	return th->type == THRESHOLD_LIMIT ? TALLY_LIMIT : th->type == THRESHOLD_BOTH ? TALLY_BOTH :
	       th->type == THRESHOLD_BACKOFF ? TALLY_BACKOFF : TALLY_THRESHOLD;
}

bool threshold_alerts(struct tally_table *t, const struct rule_threshold *th, const struct matched *m)
{
	const struct signature *s = m->signature;
	uint64_t now = m->event->ts;
	struct tally_key k;
	struct window *w;

	if (!tally_key(&k, &t->hash, threshold_kind(th), th->track, s->gid, s->sid, m->event) || (w = tally_get(t, k)) == NULL)
		return th->type == THRESHOLD_LIMIT;
	if (!reached(w, th, now)) {
		if (w->held_back == 0 || now < w->first)
			w->first = now;
		w->held_back = one_more(w->held_back);
		return false;
	}
	/* pop3.distinct knows better what the alert stands for. */
	if (w->held_back > 0 && m->counts->count == 0) {
		m->counts->count = one_more(w->held_back);
		m->counts->first_seen = w->first;
	}
	w->held_back = 0;
	return true;
}

/* ---- detection_filter ---- */

/* Notes the port of an event; how many there are now. */
static uint32_t count_port(struct tally_table *t, struct window *w, uint16_t port)
{
	uint8_t *bits;

	if (w->ports == NULL && !tally_resize(t, &w->ports, 0, PORTS_SIZE))
		return 0;
	bits = w->ports;
	w->n_ports += (bits[port / 8] >> port % 8 & 1) == 0;
	bits[port / 8] |= (uint8_t)(1u << port % 8);
	return w->n_ports;
}

bool filter_alerts(struct tally_table *t, const struct rule_detection_filter *f, const struct matched *m)
{
	const struct event *e = m->event;
	const struct signature *s = m->signature;
	struct tally_key k;
	struct window *w;
	uint32_t n;

	if (!tally_key(&k, &t->hash, TALLY_FILTER, f->track, s->gid, s->sid, e) || (w = tally_get(t, k)) == NULL)
		return false;
	if (begins(w, e->ts, f->seconds) && w->ports != NULL) {
		memset(w->ports, 0, PORTS_SIZE);
		w->n_ports = 0;
	}
	w->count = one_more(w->count);
	n = f->unique_on == UNIQUE_NONE ? w->count :
	    count_port(t, w, e->flow.port[f->unique_on == UNIQUE_SRC_PORT ? e->from : side_other(e->from)]);
	if (n <= f->count)
		return false;
	if (m->counts->count == 0) {
		m->counts->count = w->count;
		m->counts->first_seen = w->start;
	}
	return true;
}

/* ---- rate_filter ---- */

enum signature_action rate_action(struct tally_table *t, const struct rule_rate_filter *r, const struct matched *m)
{
	const struct signature *s = m->signature;
	uint64_t now = m->event->ts;
	struct tally_key k;
	struct window *w;

	if (!tally_key(&k, &t->hash, TALLY_RATE, r->track, s->gid, s->sid, m->event) || (w = tally_get(t, k)) == NULL)
		return s->action;
	if (w->other_action) {
		w->other_action = within(w->changed, now, r->timeout);
		return w->other_action ? r->action : s->action;
	}
	begins(w, now, r->seconds);
	w->count = one_more(w->count);
	if (w->count <= r->count)
		return s->action;
	w->other_action = true;
	w->changed = now;
	return r->action;
}
