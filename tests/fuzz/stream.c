/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reassembly. Input: a byte of options, then packets of six bytes each:
 *
 *   0: flow 3 bits, side 1, SYN, FIN, RST, ACK 1 each
 *   1: sequence number, signed, from where the side is   2: acknowledgment likewise, of the other side
 *   3: length, below 200 so many bytes, then thousands
 *   4: time that passes 4 bits, unit of byte 1 2 bits, of byte 2 2 bits
 *   5: how it travels: fragments 2 bits, cut 2, other content 1, twice 1, lost 1, tick first 1
 *
 * So zeros are a side that goes on in order. Each byte of a stream follows from its sequence number:
 * what is delivered can be told from what should have been.
 */
#include <stdlib.h>

#include "../../src/stream/flow.h" /* half[].next: where a side is at the moment */
#include "fuzz.h"

#define MAX_PACKETS 400
#define MAX_PAYLOAD 60000
#define MEMORY_CAP (640u << 10) /* some of it is taken by the room itself */
#define MAX_FLOWS 5
#define MAX_ACTIVE 2
#define BEGIN UINT64_C(1700000000000000)

enum { OPTION_IGNORE = 1, OPTION_KEEP = 2 }; /* what the handler does with a session */

struct end {
	uint8_t ip_v, addr[4];
	uint16_t port, vlan;
	uint32_t isn; /* near the turns of the number space, too */
};

static const struct end ends[8][2] = {
	{ { 4, { 10, 0, 0, 1 }, 1025, 0, 1000 }, { 4, { 10, 0, 0, 2 }, 110, 0, 0x10000 } },
	{ { 4, { 10, 0, 0, 1 }, 1026, 0, 0xffffffc0 }, { 4, { 10, 0, 0, 2 }, 110, 0, 0xfffffff0 } },
	{ { 6, { 32, 1, 13, 184 }, 1027, 0, 0x7fffffc0 }, { 6, { 32, 1, 13, 185 }, 995, 0, 0x80000000 } },
	{ { 4, { 10, 0, 0, 1 }, 110, 0, 5 }, { 4, { 10, 0, 0, 2 }, 110, 0, 0xffff0000 } }, /* who is the server? */
	{ { 4, { 10, 0, 0, 1 }, 1025, 7, 1000 }, { 4, { 10, 0, 0, 2 }, 110, 7, 0x20000 } }, /* the first, in a VLAN */
	{ { 4, { 10, 0, 0, 3 }, 1028, 0, 0 }, { 4, { 10, 0, 0, 2 }, 110, 0, 0 } },
	{ { 4, { 10, 0, 0, 4 }, 1029, 0, 0 }, { 4, { 10, 0, 0, 2 }, 80, 0, 0 } },          /* not watched */
	{ { 4, { 10, 0, 0, 5 }, 110, 0, 0 }, { 4, { 10, 0, 0, 5 }, 110, 0, 0 } },          /* to itself */
};

/* What the sender of a side is about to send. */
static struct {
	bool honest;
	uint8_t options;
	uint64_t ts, number;
	uint32_t next[8][2];
	uint32_t datagram;
	unsigned open;
} world;

static size_t idle_memory;

/* ---- the handler ---- */

struct session {
	uint64_t told;      /* bytes of data and gaps, both sides */
	uint64_t gaps;
	uint32_t at[2];     /* the number of the next byte */
	bool begun[2];
};

/* The n bytes that the sender on port has at seq. Not traced: a loop without a branch tells the fuzzer nothing. */
__attribute__((noinline, no_sanitize("coverage"))) static void content(uint16_t port, uint32_t seq,
									 uint8_t *out, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++, seq++)
		out[i] = (uint8_t)(seq * 31 + (seq >> 8) * 17 + (seq >> 16) + port);
}

static void on_open(void *ctx, struct stream *s)
{
	assert(ctx == &world && !s->ignore);
	assert(s->pkts[SIDE_CLIENT] + s->pkts[SIDE_SERVER] > 0);
	assert(s->key.port[SIDE_SERVER] == 110 || s->key.port[SIDE_SERVER] == 995);
	s->user = calloc(1, sizeof(struct session));
	assert(s->user != NULL);
	if ((world.options & OPTION_KEEP) != 0)
		s->user_bytes = 40000;
	world.open++;
}

/* n bytes of side are told. The number of the first. */
static uint32_t advance(struct stream *s, enum side side, uint64_t n)
{
	const struct flow *f = (const struct flow *)(const void *)s;
	struct session *t = s->user;
	uint32_t from;

	assert(t != NULL && !s->ignore && n > 0 && n < UINT64_C(1) << 31);
	if (!t->begun[side]) {
		t->begun[side] = true;
		t->at[side] = f->half[side].first;
	}
	from = t->at[side];
	t->at[side] += (uint32_t)n;
	t->told += n;
	if ((world.options & OPTION_IGNORE) != 0 && t->told > 3000)
		s->ignore = true;
	return from;
}

static void on_data(void *ctx, struct stream *s, enum side side, struct span bytes)
{
	const struct flow *f = (const struct flow *)(const void *)s;
	static uint8_t sent[1 << 16];
	uint32_t from = advance(s, side, bytes.n);

	(void)ctx;
	assert(from + (uint32_t)bytes.n == f->half[side].next && bytes.n <= sizeof sent);
	content(s->key.port[side], from, sent, bytes.n);
	assert(!world.honest || memcmp(sent, bytes.p, bytes.n) == 0);
	if ((world.options & OPTION_KEEP) != 0)
		s->user_bytes = 40000 + (uint32_t)bytes.n;
}

static void on_gap(void *ctx, struct stream *s, enum side side, uint64_t n)
{
	(void)ctx;
	((struct session *)s->user)->gaps += n;
	assert(stream_gap_bytes(s) == ((struct session *)s->user)->gaps);
	advance(s, side, n);
}

static void on_close(void *ctx, struct stream *s, enum event_end reason)
{
	(void)ctx;
	assert(s->user != NULL && reason > END_UNKNOWN && reason < END_MAX);
	free(s->user);
	s->user = NULL;
	world.open--;
}

/* ---- packets ---- */

/* TCP header and data as they stand in a datagram: for fragments. Its length. */
static uint32_t datagram(const struct packet *p, uint8_t *out)
{
	static const uint8_t header[20] = { [12] = 0x50 };

	memcpy(out, header, sizeof header);
	out[0] = (uint8_t)(p->port[0] >> 8);
	out[1] = (uint8_t)p->port[0];
	out[2] = (uint8_t)(p->port[1] >> 8);
	out[3] = (uint8_t)p->port[1];
	for (int i = 0; i < 4; i++) {
		out[4 + i] = (uint8_t)(p->seq >> (24 - 8 * i));
		out[8 + i] = (uint8_t)(p->ack >> (24 - 8 * i));
	}
	out[13] = p->flags;
	if (p->payload.n > 0)
		memcpy(out + sizeof header, p->payload.p, p->payload.n);
	return (uint32_t)(sizeof header + p->payload.n);
}

/* Every packet's bytes in memory of their own, gone when the packet is. */
static void send_piece(const struct packet *p, struct span bytes, uint32_t wire)
{
	struct packet q = *p;
	uint8_t *own = malloc(bytes.n > 0 ? bytes.n : 1);

	assert(own != NULL);
	if (bytes.n > 0)
		memcpy(own, bytes.p, bytes.n);
	q.ts = world.ts;
	q.number = ++world.number;
	q.payload = span_of(own, bytes.n);
	q.payload_len = wire;
	q.ip_len = wire + 40;
	stream_packet(&q);
	free(own);
	assert(world.open <= stream_flows());
	assert(table_count() <= MAX_FLOWS && table_list_count(LIST_ACTIVE) <= MAX_ACTIVE);
}

static void send_fragment(const struct packet *p, struct span whole, uint32_t from, uint32_t to)
{
	struct packet q = *p;

	q.frag.id = world.honest ? world.datagram : 0; /* or pieces of several meet */
	q.frag.offset = from;
	q.frag.more = to < whole.n;
	send_piece(&q, span_of(whole.p + from, to - from), to - from);
}

static void send_packet(const struct packet *p, unsigned fragments, unsigned cut)
{
	static uint8_t bytes[MAX_PAYLOAD + 20];
	struct span whole;
	uint32_t half;

	if (fragments == 0) {
		static const unsigned keep[4] = { 4, 3, 1, 0 }; /* quarters that were captured */

		send_piece(p, span_take(p->payload, p->payload.n * keep[cut] / 4), (uint32_t)p->payload.n);
		return;
	}
	whole = span_of(bytes, datagram(p, bytes));
	world.datagram++;
	half = (uint32_t)whole.n / 16 * 8;
	if (fragments != 2)
		send_fragment(p, whole, 0, half);
	if (cut != 1)
		send_fragment(p, whole, cut == 2 && half > 8 ? half - 8 : half, (uint32_t)whole.n);
	if (fragments == 2 || cut == 3)
		send_fragment(p, whole, 0, half);
}

static uint32_t offset_of(uint8_t c, unsigned unit)
{
	static const uint32_t units[4] = { 1, 100, 20000, 5u << 20 };

	return (uint32_t)(int32_t)(int8_t)c * units[unit];
}

static const struct end *fill(struct packet *p, unsigned flow, enum side side)
{
	const struct end *me = &ends[flow][side], *peer = &ends[flow][side_other(side)];

	*p = (struct packet){ .ip_v = me->ip_v, .ip_proto = 6, .n_vlan = me->vlan != 0, .vlan = { me->vlan },
			      .port = { me->port, peer->port } };
	memcpy(p->addr[0], me->addr, sizeof me->addr);
	memcpy(p->addr[1], peer->addr, sizeof peer->addr);
	return me;
}

static void one_packet(struct span *in)
{
	static const uint64_t steps[16] = { 0, 1000, 10000, 100000, 300000, 600000, 2100000, 3100000, 6000000,
					    31000000, 61000000, 120000000, 901000000, UINT64_C(90000000000),
					    -UINT64_C(20000), -UINT64_C(70000000) };
	static uint8_t data[MAX_PAYLOAD];
	uint8_t what = take(in), seq = take(in), ack = take(in), length = take(in), step = take(in), way = take(in);
	unsigned flow = what & 7;
	enum side side = (what & 8) != 0 ? SIDE_SERVER : SIDE_CLIENT;
	uint32_t *next = &world.next[flow][side], n = length < 200 ? length : (length - 199u) * 1000, end;
	const struct end *me;
	struct packet p;

	world.ts += steps[step & 15];
	if ((way & 128) != 0)
		stream_tick(world.ts);
	me = fill(&p, flow, side);
	p.seq = *next + offset_of(seq, step >> 4 & 3);
	p.ack = world.next[flow][side_other(side)] + offset_of(ack, step >> 6);
	/* Inverted, so that a zero has it. */
	p.flags = (uint8_t)(((what & 16) != 0 ? TCP_SYN : 0) | ((what & 32) != 0 ? TCP_FIN : 0) |
			    ((what & 64) != 0 ? TCP_RST : 0) | ((what & 128) != 0 ? 0 : TCP_ACK));
	content((uint16_t)(me->port + ((way & 16) != 0)), p.seq + ((p.flags & TCP_SYN) != 0), data, n);
	if ((way & 16) != 0)
		world.honest = false;
	p.payload = span_of(data, n);

	end = p.seq + n + ((p.flags & TCP_SYN) != 0) + ((p.flags & TCP_FIN) != 0);
	if ((way & 64) == 0)
		send_packet(&p, way & 3, way >> 2 & 3);
	if ((way & 32) != 0)
		send_packet(&p, 0, 0);
	/* Far ahead once is a stray; a SYN begins anew. */
	if ((p.flags & TCP_SYN) != 0 || (seq_diff(end, *next) > 0 && seq_diff(end, *next) < 1 << 20))
		*next = end;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const struct stream_config config = { .ports = NULL, .memory_cap = MEMORY_CAP, .max_flows = MAX_FLOWS,
						     .max_active = MAX_ACTIVE };
	static const struct stream_handler handler = { .ctx = &world, .open = on_open, .data = on_data,
						       .gap = on_gap, .close = on_close };
	static struct port_set ports;
	struct stream_config with_ports = config;

	(void)argc;
	(void)argv;
	port_set_add(&ports, 110);
	port_set_add(&ports, 995);
	with_ports.ports = &ports;
	if (stream_start(&with_ports, &handler) != 0)
		abort();
	idle_memory = stream_memory();
	assert(idle_memory < MEMORY_CAP);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	unsigned i, packets;

	memset(&world, 0, sizeof world);
	world.honest = true;
	world.options = take(&in);
	world.ts = BEGIN;
	for (i = 0; i < 16; i++)
		world.next[i / 2][i % 2] = ends[i / 2][i % 2].isn;
	for (packets = 0; in.n > 0 && packets < MAX_PACKETS; packets++)
		one_packet(&in);
	stream_flush();
	assert(world.open == 0 && stream_flows() == 0 && table_count() == 0);
	assert(stream_memory() == idle_memory);
	return 0;
}
