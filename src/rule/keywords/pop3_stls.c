/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pop3.stls:[!]verdict[,verdict...]; what TLS came to: not_offered, offered_unused, not_asked, refused, ... */
#include "../impl.h"

static const char *name(int i)
{
	return event_stls_name((enum event_stls)i);
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	(void)rs;
	return enum_test(r, value, name, FACT_STLS);
}

const struct keyword keyword_pop3_stls = {
	"pop3.stls", VALUE_NEEDED, KEYWORD_ONCE, parse, KIND(EVENT_LOGIN) | KIND(EVENT_SESSION), 0
};
