/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * E-TAG (IEEE 802.1BR section 7.5), what became of the VN-tag: priority 3 bits, drop 1, ingress port 12 | reserved 2,
 * group 2, port 12 | both extended 2 | type 2
 */
#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	if (l->in.n < 8)
		return LAYER_SHORT;
	return layer_ethertype(l, 8, be16(l->in.p + 6));
}

const struct decoder decode_etag = {
	.name = "etag",
	.dlt = NO_CODES,
	.ethertype = { 0x893f, -1 },
	.ip_proto = NO_CODES,
	.decode = decode,
};
