/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * BSD loopback: an address family of 4 bytes, in the writer's byte order (LINKTYPE_NULL) or the
 * network's (LINKTYPE_LOOP). AF_INET6 is 24, 28 or 30, depending on the BSD, so the version nibble
 * behind the header is the better witness.
 */
#include <pcap/dlt.h>

#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	if (l->in.n < 5)
		return LAYER_SHORT;
	layer_skip(l, 4);
	l->next = decoder_for_ip_version(l->in);
	return LAYER_NEXT;
}

const struct decoder decode_null = {
	.name = "null",
	.dlt = { DLT_NULL, DLT_LOOP, -1 },
	.ethertype = NO_CODES,
	.ip_proto = NO_CODES,
	.decode = decode,
};
