/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * L2TPv2 (RFC 2661 section 3.1): flags and version 2 (2), length 2 (L), tunnel 2, session 2, Ns 2 and Nr 2 (S),
 * offset 2 and as many bytes (O), PPP. T marks control messages.
 *
 * L2TPv3 (RFC 3931 section 4.1): over UDP the flags and version 2 (3), reserved 2; then, and over IP at once,
 * session 4 (0: control over IP), a cookie of 0, 4 or 8 bytes, a sublayer of 0 or 4, and the frame. How long
 * they are, and whether the frame is Ethernet or PPP, was settled when the session began: it is guessed.
 */
#include "decoder.h"

#define PROTO_L2TP 115

#define FLAG_T 0x8000
#define FLAG_L 0x4000
#define FLAG_S 0x0800
#define FLAG_O 0x0200
#define VERSION 0x000f

static enum layer_result version2(struct layers *l, uint16_t flags)
{
	const uint8_t *h = l->in.p;
	size_t ids = (flags & FLAG_L) != 0 ? 4 : 2;
	size_t n = ids + 4 + ((flags & FLAG_S) != 0 ? 4u : 0);
	uint32_t session;

	if (l->in.n < n + ((flags & FLAG_O) != 0 ? 2u : 0))
		return LAYER_SHORT;
	if ((flags & FLAG_O) != 0)
		n += 2 + (size_t)be16(h + n);
	if ((flags & FLAG_L) != 0) {
		if (be16(h + 2) < n)
			return LAYER_INVALID;
		layer_trim(l, be16(h + 2));
	}
	if (l->in.n < n)
		return LAYER_SHORT;
	session = be16(h + ids + 2);
	layer_skip(l, n);
	tunnel_enter(l, TUNNEL_L2TP, &session);
	l->next = &decode_ppp;
	return LAYER_NEXT;
}

static enum layer_result version3(struct layers *l, size_t at)
{
	size_t offset;
	uint32_t session;

	if (l->in.n < at + 4)
		return LAYER_SHORT;
	session = be32(l->in.p + at);
	if (session == 0)
		return LAYER_OTHER;
	layer_skip(l, at + 4);
	tunnel_enter(l, TUNNEL_L2TP, &session);
	for (offset = 0; offset <= 12 && offset < l->wire; offset += 4) {
		struct span in = span_skip(l->in, offset);
		uint32_t wire = l->wire - (uint32_t)offset;
		enum guess ethernet = guess_ethernet(in, wire);
		enum guess ppp = ethernet == GUESS_NO ? guess_ppp(in, wire) : GUESS_NO;

		if (ethernet == GUESS_SHORT || ppp == GUESS_SHORT)
			return LAYER_SHORT;
		if (ethernet == GUESS_YES || ppp == GUESS_YES) {
			layer_skip(l, offset);
			l->next = ethernet == GUESS_YES ? &decode_ethernet : &decode_ppp;
			return LAYER_NEXT;
		}
	}
	return LAYER_OTHER;
}

static enum layer_result decode(struct layers *l)
{
	uint16_t flags;

	if (l->p->ip_proto == PROTO_L2TP)
		return version3(l, 0);
	if (l->in.n < 2)
		return LAYER_SHORT;
	flags = be16(l->in.p);
	if ((flags & FLAG_T) != 0)
		return LAYER_OTHER;
	switch (flags & VERSION) {
	case 2:
		return version2(l, flags);
	case 3:
		return version3(l, 4);
	default:
		return LAYER_OTHER;
	}
}

const struct decoder decode_l2tp = {
	.name = "l2tp",
	.dlt = NO_CODES,
	.ethertype = NO_CODES,
	.ip_proto = { PROTO_L2TP, -1 },
	.udp_port = { 1701, 0 },
	.decode = decode,
};
