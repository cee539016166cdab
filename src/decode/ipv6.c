/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * IPv6 (RFC 8200):
 *    0: version 4 bits, class 8, flow label 20 | 4: payload length | 6: next header | 7: hop limit
 *    8: source | 24: destination
 */
#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	struct packet *p = l->p;
	const uint8_t *h = l->in.p;
	uint32_t payload;

	if (l->in.n < 40)
		return LAYER_SHORT;
	if (h[0] >> 4 != 6)
		return LAYER_INVALID;
	memcpy(p->addr[0], h + 8, 16);
	memcpy(p->addr[1], h + 24, 16);
	p->ip_v = 6;
	p->ip_proto = h[6];
	payload = be16(h + 4);
	layer_skip(l, 40);
	/* 0 stands for a jumbogram (RFC 2675) or an offloaded packet: what the frame holds counts. */
	if (payload == 0)
		payload = l->wire;
	layer_trim(l, payload);
	p->ip_len = payload + 40;
	counter_add(COUNTER_DECODER_IPV6, 1);
	l->next = decoder_for_ip_proto(p->ip_proto);
	return LAYER_NEXT;
}

const struct decoder decode_ipv6 = {
	.name = "ipv6",
	.dlt = NO_CODES,
	.ethertype = { 0x86dd, -1 },
	.ip_proto = NO_CODES,
	.decode = decode,
};
