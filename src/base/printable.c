/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes from outside as text that can do no harm (RFC 3629, UAX 9, UAX 14). */
#include "plainpop/base.h"

/* Characters that are valid but would break lines or turn the text around (UAX 9, UAX 14). */
static bool harmless(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c <= 0x9f))
		return false;
	return !(c == 0x061c || c == 0xfeff || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
		 (c >= 0x2060 && c <= 0x206f) || (c >= 0xfff0 && c <= 0xffff));
}

size_t span_character(struct span s)
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

size_t span_printable(struct span s, char *out)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	while (s.n > 0) {
		size_t len = 0;

		while (len < s.n && s.p[len] >= ' ' && s.p[len] < 0x7f) /* nearly always */
			len++;
		if (len == 0)
			len = span_character(s);
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
