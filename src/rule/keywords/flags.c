/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flags:[+|*|!]letters[,ignored]; the TCP flags of the packet at hand: F S R P A U, C or 1, E or 2, 0 for none. + these
 * and perhaps others, * one of these, ! not all of these.
 */
#include "../impl.h"

static bool exactly(const struct rule_test *t, const struct rule_subject *s)
{
	return (s->tcp_flags & ~t->last & 0xff) == t->first;
}

static bool at_least(const struct rule_test *t, const struct rule_subject *s)
{
	return (s->tcp_flags & t->first) == t->first;
}

static bool one_of(const struct rule_test *t, const struct rule_subject *s)
{
	return (s->tcp_flags & t->first) != 0;
}

/* False: something else stands there. */
static bool letters(struct span s, uint32_t *bits)
{
	static const char names[] = "FSRPAUECfsrpauec";
	size_t i;

	*bits = 0;
	for (i = 0; i < s.n; i++) {
		const char *at = s.p[i] != '\0' ? strchr(names, s.p[i]) : NULL;

		if (at != NULL)
			*bits |= 1u << ((at - names) % 8);
		else if (s.p[i] == '1' || s.p[i] == '2')
			*bits |= s.p[i] == '1' ? 0x80 : 0x40;
		else if (s.p[i] != '0')
			return false;
	}
	return s.n > 0;
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct rule_test *t = rule_test_add(rs, r);
	struct span which = list_item(&value);
	uint8_t mode = 0;

	if (t == NULL)
		return "out of memory";
	if (which.n > 0 && strchr("+*!", which.p[0]) != NULL && which.p[0] != '\0') {
		mode = which.p[0];
		which = trim(span_skip(which, 1));
	}
	value = trim(value);
	if (!letters(which, &t->first) || (value.n > 0 && !letters(value, &t->last)))
		return "expected letters out of F S R P A U C E 1 2 0";
	t->match = mode == '+' || mode == '!' ? at_least : mode == '*' ? one_of : exactly;
	t->negated = mode == '!';
	return NULL;
}

const struct keyword keyword_flags = {
	"flags", VALUE_NEEDED, KEYWORD_ONCE, parse, KINDS_LINES | KIND(EVENT_PACKET), KIND(EVENT_PACKET)
};
