/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flow:to_server|to_client|from_client|from_server|established|not_established|stateless|only_stream|no_stream[,...]; */
#include "../impl.h"

static const char *parse_one(struct full_rule *r, struct span word)
{
	if (span_is(word, "to_server") || span_is(word, "from_client"))
		r->from = FROM_CLIENT;
	else if (span_is(word, "to_client") || span_is(word, "from_server"))
		r->from = FROM_SERVER;
	else if (span_is(word, "established"))
		r->established = ESTABLISHED_YES;
	else if (span_is(word, "not_established"))
		r->established = ESTABLISHED_NO;
	else if (span_is(word, "only_stream"))
		rule_about(r, KINDS_ALL & ~KIND(EVENT_PACKET), 0);
	else if (span_is(word, "no_stream"))
		rule_about(r, 0, KIND(EVENT_PACKET)); /* of bytes there are lines alone, so it gives way to content */
	else if (!span_is(word, "stateless"))
		return "expected to_server, to_client, established, not_established, stateless, only_stream or no_stream";
	return NULL;
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	const char *why = NULL;

	(void)rs;
	do
		why = parse_one(r, list_item(&value));
	while (why == NULL && value.n > 0);
	return why;
}

const struct keyword keyword_flow = { "flow", VALUE_NEEDED, KEYWORD_ONCE, parse, 0, 0 };
