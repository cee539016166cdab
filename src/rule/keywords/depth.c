/* SPDX-License-Identifier: GPL-3.0-or-later */
/* depth:number; the content in front of it lies within so many bytes from the beginning, or from its offset. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct byte_test *t = content_at_hand(r);

	(void)rs;
	if (!number(trim(value), 1, 65535, &t->depth))
		return "expected a number from 1 to 65535";
	if (t->relative || t->at_start)
		return "does not go with distance, within or startswith";
	if (t->depth < t->n)
		return "the content is longer than that";
	t->depth_set = true;
	return NULL;
}

const struct keyword keyword_depth = { "depth", VALUE_NEEDED, KEYWORD_BEHIND_CONTENT, parse, 0, 0 };
