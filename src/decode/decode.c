/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop: each decoder eats its header and says whose turn is next. */
#include "decoder.h"

static const struct decoder *const decoders[] = {
#define DECODER(symbol) &decode_##symbol,
#include "decoders.def"
#undef DECODER
};

#define N_DECODERS (sizeof decoders / sizeof decoders[0])

static bool has_code(const int *codes, int code)
{
	for (; *codes != -1; codes++)
		if (*codes == code)
			return true;
	return false;
}

static const struct decoder *for_dlt(int dlt)
{
	size_t i;

	for (i = 0; i < N_DECODERS; i++)
		if (has_code(decoders[i]->dlt, dlt))
			return decoders[i];
	return NULL;
}

const struct decoder *decoder_for_ethertype(uint16_t type)
{
	size_t i;

	for (i = 0; i < N_DECODERS; i++)
		if (has_code(decoders[i]->ethertype, type))
			return decoders[i];
	return NULL;
}

const struct decoder *decoder_for_ip_proto(uint8_t proto)
{
	size_t i;

	if (proto == 6) /* nearly always */
		return &decode_tcp;
	for (i = 0; i < N_DECODERS; i++)
		if (has_code(decoders[i]->ip_proto, proto))
			return decoders[i];
	return NULL;
}

const struct decoder *decoder_for_ip_version(struct span in)
{
	if (in.n == 0)
		return NULL;
	switch (in.p[0] >> 4) {
	case 4:
		return &decode_ipv4;
	case 6:
		return &decode_ipv6;
	default:
		return NULL;
	}
}

uint16_t internet_checksum(uint32_t sum, struct span bytes)
{
	uint64_t total = sum;
	size_t i;

	for (i = 0; i + 1 < bytes.n; i += 2)
		total += be16(bytes.p + i);
	if (i < bytes.n)
		total += (uint32_t)bytes.p[i] << 8;
	while (total >> 16 != 0)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

bool decode_supports(int dlt)
{
	return for_dlt(dlt) != NULL;
}

static enum decode_result dropped(enum counter why)
{
	counter_add(why, 1);
	return DECODE_DROPPED;
}

static enum decode_result run(struct layers *l)
{
	unsigned depth;

	for (depth = 0; depth < DECODE_DEPTH; depth++) {
		if (l->next == NULL) {
			counter_add(COUNTER_DECODER_NOT_TCP, 1);
			return DECODE_OTHER;
		}
		switch (l->next->decode(l)) {
		case LAYER_NEXT:
			break;
		case LAYER_TCP:
			counter_add(COUNTER_DECODER_TCP, 1);
			return DECODE_TCP;
		case LAYER_FRAGMENT:
			return DECODE_FRAGMENT;
		case LAYER_OTHER:
			counter_add(COUNTER_DECODER_NOT_TCP, 1);
			return DECODE_OTHER;
		case LAYER_SHORT:
			return dropped(COUNTER_DECODER_SHORT);
		case LAYER_INVALID:
			return dropped(COUNTER_DECODER_INVALID);
		case LAYER_CHECKSUM:
			return dropped(COUNTER_DECODER_BAD_CHECKSUM);
		}
	}
	return dropped(COUNTER_DECODER_TOO_MANY_LAYERS);
}

enum decode_result decode_packet(struct packet *p, int dlt, struct span frame)
{
	struct layers l = { .p = p, .in = frame, .wire = p->len, .next = for_dlt(dlt) };
	enum decode_result r;

	counter_add(COUNTER_DECODER_PKTS, 1);
	counter_add(COUNTER_DECODER_BYTES, frame.n);
	/* A length on the wire below what was captured: some writers leave it 0. */
	if (l.wire < frame.n)
		l.wire = (uint32_t)frame.n;
	else if (l.wire > frame.n)
		counter_add(COUNTER_DECODER_CUT, 1);
	r = run(&l);
	if (p->n_vlan > 0)
		counter_add(COUNTER_DECODER_VLAN, 1);
	return r;
}

enum decode_result decode_datagram(struct packet *p, struct span data)
{
	struct layers l = { .p = p, .in = data, .wire = (uint32_t)data.n,
			    .next = decoder_for_ip_proto(p->ip_proto) };

	return run(&l);
}
