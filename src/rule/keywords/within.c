/* SPDX-License-Identifier: GPL-3.0-or-later */
/* within:number; the content in front of it lies within so many bytes of the end of the match before it, or of its distance from there. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct byte_test *t = content_at_hand(r);

	(void)rs;
	if (!number(trim(value), 1, 1048576, &t->within))
		return "expected a number from 1 to 1048576";
	if (t->depth_set || t->offset_set || t->at_start)
		return "does not go with depth, offset or startswith";
	if (t->within < t->n)
		return "the content is longer than that";
	t->within_set = t->relative = true;
	return NULL;
}

const struct keyword keyword_within = { "within", VALUE_NEEDED, KEYWORD_BEHIND_CONTENT, parse, 0, 0 };
