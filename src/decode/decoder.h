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
};

enum layer_result {
	LAYER_NEXT,     /* go on with l->next (NULL: nobody's) at l->in */
	LAYER_TCP,      /* done */
	LAYER_FRAGMENT, /* done */
	LAYER_OTHER,    /* well-formed, but there is nothing for us behind it */
	LAYER_SHORT,    /* the header is not all there */
	LAYER_INVALID,  /* the header is wrong */
	LAYER_CHECKSUM, /* the checksum is wrong, and it was to be checked */
};

#define DECODER_CODES 6 /* codes of one kind a decoder can answer to, the last being -1 */

struct decoder {
	const char *name;
	int dlt[DECODER_CODES];       /* link types (DLT_*), then -1 */
	int ethertype[DECODER_CODES]; /* then -1 */
	int ip_proto[DECODER_CODES];  /* then -1 */
	enum layer_result (*decode)(struct layers *l);
};

#define NO_CODES { -1 }

#define DECODER(symbol) extern const struct decoder decode_##symbol;
#include "decoders.def"
#undef DECODER

/* Whose turn it is behind a header that names it so. NULL: nobody's. */
const struct decoder *decoder_for_ethertype(uint16_t type);
const struct decoder *decoder_for_ip_proto(uint8_t proto);
const struct decoder *decoder_for_ip_version(struct span in);

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

/* The internet checksum (RFC 1071) over bytes, begun with sum. 0 when a checksummed range is right. */
uint16_t internet_checksum(uint32_t sum, struct span bytes);

#endif
