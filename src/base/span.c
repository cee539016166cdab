/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plainpop/base.h"

bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool span_contains(struct span s, const char *word)
{
	uint8_t first = ascii_lower((uint8_t)word[0]);

	for (; s.n > 0; s = span_skip(s, 1))
		if (ascii_lower(s.p[0]) == first && span_starts(s, word))
			return true;
	return false;
}

struct span span_ltrim(struct span s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_skip(s, 1);
	return s;
}

struct span span_trim(struct span s)
{
	s = span_ltrim(s);
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

struct span span_word(struct span *s)
{
	size_t i = 0;
	struct span word;

	while (i < s->n && s->p[i] != ' ' && s->p[i] != '\t')
		i++;
	word = span_take(*s, i);
	*s = span_skip(*s, i < s->n ? i + 1 : i);
	return word;
}
