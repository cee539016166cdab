/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * base64 against OpenSSL's. Input: room in the output buffer 1 (255: as much as it takes), then the text.
 */
#include <openssl/evp.h>
#include <stdlib.h>

#include "fuzz.h"

#define INPUT_MAX 4096

/* in in the one form that both accept: padded to groups of four. Its length, or 0. */
static size_t canonical(struct span in, uint8_t *out)
{
	size_t n;

	while (in.n > 0 && in.p[in.n - 1] == '=')
		in.n--;
	n = in.n;
	memcpy(out, in.p, n);
	while (n % 4 != 0)
		out[n++] = '=';
	return n;
}

/* True when s is what RFC 4648 section 4 calls base64, padding and all. */
static bool strict(struct span s)
{
	size_t pad = 0, i;

	while (pad < 2 && s.n > 0 && s.p[s.n - 1] == '=') {
		pad++;
		s.n--;
	}
	for (i = 0; i < s.n; i++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", s.p[i]) == NULL ||
		    s.p[i] == '\0')
			return false;
	return (s.n + pad) % 4 == 0 && (s.n > 0 || pad == 0);
}

/* Where there is no room the result is a beginning of the whole. */
static void check_cap(struct span in, size_t cap, struct span whole, enum base64_result r)
{
	uint8_t *out = malloc(cap > 0 ? cap : 1); /* of its own, so that a byte too many is seen */
	size_t n;
	enum base64_result of_cap;

	assert(out != NULL);
	of_cap = base64_decode(in, out, cap, &n);
	assert(n <= cap && n <= whole.n && memcmp(out, whole.p, n) == 0);
	assert(cap < whole.n ? of_cap == BASE64_LONG : of_cap == r && n == whole.n);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t text[INPUT_MAX + 4], ours[BASE64_DECODED_MAX(INPUT_MAX)], theirs[BASE64_DECODED_MAX(INPUT_MAX + 4)];
	struct span in = span_of(data, size);
	uint8_t cap = take(&in);
	enum base64_result r;
	size_t n, len;
	int got;

	if (in.n > INPUT_MAX)
		return 0;
	r = base64_decode(in, ours, BASE64_DECODED_MAX(in.n), &n);
	assert(r != BASE64_LONG && n <= BASE64_DECODED_MAX(in.n));
	if (cap != 255)
		check_cap(in, cap, span_of(ours, n), r);
	assert(r == BASE64_OK || !strict(in));
	if (r != BASE64_OK)
		return 0;
	len = canonical(in, text);
	got = EVP_DecodeBlock(theirs, text, (int)len);
	/* It counts the padding as bytes. */
	assert(got >= 0 && (size_t)got / 3 * 3 == (size_t)got && n <= (size_t)got && (size_t)got - n <= 2);
	assert(memcmp(ours, theirs, n) == 0);
	return 0;
}
