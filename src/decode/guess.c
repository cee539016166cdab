/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What follows a header that does not say so: MPLS, L2TPv3, GTP-U leave it to what was agreed elsewhere. The
 * lengths in an IP header are evidence enough. Where too little was captured to tell, nothing is guessed: less
 * of a packet must not be another packet.
 */
#include "decoder.h"

static enum guess guess_ipv4(struct span in, uint32_t wire)
{
	uint32_t header, total;

	if (in.n < 4)
		return wire < 20 ? GUESS_NO : GUESS_SHORT;
	header = (uint32_t)(in.p[0] & 0x0f) * 4;
	total = be16(in.p + 2);
	return header >= 20 && header <= total && total <= wire ? GUESS_YES : GUESS_NO;
}

static enum guess guess_ipv6(struct span in, uint32_t wire)
{
	if (in.n < 6)
		return wire < 40 ? GUESS_NO : GUESS_SHORT;
	return wire >= 40 && be16(in.p + 4) <= wire - 40 ? GUESS_YES : GUESS_NO;
}

enum guess guess_ip(struct span in, uint32_t wire)
{
	if (in.n == 0)
		return wire < 20 ? GUESS_NO : GUESS_SHORT;
	switch (in.p[0] >> 4) {
	case 4:
		return guess_ipv4(in, wire);
	case 6:
		return guess_ipv6(in, wire);
	default:
		return GUESS_NO;
	}
}

enum guess guess_ethernet(struct span in, uint32_t wire)
{
	size_t at = 12; /* of the type */
	uint16_t type;

	for (;; at += 4) {
		if (wire < at + 2)
			return GUESS_NO;
		if (in.n < at + 2)
			return GUESS_SHORT;
		type = be16(in.p + at);
		if (decoder_for_ethertype(type) != &decode_vlan)
			break;
	}
	at += 2;
	if ((in.p[6] & 1) != 0) /* a group does not send */
		return GUESS_NO;
	in = span_skip(in, at);
	wire -= (uint32_t)at;
	if (type == 0x8864) { /* PPPoE */
		if (in.n < 2)
			return wire < 6 ? GUESS_NO : GUESS_SHORT;
		return be16(in.p) == 0x1100 ? GUESS_YES : GUESS_NO;
	}
	if (type != 0x0800 && type != 0x86dd)
		return GUESS_NO;
	if (in.n > 0 && in.p[0] >> 4 != (type == 0x0800 ? 4 : 6))
		return GUESS_NO;
	return guess_ip(in, wire);
}

enum guess guess_ppp(struct span in, uint32_t wire)
{
	size_t at = 0;

	if (wire < 4)
		return GUESS_NO;
	if (in.n < 4)
		return GUESS_SHORT;
	if (in.p[0] == 0xff && in.p[1] == 0x03)
		at = 2;
	if (be16(in.p + at) != 0x0021 && be16(in.p + at) != 0x0057)
		return GUESS_NO;
	return guess_ip(span_skip(in, at + 2), wire - (uint32_t)at - 2);
}
