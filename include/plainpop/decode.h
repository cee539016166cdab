/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decode: from a captured frame to the TCP segments in it, through link layers and tunnels. A table of
 * decoders, one file each, and a loop that goes from one to the next, with a cap on how deep. No heap, no
 * state: frame in, struct packet out.
 */
#ifndef PLAINPOP_DECODE_H
#define PLAINPOP_DECODE_H

#include "plainpop/event.h"

#define DECODE_DEPTH 16  /* layers of one packet; more is an attack or a loop, and counted */
#define DECODE_PARTS 256 /* packets in one frame (802.11 A-MSDU) that are looked at */

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

	uint16_t part;   /* which of several packets in one frame; 0, and then as decode_next() says */

	/* From decode. */
	bool more_parts; /* the frame holds another packet behind this one */
	/*
	 * VLAN tags, outermost first: those in the innermost Ethernet frame that has any, since they name the
	 * segment the session lives in. Tags outside of the tunnel are part of tunnel_key.
	 */
	uint16_t vlan[FLOW_VLANS];
	uint8_t n_vlan;
	uint8_t ip_v; /* 4 or 6; 0: no IP */
	uint8_t ip_proto;
	uint8_t addr[2][16]; /* source, destination */
	uint32_t ip_len; /* bytes of the datagram, header and all, for the flow's counters */
	struct tunnel tunnel; /* the innermost; addr, ip_v and ip_len above are those of the packet inside */
	/*
	 * 0: no tunnel. Else what parts equal addresses in different tunnels: a hash over all tunnels around the
	 * packet, of their kind, their two ends in no order, their VLANs, and their id where both directions
	 * share it. The same for both directions of a session, and at every replay.
	 */
	uint32_t tunnel_key;
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

#define DECODE_FILTER_SIZE 2048

/*
 * A BPF expression for all that may have a TCP segment inside without showing its ports to BPF: whatever the
 * decoders answer to, from VLAN tags to tunnels, fragments, and IPv6 with extension headers.
 */
void decode_filter(char out[DECODE_FILTER_SIZE]);

/*
 * Decodes one frame of link type dlt; frame.n bytes were captured of p->len. The caller has set the
 * fields "from the capture" and p->checksums, and zeroed the rest. Drops are counted under decoder.*.
 *
 * A frame may hold several packets, whatever became of the first:
 *
 *	do {
 *		r = decode_packet(&p, dlt, frame);
 *		...
 *	} while (decode_next(&p));
 */
enum decode_result decode_packet(struct packet *p, int dlt, struct span frame);

/*
 * Which of so many sensors a frame of len bytes on the wire is for, 0..sensors-1. Its outermost IP addresses say so, in no
 * order: what they do not part is neither a session, nor fragments, nor what two ends of a tunnel send each other, whatever
 * stands before them in one direction and not in the other. Where there are none, and on all links but Ethernet, it is 0.
 */
unsigned decode_share(int dlt, struct span frame, uint32_t len, unsigned sensors);

/* Makes p ready for the next packet of the same frame. False when there is none. */
bool decode_next(struct packet *p);

/*
 * Goes on with a datagram that was put together from fragments: data is its payload, whole. p is a copy
 * of the packet that completed it, with frag zeroed, ip_proto and ip_len those of the whole. DECODE_FRAGMENT
 * is a fragment within it. Where it holds several packets, p->more_parts is set: another such copy with
 * part one higher gives the next.
 */
enum decode_result decode_datagram(struct packet *p, struct span data);

#endif
