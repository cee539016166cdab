/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which events a rule is about. Suricata's rules do not say it: `alert tcp ... content:"PASS"` is about bytes, `flags:S`
 * about packets, pop3.outcome about logins and sessions. Each keyword says which events have what it asks for; the rule
 * is about those that have all of it, and of these about the ones that its keywords are mostly asked of.
 */
#include "impl.h"

void rule_about(struct full_rule *r, uint32_t kinds, uint32_t prefers)
{
	if (kinds != 0)
		r->kinds &= kinds;
	r->prefers |= prefers;
}

/* The one kind out of several that people mean. Lines of both sides are one. */
static uint32_t first_of(uint32_t kinds)
{
	static const uint32_t order[] = { KIND(EVENT_LOGIN), KIND(EVENT_SESSION), KINDS_LINES, KIND(EVENT_PACKET),
					  KIND(EVENT_ANOMALY), KIND(EVENT_SERVER) };
	size_t i;

	for (i = 0; i < sizeof order / sizeof order[0]; i++)
		if ((kinds & order[i]) != 0)
			return kinds & order[i];
	return 0;
}

static bool asks_for(const struct full_rule *r, enum rule_buffer buffer)
{
	size_t i;

	for (i = 0; i < r->n_groups; i++)
		if (r->group[i].buffer == buffer && r->group[i].n > 0)
			return true;
	for (i = 0; i < r->n_tests; i++)
		if (r->test[i].word != NULL && r->test[i].buffer == buffer)
			return true;
	return false;
}

/* As Suricata does it, so that of two rules about the same line one sees what the other has set, in whatever order. */
static void settle_turn(struct full_rule *r)
{
	bool reads = false;
	size_t i;

	for (i = 0; i < r->n_tests; i++)
		reads |= r->test[i].number != NULL;
	r->turn = r->n_bits == 0 ? TURN_READS : reads ? TURN_BOTH : TURN_SETS;
}

const char *scope_settle(struct full_rule *r)
{
	uint32_t sensor_only = KINDS_LINES | KIND(EVENT_PACKET);

	if (r->packets && r->n_groups == 0)
		r->prefers |= KIND(EVENT_PACKET);
	if (r->asked != 0)
		r->kinds &= r->asked;
	else if (r->prefers == 0 && (r->kinds & KINDS_ALL) == KINDS_ALL)
		r->kinds = r->is_pop3 ? KIND(EVENT_LOGIN) : KIND(EVENT_PACKET);
	else
		r->kinds = first_of((r->kinds & r->prefers) != 0 ? r->kinds & r->prefers : r->kinds);
	if (r->from == FROM_CLIENT)
		r->kinds &= ~KIND(EVENT_SERVER_LINE);
	if (r->from == FROM_SERVER)
		r->kinds &= KIND(EVENT_SERVER_LINE) | KIND(EVENT_PACKET) | KIND(EVENT_ANOMALY);
	if (r->kinds == 0)
		return "no event has all that the rule asks for";
	settle_turn(r);
	r->any_end = r->source.n == 0 && r->destination.n == 0 && r->source_port.n == 0 && r->destination_port.n == 0;
	r->stage = (r->kinds & sensor_only) != 0 || r->uses_flowbits || asks_for(r, RULE_BUFFER_PASSWORD) ? RULE_SENSOR
												     : RULE_WRITER;
	return NULL;
}
