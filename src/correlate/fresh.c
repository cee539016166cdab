/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pop3.new: the sources that a user, an account or a server was seen with, and since when it is known itself. They are kept
 * once for all rules that track the same for as long over events of the same sort and outcome: a source that one of them
 * has met is no news to the others. All of them are asked of one event, so each has to be told what was so before it.
 */
#include "counts_impl.h"

/* A login that failed must not make its source known to those that succeed. */
bool fresh_key(struct tally_key *k, const struct tally_hash *h, const struct rule_new *f, const struct event *e)
{
	uint32_t sort = (uint32_t)e->kind << 8 | (uint32_t)e->outcome;

	return tally_key(k, h, TALLY_SOURCES, f->track, sort, f->seconds, e);
}

static void note(struct tally_table *t, struct sources *c, const struct rule_new *f, const struct event *e, uint64_t value)
{
	/* Known from a capture of a later time is not known. */
	bool known = c->known && (e->ts >= c->since || within(e->ts, c->since, f->seconds));

	if (!known || e->ts < c->since)
		c->since = e->ts;
	c->known = true;
	seen_forget(t, &c->set, e->ts, f->seconds);
	c->is_new = seen_value(t, &c->set, value, e->ts);
	c->was_known = known;
	c->noted = t->hash.number;
}

bool fresh_alerts(struct tally_table *t, const struct rule_new *f, const struct matched *m)
{
	const struct event *e = m->event;
	struct tally_key k;
	struct sources *c;
	uint64_t value;

	if (!fresh_key(&k, &t->hash, f, e) || !tally_value(&value, &t->hash, DISTINCT_SOURCES, e) ||
	    (c = tally_get(t, k)) == NULL)
		return false;
	if (c->noted != t->hash.number)
		note(t, c, f, e, value);
	if (!c->was_known)
		return c->is_new && f->first;
	return c->is_new && e->ts - c->since >= f->learn * UINT64_C(1000000);
}
