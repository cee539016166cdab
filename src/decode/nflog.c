/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Linux NFLOG (LINKTYPE_NFLOG): address family 1, version 1, resource 2, then attributes: length 2 with these
 * four bytes, type 2, value, padding to a multiple of four. Attribute 9 is the packet, an IP one. Lengths and
 * types are in the byte order of the writer, which libpcap turns into ours.
 */
#include <pcap/dlt.h>

#include "decoder.h"

#define ATTRIBUTE_PAYLOAD 9

static enum layer_result decode(struct layers *l)
{
	const struct span all = l->in;

	if (l->in.n < 4)
		return LAYER_SHORT;
	if (all.p[1] != 0)
		return LAYER_INVALID;
	layer_skip(l, 4);
	while (l->in.n >= 4) {
		uint16_t length, type;

		memcpy(&length, l->in.p, 2);
		memcpy(&type, l->in.p + 2, 2);
		if (length < 4)
			return LAYER_INVALID;
		if ((type & 0x7fff) == ATTRIBUTE_PAYLOAD) {
			layer_trim(l, length);
			layer_skip(l, 4);
			l->next = decoder_for_ip_version(l->in);
			return LAYER_NEXT;
		}
		layer_skip(l, (size_t)(length + 3) & ~(size_t)3);
	}
	return l->wire == 0 ? LAYER_OTHER : LAYER_SHORT;
}

const struct decoder decode_nflog = {
	.name = "nflog",
	.dlt = { DLT_NFLOG, -1 },
	.ethertype = NO_CODES,
	.ip_proto = NO_CODES,
	.decode = decode,
};
