/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base64 as RFC 4648 section 4 has it, but without insisting on the padding. */
#include "plainpop/base.h"

static int digit(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

enum base64_result base64_decode(struct span in, uint8_t *out, size_t cap, size_t *n)
{
	uint32_t bits = 0;
	unsigned have = 0, pad = 0;
	size_t i;

	*n = 0;
	for (i = 0; i < in.n; i++) {
		int d;

		if (in.p[i] == '=') {
			pad++;
			continue;
		}
		d = digit(in.p[i]);
		if (d < 0 || pad > 0)
			return BASE64_BAD;
		bits = bits << 6 | (uint32_t)d;
		have += 6;
		if (have < 8)
			continue;
		if (*n >= cap)
			return BASE64_LONG;
		have -= 8;
		out[(*n)++] = (uint8_t)(bits >> have);
	}
	/* Six bits left over are a digit that no byte can have come from. */
	if (have == 6 || pad > 2)
		return BASE64_BAD;
	return BASE64_OK;
}
