/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pop3.event:login|session; what happened. Without it: login. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	int k;

	(void)rs;
	for (k = 0; k < EVENT_KIND_MAX; k++)
		if (k != EVENT_ANOMALY && /* it is no POP3, and rules are about that */
		    span_is(trim(value), event_kind_name((enum event_kind)k))) {
			r->kind = (enum event_kind)k;
			return NULL;
		}
	return "no such event";
}

const struct keyword keyword_pop3_event = { "pop3.event", true, true, parse };
