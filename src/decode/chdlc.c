/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cisco's HDLC framing (RFC 1547 section 4.3.1): address 1 (0F or 8F), control 1, protocol 2 as in Ethernet. */
#include <pcap/dlt.h>

#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	if (l->in.n < 4)
		return LAYER_SHORT;
	l->next = decoder_for_ethertype(be16(l->in.p + 2));
	layer_skip(l, 4);
	return LAYER_NEXT;
}

const struct decoder decode_chdlc = {
	.name = "chdlc",
	.dlt = { DLT_C_HDLC, -1 },
	.ethertype = NO_CODES,
	.ip_proto = NO_CODES,
	.decode = decode,
};
