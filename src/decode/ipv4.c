/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * IPv4 (RFC 791):
 *    0: version 4 bits, header length 4 bits | 2: total length | 4: identification
 *    6: flags 3 bits (0, DF, MF), fragment offset 13 bits | 8: TTL | 9: protocol | 10: checksum
 *   12: source | 16: destination | 20: options
 * Behind another IP header it is a tunnel (RFC 2003, and RFC 2473 in IPv6).
 */
#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	struct packet *p = l->p;
	const uint8_t *h = l->in.p;
	uint32_t header, total;
	uint16_t frag;

	if (l->in.n < 20)
		return LAYER_SHORT;
	header = (uint32_t)(h[0] & 0x0f) * 4;
	if (h[0] >> 4 != 4 || header < 20)
		return LAYER_INVALID;
	if (l->in.n < header)
		return LAYER_SHORT;
	if (p->checksums && internet_checksum(0, span_take(l->in, header)) != 0)
		return LAYER_CHECKSUM;

	/* A length of 0 is an offloaded packet whose length the sender's kernel did not know. */
	total = be16(h + 2);
	if (total == 0)
		total = l->wire;
	if (total < header)
		return LAYER_INVALID;
	layer_trim_ip(l, total);

	if (p->ip_v != 0)
		tunnel_enter(l, p->ip_v == 4 ? TUNNEL_4IN4 : TUNNEL_4IN6, NULL);
	memset(p->addr, 0, sizeof p->addr);
	memcpy(p->addr[0], h + 12, 4);
	memcpy(p->addr[1], h + 16, 4);
	p->ip_v = 4;
	p->ip_proto = h[9];
	p->ip_len = total;
	counter_add(COUNTER_DECODER_IPV4, 1);

	frag = be16(h + 6);
	layer_skip(l, header);
	if ((frag & 0x3fff) != 0) {
		p->frag.id = be16(h + 4);
		p->frag.offset = (uint32_t)(frag & 0x1fff) * 8;
		p->frag.more = (frag & 0x2000) != 0;
		p->payload = l->in;
		p->payload_len = l->wire;
		return LAYER_FRAGMENT;
	}
	l->next = decoder_for_ip_proto(p->ip_proto);
	return LAYER_NEXT;
}

const struct decoder decode_ipv4 = {
	.name = "ipv4",
	.dlt = NO_CODES,
	.ethertype = { 0x0800, -1 },
	.ip_proto = { 4, -1 },
	.decode = decode,
};
