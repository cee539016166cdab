/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * VN-tag (Cisco), between a switch and its fabric extenders: direction 1 bit, pointer 1, destination 14 | looped 1,
 * reserved 1, version 2, source 12 | type 2. The ports differ in the two directions: nothing is kept of them.
 */
#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	if (l->in.n < 6)
		return LAYER_SHORT;
	return layer_ethertype(l, 6, be16(l->in.p + 4));
}

const struct decoder decode_vntag = {
	.name = "vntag",
	.dlt = NO_CODES,
	.ethertype = { 0x8926, -1 },
	.ip_proto = NO_CODES,
	.decode = decode,
};
