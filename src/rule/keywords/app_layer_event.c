/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app-layer-event:pop3.name; an anomaly of anomalies.def: Suricata's five of POP3, and what else there is here. */
#include "../impl.h"

static bool match(const struct rule_test *t, const struct rule_subject *s)
{
	return (t->mask >> s->event->anomaly & 1) != 0;
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct rule_test *t = rule_test_add(rs, r);
	int i;

	if (t == NULL)
		return "out of memory";
	value = trim(value);
	if (!span_starts(value, "pop3."))
		return "not an event of pop3";
	value = span_skip(value, strlen("pop3."));
	for (i = 0; i < ANOMALY_MAX; i++)
		if (span_is(value, event_anomaly_name((enum event_anomaly)i)))
			t->mask |= 1u << i;
	t->match = match;
	return t->mask != 0 ? NULL : "no such event of pop3";
}

_Static_assert(ANOMALY_MAX <= 32, "more anomalies than bits");

const struct keyword keyword_app_layer_event = {
	"app-layer-event", VALUE_NEEDED, KEYWORD_ANYWHERE, parse, KIND(EVENT_ANOMALY), KIND(EVENT_ANOMALY)
};
