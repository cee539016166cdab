/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bsize:[!]number; the bytes of the buffer: 5, <5, >5, <=5, >=5, 3<>9 (between, ends left out). */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	bool negated = negation(&value);
	struct byte_test *t = byte_test_add(rs, r);

	if (t == NULL)
		return "out of memory";
	t->kind = BYTES_SIZE;
	t->negated = negated;
	return number_range(trim(value), &t->first, &t->last) ? NULL : "expected a number, <number, >number or number<>number";
}

const struct keyword keyword_bsize = { "bsize", VALUE_NEEDED, KEYWORD_ANYWHERE, parse, 0, 0 };
