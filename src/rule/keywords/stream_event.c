/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stream-event:name; an anomaly of anomalies.def that the stream room tells, by Suricata's name without `stream.'. */
#include "../impl.h"

static bool match(const struct rule_test *t, const struct rule_subject *s)
{
	return (t->mask >> s->event->anomaly & 1) != 0;
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	static const char prefix[] = "stream.";
	struct rule_test *t = rule_test_add(rs, r);
	int i;

	if (t == NULL)
		return "out of memory";
	value = trim(value);
	for (i = 0; i < ANOMALY_MAX; i++) {
		const char *name = event_anomaly_name((enum event_anomaly)i);

		if (span_starts(span_str(name), prefix) && span_is(value, name + strlen(prefix)))
			t->mask |= 1u << i;
	}
	t->match = match;
	return t->mask != 0 ? NULL : "no such event of the stream, or none that is told";
}

const struct keyword keyword_stream_event = {
	"stream-event", VALUE_NEEDED, KEYWORD_ANYWHERE, parse, KIND(EVENT_ANOMALY), KIND(EVENT_ANOMALY)
};
