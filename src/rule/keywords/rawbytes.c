/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rawbytes; of a time when bytes were changed before they were looked at. Here they never are. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct byte_test *t = content_at_hand(r);

	(void)rs;
	(void)value;
	if (t == NULL)
		return "there is no content in front of it";

	return NULL;
}

const struct keyword keyword_rawbytes = { "rawbytes", VALUE_NONE, false, parse, 0, 0 };
