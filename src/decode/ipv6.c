/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * IPv6 (RFC 8200):
 *    0: version 4 bits, class 8, flow label 20 | 4: payload length | 6: next header | 7: hop limit
 *    8: source | 24: destination
 * Behind another IP header it is a tunnel (RFC 4213 section 3, RFC 2473).
 */
#include "decoder.h"

#define HOP_BY_HOP 0
#define PAD1 0
#define JUMBO 0xc2

/*
 * The length of a jumbogram (RFC 2675 section 2), from the hop-by-hop header that in begins with; 0: none. Linux
 * writes it also where a card or a driver has put many segments together.
 */
static uint32_t jumbo_length(struct span in)
{
	size_t at = 2, n;

	if (in.n < 8)
		return 0;
	n = ((size_t)in.p[1] + 1) * 8;
	if (n > in.n)
		n = in.n;
	while (at + 6 <= n) {
		if (in.p[at] == JUMBO && in.p[at + 1] == 4)
			return be32(in.p + at + 2);
		at += in.p[at] == PAD1 ? 1 : 2 + (size_t)in.p[at + 1];
	}
	return 0;
}

static enum layer_result decode(struct layers *l)
{
	struct packet *p = l->p;
	const uint8_t *h = l->in.p;
	uint32_t payload;

	if (l->in.n < 40)
		return LAYER_SHORT;
	if (h[0] >> 4 != 6)
		return LAYER_INVALID;
	if (p->ip_v != 0)
		tunnel_enter(l, p->ip_v == 4 ? TUNNEL_6IN4 : TUNNEL_6IN6, NULL);
	memcpy(p->addr[0], h + 8, 16);
	memcpy(p->addr[1], h + 24, 16);
	p->ip_v = 6;
	p->ip_proto = h[6];
	payload = be16(h + 4);
	layer_skip(l, 40);
	/* 0 stands for a jumbogram or an offloaded packet: then what the frame holds counts. */
	if (payload == 0 && p->ip_proto == HOP_BY_HOP)
		payload = jumbo_length(l->in);
	if (payload == 0 || (payload > UINT16_MAX && payload > l->wire))
		payload = l->wire;
	layer_trim_ip(l, payload);
	p->ip_len = payload + 40;
	counter_add(COUNTER_DECODER_IPV6, 1);
	l->next = decoder_for_ip_proto(p->ip_proto);
	return LAYER_NEXT;
}

const struct decoder decode_ipv6 = {
	.name = "ipv6",
	.dlt = NO_CODES,
	.ethertype = { 0x86dd, -1 },
	.ip_proto = { 41, -1 },
	.decode = decode,
};
