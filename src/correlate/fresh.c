/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pop3.new: the sources that a user, an account or a server was seen with, and since when it is known itself. */
#include "counts_impl.h"

bool fresh_alerts(struct tally_table *t, const struct rule_new *f, const struct matched *m)
{
	const struct signature *s = m->signature;
	const struct event *e = m->event;
	struct tally_key k;
	struct sources *c;
	uint64_t value;
	bool known;

	if (!tally_key(&k, &t->hash, TALLY_SOURCES, f->track, s->gid, s->sid, e) ||
	    !tally_value(&value, &t->hash, DISTINCT_SOURCES, e) || (c = tally_get(t, &k)) == NULL)
		return false;
	/* Known from a capture of a later time is not known. */
	known = c->known && (e->ts >= c->since || within(e->ts, c->since, f->seconds));
	if (!known || e->ts < c->since)
		c->since = e->ts;
	c->known = true;
	seen_forget(t, &c->set, e->ts, f->seconds);
	if (!known && f->first)
		return seen_value(t, &c->set, value, e->ts);
	return seen_value(t, &c->set, value, e->ts) && known && e->ts - c->since >= f->learn * UINT64_C(1000000);
}
