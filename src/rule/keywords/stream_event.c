/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stream-event:name; an anomaly of anomalies.def that the stream room tells, by Suricata's name without `stream.'. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	static const char prefix[] = "stream.";
	uint32_t values = 0;
	int i;

	(void)rs;
	value = trim(value);
	for (i = 0; i < ANOMALY_MAX; i++) {
		const char *name = event_anomaly_name((enum event_anomaly)i);

		if (span_starts(span_str(name), prefix) && span_is(value, name + strlen(prefix)))
			values |= 1u << i;
	}
	rule_allows(r, FACT_ANOMALY, values);
	return values != 0 ? NULL : "no such event of the stream, or none that is told";
}

const struct keyword keyword_stream_event = {
	"stream-event", VALUE_NEEDED, KEYWORD_ANYWHERE, parse, KIND(EVENT_ANOMALY), KIND(EVENT_ANOMALY)
};
