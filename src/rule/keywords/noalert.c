/* SPDX-License-Identifier: GPL-3.0-or-later */
/* noalert; the rule does what else it does, flowbits, and says nothing. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	(void)rs;
	(void)value;
	r->noalert = true;
	return NULL;
}

const struct keyword keyword_noalert = { "noalert", VALUE_NONE, KEYWORD_ONCE, parse, 0, 0 };
