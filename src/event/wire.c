/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An event on its way to another process: the struct up to the end of what its pool holds, without what it does not have of
 * tunnel, known and alerts, which would be a third of it. Both ends are the same program, so that the form is that of the
 * machine; but who sends it has read hostile packets, and may be somebody else's by now: everything that is used as an
 * index, a length or a bool is checked before it is believed.
 */
#include "plainpop/event.h"

#define FIRST offsetof(struct event, tunnel)                                      /* bytes that all have, */
#define SELDOM (offsetof(struct event, alerts) - offsetof(struct event, tunnel))  /* that few have: that shows in the size, */
#define TEXTS (offsetof(struct event, pool) - offsetof(struct event, text))       /* and that all have, before those in the pool */

static bool has_seldom(const struct event *e)
{
	return e->tunnel.depth > 0 || e->kind == EVENT_SERVER;
}

static size_t alerts_size(const struct event *e)
{
	return e->n_alerts * sizeof e->alerts[0];
}

/* What comes behind those. */
static size_t rest_size(const struct event *e)
{
	return alerts_size(e) + TEXTS + e->pool_used;
}

size_t event_wire_size(const struct event *e)
{
	return FIRST + (has_seldom(e) ? SELDOM : 0) + rest_size(e);
}

void event_wire_write(const struct event *e, uint8_t *out)
{
	memcpy(out, e, FIRST);
	out += FIRST;
	if (has_seldom(e)) {
		memcpy(out, &e->tunnel, SELDOM);
		out += SELDOM;
	}
	memcpy(out, e->alerts, alerts_size(e));
	memcpy(out + alerts_size(e), e->text, TEXTS + e->pool_used);
}

/* Checks only how much there is of each. */
static bool parts_read(struct event *e, struct span bytes)
{
	struct span rest;

	if (bytes.n < FIRST)
		return false;
	memcpy(e, bytes.p, FIRST);
	if (e->n_alerts > EVENT_ALERTS || e->pool_used > EVENT_POOL)
		return false;
	rest = span_skip(bytes, FIRST);
	memset(&e->tunnel, 0, SELDOM);
	if (rest.n == SELDOM + rest_size(e)) {
		memcpy(&e->tunnel, rest.p, SELDOM);
		rest = span_skip(rest, SELDOM);
	}
	if (bytes.n != event_wire_size(e))
		return false;
	memcpy(e->alerts, rest.p, alerts_size(e));
	memcpy(e->text, rest.p + alerts_size(e), TEXTS + e->pool_used);
	return true;
}

/* A bool that is neither would be anything. */
static bool is_bool(const void *p)
{
	uint8_t v;

	memcpy(&v, p, 1);
	return v <= 1;
}

static bool bools_valid(const struct event *e)
{
	const void *all[] = { &e->capture.midstream, &e->capture.one_sided, &e->capture.truncated, &e->unrecorded,
			      &e->secret_seen, &e->secret_id_set, &e->breached, &e->undecodable, &e->response_set,
			      &e->response_ok, &e->passed, &e->tunnel.id_set, &e->known.stls_offered,
			      &e->known.plaintext_accepted, &e->known.plaintext_refused };
	size_t i;

	for (i = 0; i < sizeof all / sizeof all[0]; i++)
		if (!is_bool(all[i]))
			return false;
	return true;
}

static bool texts_valid(const struct event *e)
{
	int t;

	for (t = 0; t < EVENT_TEXT_MAX; t++) {
		const struct event_slice *s = &e->text[t];

		if (s->at == 0 ? s->len > 0 : s->at - 1u + s->len > e->pool_used)
			return false;
	}
	return true;
}

/* An enumerator below max, as the number it is in memory. */
static bool below(const void *p, unsigned max)
{
	unsigned v;

	memcpy(&v, p, sizeof v);
	return v < max;
}

static bool enumerators_valid(const struct event *e)
{
	return below(&e->kind, EVENT_KIND_MAX) && below(&e->stls, STLS_MAX) && below(&e->outcome, OUTCOME_MAX) &&
	       below(&e->exposure, EXPOSURE_MAX) && below(&e->end_reason, END_MAX) && below(&e->anomaly, ANOMALY_MAX) &&
	       below(&e->server, SERVER_MAX) && below(&e->from, SIDE_SERVER + 1) &&
	       below(&e->credential, CREDENTIAL_VALID + 1);
}

bool event_wire_read(struct event *e, struct span bytes)
{
	return parts_read(e, bytes) && enumerators_valid(e) && bools_valid(e) && texts_valid(e) && e->flow.n_vlan <= FLOW_VLANS &&
	       (e->flow.ip_v == 4 || e->flow.ip_v == 6) && e->tunnel.kind < TUNNEL_KIND_MAX &&
	       e->flow_id < UINT64_C(1) << 51;
}

bool event_wire_session(struct span bytes, uint64_t *start, uint64_t *flow_id)
{
	if (bytes.n < FIRST)
		return false;
	memcpy(start, bytes.p + offsetof(struct event, start), sizeof *start);
	memcpy(flow_id, bytes.p + offsetof(struct event, flow_id), sizeof *flow_id);
	return true;
}
