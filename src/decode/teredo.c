/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Teredo (RFC 4380 section 5.1.1): IPv6, in front of which there may be
 *   authentication: 0 1, length of the client id 1, of the authentication value 1, both, nonce 8, confirmation 1
 *   and origin: 0 0, port 2, address 4
 */
#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	if (l->in.n >= 4 && be16(l->in.p) == 1) {
		size_t n = 13 + (size_t)l->in.p[2] + l->in.p[3];

		if (l->in.n < n)
			return LAYER_SHORT;
		layer_skip(l, n);
	}
	if (l->in.n >= 8 && be16(l->in.p) == 0)
		layer_skip(l, 8);
	if (l->in.n < 40)
		return LAYER_SHORT;
	if (l->in.p[0] >> 4 != 6)
		return LAYER_OTHER;
	tunnel_enter(l, TUNNEL_TEREDO, NULL);
	l->next = &decode_ipv6;
	return LAYER_NEXT;
}

const struct decoder decode_teredo = {
	.name = "teredo",
	.dlt = NO_CODES,
	.ethertype = NO_CODES,
	.ip_proto = NO_CODES,
	.udp_port = { 3544, 0 },
	.decode = decode,
};
