/* SPDX-License-Identifier: GPL-3.0-or-later */
/* startswith; the content in front of it stands at the beginning of the buffer. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct byte_test *t = content_at_hand(r);

	(void)rs;
	(void)value;
	if (t->depth_set || t->offset_set || t->relative)
		return "does not go with depth, offset, distance or within";
	t->at_start = true;
	return NULL;
}

const struct keyword keyword_startswith = { "startswith", VALUE_NONE, KEYWORD_BEHIND_CONTENT, parse, 0, 0 };
