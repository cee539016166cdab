/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nocase; letters of the content in front of it count in either case. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct byte_test *t = content_at_hand(r);

	(void)rs;
	(void)value;
	t->nocase = true;
	return NULL;
}

const struct keyword keyword_nocase = { "nocase", VALUE_NONE, KEYWORD_BEHIND_CONTENT, parse, 0, 0 };
