/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ERSPAN (draft-foschiano-erspan), a mirrored frame inside of GRE:
 *   type II: version 4 bits (1), VLAN 12 | class 3, encapsulation 2, truncated 1, session 10 | index 4 bytes
 *   type III: version 4 bits (2), VLAN 12 | class 3, BSO 2, truncated 1, session 10 | time 4 | group 2
 *     | P 1, frame type 5, hardware 6, direction 1, granularity 2, O 1 | 8 bytes more when O is set
 *
 * The VLAN in it is of the port that was watched, also for frames without a tag and in one direction only, so
 * it would part what belongs together: tags in the frame count.
 */
#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	const uint8_t *h = l->in.p;
	size_t n = 8;
	uint32_t session;

	if (l->in.n < 8)
		return LAYER_SHORT;
	switch (h[0] >> 4) {
	case 1:
		l->next = &decode_ethernet;
		break;
	case 2:
		n = 12;
		if (l->in.n < n)
			return LAYER_SHORT;
		if ((h[11] & 1) != 0)
			n = 20;
		if (l->in.n < n)
			return LAYER_SHORT;
		switch (h[10] >> 2 & 0x1f) {
		case 0:
			l->next = &decode_ethernet;
			break;
		case 2:
			l->next = decoder_for_ip_version(span_skip(l->in, n));
			break;
		default:
			return LAYER_OTHER;
		}
		break;
	default:
		return LAYER_INVALID;
	}
	session = be16(h + 2) & 0x03ff;
	l->cut = (h[2] & 0x04) != 0;
	layer_skip(l, n);
	tunnel_enter(l, TUNNEL_ERSPAN, &session);
	return LAYER_NEXT;
}

const struct decoder decode_erspan = {
	.name = "erspan",
	.dlt = NO_CODES,
	.ethertype = NO_CODES,
	.ip_proto = NO_CODES,
	.decode = decode,
};
