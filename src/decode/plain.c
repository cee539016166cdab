/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What most packets are: Ethernet, IPv4 without options or IPv6 without extension headers, TCP, all of it captured. They
 * are decoded in one go, in a third of the steps that the loop takes, and to the same end, which the fuzz target compares.
 */
#include "decoder.h"

#define ETHERNET 14
#define TCP 20

/* The n bytes of a TCP segment; n 0: they are none. */
static struct span segment_of(const uint8_t *p, uint32_t n)
{
	uint32_t header = (uint32_t)(p[12] >> 4) * 4;

	return span_of(p, header >= TCP && header <= n ? n : 0);
}

/* The segment, and p is about it; n 0: it is not that plain. */
static struct span ipv4(struct packet *p, struct span in)
{
	const uint8_t *h = in.p;
	struct span segment;
	uint32_t total;

	if (in.n < 20 + TCP || h[0] != 0x45 || h[9] != 6 || (be16(h + 6) & 0x3fff) != 0 || h[12] == 0 || h[12] >= 224)
		return span_of(NULL, 0);
	total = be16(h + 2);
	if (total < 20 + TCP || total > in.n)
		return span_of(NULL, 0);
	segment = segment_of(h + 20, total - 20);
	if (segment.n == 0)
		return segment;
	p->ip_v = 4;
	p->ip_len = total;
	memcpy(p->addr[0], h + 12, 4);
	memcpy(p->addr[1], h + 16, 4);
	return segment;
}

static struct span ipv6(struct packet *p, struct span in)
{
	const uint8_t *h = in.p;
	struct span segment;
	uint32_t payload;

	/* What is unspecified begins with 0, multicast with 255. */
	if (in.n < 40 + TCP || h[0] >> 4 != 6 || h[6] != 6 || h[8] == 0 || h[8] == 0xff)
		return span_of(NULL, 0);
	payload = be16(h + 4);
	if (payload < TCP || payload > in.n - 40)
		return span_of(NULL, 0);
	segment = segment_of(h + 40, payload);
	if (segment.n == 0)
		return segment;
	p->ip_v = 6;
	p->ip_len = payload + 40;
	memcpy(p->addr[0], h + 8, 16);
	memcpy(p->addr[1], h + 24, 16);
	return segment;
}

bool decode_plain(struct packet *p, struct span frame)
{
	struct span in = span_skip(frame, ETHERNET), segment = span_of(NULL, 0);
	uint16_t type;

	if (frame.n < ETHERNET + 20 + TCP || p->len > frame.n || p->checksums || p->part > 0)
		return false;
	type = be16(frame.p + 12);
	if (type == 0x0800)
		segment = ipv4(p, in);
	else if (type == 0x86dd)
		segment = ipv6(p, in);
	if (segment.n == 0)
		return false;
	p->ip_proto = 6;
	p->port[0] = be16(segment.p);
	p->port[1] = be16(segment.p + 2);
	p->seq = be32(segment.p + 4);
	p->ack = be32(segment.p + 8);
	p->flags = segment.p[13];
	p->payload = span_skip(segment, (size_t)(segment.p[12] >> 4) * 4);
	p->payload_len = (uint32_t)p->payload.n;
	counter_add(type == 0x0800 ? COUNTER_DECODER_IPV4 : COUNTER_DECODER_IPV6, 1);
	return true;
}
