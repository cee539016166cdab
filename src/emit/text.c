/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of text that every format needs. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "impl.h"

bool buffer_reserve(struct buffer *b, size_t n)
{
	size_t cap = b->cap == 0 ? 4096 : b->cap;
	char *bigger;

	if (b->cap - b->n >= n)
		return true;
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

void emit_time(uint64_t ts, char sep, const char *suffix, char out[TIME_SIZE])
{
	/* Packets come by the thousand in one second: its text is kept. */
	static time_t last = -1;
	static char text[] = "0000-00-00T00:00:00.";
	time_t seconds = (time_t)(ts / 1000000);
	uint32_t us = (uint32_t)(ts % 1000000);
	struct tm tm;
	size_t n;
	int i;

	if (seconds != last && gmtime_r(&seconds, &tm) != NULL) {
		two(text, (tm.tm_year + 1900) / 100);
		two(text + 2, (tm.tm_year + 1900) % 100);
		two(text + 5, tm.tm_mon + 1);
		two(text + 8, tm.tm_mday);
		two(text + 11, tm.tm_hour);
		two(text + 14, tm.tm_min);
		two(text + 17, tm.tm_sec);
		last = seconds;
	}
	n = sizeof text - 1;
	memcpy(out, text, n);
	out[10] = sep;
	for (i = 5; i >= 0; i--, us /= 10)
		out[n + (size_t)i] = (char)('0' + us % 10);
	n += 6;
	memcpy(out + n, suffix, strlen(suffix) + 1);
}

void emit_address(const struct flow_key *k, enum side side, char out[ADDRESS_SIZE])
{
	const uint8_t *a = k->addr[side];
	int i;

	if (k->ip_v == 4) { /* inet_ntop() goes through printf for these */
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
	if (inet_ntop(AF_INET6, a, out, ADDRESS_SIZE) == NULL)
		out[0] = '\0';
}

/* Characters that are valid but would break lines or turn the text around (UAX 9, UAX 14). */
static bool harmless(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c <= 0x9f))
		return false;
	return !(c == 0x061c || c == 0xfeff || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
		 (c >= 0x2060 && c <= 0x206f) || (c >= 0xfff0 && c <= 0xffff));
}

size_t emit_character(struct span s)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c = s.p[0];
	size_t n, i;

	if (c < 0x80)
		return harmless(c) ? 1 : 0;
	n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	if (c < 0xc2 || c > 0xf4 || s.n < n)
		return 0;
	c &= 0x7fu >> n;
	for (i = 1; i < n; i++) {
		if ((s.p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s.p[i] & 0x3fu);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return harmless(c) ? n : 0;
}

size_t emit_printable(struct span s, char *out)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	while (s.n > 0) {
		size_t len = emit_character(s);

		if (len > 0) {
			memcpy(out + n, s.p, len);
			n += len;
		} else {
			out[n++] = '\\';
			out[n++] = 'x';
			out[n++] = hex[s.p[0] >> 4];
			out[n++] = hex[s.p[0] & 15];
			len = 1;
		}
		s = span_skip(s, len);
	}
	out[n] = '\0';
	return n;
}
