/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flowbits:set|unset|toggle|isset|isnotset,name[|name...]; or noalert: marks on a session, set when a rule matches, asked
 * for by others. Several names behind isset and isnotset: one of them is enough.
 */
#include "../impl.h"

/* The bit of a name; -1: there are too many. */
static int bit_of(struct ruleset *rs, struct span name)
{
	size_t i;

	for (i = 0; i < rs->n_flowbits; i++)
		if (span_eq(name, span_str(rs->flowbit[i])))
			return (int)i;
	if (rs->n_flowbits == RULE_FLOWBITS)
		return -1;
	rs->flowbit = arena_grow(&rs->arena, rs->flowbit, rs->n_flowbits, sizeof(char *));
	if (rs->flowbit == NULL || (rs->flowbit[rs->n_flowbits] = arena_string(&rs->arena, name)) == NULL) {
		rs->n_flowbits = 0;
		return -1;
	}
	return (int)rs->n_flowbits++;
}

bool ruleset_inherit(struct ruleset *rs, const struct ruleset *old)
{
	size_t i;

	for (i = 0; i < old->n_flowbits; i++)
		if (bit_of(rs, span_str(old->flowbit[i])) != (int)i)
			return false;
	return true;
}

static bool one_is_set(const struct rule_test *t, const struct rule_subject *s)
{
	size_t i;

	for (i = 0; s->flowbits != NULL && i < t->n; i++)
		if (((s->flowbits->bits[t->number[i] / 64] >> t->number[i] % 64 & 1) != 0) != t->each_negated)
			return true;
	return false;
}

static const char *parse_test(struct ruleset *rs, struct full_rule *r, struct span names, bool negated)
{
	struct rule_test *t = rule_test_add(rs, r);

	if (t == NULL)
		return "out of memory";
	t->match = one_is_set;
	t->each_negated = negated;
	while (names.n > 0) {
		const uint8_t *bar = memchr(names.p, '|', names.n);
		struct span name = trim(span_take(names, bar != NULL ? (size_t)(bar - names.p) : names.n));
		int bit = bit_of(rs, name);

		names = span_skip(names, bar != NULL ? (size_t)(bar - names.p) + 1 : names.n);
		if (name.n == 0)
			return "a name is missing";
		if (bit < 0)
			return "too many different flowbits";
		t->number = arena_grow(&rs->arena, t->number, t->n, sizeof *t->number);
		if (t->number == NULL)
			return "out of memory";
		t->number[t->n++] = (uint16_t)bit;
	}
	return t->n > 0 ? NULL : "a name is missing";
}

static const char *parse_action(struct ruleset *rs, struct full_rule *r, struct span name, int what)
{
	int bit;

	if (name.n == 0 || memchr(name.p, '|', name.n) != NULL)
		return "expected one name";
	bit = bit_of(rs, name);
	if (bit < 0)
		return "too many different flowbits";
	r->bits = arena_grow(&rs->arena, r->bits, r->n_bits, sizeof *r->bits);
	if (r->bits == NULL) {
		r->n_bits = 0;
		return "out of memory";
	}
	r->bits[r->n_bits].what = (uint8_t)what;
	r->bits[r->n_bits++].bit = (uint16_t)bit;
	return NULL;
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct span what = list_item(&value);

	value = trim(value);
	r->uses_flowbits = true;
	if (span_is(what, "noalert") && value.n == 0) {
		r->noalert = true;
		return NULL;
	}
	if (span_is(what, "isset") || span_is(what, "isnotset"))
		return parse_test(rs, r, value, span_is(what, "isnotset"));
	if (span_is(what, "set"))
		return parse_action(rs, r, value, FLOWBIT_SET);
	if (span_is(what, "unset"))
		return parse_action(rs, r, value, FLOWBIT_UNSET);
	if (span_is(what, "toggle"))
		return parse_action(rs, r, value, FLOWBIT_TOGGLE);
	return "expected set, unset, toggle, isset, isnotset or noalert";
}

/* A server is not a session. */
const struct keyword keyword_flowbits = { "flowbits", VALUE_NEEDED, KEYWORD_ANYWHERE, parse, KINDS_ALL & ~KIND(EVENT_SERVER), 0 };
