/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames of every link type. Input:
 *
 *   0: link type, an index into the table below | 1: bit 0 checks checksums, the rest: bytes on the wire
 *   that were not captured | 2: bytes to leave off for the second look | 3: the frame
 */
#include <pcap/dlt.h>

#include "fuzz.h"
#include "plainpop/decode.h"

#include "../../src/decode/decoder.h"

static const struct {
	int dlt;
	bool supported;
} links[] = {
	{ DLT_EN10MB, true }, { DLT_LINUX_SLL, true }, { DLT_LINUX_SLL2, true }, { DLT_RAW, true },
	{ 101, true },        { DLT_IPV4, true },      { DLT_IPV6, true },       { DLT_NULL, true },
	{ DLT_LOOP, true },   { DLT_USER0, false },    { DLT_PPP, true },        { DLT_PPP_SERIAL, true },
	{ DLT_PPP_ETHER, true }, { DLT_C_HDLC, true }, { DLT_NFLOG, true },      { DLT_IEEE802_11, true },
	{ DLT_IEEE802_11_RADIO, true },
};

#define N_LINKS (sizeof links / sizeof links[0])

static bool followed(enum decode_result r)
{
	return r == DECODE_TCP || r == DECODE_FRAGMENT;
}

static void check(const struct packet *p, enum decode_result r, struct span in)
{
	static const uint8_t zeros[12];
	int i;

	assert(p->n_vlan <= FLOW_VLANS);
	assert((p->tunnel.depth > 0) == (p->tunnel_key != 0) && p->tunnel.depth < 5 * DECODE_DEPTH);
	assert((event_tunnel_name(p->tunnel.kind) != NULL) == (p->tunnel.depth > 0));
	assert(p->tunnel.depth == 0 || p->tunnel.ip_v == 4 || p->tunnel.ip_v == 6);
	if (!followed(r))
		return;
	assert(p->payload.n <= p->payload_len);
	assert(p->payload.p >= in.p && p->payload.p + p->payload.n <= in.p + in.n);
	assert(p->ip_v == 4 || p->ip_v == 6);
	assert(p->payload_len <= p->ip_len);
	/* A flow key is compared as bytes. */
	for (i = 0; i < 2 && p->ip_v == 4; i++)
		assert(memcmp(p->addr[i] + 4, zeros, sizeof zeros) == 0);
	if (r == DECODE_FRAGMENT)
		assert((p->frag.more || p->frag.offset > 0) && p->frag.offset % 8 == 0);
	else
		assert(!p->frag.more && p->frag.offset == 0);
}

/* a comes from the same frame as b, of which more was captured. */
static void check_prefix(const struct packet *a, const struct packet *b)
{
	assert(a->ip_v == b->ip_v && a->ip_len == b->ip_len && memcmp(a->addr, b->addr, sizeof a->addr) == 0);
	assert(a->n_vlan == b->n_vlan && memcmp(a->vlan, b->vlan, sizeof a->vlan) == 0);
	assert(memcmp(&a->frag, &b->frag, sizeof a->frag) == 0);
	assert(memcmp(&a->tunnel, &b->tunnel, sizeof a->tunnel) == 0 && a->tunnel_key == b->tunnel_key);
	assert(a->port[0] == b->port[0] && a->port[1] == b->port[1] && a->flags == b->flags);
	assert(a->seq == b->seq && a->ack == b->ack && a->payload_len == b->payload_len);
	assert(a->payload.n <= b->payload.n && (a->payload.n == 0 || a->payload.p == b->payload.p));
}

/* A fragment that is taken for a whole datagram: what reassembly might hand over. It may hold another. */
static void check_datagram(const struct packet *fragment)
{
	struct packet p = *fragment;
	enum decode_result r = DECODE_FRAGMENT;
	int nested;

	for (nested = 0; nested < 4 && r == DECODE_FRAGMENT; nested++) {
		struct span data = p.payload;

		memset(&p.frag, 0, sizeof p.frag);
		p.part = 0;
		p.ip_len = (uint32_t)data.n + 40;
		r = decode_datagram(&p, data);
		check(&p, r, data);
	}
}

/* What else is in the frame. */
static void check_parts(struct packet *p, int dlt, struct span frame)
{
	unsigned n = 1;

	while (decode_next(p)) {
		assert(p->part == n && ++n <= DECODE_PARTS);
		check(p, decode_packet(p, dlt, frame), frame);
	}
}

/* What is decoded in one go comes to the same as layer for layer, counters and all. */
static void check_plain(const struct packet *begun, struct span in)
{
	static uint64_t others[COUNTER_MAX], plain[COUNTER_MAX], layers[COUNTER_MAX];
	struct packet a, b;

	memcpy(&a, begun, sizeof a); /* its padding, too: they are compared as bytes */
	memcpy(&b, begun, sizeof b);
	memset(plain, 0, sizeof plain);
	memset(layers, 0, sizeof layers);
	counter_use(others);
	counter_use(plain);
	if (decode_plain(&a, in)) {
		plain[COUNTER_DECODER_TCP]++;
		counter_use(layers);
		assert(decode_layers(&b, DLT_EN10MB, in) == DECODE_TCP);
		assert(memcmp(plain, layers, sizeof plain) == 0);
	}
	assert(memcmp(&a, &b, sizeof a) == 0);
	counter_use(others);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size), less;
	size_t link = take(&in) % N_LINKS;
	uint8_t options = take(&in), left_off = take(&in);
	struct packet whole, rest, checked, cut;
	enum decode_result of_whole, of_checked, of_cut;

	assert(decode_supports(links[link].dlt) == links[link].supported);
	whole = (struct packet){ .ts = 1, .number = 1, .len = (uint32_t)in.n + (options >> 1) };
	checked = cut = whole;

	if (links[link].dlt == DLT_EN10MB)
		check_plain(&whole, in);
	of_whole = decode_packet(&whole, links[link].dlt, in);
	check(&whole, of_whole, in);
	assert(links[link].supported || of_whole == DECODE_OTHER);
	if (of_whole == DECODE_FRAGMENT)
		check_datagram(&whole);
	rest = whole;
	check_parts(&rest, links[link].dlt, in);

	if ((options & 1) != 0) {
		checked.checksums = true;
		of_checked = decode_packet(&checked, links[link].dlt, in);
		assert(of_checked == of_whole || of_checked == DECODE_DROPPED);
		if (of_checked == DECODE_FRAGMENT)
			check_datagram(&checked);
	}

	/* What was captured less changes nothing in what stands before. */
	less = span_take(in, left_off < in.n ? in.n - left_off : 0);
	of_cut = decode_packet(&cut, links[link].dlt, less);
	check(&cut, of_cut, less);
	if (followed(of_cut)) {
		assert(of_cut == of_whole);
		check_prefix(&cut, &whole);
	}
	return 0;
}
