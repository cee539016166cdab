/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pop3.exposure:[!]password|bearer_token|crackable_digest|scram|identity|none[,...]; what a login gave away; of a session:
 * the most that its logins did.
 */
#include "../impl.h"

static const char *name(int i)
{
	return event_exposure_name((enum event_exposure)i);
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	(void)rs;
	return enum_test(r, value, name, FACT_EXPOSURE);
}

const struct keyword keyword_pop3_exposure = {
	"pop3.exposure", VALUE_NEEDED, KEYWORD_ONCE, parse, KIND(EVENT_LOGIN) | KIND(EVENT_SESSION), 0
};
