/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pop3.server:[!]new|plaintext|stripped[,...]; what the table of servers has learnt. */
#include "../impl.h"

static const char *name(int i)
{
	return event_server_name((enum event_server)i);
}

static bool match(const struct rule_test *t, const struct rule_subject *s)
{
	return (t->mask >> s->event->server & 1) != 0;
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	return enum_test(rs, r, value, name, SERVER_MAX, match);
}

const struct keyword keyword_pop3_server = {
	"pop3.server", VALUE_NEEDED, KEYWORD_ONCE, parse, KIND(EVENT_SERVER), KIND(EVENT_SERVER)
};
