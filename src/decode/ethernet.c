/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ethernet II (IEEE 802.3): destination 6, source 6, type 2. A type below 0x600 is a length (802.2 LLC),
 * behind which no mail server speaks; SNAP may still carry IP.
 */
#include <pcap/dlt.h>

#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	static const uint8_t snap[6] = { 0xaa, 0xaa, 0x03, 0, 0, 0 };
	uint16_t type;

	if (l->in.n < 14)
		return LAYER_SHORT;
	type = be16(l->in.p + 12);
	layer_skip(l, 14);
	if (type < 0x600) {
		layer_trim(l, type);
		if (l->in.n < 8)
			return LAYER_OTHER;
		if (memcmp(l->in.p, snap, sizeof snap) != 0)
			return LAYER_OTHER;
		type = be16(l->in.p + 6);
		layer_skip(l, 8);
	}
	l->next = decoder_for_ethertype(type);
	return LAYER_NEXT;
}

const struct decoder decode_ethernet = {
	.name = "ethernet",
	.dlt = { DLT_EN10MB, -1 },
	.ethertype = NO_CODES,
	.ip_proto = NO_CODES,
	.decode = decode,
};
