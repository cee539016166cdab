/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pop3.distinct: a window that slides. Each value counts until it was not seen for `seconds'. Users and secrets are kept
 * whatever the rule names: how many of both there were is what tells spraying from guessing.
 *
 * Means are of what is kept, a thousand values at most: beyond that they are of the last thousand.
 */
#include "counts_impl.h"

static bool counted(const struct rule_distinct *d, unsigned what)
{
	return (d->counted >> what & 1) != 0;
}

enum tally_kind distinct_kind(const struct rule_distinct *d)
{
	unsigned last = DISTINCT_LISTS - 1;

	while (last > DISTINCT_SECRETS && !counted(d, last))
		last--;
	return TALLY_DISTINCT + last - DISTINCT_SECRETS;
}

/* False: the event lacks what the rule names. */
static bool countable(struct tally_table *t, const struct rule_distinct *d, const struct event *e)
{
	uint64_t value;
	unsigned i;

	for (i = DISTINCT_LOGINS + 1; i < DISTINCT_LISTS; i++)
		if (counted(d, i) && !tally_value(&value, &t->hash, (enum rule_distinct_what)i, e))
			return false;
	return true;
}

static void note(struct tally_table *t, struct distinct *c, const struct rule_distinct *d, const struct event *e)
{
	uint64_t value;
	unsigned i;

	for (i = 0; i < c->lists; i++) {
		seen_forget(t, &c->list[i], e->ts, d->seconds);
		if (i == DISTINCT_LOGINS)
			seen_one(t, &c->list[i], e->ts);
		else if ((counted(d, i) || i == DISTINCT_USERS || i == DISTINCT_SECRETS) &&
			 tally_value(&value, &t->hash, (enum rule_distinct_what)i, e))
			seen_value(t, &c->list[i], value, e->ts);
	}
}

static uint32_t how_many(const struct distinct *c, unsigned what)
{
	if (what >= c->lists)
		return 0;
	return what == DISTINCT_LOGINS ? seen_total(&c->list[what]) : c->list[what].n;
}

static bool agrees(const struct distinct *c, const struct rule_distinct *d)
{
	unsigned i;

	for (i = 0; i < DISTINCT_MAX; i++) {
		uint64_t n, per = 1;

		if (!rule_distinct_names(d, i))
			continue;
		n = how_many(c, i < DISTINCT_LISTS ? i : rule_distinct_mean[i].of);
		if (i >= DISTINCT_LISTS)
			per = how_many(c, rule_distinct_mean[i].per);
		if (n < d->least[i] * per || (d->most[i] != UINT32_MAX && n > d->most[i] * per))
			return false;
	}
	return true;
}

/* True when it fired, and that is not yet `seconds' ago. */
static bool is_quiet(const struct distinct *c, const struct rule_distinct *d, uint64_t now)
{
	uint64_t apart = now > c->fired ? now - c->fired : c->fired - now;

	return c->has_fired && apart < d->seconds * UINT64_C(1000000);
}

bool distinct_alerts(struct tally_table *t, const struct rule_distinct *d, const struct matched *m)
{
	const struct signature *s = m->signature;
	const struct event *e = m->event;
	enum tally_kind kind = distinct_kind(d);
	struct tally_key k;
	struct distinct *c;

	if (!tally_key(&k, &t->hash, kind, d->track, s->gid, s->sid, e) || !countable(t, d, e))
		return false;
	c = tally_get(t, k);
	if (c == NULL)
		return false;
	c->lists = distinct_lists(kind);
	note(t, c, d, e);
	if (is_quiet(c, d, e->ts) || !agrees(c, d))
		return false;
	c->has_fired = true;
	c->fired = e->ts;
	*m->counts = (struct alert_counts){
		.count = how_many(c, DISTINCT_LOGINS),
		.users = how_many(c, DISTINCT_USERS),
		.secrets = how_many(c, DISTINCT_SECRETS),
		.sources = how_many(c, DISTINCT_SOURCES),
		.servers = how_many(c, DISTINCT_SERVERS),
		.first_seen = seen_first(&c->list[DISTINCT_LOGINS]),
	};
	return true;
}
