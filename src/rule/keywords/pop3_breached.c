/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pop3.breached; the password of the login is in the list of --breached. */
#include "../impl.h"

static bool match(const struct rule_test *t, const struct rule_subject *s)
{
	(void)t;
	return s->event->breached;
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct rule_test *t = rule_test_add(rs, r);

	(void)value;
	if (t == NULL)
		return "out of memory";
	t->match = match;
	return NULL;
}

const struct keyword keyword_pop3_breached = { "pop3.breached", VALUE_NONE, KEYWORD_ONCE, parse, KIND(EVENT_LOGIN), 0 };
