/* SPDX-License-Identifier: GPL-3.0-or-later */
/* endswith; the content in front of it stands at the end of the buffer. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct byte_test *t = content_at_hand(r);

	(void)rs;
	(void)value;
	t->at_end = true;
	return NULL;
}

const struct keyword keyword_endswith = { "endswith", VALUE_NONE, KEYWORD_BEHIND_CONTENT, parse, 0, 0 };
