/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Radiotap (radiotap.org), all little endian: version 1 (0), pad 1, length 2, which fields there are 4 (bit 31:
 * four more bytes of that), the fields in order of their bits, each aligned to its size. The first two are the
 * time, 8 bytes, and the flags, 1 byte: those tell whether the frame ends in its checksum.
 */
#include <pcap/dlt.h>

#include "decoder.h"

#define HAS_TIME 0x01
#define HAS_FLAGS 0x02
#define HAS_MORE 0x80000000

#define FLAG_FCS 0x10
#define FLAG_PADDED 0x20
#define FLAG_BAD_FCS 0x40

/* Header has at least eight bytes. */
static uint8_t flags_of(struct span header)
{
	uint32_t present = le32(header.p + 4);
	size_t at = 8;

	if ((present & HAS_FLAGS) == 0)
		return 0;
	for (; (le32(header.p + at - 4) & HAS_MORE) != 0; at += 4)
		if (at + 4 > header.n)
			return 0;
	if ((present & HAS_TIME) != 0)
		at = ((at + 7) & ~(size_t)7) + 8;
	return at < header.n ? header.p[at] : 0;
}

static enum layer_result decode(struct layers *l)
{
	uint16_t length;
	uint8_t flags;

	if (l->in.n < 8)
		return LAYER_SHORT;
	length = le16(l->in.p + 2);
	if (l->in.p[0] != 0 || length < 8)
		return LAYER_INVALID;
	if (l->in.n < length)
		return LAYER_SHORT;
	flags = flags_of(span_take(l->in, length));
	layer_skip(l, length);
	if ((flags & FLAG_BAD_FCS) != 0)
		return LAYER_INVALID;
	if ((flags & FLAG_FCS) != 0 && l->wire >= 4)
		layer_trim(l, l->wire - 4);
	l->padded = (flags & FLAG_PADDED) != 0;
	l->next = &decode_ieee80211;
	return LAYER_NEXT;
}

const struct decoder decode_radiotap = {
	.name = "radiotap",
	.dlt = { DLT_IEEE802_11_RADIO, -1 },
	.ethertype = NO_CODES,
	.ip_proto = NO_CODES,
	.decode = decode,
};
