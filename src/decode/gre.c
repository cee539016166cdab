/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GRE (RFC 2784, RFC 2890): flags and version 2, protocol 2 as in Ethernet; checksum 2 and reserved 2 (C), key 4
 * (K), sequence 4 (S). Over UDP, too (RFC 8086).
 *
 * NVGRE (RFC 7637 section 3.2) is GRE with a key and Ethernet: VSID 24 bits, flow 8. Those below 0x1000 are
 * reserved, so a small key is an ordinary one. Version 1 is PPTP's (RFC 2637 section 4.1): the key is the
 * payload's length 2 and the receiver's call id 2; acknowledgment 4 (A) behind the sequence; PPP.
 */
#include "decoder.h"

#define CHECKSUM 0x8000
#define ROUTING 0x4000
#define KEY 0x2000
#define SEQUENCE 0x1000
#define ACKNOWLEDGMENT 0x0080
#define VERSION 0x0007

#define PROTOCOL_ETHERNET 0x6558
#define PROTOCOL_PPP 0x880b
#define PROTOCOL_ERSPAN 0x88be
#define PROTOCOL_ERSPAN3 0x22eb
#define ARUBA_FIRST 0x8200
#define ARUBA_LAST 0x8350

static enum layer_result pptp(struct layers *l, uint16_t flags, uint16_t protocol, size_t n)
{
	uint32_t length, call;

	if (protocol != PROTOCOL_PPP)
		return LAYER_OTHER;
	if ((flags & (CHECKSUM | ROUTING | KEY)) != KEY)
		return LAYER_INVALID;
	if ((flags & ACKNOWLEDGMENT) != 0)
		n += 4;
	if (l->in.n < n)
		return LAYER_SHORT;
	if ((flags & SEQUENCE) == 0)
		return LAYER_OTHER; /* an acknowledgment alone */
	length = be16(l->in.p + 4);
	call = be16(l->in.p + 6);
	layer_skip(l, n);
	layer_trim(l, length);
	tunnel_enter(l, TUNNEL_PPTP, &call);
	l->next = &decode_ppp;
	return LAYER_NEXT;
}

static enum layer_result decode(struct layers *l)
{
	uint16_t flags, protocol;
	uint32_t key = 0;
	size_t n;

	if (l->in.n < 4)
		return LAYER_SHORT;
	flags = be16(l->in.p);
	protocol = be16(l->in.p + 2);
	n = 4 + ((flags & CHECKSUM) != 0 ? 4u : 0) + ((flags & KEY) != 0 ? 4u : 0) + ((flags & SEQUENCE) != 0 ? 4u : 0);
	if ((flags & VERSION) == 1)
		return pptp(l, flags, protocol, n);
	if ((flags & VERSION) != 0)
		return LAYER_INVALID;
	if ((flags & ROUTING) != 0) /* RFC 1701, which nobody follows any more */
		return LAYER_OTHER;
	if (l->in.n < n)
		return LAYER_SHORT;
	if ((flags & KEY) != 0)
		key = be32(l->in.p + ((flags & CHECKSUM) != 0 ? 8 : 4));
	layer_skip(l, n);

	if (protocol == PROTOCOL_ERSPAN3 || (protocol == PROTOCOL_ERSPAN && (flags & SEQUENCE) != 0)) {
		l->next = &decode_erspan;
		return LAYER_NEXT;
	}
	if (protocol == PROTOCOL_ERSPAN) { /* type I has no header of its own */
		tunnel_enter(l, TUNNEL_ERSPAN, NULL);
		l->next = &decode_ethernet;
		return LAYER_NEXT;
	}
	if (protocol == PROTOCOL_ETHERNET && (flags & (CHECKSUM | KEY | SEQUENCE)) == KEY &&
	    (key & ~GRE_KEY_DIRECTION) >> 8 >= 0x1000) {
		key >>= 8;
		tunnel_enter(l, TUNNEL_NVGRE, &key);
	} else {
		tunnel_enter(l, TUNNEL_GRE, (flags & KEY) != 0 ? &key : NULL);
	}
	if (protocol >= ARUBA_FIRST && protocol <= ARUBA_LAST) /* an access point's frames to its controller */
		l->next = &decode_ieee80211;
	else
		l->next = decoder_for_ethertype(protocol);
	return LAYER_NEXT;
}

const struct decoder decode_gre = {
	.name = "gre",
	.dlt = NO_CODES,
	.ethertype = NO_CODES,
	.ip_proto = { 47, -1 },
	.udp_port = { 4754, 0 },
	.decode = decode,
};
