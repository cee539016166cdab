/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base64_decode[:bytes n][, offset n][, relative]; decodes, from here on or from the match before it, for base64_data. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct byte_test *t = byte_test_add(rs, r);

	if (t == NULL)
		return "out of memory";
	t->kind = BYTES_BASE64;
	t->last = UINT32_MAX;
	while (value.n > 0) {
		struct span item = list_item(&value), word = span_word(&item);

		if (span_is(word, "relative") && trim(item).n == 0)
			t->relative = true;
		else if (span_is(word, "bytes") && number(trim(item), 1, 65535, &t->last))
			continue;
		else if (span_is(word, "offset") && number(trim(item), 0, 65535, &t->at))
			continue;
		else
			return "expected bytes number, offset number or relative";
	}
	return NULL;
}

const struct keyword keyword_base64_decode = { "base64_decode", VALUE_OPTIONAL, KEYWORD_ONCE, parse, 0, 0 };
