/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GTP-U (3GPP TS 29.281 section 5): version 3 bits (1), PT 1, spare 1, E, S, PN | type 1 (255: a user's packet)
 * | length 2 | TEID 4 | when E, S or PN: sequence 2, N-PDU 1, next extension 1
 * Extension (when E): length 1 in fours, content, next extension 1. The user's packet is IP, or Ethernet in 5G;
 * nothing tells which.
 */
#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	const uint8_t *h = l->in.p;
	uint32_t teid;
	size_t n = 8;
	uint8_t more = 0;

	if (l->in.n < 8)
		return LAYER_SHORT;
	if ((h[0] & 0xf0) != 0x30 || h[1] != 255)
		return LAYER_OTHER;
	layer_trim(l, 8 + (uint32_t)be16(h + 2));
	if ((h[0] & 0x07) != 0) {
		n = 12;
		if (l->in.n < n)
			return LAYER_SHORT;
		more = (h[0] & 0x04) != 0 ? h[11] : 0;
	}
	while (more != 0) {
		size_t length;

		if (l->in.n <= n)
			return LAYER_SHORT;
		length = (size_t)h[n] * 4;
		if (length == 0)
			return LAYER_INVALID;
		if (l->in.n < n + length)
			return LAYER_SHORT;
		n += length;
		more = h[n - 1];
	}
	teid = be32(h + 4);
	layer_skip(l, n);
	tunnel_enter(l, TUNNEL_GTP_U, &teid);
	l->next = decoder_for_ip_version(l->in);
	switch (guess_ip(l->in, l->wire)) {
	case GUESS_SHORT:
		return LAYER_SHORT;
	case GUESS_YES:
		return LAYER_NEXT;
	case GUESS_NO:
		break;
	}
	switch (guess_ethernet(l->in, l->wire)) {
	case GUESS_SHORT:
		return LAYER_SHORT;
	case GUESS_YES:
		l->next = &decode_ethernet;
		break;
	case GUESS_NO:
		break;
	}
	return LAYER_NEXT;
}

const struct decoder decode_gtp_u = {
	.name = "gtp_u",
	.dlt = NO_CODES,
	.ethertype = NO_CODES,
	.ip_proto = NO_CODES,
	.udp_port = { 2152, 0 },
	.decode = decode,
};
