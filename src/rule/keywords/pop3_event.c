/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pop3.event:login|session|command|response|packet|anomaly|server; what happened. Without it the rule's other keywords
 * tell; a rule for pop3 that asks for nothing is about logins.
 */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	int k;

	(void)rs;
	for (k = 0; k < EVENT_KIND_MAX; k++)
		if (span_is(trim(value), event_kind_name((enum event_kind)k))) {
			r->asked = KIND(k);
			return NULL;
		}
	return "no such event";
}

const struct keyword keyword_pop3_event = { "pop3.event", VALUE_NEEDED, KEYWORD_ONCE, parse, 0, 0 };
