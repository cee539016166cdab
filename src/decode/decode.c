/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop: each decoder eats its header and says whose turn is next. */
#include <stdio.h>

#include <pcap/dlt.h>

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

	if (type == 0x0800) /* nearly always */
		return &decode_ipv4;
	if (type == 0x86dd)
		return &decode_ipv6;
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
	if (proto == 17)
		return &decode_udp;
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

/* Most UDP is to and from ports that no decoder is for. */
static bool is_known_port(uint16_t port)
{
	static uint8_t known[65536 / 8];
	static bool filled;
	const uint16_t *p;
	size_t i;

	if (!filled) {
		for (i = 0; i < N_DECODERS; i++)
			for (p = decoders[i]->udp_port; *p != 0; p++)
				known[*p / 8] |= (uint8_t)(1u << *p % 8);
		filled = true;
	}
	return (known[port / 8] >> port % 8 & 1) != 0;
}

const struct decoder *decoder_for_udp_ports(uint16_t destination, uint16_t source)
{
	const struct decoder *by_source = NULL;
	const uint16_t *port;
	size_t i;

	if (!is_known_port(destination) && !is_known_port(source))
		return NULL;
	for (i = 0; i < N_DECODERS; i++)
		for (port = decoders[i]->udp_port; *port != 0; port++) {
			if (*port == destination)
				return decoders[i];
			if (*port == source)
				by_source = decoders[i];
		}
	return by_source;
}

enum layer_result layer_ethertype(struct layers *l, size_t n, uint16_t type)
{
	layer_skip(l, n);
	if (type < 0x600) {
		layer_trim(l, type);
		l->next = &decode_llc;
	} else {
		l->next = decoder_for_ethertype(type);
	}
	return LAYER_NEXT;
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

static size_t add_terms(char *out, size_t at, const char *primitive, const int *codes)
{
	for (; *codes != -1; codes++)
		/* TCP shows its ports, UDP is asked for by port, and IP is what all of this is in. */
		if (*codes != 6 && *codes != 17 && *codes != 0x0800 && *codes != 0x86dd)
			at += (size_t)snprintf(out + at, DECODE_FILTER_SIZE - at, " or %s %d", primitive, *codes);
	return at;
}

void decode_filter(char out[DECODE_FILTER_SIZE])
{
	/* A length where Ethernet has a type: IEEE 802.3 with LLC; elsewhere it lets some packets more pass. Of IPv6 the first header alone is looked at: TCP, UDP and ICMPv6 hide nothing. */
	static const char always[] = "link[12:2] < 0x600 or ip[6:2] & 0x3fff != 0 or (ip6 and ip6[6] != 6 and ip6[6] != 17 and ip6[6] != 58)";
	size_t at = sizeof always - 1, i;
	const uint16_t *port;

	memcpy(out, always, sizeof always);
	for (i = 0; i < N_DECODERS; i++) {
		at = add_terms(out, at, "ether proto", decoders[i]->ethertype);
		at = add_terms(out, at, "ip proto", decoders[i]->ip_proto);
		for (port = decoders[i]->udp_port; *port != 0; port++)
			at += (size_t)snprintf(out + at, DECODE_FILTER_SIZE - at, " or udp port %u", *port);
	}
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
		case LAYER_MARTIAN:
			return dropped(COUNTER_DECODER_MARTIAN);
		}
	}
	return dropped(COUNTER_DECODER_TOO_MANY_LAYERS);
}

enum decode_result decode_layers(struct packet *p, int dlt, struct span frame)
{
	struct layers l = { .p = p, .in = frame, .wire = p->len, .next = for_dlt(dlt) };

	/* A length on the wire below what was captured: some writers leave it 0. */
	if (l.wire < frame.n)
		l.wire = (uint32_t)frame.n;
	return run(&l);
}

enum decode_result decode_packet(struct packet *p, int dlt, struct span frame)
{
	enum decode_result r = DECODE_TCP;

	if (dlt == DLT_EN10MB && decode_plain(p, frame))
		counter_add(COUNTER_DECODER_TCP, 1);
	else
		r = decode_layers(p, dlt, frame);
	if (p->part > 0)
		return r;
	counter_add(COUNTER_DECODER_PKTS, 1);
	counter_add(COUNTER_DECODER_BYTES, frame.n);
	if (p->len > frame.n)
		counter_add(COUNTER_DECODER_CUT, 1);
	if (p->n_vlan > 0)
		counter_add(COUNTER_DECODER_VLAN, 1);
	if (p->tunnel.depth > 0)
		counter_add(COUNTER_DECODER_TUNNEL, 1);
	return r;
}

/* The same in either direction, and spread over the upper bits. */
static uint32_t mix_addresses(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < n; i += 4)
		sum ^= be32(p + i);
	return sum * UINT32_C(0x9e3779b1); /* Knuth: spreads what neighbours differ in */
}

static unsigned share_of_ipv4(struct span in, unsigned sensors)
{
	return in.n < 20 ? 0 : (mix_addresses(in.p + 12, 8) >> 16) % sensors;
}

static unsigned share_of_ipv6(struct span in, unsigned sensors)
{
	return in.n < 40 ? 0 : (mix_addresses(in.p + 8, 32) >> 16) % sensors;
}

static unsigned share_of_layers(int dlt, struct span frame, uint32_t len, unsigned sensors)
{
	struct packet p = { .len = len };
	struct layers l = { .p = &p, .in = frame, .wire = len, .next = dlt == DLT_EN10MB ? &decode_ethernet : NULL };
	unsigned depth;

	if (l.wire < frame.n)
		l.wire = (uint32_t)frame.n;
	for (depth = 0; depth < DECODE_DEPTH && l.next != NULL; depth++) {
		if (l.next == &decode_ipv4)
			return share_of_ipv4(l.in, sensors);
		if (l.next == &decode_ipv6)
			return share_of_ipv6(l.in, sensors);
		if (l.next->decode(&l) != LAYER_NEXT)
			break;
	}
	return 0;
}

unsigned decode_share(int dlt, struct span frame, uint32_t len, unsigned sensors)
{
	/* Most have nothing between Ethernet and IP. */
	uint16_t type = dlt == DLT_EN10MB && frame.n >= 14 ? be16(frame.p + 12) : 0;

	if (type == 0x0800)
		return share_of_ipv4(span_skip(frame, 14), sensors);
	if (type == 0x86dd)
		return share_of_ipv6(span_skip(frame, 14), sensors);
	return share_of_layers(dlt, frame, len, sensors);
}

bool decode_next(struct packet *p)
{
	if (!p->more_parts)
		return false;
	*p = (struct packet){ .ts = p->ts, .number = p->number, .source = p->source, .len = p->len,
			      .part = (uint16_t)(p->part + 1), .checksums = p->checksums };
	return true;
}

enum decode_result decode_datagram(struct packet *p, struct span data)
{
	struct layers l = { .p = p, .in = data, .wire = (uint32_t)data.n,
			    .next = decoder_for_ip_proto(p->ip_proto) };

	p->more_parts = false;
	return run(&l);
}
