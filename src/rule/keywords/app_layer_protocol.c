/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * app-layer-protocol:[!]name[,direction]; what the session turned out to be. On a POP3 port that something else speaks
 * on, an anomaly tells.
 */
#include "../impl.h"

static bool match(const struct rule_test *t, const struct rule_subject *s)
{
	const char *name = s->event->kind == EVENT_ANOMALY ? event_anomaly_protocol(s->event->anomaly) : NULL;

	return span_is(span_str(t->word[0]), name != NULL ? name : "pop3");
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	bool negated = negation(&value);
	struct span name = list_item(&value);
	struct rule_test *t = rule_test_add(rs, r);

	if (name.n == 0)
		return "a protocol is missing";
	if (t == NULL || (t->word = arena_alloc(&rs->arena, sizeof *t->word)) == NULL ||
	    (t->word[0] = arena_string(&rs->arena, name)) == NULL)
		return "out of memory";
	t->match = match;
	t->negated = negated;
	t->buffer = RULE_BUFFER_MAX;
	if (span_is(name, "pop3") == negated)
		rule_about(r, KIND(EVENT_ANOMALY), KIND(EVENT_ANOMALY));
	return NULL;
}

const struct keyword keyword_app_layer_protocol = { "app-layer-protocol", VALUE_NEEDED, KEYWORD_ANYWHERE, parse, 0, 0 };
