/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * MPLS (RFC 3032): label 20 bits, class 3, bottom of stack 1, time to live 8, a layer a label. Over IP and
 * UDP, too (RFC 4023, RFC 7510). Labels differ in the two directions of a session and part nothing.
 *
 * Behind the bottom nothing tells what follows. IP is known by its version (RFC 4928); an Ethernet frame of a
 * pseudowire (RFC 4448) comes with a control word of 4 bytes that begins with a nibble 0, or without.
 */
#include "decoder.h"

#define CONTROL_WORD 4

static enum layer_result behind_bottom(struct layers *l)
{
	size_t skip;

	switch (guess_ip(l->in, l->wire)) {
	case GUESS_SHORT:
		return LAYER_SHORT;
	case GUESS_YES:
		l->next = decoder_for_ip_version(l->in);
		return LAYER_NEXT;
	case GUESS_NO:
		break;
	}
	/* Addresses that begin with a nibble 0 are common: both are tried. */
	for (skip = l->in.n > 0 && l->in.p[0] >> 4 == 0 ? CONTROL_WORD : 0;; skip = 0) {
		uint32_t wire = l->wire > skip ? l->wire - (uint32_t)skip : 0;

		switch (guess_ethernet(span_skip(l->in, skip), wire)) {
		case GUESS_SHORT:
			return LAYER_SHORT;
		case GUESS_YES:
			layer_skip(l, skip);
			l->next = &decode_ethernet;
			return LAYER_NEXT;
		case GUESS_NO:
			break;
		}
		if (skip == 0)
			break;
	}
	l->next = decoder_for_ip_version(l->in); /* whatever is wrong with it */
	return LAYER_NEXT;
}

static enum layer_result decode(struct layers *l)
{
	bool bottom;

	if (l->in.n < 4)
		return LAYER_SHORT;
	if (l->p->ip_v != 0)
		tunnel_enter(l, TUNNEL_MPLS, NULL);
	bottom = (l->in.p[2] & 1) != 0;
	layer_skip(l, 4);
	if (bottom)
		return behind_bottom(l);
	l->next = &decode_mpls;
	return LAYER_NEXT;
}

const struct decoder decode_mpls = {
	.name = "mpls",
	.dlt = NO_CODES,
	.ethertype = { 0x8847, 0x8848, -1 },
	.ip_proto = { 137, -1 },
	.udp_port = { 6635, 0 },
	.decode = decode,
};
