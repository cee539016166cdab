/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A-MSDU (IEEE 802.11 section 9.3.2.2), several packets in one frame: destination 6, source 6, length 2, LLC and
 * so on, padding to a multiple of four; then the next. This call steps over as many as p->part says.
 */
#include "decoder.h"

#define HEADER 14

static enum layer_result decode(struct layers *l)
{
	struct packet *p = l->p;
	unsigned i;

	if (l->parted) /* an aggregate within one: nobody sends that */
		return LAYER_INVALID;
	l->parted = true;
	for (i = 0;; i++) {
		uint32_t n, padded;

		if (l->in.n < HEADER)
			return LAYER_SHORT;
		n = be16(l->in.p + 12);
		padded = (HEADER + n + 3) & ~3u;
		if (i == p->part) {
			p->more_parts = l->in.n >= (size_t)padded + HEADER;
			if (p->more_parts && i + 1 == DECODE_PARTS) {
				p->more_parts = false;
				counter_add(COUNTER_DECODER_TOO_MANY_PARTS, 1);
			}
			layer_skip(l, HEADER);
			layer_trim(l, n);
			l->next = &decode_llc;
			return LAYER_NEXT;
		}
		layer_skip(l, padded);
	}
}

const struct decoder decode_amsdu = {
	.name = "amsdu",
	.dlt = NO_CODES,
	.ethertype = NO_CODES,
	.ip_proto = NO_CODES,
	.decode = decode,
};
