/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Linux cooked capture v2 (LINKTYPE_LINUX_SLL2): protocol 2, zero 2, interface 4, ARPHRD 2, type 1, length 1,
 * address 8.
 */
#include <pcap/dlt.h>

#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	if (l->in.n < 20)
		return LAYER_SHORT;
	return layer_cooked(l, 20, be16(l->in.p + 8), be16(l->in.p));
}

const struct decoder decode_sll2 = {
	.name = "sll2",
	.dlt = { DLT_LINUX_SLL2, -1 },
	.ethertype = NO_CODES,
	.ip_proto = NO_CODES,
	.decode = decode,
};
