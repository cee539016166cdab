/* SPDX-License-Identifier: GPL-3.0-or-later */
/* isdataat:[!]number[,relative][,rawbytes]; there are bytes so far from the beginning, or from the match before it. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	bool negated = negation(&value);
	struct byte_test *t = byte_test_add(rs, r);

	if (t == NULL)
		return "out of memory";
	t->kind = BYTES_ISDATAAT;
	t->negated = negated;
	if (!number(list_item(&value), 0, 65535, &t->at))
		return "expected a number from 0 to 65535";
	while (value.n > 0) {
		struct span item = list_item(&value);

		if (span_is(item, "relative"))
			t->relative = true;
		else if (!span_is(item, "rawbytes"))
			return "expected relative or rawbytes";
	}
	return NULL;
}

const struct keyword keyword_isdataat = { "isdataat", VALUE_NEEDED, KEYWORD_ANYWHERE, parse, 0, 0 };
