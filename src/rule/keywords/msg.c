/* SPDX-License-Identifier: GPL-3.0-or-later */
/* msg:"text"; what the alert says. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	r->signature.msg = unquote(rs, value);
	return r->signature.msg == NULL ? "expected a text in double quotes" : NULL;
}

const struct keyword keyword_msg = { "msg", VALUE_NEEDED, KEYWORD_ONCE, parse, 0, 0 };
