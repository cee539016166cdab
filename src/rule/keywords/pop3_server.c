/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pop3.server:[!]new|plaintext|stripped[,...]; what the table of servers has learnt. */
#include "../impl.h"

static const char *name(int i)
{
	return event_server_name((enum event_server)i);
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	(void)rs;
	return enum_test(r, value, name, FACT_SERVER);
}

const struct keyword keyword_pop3_server = {
	"pop3.server", VALUE_NEEDED, KEYWORD_ONCE, parse, KIND(EVENT_SERVER), KIND(EVENT_SERVER)
};
