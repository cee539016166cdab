/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * UDP (RFC 768): source port 2, destination port 2, length 2, checksum 2. Only for the tunnels on it, which
 * are known by their ports: that of the destination first, where a tunnel's packets go in both directions.
 */
#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	struct packet *p = l->p;
	const uint8_t *h = l->in.p;
	uint16_t length;

	if (l->in.n < 8)
		return LAYER_SHORT;
	l->next = decoder_for_udp_ports(be16(h + 2), be16(h));
	if (l->next == NULL)
		return LAYER_OTHER;
	p->port[0] = be16(h);
	p->port[1] = be16(h + 2);
	length = be16(h + 4);
	if (length != 0 && length < 8) /* 0: a jumbogram (RFC 2675), or offloaded */
		return LAYER_INVALID;
	if (length != 0)
		layer_trim(l, length);
	layer_skip(l, 8);
	return LAYER_NEXT;
}

const struct decoder decode_udp = {
	.name = "udp",
	.dlt = NO_CODES,
	.ethertype = NO_CODES,
	.ip_proto = { 17, -1 },
	.decode = decode,
};
