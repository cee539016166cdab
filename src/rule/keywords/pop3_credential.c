/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pop3.credential:[!]valid|invalid|unknown[,...]; what a refusal says of the credentials: [IN-USE] means they were right. */
#include "../impl.h"

static const char *name(int i)
{
	static const char *const names[] = {
		[CREDENTIAL_UNKNOWN] = "unknown", [CREDENTIAL_INVALID] = "invalid", [CREDENTIAL_VALID] = "valid"
	};

	return names[i];
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	(void)rs;
	return enum_test(r, value, name, FACT_CREDENTIAL);
}

const struct keyword keyword_pop3_credential = {
	"pop3.credential", VALUE_NEEDED, KEYWORD_ONCE, parse, KIND(EVENT_LOGIN), KIND(EVENT_LOGIN)
};
