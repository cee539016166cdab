/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Community ID v1: "1:" and the base64 of the SHA-1 over seed 2, lower end's address, the other's, protocol 1,
 * padding 1, ports 2 and 2; the lower end is the one with the smaller address, then port.
 */
#include <openssl/evp.h>
#include <stdio.h>

#include "impl.h"

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static bool sha1(const uint8_t *p, size_t n, uint8_t out[20])
{
	/* Looked up once: the look-up costs more than the sum. */
	static EVP_MD *md;
	static EVP_MD_CTX *ctx;

	if (md == NULL) {
		md = EVP_MD_fetch(NULL, "SHA1", NULL);
		ctx = EVP_MD_CTX_new();
	}
	return md != NULL && ctx != NULL && EVP_DigestInit_ex2(ctx, md, NULL) == 1 &&
	       EVP_DigestUpdate(ctx, p, n) == 1 && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
}

void emit_community_id(const struct flow_key *k, char out[COMMUNITY_ID_SIZE])
{
	uint8_t in[2 + 16 + 16 + 2 + 4] = { 0 }, sum[20];
	size_t len = k->ip_v == 4 ? 4 : 16;
	int order = memcmp(k->addr[0], k->addr[1], len);
	unsigned low = order < 0 || (order == 0 && k->port[0] < k->port[1]) ? 0 : 1;
	uint8_t *p = in + 2;

	memcpy(p, k->addr[low], len);
	memcpy(p + len, k->addr[1 - low], len);
	p += 2 * len;
	p[0] = 6;
	put16(p + 2, k->port[low]);
	put16(p + 4, k->port[1 - low]);
	if (!sha1(in, (size_t)(p + 6 - in), sum)) {
		out[0] = '\0';
		return;
	}
	memcpy(out, "1:", 2);
	EVP_EncodeBlock((unsigned char *)out + 2, sum, sizeof sum);
}
