/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plainpop/base.h"

bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool span_contains(struct span s, const char *word)
{
	uint8_t first = ascii_lower((uint8_t)word[0]);
	size_t n = strlen(word), i;

	for (i = 0; n > 0 && i + n <= s.n; i++)
		if (ascii_lower(s.p[i]) == first && span_starts(span_skip(s, i), word))
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
