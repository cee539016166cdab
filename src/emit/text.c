/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of text that every format needs. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "impl.h"

bool buffer_grow(struct buffer *b, size_t n)
{
	size_t cap = b->cap == 0 ? 4096 : b->cap;
	char *bigger;

	while (cap - b->n < n)
		cap *= 2;
	bigger = malloc(cap);
	if (bigger == NULL)
		return false;
	/* Not realloc: with --secrets=show there are passwords in it. */
	if (b->p != NULL) {
		memcpy(bigger, b->p, b->n);
		explicit_bzero(b->p, b->n);
		free(b->p);
	}
	b->p = bigger;
	b->cap = cap;
	return true;
}

bool buffer_add(struct buffer *b, const char *p, size_t n)
{
	if (!buffer_reserve(b, n))
		return false;
	memcpy(b->p + b->n, p, n);
	b->n += n;
	return true;
}

void buffer_free(struct buffer *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap);
	free(b->p);
	*b = (struct buffer){ 0 };
}

static void two(char *out, int v)
{
	out[0] = (char)('0' + v / 10 % 10);
	out[1] = (char)('0' + v % 10);
}

#define SECONDS 16 /* whose text is kept: packets come by the thousand in one, of sessions that began in others */

/* "2026-01-01T00:00:00." */
static const char *text_of(time_t seconds)
{
	static struct {
		time_t of;
		char text[21];
	} kept[SECONDS];
	char *text = kept[(uint64_t)seconds % SECONDS].text;
	struct tm tm;

	if (text[0] != '\0' && kept[(uint64_t)seconds % SECONDS].of == seconds)
		return text;
	if (gmtime_r(&seconds, &tm) == NULL)
		return "0000-00-00T00:00:00.";
	memcpy(text, "0000-00-00T00:00:00.", 21);
	two(text, (tm.tm_year + 1900) / 100);
	two(text + 2, (tm.tm_year + 1900) % 100);
	two(text + 5, tm.tm_mon + 1);
	two(text + 8, tm.tm_mday);
	two(text + 11, tm.tm_hour);
	two(text + 14, tm.tm_min);
	two(text + 17, tm.tm_sec);
	kept[(uint64_t)seconds % SECONDS].of = seconds;
	return text;
}

void emit_time(uint64_t ts, char sep, const char *suffix, char out[TIME_SIZE])
{
	uint32_t us = (uint32_t)(ts % 1000000);
	size_t n = 20;
	int i;

	memcpy(out, text_of((time_t)(ts / 1000000)), n);
	out[10] = sep;
	for (i = 5; i >= 0; i--, us /= 10)
		out[n + (size_t)i] = (char)('0' + us % 10);
	n += 6;
	memcpy(out + n, suffix, strlen(suffix) + 1);
}

/* The longest row of groups that are 0, two at least (RFC 5952 section 4.2); false: there is none. */
static bool longest_zeros(const uint16_t group[8], unsigned *first, unsigned *end)
{
	unsigned i, from = 0, longest = 1;

	for (i = 0; i < 8; i++) {
		if (group[i] != 0)
			from = i + 1;
		else if (i + 1 - from > longest) {
			longest = i + 1 - from;
			*first = from;
			*end = i + 1;
		}
	}
	return longest > 1;
}

static char *hex_group(char *out, unsigned group)
{
	static const char digits[] = "0123456789abcdef";
	int shift = 12;

	while (shift > 0 && group >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*out++ = digits[group >> shift & 15];
	return out;
}

static void ipv6_text(const uint8_t *a, char *out)
{
	uint16_t group[8];
	unsigned i, first = 8, end = 8;
	bool zeros;

	for (i = 0; i < 8; i++)
		group[i] = (uint16_t)(a[2 * i] << 8 | a[2 * i + 1]);
	zeros = longest_zeros(group, &first, &end);
	for (i = 0; i < 8; i++) {
		if (zeros && i == first) {
			*out++ = ':';
			*out++ = ':';
			i = end;
			if (i == 8)
				break;
		} else if (i > 0) {
			*out++ = ':';
		}
		out = hex_group(out, group[i]);
	}
	*out = '\0';
}

void emit_address(const uint8_t *a, uint8_t ip_v, char out[ADDRESS_SIZE])
{
	static const uint8_t zeros[10];
	int i;

	if (ip_v == 4) { /* inet_ntop() goes through printf for these */
		for (i = 0; i < 4; i++) {
			if (a[i] >= 100)
				*out++ = (char)('0' + a[i] / 100);
			if (a[i] >= 10)
				*out++ = (char)('0' + a[i] / 10 % 10);
			*out++ = (char)('0' + a[i] % 10);
			*out++ = i < 3 ? '.' : '\0';
		}
		return;
	}
	/* So it does for all others; those that hold one of IPv4 are left to it. */
	if (memcmp(a, zeros, 10) != 0)
		ipv6_text(a, out);
	else if (inet_ntop(AF_INET6, a, out, ADDRESS_SIZE) == NULL)
		out[0] = '\0';
}

static void put_hex(char **out, uint8_t c, const struct escape *how)
{
	static const char hex[] = "0123456789abcdef";

	if (strchr(how->backslash, '\\') != NULL)
		*(*out)++ = '\\';
	*(*out)++ = '\\';
	*(*out)++ = 'x';
	*(*out)++ = hex[c >> 4];
	*(*out)++ = hex[c & 15];
}

/* How many bytes s begins with that no format escapes. */
static size_t plain(struct span s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= ' ' && s.p[n] < 0x7f && s.p[n] != '"' && s.p[n] != '\\' && s.p[n] != '|' && s.p[n] != '=')
		n++;
	return n;
}

bool buffer_add_text(struct buffer *b, struct span s, const struct escape *how)
{
	size_t left = how->limit > 0 ? how->limit : SIZE_MAX, n, chars;
	char *p;

	if (!buffer_reserve(b, 5 * s.n))
		return false;
	for (p = b->p + b->n; s.n > 0 && left > 0; s = span_skip(s, n), left -= chars) {
		uint8_t c = s.p[0];
		bool as_hex;

		n = chars = plain(span_take(s, left)); /* nearly always */
		if (n > 0) {
			memcpy(p, s.p, n);
			p += n;
			continue;
		}
		n = span_character(s);
		as_hex = n == 0 || strchr(how->hex, c) != NULL;
		chars = as_hex ? 4 : 1;
		if (chars > left)
			break;
		if (as_hex) {
			put_hex(&p, c, how);
			n = 1;
			continue;
		}
		if (strchr(how->backslash, c) != NULL)
			*p++ = '\\';
		memcpy(p, s.p, n);
		p += n;
	}
	b->n = (size_t)(p - b->p);
	return true;
}
