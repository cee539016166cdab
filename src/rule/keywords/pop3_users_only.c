/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pop3.users_only:N|>N|>=N|<N|<=N|N<>M; in how many USER commands of the session no PASS came behind them. */
#include "../impl.h"

static bool match(const struct rule_test *t, const struct rule_subject *s)
{
	return s->event->users_only >= t->first && s->event->users_only <= t->last;
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct rule_test *t = rule_test_add(rs, r);

	if (t == NULL)
		return "out of memory";
	t->match = match;
	return number_range(trim(value), &t->first, &t->last) ? NULL : "expected a number, or bounds such as >=5";
}

const struct keyword keyword_pop3_users_only = {
	"pop3.users_only", VALUE_NEEDED, KEYWORD_ONCE, parse, KIND(EVENT_SESSION), KIND(EVENT_SESSION)
};
