/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * VXLAN (RFC 7348 section 5): flags 1 (0x08: the VNI is valid), reserved 3, VNI 3, reserved 1, Ethernet. 8472 is
 * what Linux took before there was an assigned port.
 */
#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	uint32_t vni;

	if (l->in.n < 8)
		return LAYER_SHORT;
	if ((l->in.p[0] & 0x08) == 0)
		return LAYER_OTHER;
	vni = be32(l->in.p + 4) >> 8;
	layer_skip(l, 8);
	tunnel_enter(l, TUNNEL_VXLAN, &vni);
	l->next = &decode_ethernet;
	return LAYER_NEXT;
}

const struct decoder decode_vxlan = {
	.name = "vxlan",
	.dlt = NO_CODES,
	.ethertype = NO_CODES,
	.ip_proto = NO_CODES,
	.udp_port = { 4789, 8472, 0 },
	.decode = decode,
};
