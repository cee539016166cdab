/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pop3.after:track K, seconds S, failures N, users N, secrets N, sources N; how many failed logins must have come before,
 * and with how many users and secrets, from how many sources. N may be written >=N or >N.
 */
#include "../counting.h"

static bool read_least(void *out, struct span value)
{
	bool more = value.n > 0 && value.p[0] == '>';
	bool equal = more && value.n > 1 && value.p[1] == '=';
	uint32_t n;

	value = trim(span_skip(value, more ? equal ? 2 : 1 : 0));
	if (!number(value, 0, RULE_DISTINCT_COUNT_MAX, &n))
		return false;
	n += more && !equal ? 1 : 0;
	*(uint32_t *)out = n;
	return n >= 1 && n <= RULE_DISTINCT_COUNT_MAX;
}

/* Notes what has to be counted, unless another rule has it counted already. */
static const char *note(struct ruleset *rs, const struct rule_after *after)
{
	size_t i;

	for (i = 0; i < rs->n_after; i++)
		if (rs->after[i].track == after->track && rs->after[i].seconds == after->seconds)
			return NULL;
	rs->after = arena_grow(&rs->arena, rs->after, rs->n_after, sizeof *rs->after);
	if (rs->after == NULL) {
		rs->n_after = 0;
		return "out of memory";
	}
	rs->after[rs->n_after++] = *after;
	return NULL;
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct rule_after *a = &r->counting.after;
	struct counting_option options[] = {
		COUNTING_TRACK(a->track),
		{ "failures", read_least, &a->failures, "failures is a number from 1 to 1000", "`failures' is missing", false },
		{ "users", read_least, &a->users, "users is a number from 1 to 1000", NULL, false },
		{ "secrets", read_least, &a->secrets, "secrets is a number from 1 to 1000", NULL, false },
		{ "sources", read_least, &a->sources, "sources is a number from 1 to 1000", NULL, false },
		COUNTING_SECONDS(a->seconds, "`seconds' is missing"),
	};
	size_t at;
	const char *why = counting_options(options, sizeof options / sizeof options[0], value, &at);

	r->counts = true;
	return why != NULL ? why : note(rs, a);
}

const struct keyword keyword_pop3_after = { "pop3.after", VALUE_NEEDED, KEYWORD_ONCE, parse, 0, KIND(EVENT_LOGIN) };
