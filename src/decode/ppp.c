/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PPP (RFC 1661): protocol 2, or 1 when compressed (its last bit tells). In front of it there may be the
 * address and control of HDLC, FF 03 (RFC 1662). Cisco's framing, which begins otherwise, shares the link type.
 */
#include <pcap/dlt.h>

#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	uint16_t protocol;

	if (l->in.n < 1)
		return LAYER_SHORT;
	if (l->in.p[0] == 0x0f || l->in.p[0] == 0x8f) {
		l->next = &decode_chdlc;
		return LAYER_NEXT;
	}
	if (l->in.n < 2)
		return LAYER_SHORT;
	if (l->in.p[0] == 0xff && l->in.p[1] == 0x03)
		layer_skip(l, 2);
	if (l->in.n < 1 || (l->in.n < 2 && (l->in.p[0] & 1) == 0))
		return LAYER_SHORT;
	if ((l->in.p[0] & 1) != 0) {
		protocol = l->in.p[0];
		layer_skip(l, 1);
	} else {
		protocol = be16(l->in.p);
		layer_skip(l, 2);
	}
	switch (protocol) {
	case 0x0021:
		l->next = &decode_ipv4;
		return LAYER_NEXT;
	case 0x0057:
		l->next = &decode_ipv6;
		return LAYER_NEXT;
	case 0x0281: /* RFC 3032 section 4.3 */
	case 0x0283:
		l->next = &decode_mpls;
		return LAYER_NEXT;
	default: /* control protocols, and what is compressed or encrypted */
		return LAYER_OTHER;
	}
}

const struct decoder decode_ppp = {
	.name = "ppp",
	.dlt = { DLT_PPP, DLT_PPP_SERIAL, -1 },
	.ethertype = { 0x880b, -1 },
	.ip_proto = NO_CODES,
	.decode = decode,
};
