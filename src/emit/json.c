/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "json.h"

void json_begin(struct json *j, struct buffer *out)
{
	*j = (struct json){ .out = out, .first = true };
}

static void end_value(struct json *j, const char *p)
{
	j->out->n = (size_t)(p - j->out->p);
}

void json_open(struct json *j, const char *key, size_t key_n, char bracket)
{
	char *p = json_key(j, key, key_n, 1);

	if (p == NULL)
		return;
	*p++ = bracket;
	end_value(j, p);
	j->first = true;
}

void json_close(struct json *j, char bracket)
{
	char *p = json_room(j, 1);

	if (p == NULL)
		return;
	*p++ = bracket;
	end_value(j, p);
	j->first = false;
}

/* Bytes that stand in JSON as they are. */
static bool is_plain(uint8_t c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Not 0 where one of eight bytes is 0: the high bit of that, and perhaps of those above it. */
static uint64_t zero_among(uint64_t x)
{
	return (x - EACH(1)) & ~x & EACH(0x80);
}

/* How many plain bytes s begins with: nearly always all of them, so eight are looked at together. */
static size_t plain(struct span s)
{
	size_t n = 0;
	uint64_t x;

	for (; s.n - n >= sizeof x; n += sizeof x) {
		memcpy(&x, s.p + n, sizeof x);
		if ((((x - EACH(' ')) & ~x) & EACH(0x80)) != 0 || (x & EACH(0x80)) != 0 || zero_among(x ^ EACH(0x7f)) != 0 ||
		    zero_among(x ^ EACH('"')) != 0 || zero_among(x ^ EACH('\\')) != 0)
			break;
	}
	while (n < s.n && is_plain(s.p[n]))
		n++;
	return n;
}

void json_put_text(struct json *j, char *p, struct span s)
{
	static const char hex[] = "0123456789abcdef";

	if (p == NULL)
		return;
	*p++ = '"';
	while (s.n > 0) {
		uint8_t c = s.p[0];
		size_t n = plain(s);

		if (n > 0) {
			memcpy(p, s.p, n);
			p += n;
			s = span_skip(s, n);
			continue;
		}
		n = span_character(s);

		if (n == 0) {
			memcpy(p, "\\\\x", 3);
			p[3] = hex[c >> 4];
			p[4] = hex[c & 15];
			p += 5;
			n = 1;
		} else {
			if (c == '"' || c == '\\')
				*p++ = '\\';
			memcpy(p, s.p, n);
			p += n;
		}
		s = span_skip(s, n);
	}
	*p++ = '"';
	end_value(j, p);
}

void json_put_word(struct json *j, char *p, const char *s, size_t n)
{
	if (p == NULL)
		return;
	*p++ = '"';
	memcpy(p, s, n);
	p += n;
	*p++ = '"';
	end_value(j, p);
}

void json_put_number(struct json *j, char *p, uint64_t v)
{
	char digits[JSON_NUMBER_MAX];
	size_t n = sizeof digits;

	if (p == NULL)
		return;
	do {
		digits[--n] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	memcpy(p, digits + n, sizeof digits - n);
	end_value(j, p + sizeof digits - n);
}

void json_put_raw(struct json *j, char *p, struct span s)
{
	if (p == NULL)
		return;
	memcpy(p, s.p, s.n);
	end_value(j, p + s.n);
}
