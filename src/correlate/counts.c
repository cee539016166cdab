/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limits on alerts, and what it takes for there to be one: the conditions of a rule, in their order. */
#include <stdlib.h>

#include "counts_impl.h"

struct counts *counts_new(size_t memory)
{
	struct counts *c = calloc(1, sizeof *c);

	if (c != NULL && !tally_init(&c->table, memory)) {
		free(c);
		return NULL;
	}
	return c;
}

void counts_free(struct counts *c)
{
	if (c == NULL)
		return;
	tally_fini(&c->table);
	free(c);
}

size_t counts_memory(const struct counts *c)
{
	return c->table.memory;
}

static void ask_for(struct tally_table *t, enum tally_kind kind, enum rule_track track, uint32_t gid, uint32_t sid,
		    const struct event *e)
{
	struct tally_key k;

	if (tally_key(&k, &t->hash, kind, track, gid, sid, e))
		tally_ask(t, k);
}

/*
 * What the alerts of an event will be asked by, in the order in which they are. Not what comes behind a condition that
 * seldom holds.
 */
static void look_ahead(struct tally_table *t, const struct ruleset *rs, const struct event *e)
{
	struct tally_key k;
	unsigned i;

	for (i = 0; i < e->n_alerts; i++) {
		const struct rule_counting *r = ruleset_counting(rs, e->alerts[i]);
		const struct signature *s = ruleset_at(rs, e->alerts[i]);

		if (r == NULL)
			continue;
		if (r->fresh.set && fresh_key(&k, &t->hash, &r->fresh, e))
			tally_ask(t, k);
		if (r->after.failures > 0)
			ask_for(t, TALLY_FAILURES, r->after.track, 0, r->after.seconds, e);
		if (r->distinct.set)
			ask_for(t, distinct_kind(&r->distinct), r->distinct.track, s->gid, s->sid, e);
		if (r->after.failures > 0 || r->distinct.set)
			continue;
		if (r->filter.count > 0)
			ask_for(t, TALLY_FILTER, r->filter.track, s->gid, s->sid, e);
		if (r->rate.count > 0)
			ask_for(t, TALLY_RATE, r->rate.track, s->gid, s->sid, e);
		if (r->threshold.type != THRESHOLD_NONE)
			ask_for(t, threshold_kind(&r->threshold), r->threshold.track, s->gid, s->sid, e);
	}
}

void counts_observe(struct counts *c, const struct ruleset *rs, const struct event *e)
{
	struct tally_table *t = &c->table;
	const struct rule_after *a;
	size_t i;

	tally_event(&t->hash, e);
	tally_ask_nothing(t);
	look_ahead(t, rs, e);
	tally_fetch(t);
	if (ruleset_after(rs, 0) == NULL || !failures_has(e))
		return;
	for (i = 0; (a = ruleset_after(rs, i)) != NULL; i++)
		failures_note(t, a, e);
}

/* True when what the rule waits for has come. */
static bool complete(struct tally_table *t, const struct rule_counting *r, const struct matched *m, bool fresh)
{
	return (r->after.failures == 0 || failures_alert(t, &r->after, m)) && fresh &&
	       (!r->distinct.set || distinct_alerts(t, &r->distinct, m)) &&
	       (r->filter.count == 0 || filter_alerts(t, &r->filter, m));
}

bool counts_alert(struct counts *c, const struct ruleset *rs, size_t i, const struct event *e,
		  struct alert_counts *counts, enum signature_action *action)
{
	const struct rule_counting *r = ruleset_counting(rs, i);
	const struct matched m = { ruleset_at(rs, i), e, counts };
	bool fresh, alert;

	*counts = (struct alert_counts){ .count = 0 };
	*action = m.signature->action;
	/* An address does not stay new because of another condition. */
	fresh = r == NULL || !r->fresh.set || fresh_alerts(&c->table, &r->fresh, &m);
	if (ruleset_suppressed(rs, i, e)) {
		counter_add(COUNTER_DETECT_SUPPRESSED, 1);
		return false;
	}
	if (r == NULL)
		return *action != ACTION_PASS;
	if (!complete(&c->table, r, &m, fresh))
		return false;
	if (r->rate.count > 0)
		*action = rate_action(&c->table, &r->rate, &m);
	alert = r->threshold.type == THRESHOLD_NONE || threshold_alerts(&c->table, &r->threshold, &m);
	alert &= *action != ACTION_PASS;
	if (!alert)
		counter_add(COUNTER_DETECT_SUPPRESSED, 1);
	return alert;
}
