/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fast_pattern[:only|:offset,length]; the content in front of it, or a part of it, is the one that the prefilter looks for. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct byte_test *t = content_at_hand(r);

	(void)rs;
	if (t->negated)
		return "what must not be there cannot be looked for";
	t->fast = true;
	if (value.p == NULL || span_is(trim(value), "only"))
		return NULL;
	if (!number(list_item(&value), 0, 65535, &t->fast_at) || !number(trim(value), 1, 65535, &t->fast_n) ||
	    (uint64_t)t->fast_at + t->fast_n > t->n)
		return "expected only, or offset,length within the content";
	return NULL;
}

const struct keyword keyword_fast_pattern = { "fast_pattern", VALUE_OPTIONAL, KEYWORD_BEHIND_CONTENT, parse, 0, 0 };
