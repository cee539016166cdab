/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe section 3): flags 1 (version 2 bits, I, P, B, O), reserved 2, next
 * protocol 1, VNI 3, reserved 1. Without P it is VXLAN.
 */
#include "decoder.h"

#define FLAG_VERSION 0x30
#define FLAG_I 0x08
#define FLAG_P 0x04
#define FLAG_O 0x01 /* about the tunnel itself */

static enum layer_result decode(struct layers *l)
{
	const uint8_t *h = l->in.p;
	uint32_t vni;

	if (l->in.n < 8)
		return LAYER_SHORT;
	if ((h[0] & FLAG_I) == 0 || (h[0] & (FLAG_VERSION | FLAG_O)) != 0)
		return LAYER_OTHER;
	vni = be32(h + 4) >> 8;
	layer_skip(l, 8);
	tunnel_enter(l, TUNNEL_VXLAN_GPE, &vni);
	switch ((h[0] & FLAG_P) != 0 ? h[3] : 3) {
	case 1:
		l->next = &decode_ipv4;
		return LAYER_NEXT;
	case 2:
		l->next = &decode_ipv6;
		return LAYER_NEXT;
	case 3:
		l->next = &decode_ethernet;
		return LAYER_NEXT;
	case 5:
		l->next = &decode_mpls;
		return LAYER_NEXT;
	default:
		return LAYER_OTHER;
	}
}

const struct decoder decode_vxlan_gpe = {
	.name = "vxlan_gpe",
	.dlt = NO_CODES,
	.ethertype = NO_CODES,
	.ip_proto = NO_CODES,
	.udp_port = { 4790, 0 },
	.decode = decode,
};
