/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * LLC (IEEE 802.2): DSAP 1, SSAP 1, control 1, behind the length of an 802.3 frame, and in 802.11. With SNAP
 * (RFC 1042), AA AA 03: organisation 3, protocol 2. Nothing else that carries IP was ever common.
 */
#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	static const uint8_t ethertypes[3] = { 0, 0, 0 }, bridge_tunnel[3] = { 0, 0, 0xf8 };
	const uint8_t *h = l->in.p;

	if (l->in.n < 3)
		return LAYER_OTHER;
	if (h[0] == 0x06 && h[1] == 0x06 && h[2] == 0x03) { /* the SAP of IP itself (RFC 948) */
		layer_skip(l, 3);
		l->next = &decode_ipv4;
		return LAYER_NEXT;
	}
	if (h[0] != 0xaa || h[1] != 0xaa || h[2] != 0x03)
		return LAYER_OTHER;
	if (l->in.n < 8)
		return LAYER_SHORT;
	if (memcmp(h + 3, ethertypes, 3) != 0 && memcmp(h + 3, bridge_tunnel, 3) != 0)
		return LAYER_OTHER;
	l->next = decoder_for_ethertype(be16(h + 6));
	layer_skip(l, 8);
	return LAYER_NEXT;
}

const struct decoder decode_llc = {
	.name = "llc",
	.dlt = NO_CODES,
	.ethertype = NO_CODES,
	.ip_proto = NO_CODES,
	.decode = decode,
};
