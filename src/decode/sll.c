/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Linux cooked capture v1 (LINKTYPE_LINUX_SLL): packet type 2, ARPHRD 2, address length 2, address 8, protocol 2.
 */
#include <pcap/dlt.h>

#include "decoder.h"

#define ARPHRD_IEEE80211 801
#define ARPHRD_IEEE80211_RADIOTAP 803
#define ARPHRD_NETLINK 824

/* On some kinds of devices the protocol is no EtherType. */
enum layer_result layer_cooked(struct layers *l, size_t n, uint16_t arphrd, uint16_t protocol)
{
	layer_skip(l, n);
	switch (arphrd) {
	case ARPHRD_NETLINK:
		return LAYER_OTHER;
	case ARPHRD_IEEE80211:
		l->next = &decode_ieee80211;
		return LAYER_NEXT;
	case ARPHRD_IEEE80211_RADIOTAP:
		l->next = &decode_radiotap;
		return LAYER_NEXT;
	default:
		/* ETH_P_802_2: the frame had a length, and an LLC header. */
		l->next = protocol == 4 ? &decode_llc : decoder_for_ethertype(protocol);
		return LAYER_NEXT;
	}
}

static enum layer_result decode(struct layers *l)
{
	if (l->in.n < 16)
		return LAYER_SHORT;
	return layer_cooked(l, 16, be16(l->in.p + 2), be16(l->in.p + 14));
}

const struct decoder decode_sll = {
	.name = "sll",
	.dlt = { DLT_LINUX_SLL, -1 },
	.ethertype = NO_CODES,
	.ip_proto = NO_CODES,
	.decode = decode,
};
