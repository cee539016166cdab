/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Geneve (RFC 8926 section 3.4): version 2 bits, length of the options 6 (in fours) | O 1 bit, C 1, reserved 6
 * | protocol 2 as in Ethernet | VNI 3, reserved 1 | options
 */
#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	const uint8_t *h = l->in.p;
	uint32_t vni;
	size_t n;

	if (l->in.n < 8)
		return LAYER_SHORT;
	if (h[0] >> 6 != 0)
		return LAYER_OTHER;
	n = 8 + (size_t)(h[0] & 0x3f) * 4;
	if (l->in.n < n)
		return LAYER_SHORT;
	vni = be32(h + 4) >> 8;
	layer_skip(l, n);
	tunnel_enter(l, TUNNEL_GENEVE, &vni);
	l->next = decoder_for_ethertype(be16(h + 2));
	return LAYER_NEXT;
}

const struct decoder decode_geneve = {
	.name = "geneve",
	.dlt = NO_CODES,
	.ethertype = NO_CODES,
	.ip_proto = NO_CODES,
	.udp_port = { 6081, 0 },
	.decode = decode,
};
