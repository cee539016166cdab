/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rev:number; the rule's revision. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	(void)rs;
	return number(trim(value), 0, UINT32_MAX, &r->signature.rev) ? NULL : "expected a number";
}

const struct keyword keyword_rev = { "rev", VALUE_NEEDED, KEYWORD_ONCE, parse, 0, 0 };
