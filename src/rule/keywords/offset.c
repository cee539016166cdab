/* SPDX-License-Identifier: GPL-3.0-or-later */
/* offset:number; the content in front of it is looked for only behind so many bytes. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct byte_test *t = content_at_hand(r);

	(void)rs;
	if (!number(trim(value), 0, 65535, &t->offset))
		return "expected a number from 0 to 65535";
	if (t->relative || t->at_start)
		return "does not go with distance, within or startswith";
	t->offset_set = true;
	return NULL;
}

const struct keyword keyword_offset = { "offset", VALUE_NEEDED, KEYWORD_BEHIND_CONTENT, parse, 0, 0 };
