/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rawbytes; of a time when bytes were changed before they were looked at. Here they never are. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	(void)rs;
	(void)r;
	(void)value;
	return NULL;
}

const struct keyword keyword_rawbytes = { "rawbytes", VALUE_NONE, KEYWORD_BEHIND_CONTENT, parse, 0, 0 };
