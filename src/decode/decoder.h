/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a decoder is: one layer of a packet. A new one is a file with such a struct and a row in decoders.def. */
#ifndef PLAINPOP_DECODE_DECODER_H
#define PLAINPOP_DECODE_DECODER_H

#include "plainpop/decode.h"

/* Where the loop stands in a packet. */
struct layers {
	struct packet *p;
	struct span in;  /* captured bytes from the current layer on */
	uint32_t wire;   /* bytes there were on the wire from the current layer on: at least in.n */
	const struct decoder *next;
	bool outer_vlans; /* p->vlan are tags from outside of the tunnel: the next one begins anew */
	bool cut;         /* by whoever wrapped it, who said so: lengths further in tell what there was */
	bool padded;      /* radiotap says that the 802.11 header is padded to a multiple of four */
	bool parted;      /* p->part has been used: it names a part of one aggregate, not of one within it */
};

enum layer_result {
	LAYER_NEXT,     /* go on with l->next (NULL: nobody's) at l->in */
	LAYER_TCP,      /* done */
	LAYER_FRAGMENT, /* done */
	LAYER_OTHER,    /* well-formed, but there is nothing for us behind it */
	LAYER_SHORT,    /* the header is not all there */
	LAYER_INVALID,  /* the header is wrong */
	LAYER_CHECKSUM, /* the checksum is wrong, and it was to be checked */
	LAYER_MARTIAN,  /* the source is an address that can be nobody's */
};

#define DECODER_CODES 8 /* codes of one kind a decoder can answer to, the last being -1 */

struct decoder {
	const char *name;
	int dlt[DECODER_CODES];       /* link types (DLT_*), then -1 */
	int ethertype[DECODER_CODES]; /* then -1 */
	int ip_proto[DECODER_CODES];  /* then -1 */
	uint16_t udp_port[4];         /* of its own, then 0 */
	enum layer_result (*decode)(struct layers *l);
};

#define NO_CODES { -1 }

#define DECODER(symbol) extern const struct decoder decode_##symbol;
#include "decoders.def"
#undef DECODER

/*
 * Decodes a frame of Ethernet that has nothing but IP and TCP in it, all of it. False: that it is not, or p asks for more,
 * and p is as it was.
 */
bool decode_plain(struct packet *p, struct span frame);
/* Decodes a frame of any kind, layer for layer; counts all but the packet itself. */
enum decode_result decode_layers(struct packet *p, int dlt, struct span frame);

/* Whose turn it is behind a header that names it so. NULL: nobody's. */
const struct decoder *decoder_for_ethertype(uint16_t type);
const struct decoder *decoder_for_ip_proto(uint8_t proto);
const struct decoder *decoder_for_ip_version(struct span in);
const struct decoder *decoder_for_udp_ports(uint16_t destination, uint16_t source);

/* Steps over n bytes of header. The caller knows that l->in has them. */
static inline void layer_skip(struct layers *l, size_t n)
{
	l->in = span_skip(l->in, n);
	l->wire -= n <= l->wire ? (uint32_t)n : l->wire;
}

/* Leaves off what stands behind the first n bytes: padding of a lower layer. */
static inline void layer_trim(struct layers *l, uint32_t n)
{
	l->in = span_take(l->in, n);
	if (l->wire > n)
		l->wire = n;
}

/* The same by a length that IP gives: where the layer below was cut, that is what there was. */
static inline void layer_trim_ip(struct layers *l, uint32_t n)
{
	layer_trim(l, n);
	if (l->cut && l->wire < n)
		l->wire = n;
}

/*
 * Goes on behind n bytes of header that end in a type as Ethernet has it: below 0x600 it is the length of
 * what follows, an LLC header first (IEEE 802.3 section 3.2.6).
 */
enum layer_result layer_ethertype(struct layers *l, size_t n, uint16_t type);

/* Goes on behind a header of Linux's cooked captures; arphrd is the kind of the device (ARPHRD_*). */
enum layer_result layer_cooked(struct layers *l, size_t n, uint16_t arphrd, uint16_t protocol);

/* VMware mirrors as Ethernet in GRE, and this bit of the key is the direction: it must not part a session. */
#define GRE_KEY_DIRECTION UINT32_C(0x02000000)

/*
 * What was decoded up to here was the outside of a tunnel: its ends and its id go to p->tunnel and
 * p->tunnel_key, and the packet inside begins with nothing. id may be NULL: it has none.
 */
void tunnel_enter(struct layers *l, enum tunnel_kind kind, const uint32_t *id);

/* ---- guess.c: where the header before does not say what follows ---- */

enum guess {
	GUESS_NO,
	GUESS_YES,
	GUESS_SHORT, /* not enough was captured to say */
};

/* wire bytes of which in was captured: an IPv4 or IPv6 header whose lengths agree with them? */
enum guess guess_ip(struct span in, uint32_t wire);
/* An Ethernet header with such an IP header, or a session of PPPoE, behind it? */
enum guess guess_ethernet(struct span in, uint32_t wire);
/* A PPP header, with or without address and control, and such an IP header behind it? */
enum guess guess_ppp(struct span in, uint32_t wire);

static inline uint16_t le16(const uint8_t *p)
{
	return (uint16_t)(p[1] << 8 | p[0]);
}

static inline uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | (uint32_t)p[0];
}

/* The internet checksum (RFC 1071) over bytes, begun with sum. 0 when a checksummed range is right. */
uint16_t internet_checksum(uint32_t sum, struct span bytes);

#endif
