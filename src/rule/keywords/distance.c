/* SPDX-License-Identifier: GPL-3.0-or-later */
/* distance:number; the content in front of it begins at least so many bytes behind the end of the match before it. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct byte_test *t = content_at_hand(r);

	(void)rs;
	if (!number_signed(trim(value), &t->distance) || t->distance < -1048576 || t->distance > 1048576)
		return "expected a number from -1048576 to 1048576";
	if (t->depth_set || t->offset_set || t->at_start)
		return "does not go with depth, offset or startswith";
	t->distance_set = t->relative = true;
	return NULL;
}

const struct keyword keyword_distance = { "distance", VALUE_NEEDED, KEYWORD_BEHIND_CONTENT, parse, 0, 0 };
