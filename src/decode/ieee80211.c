/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 802.11 (IEEE 802.11 section 9.2), little endian:
 *    0: version 2 bits, type 2, subtype 4; flags 8 | 2: duration | 4: address 1 | 10: address 2 | 16: address 3
 *   22: fragment 4 bits, sequence 12 | 24: address 4, when from and to the distribution system
 *   then in QoS data: control 2; and with "order" set: HT control 4
 * Behind it LLC, or an A-MSDU. Only data frames that are not encrypted are looked into.
 */
#include <pcap/dlt.h>

#include "decoder.h"

#define VERSION_MASK 0x03
#define TYPE_MASK 0x0c
#define TYPE_DATA 0x08
#define NO_DATA 0x40 /* a subtype without a body */
#define QOS 0x80

#define FLAG_TO_AND_FROM_DS 0x03
#define FLAG_MORE_FRAGMENTS 0x04
#define FLAG_PROTECTED 0x40
#define FLAG_ORDER 0x80
#define QOS_AMSDU 0x80

static enum layer_result decode(struct layers *l)
{
	const uint8_t *h = l->in.p;
	size_t n = 24;
	bool aggregate = false;

	if (l->in.n < 24)
		return l->in.n > 0 && (h[0] & TYPE_MASK) != TYPE_DATA ? LAYER_OTHER : LAYER_SHORT;
	if ((h[0] & VERSION_MASK) != 0)
		return LAYER_INVALID;
	if ((h[0] & TYPE_MASK) != TYPE_DATA || (h[0] & NO_DATA) != 0 || (h[1] & FLAG_PROTECTED) != 0)
		return LAYER_OTHER;
	if ((h[22] & 0x0f) != 0)
		return LAYER_OTHER; /* a later fragment; the first is used as far as it goes */
	if ((h[1] & FLAG_TO_AND_FROM_DS) == FLAG_TO_AND_FROM_DS)
		n += 6;
	if ((h[0] & QOS) != 0) {
		if (l->in.n < n + 2)
			return LAYER_SHORT;
		aggregate = (h[n] & QOS_AMSDU) != 0;
		n += (h[1] & FLAG_ORDER) != 0 ? 6 : 2;
	}
	if (l->padded)
		n = (n + 3) & ~(size_t)3;
	if (l->in.n < n)
		return LAYER_SHORT;
	layer_skip(l, n);
	l->cut = (h[1] & FLAG_MORE_FRAGMENTS) != 0;
	l->next = aggregate ? &decode_amsdu : &decode_llc;
	return LAYER_NEXT;
}

const struct decoder decode_ieee80211 = {
	.name = "ieee80211",
	.dlt = { DLT_IEEE802_11, -1 },
	.ethertype = NO_CODES,
	.ip_proto = NO_CODES,
	.decode = decode,
};
