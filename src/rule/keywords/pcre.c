/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pcre:[!]"/expression/flags"; a regular expression of Perl agrees. Flags: i s m x A E G as PCRE2 has them, R: from the
 * end of the match before it on; B, raw bytes, is how it is anyway; O, other limits, does not lift these.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "../impl.h"

static const struct {
	char letter;
	uint32_t option;
} flags[] = {
	{ 'i', PCRE2_CASELESS }, { 's', PCRE2_DOTALL },		{ 'm', PCRE2_MULTILINE }, { 'x', PCRE2_EXTENDED },
	{ 'A', PCRE2_ANCHORED }, { 'E', PCRE2_DOLLAR_ENDONLY }, { 'G', PCRE2_UNGREEDY },  { 'B', 0 },
	{ 'O', 0 },
};

static const char *parse_flags(struct byte_test *t, struct span letters, uint32_t *options)
{
	size_t i;

	for (; letters.n > 0; letters = span_skip(letters, 1)) {
		if (letters.p[0] == 'R') {
			t->relative = true;
			continue;
		}
		for (i = 0; i < sizeof flags / sizeof flags[0]; i++)
			if (flags[i].letter == (char)letters.p[0])
				break;
		if (i == sizeof flags / sizeof flags[0])
			return "a flag that is none of i s m x A E G R B O";
		*options |= flags[i].option;
	}
	return NULL;
}

/* The expression as PCRE2 is to see it: of the escapes only those of the rule's own grammar are taken off. */
static struct span expression(struct ruleset *rs, struct span in)
{
	uint8_t *out = arena_alloc(&rs->arena, in.n + 1);
	size_t i, n = 0;

	for (i = 0; out != NULL && i < in.n; i++) {
		if (in.p[i] == '\\' && i + 1 < in.n && (in.p[i + 1] == '"' || in.p[i + 1] == ';'))
			i++;
		else if (in.p[i] == '\\' && i + 1 < in.n)
			out[n++] = in.p[i++];
		out[n++] = in.p[i];
	}
	return span_of(out, n);
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	bool negated = negation(&value);
	struct span in = quoted(value);
	const uint8_t *slash = in.n > 1 ? memrchr(in.p + 1, '/', in.n - 1) : NULL;
	struct byte_test *t;
	uint32_t options = 0;
	const char *why;

	if (slash == NULL || in.p[0] != '/')
		return "expected \"/expression/flags\"";
	t = byte_test_add(rs, r);
	if (t == NULL)
		return "out of memory";
	t->kind = BYTES_PCRE;
	t->negated = negated;
	why = parse_flags(t, span_skip(in, (size_t)(slash - in.p) + 1), &options);
	if (why != NULL)
		return why;
	in = expression(rs, span_of(in.p + 1, (size_t)(slash - in.p) - 1));
	if (in.p == NULL)
		return "out of memory";
	t->regex = regex_new(rs, in, options, &why);
	return t->regex != NULL ? NULL : why;
}

const struct keyword keyword_pcre = { "pcre", VALUE_NEEDED, KEYWORD_ANYWHERE, parse, 0, 0 };
