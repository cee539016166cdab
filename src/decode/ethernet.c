/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ethernet (IEEE 802.3): destination 6, source 6, type or length 2. Also where a tunnel carries it, as
 * Transparent Ethernet Bridging (RFC 7637 section 3.2).
 */
#include <pcap/dlt.h>

#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	if (l->in.n < 14)
		return LAYER_SHORT;
	return layer_ethertype(l, 14, be16(l->in.p + 12));
}

const struct decoder decode_ethernet = {
	.name = "ethernet",
	.dlt = { DLT_EN10MB, -1 },
	.ethertype = { 0x6558, -1 },
	.ip_proto = NO_CODES,
	.decode = decode,
};
