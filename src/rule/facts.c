/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an event is, as a set: a bit for each value that one of its enumerators can have. Most conditions of rules are about
 * these, and so one look tells of a rule whether it can match.
 */
#include "impl.h"

static const struct {
	unsigned first, n; /* bits */
} facts[FACT_MAX] = {
#define FACT(id, field, values) [FACT_##id] = { FACT_FIRST_##id, values },
	RULE_FACTS
#undef FACT
};

static uint64_t all_of(enum rule_fact f)
{
	return ((UINT64_C(1) << facts[f].n) - 1) << facts[f].first;
}

uint64_t facts_of(const struct event *e)
{
	uint64_t set = 0;

#define FACT(id, field, values) \
	if ((unsigned)e->field < (values)) \
		set |= UINT64_C(1) << (FACT_FIRST_##id + (unsigned)e->field);
	RULE_FACTS
#undef FACT
	return set;
}

unsigned facts_count(enum rule_fact f)
{
	return facts[f].n;
}

void rule_allows(struct full_rule *r, enum rule_fact f, uint32_t values)
{
	r->excluded |= all_of(f) & ~((uint64_t)values << facts[f].first);
}

uint32_t rule_allowed(const struct full_rule *r, enum rule_fact f)
{
	return (uint32_t)((all_of(f) & ~r->excluded) >> facts[f].first);
}
