/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PPPoE (RFC 2516 section 4), session stage: version and type 1, code 1, session id 2, length 2, PPP. The
 * discovery stage (0x8863) carries no data.
 */
#include <pcap/dlt.h>

#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	const uint8_t *h = l->in.p;

	if (l->in.n < 6)
		return LAYER_SHORT;
	if (h[0] != 0x11)
		return LAYER_INVALID;
	if (h[1] != 0)
		return LAYER_OTHER;
	layer_skip(l, 6);
	layer_trim(l, be16(h + 4));
	l->next = &decode_ppp;
	return LAYER_NEXT;
}

const struct decoder decode_pppoe = {
	.name = "pppoe",
	.dlt = { DLT_PPP_ETHER, -1 },
	.ethertype = { 0x8864, -1 },
	.ip_proto = NO_CODES,
	.decode = decode,
};
