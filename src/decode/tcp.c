/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TCP (RFC 9293 section 3.1):
 *    0: source port | 2: destination port | 4: sequence | 8: acknowledgment
 *   12: data offset 4 bits | 13: flags | 14: window | 16: checksum | 18: urgent pointer | 20: options
 *
 * URG is left out on purpose: urgent bytes stay in their place in the stream. Servers with SO_OOBINLINE
 * read them there, and nobody may hide a byte of a command by pointing at it.
 */
#include "decoder.h"

/* RFC 9293 section 3.1 and RFC 8200 section 8.1: the pseudo-header's part of the sum. */
static uint32_t pseudo_header(const struct packet *p, uint32_t length)
{
	size_t n = p->ip_v == 4 ? 4 : 16, i;
	uint32_t sum = 6 + (length >> 16) + (length & 0xffff);

	for (i = 0; i < n; i += 2)
		sum += (uint32_t)be16(p->addr[0] + i) + be16(p->addr[1] + i);
	return sum;
}

/*
 * Nobody connects from these: "this network", multicast and reserved (RFC 6890), the unspecified address. Where
 * it stands in a packet, its sender is hiding, or the bytes are none. Loopback is left: it is somebody's.
 */
static bool martian(const struct packet *p)
{
	static const uint8_t unspecified[16];
	const uint8_t *source = p->addr[0];

	if (p->ip_v == 4)
		return source[0] == 0 || source[0] >= 224;
	return source[0] == 0xff || memcmp(source, unspecified, sizeof unspecified) == 0;
}

static enum layer_result decode(struct layers *l)
{
	struct packet *p = l->p;
	const uint8_t *h = l->in.p;
	uint32_t header;

	if (l->in.n < 20)
		return LAYER_SHORT;
	header = (uint32_t)(h[12] >> 4) * 4;
	if (header < 20 || header > l->wire)
		return LAYER_INVALID;
	if (p->checksums && l->in.n == l->wire &&
	    internet_checksum(pseudo_header(p, l->wire), l->in) != 0)
		return LAYER_CHECKSUM;
	if (martian(p))
		return LAYER_MARTIAN;
	p->port[0] = be16(h);
	p->port[1] = be16(h + 2);
	p->seq = be32(h + 4);
	p->ack = be32(h + 8);
	p->flags = h[13];
	p->payload_len = l->wire - header;
	p->payload = span_skip(l->in, header);
	return LAYER_TCP;
}

const struct decoder decode_tcp = {
	.name = "tcp",
	.dlt = NO_CODES,
	.ethertype = NO_CODES,
	.ip_proto = { 6, -1 },
	.decode = decode,
};
