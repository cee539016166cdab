/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gid:number; the group of rules its number counts in (1). */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	(void)rs;
	return number(trim(value), 1, UINT32_MAX, &r->signature.gid) ? NULL : "expected a number";
}

const struct keyword keyword_gid = { "gid", VALUE_NEEDED, KEYWORD_ONCE, parse, 0, 0 };
