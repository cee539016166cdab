/* SPDX-License-Identifier: GPL-3.0-or-later */
/* target:src_ip|dest_ip; which end is the one attacked; the alert names both. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	(void)rs;
	value = trim(value);
	r->signature.target = span_is(value, "src_ip") ? TARGET_SOURCE : TARGET_DESTINATION;
	return span_is(value, "src_ip") || span_is(value, "dest_ip") ? NULL : "expected src_ip or dest_ip";
}

const struct keyword keyword_target = { "target", VALUE_NEEDED, KEYWORD_ONCE, parse, 0, 0 };
