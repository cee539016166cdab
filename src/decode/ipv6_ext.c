/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * IPv6 extension headers (RFC 8200 section 4), and the Authentication Header (RFC 4302), which IPv4
 * knows too: next header 1, length 1, the rest. The length counts units of 8 bytes beyond the first 8;
 * for the Authentication Header units of 4 bytes beyond the first 8.
 */
#include "decoder.h"

#define PROTO_AH 51

static enum layer_result decode(struct layers *l)
{
	size_t n;
	bool ah = l->p->ip_proto == PROTO_AH;

	if (l->in.n < 8)
		return LAYER_SHORT;
	n = ah ? ((size_t)l->in.p[1] + 2) * 4 : ((size_t)l->in.p[1] + 1) * 8;
	if (l->in.n < n)
		return LAYER_SHORT;
	l->p->ip_proto = l->in.p[0];
	layer_skip(l, n);
	l->next = decoder_for_ip_proto(l->p->ip_proto);
	return LAYER_NEXT;
}

const struct decoder decode_ipv6_ext = {
	.name = "ipv6_ext",
	.dlt = NO_CODES,
	.ethertype = NO_CODES,
	/* hop-by-hop, routing, destination options, mobility, authentication, HIP (RFC 7401), Shim6 (RFC 5533) */
	.ip_proto = { 0, 43, 60, 135, PROTO_AH, 139, 140, -1 },
	.decode = decode,
};
