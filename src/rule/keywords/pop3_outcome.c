/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pop3.outcome:[!]success|failure|unknown|none[,...]; of a session: the best of its logins, none when it had none. */
#include "../impl.h"

static const char *name(int i)
{
	return event_outcome_name((enum event_outcome)i);
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	(void)rs;
	return enum_test(r, value, name, FACT_OUTCOME);
}

const struct keyword keyword_pop3_outcome = {
	"pop3.outcome", VALUE_NEEDED, KEYWORD_ONCE, parse, KIND(EVENT_LOGIN) | KIND(EVENT_SESSION), 0
};
