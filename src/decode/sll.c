/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linux cooked capture v1 (LINKTYPE_LINUX_SLL): packet type 2, ARPHRD 2, address length 2, address 8, protocol 2. */
#include <pcap/dlt.h>

#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	if (l->in.n < 16)
		return LAYER_SHORT;
	l->next = decoder_for_ethertype(be16(l->in.p + 14));
	layer_skip(l, 16);
	return LAYER_NEXT;
}

const struct decoder decode_sll = {
	.name = "sll",
	.dlt = { DLT_LINUX_SLL, -1 },
	.ethertype = NO_CODES,
	.ip_proto = NO_CODES,
	.decode = decode,
};
