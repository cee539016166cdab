/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Raw IP: no link header, the version nibble tells (LINKTYPE_RAW, and the per-version IPV4 and IPV6). */
#include <pcap/dlt.h>

#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	if (l->in.n == 0)
		return LAYER_SHORT;
	l->next = decoder_for_ip_version(l->in);
	return LAYER_NEXT;
}

const struct decoder decode_raw = {
	.name = "raw",
	/* 101 is LINKTYPE_RAW as it stands in files; DLT_RAW differs between systems. */
	.dlt = { DLT_RAW, 101, DLT_IPV4, DLT_IPV6, -1 },
	.ethertype = NO_CODES,
	.ip_proto = NO_CODES,
	.decode = decode,
};
