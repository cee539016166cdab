/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * byte_test:bytes,[!]operator,value,offset[,relative][,big|little][,string,dec|hex|oct][,bitmask mask]; the bytes there, as a
 * number, compare so with the value. Operators: < > = <= >=, & some bits of value are set, ^ some bits differ from it.
 */
#include "../impl.h"

/* A number of 64 bits, decimal or behind 0x. */
static bool number64(struct span s, uint64_t *out)
{
	bool hex = s.n > 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X');
	struct span digits = span_skip(s, hex ? 2 : 0);

	return number_in(digits, hex ? 16 : 10, out) == digits.n && digits.n > 0;
}

static bool read_operator(struct byte_test *t, struct span s)
{
	static const char *const names[] = {
		[NUMBER_EQUAL] = "=", [NUMBER_LESS] = "<", [NUMBER_MORE] = ">", [NUMBER_AT_MOST] = "<=",
		[NUMBER_AT_LEAST] = ">=", [NUMBER_AND] = "&", [NUMBER_XOR] = "^",
	};
	unsigned i;

	t->negated = negation(&s);
	if (t->negated && s.n == 0) /* `!' alone: another number */
		s = span_str("=");
	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (span_is(s, names[i])) {
			t->compare = (uint8_t)i;
			return true;
		}
	return false;
}

/* What may stand behind the offset. */
static bool read_option(struct byte_test *t, struct span s)
{
	struct span rest = s, word = span_word(&rest);

	if (span_is(s, "relative"))
		t->relative = true;
	else if (span_is(s, "little"))
		t->little = true;
	else if (span_is(s, "string"))
		t->base = t->base != 0 ? t->base : 10;
	else if (span_is(s, "dec") || span_is(s, "hex") || span_is(s, "oct"))
		t->base = span_is(s, "dec") ? 10 : span_is(s, "hex") ? 16 : 8;
	else if (span_is(word, "bitmask"))
		return number64(trim(rest), &t->mask) && t->mask != 0;
	else
		return span_is(s, "big");
	return true;
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct byte_test *t = byte_test_add(rs, r);

	if (t == NULL)
		return "out of memory";
	t->kind = BYTES_NUMBER;
	t->mask = UINT64_MAX;
	if (!number(list_item(&value), 1, 23, &t->n))
		return "expected a number of bytes from 1 to 8, of a string to 23";
	if (!read_operator(t, list_item(&value)))
		return "expected an operator: < > = <= >= & ^, perhaps behind a !";
	if (!number64(list_item(&value), &t->value))
		return "expected a number to compare with";
	if (!number_signed(list_item(&value), &t->distance) || t->distance < -65535 || t->distance > 65535)
		return "expected an offset from -65535 to 65535";
	while (value.n > 0)
		if (!read_option(t, list_item(&value)))
			return "expected relative, big, little, string, dec, hex, oct or bitmask number";
	return t->base == 0 && t->n > 8 ? "a number has 8 bytes at most" : NULL;
}

const struct keyword keyword_byte_test = { "byte_test", VALUE_NEEDED, KEYWORD_ANYWHERE, parse, 0, 0 };
