/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pop3.mechanism:[!]name[,name...]; USER/PASS or a SASL mechanism. */
#include "../impl.h"

static bool match(const struct rule_test *t, const struct event *e)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (span_is(event_get(e, EVENT_MECHANISM), t->word[i]))
			return true;
	return false;
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct rule_test *t = rule_test_add(rs, r);

	if (t == NULL)
		return "out of memory";
	t->match = match;
	value = trim(value);
	if (value.n > 0 && value.p[0] == '!') {
		t->negated = true;
		value = span_skip(value, 1);
	}
	do {
		struct span item = list_item(&value);

		if (item.n == 0)
			return "a value is missing";
		t->word = arena_grow(&rs->arena, t->word, t->n, sizeof(char *));
		if (t->word == NULL || (t->word[t->n] = arena_string(&rs->arena, item)) == NULL)
			return "out of memory";
		t->n++;
	} while (value.n > 0);
	return NULL;
}

const struct keyword keyword_pop3_mechanism = { "pop3.mechanism", true, true, parse };
