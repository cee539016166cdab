/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app-layer-event:pop3.name; an anomaly of anomalies.def: Suricata's five of POP3, and what else there is here. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	uint32_t values = 0;
	int i;

	(void)rs;
	value = trim(value);
	if (!span_starts(value, "pop3."))
		return "not an event of pop3";
	value = span_skip(value, strlen("pop3."));
	for (i = 0; i < ANOMALY_MAX; i++)
		if (span_is(value, event_anomaly_name((enum event_anomaly)i)))
			values |= 1u << i;
	rule_allows(r, FACT_ANOMALY, values);
	return values != 0 ? NULL : "no such event of pop3";
}

_Static_assert(ANOMALY_MAX <= 32, "more anomalies than bits");

const struct keyword keyword_app_layer_event = {
	"app-layer-event", VALUE_NEEDED, KEYWORD_ANYWHERE, parse, KIND(EVENT_ANOMALY), KIND(EVENT_ANOMALY)
};
