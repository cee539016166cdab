/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dsize:[!]number; the payload of the packet at hand, bytes, as bsize has it. Of a line it is the packet that ended it. */
#include "../impl.h"

static bool match(const struct rule_test *t, const struct rule_subject *s)
{
	return s->dsize >= t->first && s->dsize <= t->last;
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct rule_test *t = rule_test_add(rs, r);

	if (t == NULL)
		return "out of memory";
	t->match = match;
	t->negated = negation(&value);
	return number_range(trim(value), &t->first, &t->last) ? NULL : "expected a number, <number, >number or number<>number";
}

const struct keyword keyword_dsize = {
	"dsize", VALUE_NEEDED, KEYWORD_ONCE, parse, KINDS_LINES | KIND(EVENT_PACKET), KIND(EVENT_PACKET)
};
