/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sid:number; the rule's own number. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	(void)rs;
	return number(trim(value), 1, UINT32_MAX, &r->signature.sid) ? NULL : "expected a number";
}

const struct keyword keyword_sid = { "sid", VALUE_NEEDED, KEYWORD_ONCE, parse, 0, 0 };
