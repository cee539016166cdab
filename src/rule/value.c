/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pieces that the values of options are made of. */
#include "impl.h"

struct span trim(struct span s)
{
	s = span_ltrim(s);
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

struct span list_item(struct span *list)
{
	const uint8_t *comma = list->n > 0 ? memchr(list->p, ',', list->n) : NULL;
	struct span item = span_take(*list, comma != NULL ? (size_t)(comma - list->p) : list->n);

	*list = span_skip(*list, comma != NULL ? item.n + 1 : item.n);
	return trim(item);
}

bool number(struct span s, uint32_t min, uint32_t max, uint32_t *out)
{
	uint64_t v = 0;
	size_t i;

	if (s.n == 0 || s.n > 10)
		return false;
	for (i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	if (v < min || v > max)
		return false;
	*out = (uint32_t)v;
	return true;
}

size_t number_in(struct span s, unsigned base, uint64_t *out)
{
	size_t i;

	*out = 0;
	for (i = 0; i < s.n; i++) {
		uint8_t c = ascii_lower(s.p[i]);
		unsigned digit = 16;

		if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (unsigned)(c - 'a') + 10;
		if (digit >= base)
			break;
		if (*out > (UINT64_MAX - digit) / base)
			return 0;
		*out = *out * base + digit;
	}
	return i;
}

bool number_signed(struct span s, int32_t *out)
{
	bool minus = s.n > 0 && s.p[0] == '-';
	uint32_t v;

	if (!number(span_skip(s, minus ? 1 : 0), 0, INT32_MAX, &v))
		return false;
	*out = minus ? -(int32_t)v : (int32_t)v;
	return true;
}

bool number_range(struct span s, uint32_t *first, uint32_t *last)
{
	const uint8_t *mark = s.n > 0 ? memmem(s.p, s.n, "<>", 2) : NULL;
	size_t width = mark != NULL ? 2 : 1;
	bool less, more, equal;
	uint32_t v;

	if (mark == NULL && s.n > 0)
		mark = memchr(s.p, '-', s.n);
	if (mark != NULL) {
		if (!number(trim(span_take(s, (size_t)(mark - s.p))), 0, UINT32_MAX - 1, first) ||
		    !number(trim(span_skip(s, (size_t)(mark - s.p) + width)), 1, UINT32_MAX, last) || *last - *first < 2 ||
		    *last < *first)
			return false;
		(*first)++;
		(*last)--;
		return true;
	}
	less = s.n > 0 && s.p[0] == '<';
	more = s.n > 0 && s.p[0] == '>';
	s = span_skip(s, less || more ? 1 : 0);
	equal = s.n > 0 && s.p[0] == '=';
	s = trim(span_skip(s, equal ? 1 : 0));
	if (!number(s, less && !equal ? 1 : 0, UINT32_MAX - (more && !equal ? 1 : 0), &v))
		return false;
	*first = less ? 0 : more && !equal ? v + 1 : v;
	*last = more ? UINT32_MAX : less && !equal ? v - 1 : v;
	return true;
}

bool negation(struct span *s)
{
	*s = span_ltrim(*s);
	if (s->n == 0 || s->p[0] != '!')
		return false;
	*s = span_ltrim(span_skip(*s, 1));
	return true;
}

struct span quoted(struct span value)
{
	value = trim(value);
	if (value.n < 2 || value.p[0] != '"' || value.p[value.n - 1] != '"')
		return span_of(NULL, 0);
	return span_of(value.p + 1, value.n - 2);
}

const char *unquote(struct ruleset *rs, struct span value)
{
	struct span in = quoted(value);
	char *text;
	size_t i, n = 0;

	if (in.p == NULL)
		return NULL;
	text = arena_alloc(&rs->arena, in.n + 1);
	if (text == NULL)
		return NULL;
	for (i = 0; i < in.n; i++) {
		if (in.p[i] == '\\' && i + 1 < in.n)
			i++;
		text[n++] = (char)in.p[i];
	}
	return text;
}
