/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <endian.h>
#include <errno.h>
#include <sys/random.h>

#include "plainpop/base.h"

static inline uint64_t rotl(uint64_t x, int b)
{
	return x << b | x >> (64 - b);
}

static inline uint64_t le64(const uint8_t *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof x);
	return le64toh(x);
}

static inline __attribute__((always_inline)) void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

static inline __attribute__((always_inline)) void sip_begin(uint64_t v[4], const uint8_t key[16])
{
	uint64_t k0 = le64(key), k1 = le64(key + 8);

	v[0] = k0 ^ 0x736f6d6570736575u;
	v[1] = k1 ^ 0x646f72616e646f6du;
	v[2] = k0 ^ 0x6c7967656e657261u;
	v[3] = k1 ^ 0x7465646279746573u;
}

static inline __attribute__((always_inline)) void sip_word(uint64_t v[4], uint64_t m)
{
	v[3] ^= m;
	sip_round(v);
	v[0] ^= m;
}

static inline __attribute__((always_inline)) uint64_t sip_end(uint64_t v[4])
{
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t hash_keyed(const uint8_t key[16], const void *data, size_t n)
{
	const uint8_t *p = data;
	uint64_t v[4], last = (uint64_t)n << 56;
	size_t left;

	sip_begin(v, key);
	for (left = n; left >= 8; left -= 8, p += 8)
		sip_word(v, le64(p));
	while (left-- > 0)
		last |= (uint64_t)p[left] << (8 * left);
	sip_word(v, last);
	return sip_end(v);
}

__extension__ typedef unsigned __int128 wide;

static inline wide wide_of(const uint64_t half[2])
{
	return (wide)half[1] << 64 | half[0];
}

uint64_t hash_words(const struct hash_key *key, const uint64_t *word, size_t n)
{
	wide sum = 0;
	size_t i;

	for (i = 0; i + 1 < n; i += 2)
		sum += (wide)(word[i] + key->word[i]) * (word[i + 1] + key->word[i + 1]);
	if (i < n)
		sum += (wide)(word[i] + key->word[i]) * key->word[i + 1];
	/* Without n, what ends in a word 0 would be the same as what ends before it. */
	sum = (uint64_t)sum * wide_of(key->last) + (uint64_t)(sum >> 64) * wide_of(key->last + 2) + n * wide_of(key->last + 4) +
	      wide_of(key->last + 6);
	return (uint64_t)(sum >> 64);
}

int hash_random(void *out, size_t n)
{
	ssize_t got;

	do {
		got = getrandom(out, n, 0);
	} while (got < 0 && errno == EINTR);
	return got == (ssize_t)n ? 0 : -1;
}
