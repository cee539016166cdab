/* SPDX-License-Identifier: GPL-3.0-or-later */
/* content:[!]"text|68 65 78|"; these bytes are there. What follows it modifies it: nocase, depth, offset, ... */
#include "../impl.h"

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "|68 65|", from behind the first bar. What is behind the last one; p NULL: it is wrong. */
static struct span take_hex(struct span in, uint8_t *out, uint32_t *n)
{
	int high = -1;

	for (; in.n > 0 && in.p[0] != '|'; in = span_skip(in, 1)) {
		int digit = hex_digit(in.p[0]);

		if (in.p[0] == ' ' && high < 0)
			continue;
		if (digit < 0)
			return span_of(NULL, 0);
		if (high >= 0)
			out[(*n)++] = (uint8_t)(high << 4 | digit);
		high = high >= 0 ? -1 : digit;
	}
	return in.n > 0 && high < 0 ? span_skip(in, 1) : span_of(NULL, 0);
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	bool negated = negation(&value);
	struct span in = quoted(value);
	struct byte_test *t;
	uint8_t *bytes;
	uint32_t n = 0;

	if (in.p == NULL)
		return "expected a text in double quotes";
	t = byte_test_add(rs, r);
	bytes = arena_alloc(&rs->arena, in.n + 1);
	if (t == NULL || bytes == NULL)
		return "out of memory";
	while (in.n > 0) {
		if (in.p[0] == '|') {
			in = take_hex(span_skip(in, 1), bytes, &n);
			if (in.p == NULL)
				return "what stands between bars must be pairs of hexadecimal digits";
			continue;
		}
		if (in.p[0] == '\\' && in.n > 1)
			in = span_skip(in, 1);
		bytes[n++] = in.p[0];
		in = span_skip(in, 1);
	}
	if (n == 0)
		return "there is nothing to look for";
	t->kind = BYTES_CONTENT;
	t->negated = negated;
	t->bytes = bytes;
	t->n = n;
	return NULL;
}

const struct keyword keyword_content = { "content", VALUE_NEEDED, KEYWORD_ANYWHERE, parse, 0, 0 };
