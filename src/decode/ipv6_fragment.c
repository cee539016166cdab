/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * IPv6 fragment header (RFC 8200 section 4.5):
 *    0: next header | 1: reserved | 2: offset 13 bits, reserved 2, M 1 | 4: identification
 * One that is whole (offset 0, M 0) is an atomic fragment and needs nobody else (RFC 6946).
 */
#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	struct packet *p = l->p;
	uint16_t off;

	if (l->in.n < 8)
		return LAYER_SHORT;
	p->ip_proto = l->in.p[0];
	off = be16(l->in.p + 2);
	p->frag.id = be32(l->in.p + 4);
	layer_skip(l, 8);
	if ((off & 0xfff9) == 0) {
		l->next = decoder_for_ip_proto(p->ip_proto);
		return LAYER_NEXT;
	}
	p->frag.offset = off & 0xfff8;
	p->frag.more = (off & 1) != 0;
	p->payload = l->in;
	p->payload_len = l->wire;
	return LAYER_FRAGMENT;
}

const struct decoder decode_ipv6_fragment = {
	.name = "ipv6_fragment",
	.dlt = NO_CODES,
	.ethertype = NO_CODES,
	.ip_proto = { 44, -1 },
	.decode = decode,
};
