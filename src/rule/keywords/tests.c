/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What keywords add to a rule. */
#include "../impl.h"

struct rule_test *rule_test_add(struct ruleset *rs, struct full_rule *r)
{
	r->test = arena_grow(&rs->arena, r->test, r->n_tests, sizeof *r->test);
	if (r->test == NULL) {
		r->n_tests = 0;
		return NULL;
	}
	r->test[r->n_tests] = (struct rule_test){ 0 };
	return &r->test[r->n_tests++];
}

bool buffer_select(struct ruleset *rs, struct full_rule *r, enum rule_buffer buffer)
{
	for (r->group_now = 0; r->group_now < r->n_groups; r->group_now++)
		if (r->group[r->group_now].buffer == buffer)
			return true;
	r->group = arena_grow(&rs->arena, r->group, r->n_groups, sizeof *r->group);
	if (r->group == NULL) {
		r->n_groups = 0;
		return false;
	}
	r->group[r->n_groups++] = (struct byte_group){ .buffer = buffer };
	return true;
}

struct byte_test *byte_test_add(struct ruleset *rs, struct full_rule *r)
{
	struct byte_group *g;

	if (r->group_now == SIZE_MAX) {
		rule_about(r, KINDS_LINES, KINDS_LINES);
		if (!buffer_select(rs, r, RULE_BUFFER_RAW))
			return NULL;
	}
	g = &r->group[r->group_now];
	g->test = arena_grow(&rs->arena, g->test, g->n, sizeof *g->test);
	if (g->test == NULL) {
		g->n = 0;
		return NULL;
	}
	g->test[g->n] = (struct byte_test){ 0 };
	return &g->test[g->n++];
}

struct byte_test *content_at_hand(const struct full_rule *r)
{
	struct byte_group *g;

	if (r->group_now == SIZE_MAX || r->group[r->group_now].n == 0)
		return NULL;
	g = &r->group[r->group_now];
	return g->test[g->n - 1].kind == BYTES_CONTENT ? &g->test[g->n - 1] : NULL;
}

const char *enum_test(struct full_rule *r, struct span value, const char *(*name_of)(int), enum rule_fact f)
{
	bool negated = negation(&value);
	int i, count = (int)facts_count(f);
	uint32_t values = 0;

	if (trim(value).n == 0)
		return "a value is missing";
	while (value.n > 0) {
		struct span item = list_item(&value);

		for (i = 0; i < count; i++)
			if (name_of(i) != NULL && span_is(item, name_of(i)))
				break;
		if (i == count)
			return "no such value";
		values |= 1u << i;
	}
	rule_allows(r, f, negated ? ~values : values);
	return NULL;
}
