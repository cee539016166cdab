/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pop3.distinct:track K, seconds S, logins|users|secrets|sources|servers|pairs >=N, ...; how many different ones it takes,
 * and how few it may be: >=N, >N, <=N, <N, N (at least). The same may be named twice, once for each bound. Likewise
 * pairs_per_user, pairs_per_secret and logins_per_pair, which are means.
 */
#include "../counting.h"

const struct rule_distinct_mean rule_distinct_mean[DISTINCT_MAX] = {
	[DISTINCT_PAIRS_PER_USER] = { DISTINCT_PAIRS, DISTINCT_USERS },
	[DISTINCT_PAIRS_PER_SECRET] = { DISTINCT_PAIRS, DISTINCT_SECRETS },
	[DISTINCT_LOGINS_PER_PAIR] = { DISTINCT_LOGINS, DISTINCT_PAIRS },
};

struct bounds {
	struct rule_distinct *d;
	enum rule_distinct_what what;
};

static bool read_bound(void *out, struct span value)
{
	struct bounds *b = out;
	uint32_t n, *least = &b->d->least[b->what], *most = &b->d->most[b->what];
	bool upper = value.n > 0 && value.p[0] == '<';
	bool equal;

	if (upper || (value.n > 0 && value.p[0] == '>')) {
		value = span_skip(value, 1);
		equal = value.n > 0 && value.p[0] == '=';
		value = trim(span_skip(value, equal ? 1 : 0));
	} else {
		equal = true;
	}
	if (!number(value, 0, RULE_DISTINCT_COUNT_MAX, &n))
		return false;
	if (upper) {
		if (*most != UINT32_MAX || n == 0)
			return false;
		*most = equal ? n : n - 1;
		return *most >= 1 && *most < RULE_DISTINCT_COUNT_MAX;
	}
	if (*least != 0)
		return false;
	*least = equal ? n : n + 1;
	return *least >= 1 && *least <= RULE_DISTINCT_COUNT_MAX;
}

#define WRONG "expected a bound such as >=10 or <=3, each side once, up to 1000"
#define BOUND(name, i) { name, read_bound, &b[i], WRONG, NULL, false }
/* Each twice: an option may stand in a list but once, and there are two bounds. */
#define BOUNDS(name, i) BOUND(name, i), BOUND(name, i)

static const char *check(const struct rule_distinct *d)
{
	bool least = false;
	unsigned i;

	for (i = 0; i < DISTINCT_MAX; i++) {
		/* A mean says nothing of how many it takes. */
		least |= i < DISTINCT_LISTS && d->least[i] > 0;
		if (d->least[i] > d->most[i])
			return "no number is within these bounds";
	}
	if (!least)
		return "expected a lower bound, such as users >=10";
	if (d->least[DISTINCT_SECRETS] > 1 && d->track == TRACK_SECRET)
		return "of one secret there are no several ones";
	return NULL;
}

static uint32_t counted(const struct rule_distinct *d)
{
	uint32_t all = 0;
	unsigned i;

	for (i = 0; i < DISTINCT_MAX; i++) {
		if (!rule_distinct_names(d, i))
			continue;
		if (i < DISTINCT_LISTS)
			all |= 1u << i;
		else
			all |= 1u << rule_distinct_mean[i].of | 1u << rule_distinct_mean[i].per;
	}
	return all;
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct rule_distinct *d = &r->counting.distinct;
	struct bounds b[DISTINCT_MAX];
	struct counting_option options[] = {
		COUNTING_TRACK(d->track),
		COUNTING_SECONDS(d->seconds, "`seconds' is missing"),
		BOUNDS("logins", DISTINCT_LOGINS),
		BOUNDS("users", DISTINCT_USERS),
		BOUNDS("secrets", DISTINCT_SECRETS),
		BOUNDS("sources", DISTINCT_SOURCES),
		BOUNDS("servers", DISTINCT_SERVERS),
		BOUNDS("pairs", DISTINCT_PAIRS),
		BOUNDS("pairs_per_user", DISTINCT_PAIRS_PER_USER),
		BOUNDS("pairs_per_secret", DISTINCT_PAIRS_PER_SECRET),
		BOUNDS("logins_per_pair", DISTINCT_LOGINS_PER_PAIR),
	};
	const char *why;
	unsigned i;
	size_t at;

	(void)rs;
	for (i = 0; i < DISTINCT_MAX; i++) {
		b[i] = (struct bounds){ d, (enum rule_distinct_what)i };
		d->most[i] = UINT32_MAX;
	}
	why = counting_options(options, sizeof options / sizeof options[0], value, &at);
	d->set = true;
	d->counted = counted(d);
	r->counts = true;
	return why != NULL ? why : check(d);
}

const struct keyword keyword_pop3_distinct = { "pop3.distinct", VALUE_NEEDED, KEYWORD_ONCE, parse, 0, KIND(EVENT_LOGIN) };
