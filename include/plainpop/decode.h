/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decode: from a captured frame to a TCP segment. A table of decoders, one file each, and a loop that
 * goes from one to the next, with a cap on how deep. No heap, no state: frame in, struct packet out.
 */
#ifndef PLAINPOP_DECODE_H
#define PLAINPOP_DECODE_H

#include "plainpop/event.h"

#define DECODE_DEPTH 16 /* layers of one packet; more is an attack or a loop, and counted */

enum {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_ACK = 0x10,
};

/* One packet on its way through the sensor. Spans point into the captured frame. */
struct packet {
	/* From the capture. */
	uint64_t ts;     /* µs since the epoch */
	uint64_t number; /* in its source, from 1 */
	uint32_t source; /* which input */
	uint32_t len;    /* bytes on the wire */

	/* From decode. */
	uint16_t vlan[FLOW_VLANS];
	uint8_t n_vlan;
	uint8_t ip_v; /* 4 or 6; 0: no IP */
	uint8_t ip_proto;
	uint8_t addr[2][16]; /* source, destination */
	uint32_t ip_len; /* bytes of the datagram, header and all, for the flow's counters */
	bool checksums;      /* wanted: drop packets whose checksum is wrong */

	/* With DECODE_FRAGMENT: a piece of a datagram. */
	struct {
		uint32_t id;
		uint32_t offset; /* of payload in the datagram's payload */
		bool more;       /* others follow behind it */
	} frag;

	/* With DECODE_TCP. */
	uint16_t port[2];
	uint32_t seq, ack;
	uint8_t flags;

	struct span payload;   /* what was captured of the segment's or fragment's data */
	uint32_t payload_len;  /* what there was on the wire: at least payload.n */
};

enum decode_result {
	DECODE_TCP,      /* a whole TCP segment */
	DECODE_FRAGMENT, /* a piece of an IP datagram */
	DECODE_OTHER,    /* well-formed, but nothing we follow */
	DECODE_DROPPED,  /* wrong or short; a counter tells why */
};

/* True when frames of this link type (DLT_*) can be decoded. */
bool decode_supports(int dlt);

/*
 * Decodes one frame of link type dlt; frame.n bytes were captured of p->len. The caller has set the
 * fields "from the capture" and p->checksums, and zeroed the rest. Drops are counted under decoder.*.
 */
enum decode_result decode_packet(struct packet *p, int dlt, struct span frame);

/*
 * Goes on with a datagram that was put together from fragments: data is its payload, whole. p is a copy
 * of the packet that completed it.
 */
enum decode_result decode_datagram(struct packet *p, struct span data);

#endif
