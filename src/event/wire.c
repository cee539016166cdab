/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An event on its way to another process: the struct up to the end of what its pool holds. Both ends are the same
 * program, so that the form is that of the machine; but who sends it has read hostile packets, and may be somebody else's
 * by now: everything that is used as an index, a length or a bool is checked before it is believed.
 */
#include "plainpop/event.h"

size_t event_wire_size(const struct event *e)
{
	return offsetof(struct event, pool) + e->pool_used;
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

		if (!is_bool(&s->set) || (uint32_t)s->off + s->len > e->pool_used)
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
	if (bytes.n < offsetof(struct event, pool) || bytes.n > sizeof *e)
		return false;
	memcpy(e, bytes.p, bytes.n);
	return e->pool_used <= EVENT_POOL && bytes.n == event_wire_size(e) && enumerators_valid(e) && bools_valid(e) &&
	       texts_valid(e) && e->n_alerts <= EVENT_ALERTS && e->flow.n_vlan <= FLOW_VLANS &&
	       (e->flow.ip_v == 4 || e->flow.ip_v == 6) && e->tunnel.kind < TUNNEL_KIND_MAX &&
	       e->flow_id < UINT64_C(1) << 51;
}

bool event_wire_session(struct span bytes, uint64_t *start, uint64_t *flow_id)
{
	if (bytes.n < offsetof(struct event, pool))
		return false;
	memcpy(start, bytes.p + offsetof(struct event, start), sizeof *start);
	memcpy(flow_id, bytes.p + offsetof(struct event, flow_id), sizeof *flow_id);
	return true;
}
