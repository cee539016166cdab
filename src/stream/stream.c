/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The door of the room: which flow a packet belongs to, time-outs by packet time, and the memory cap. */
#include <errno.h>
#include <stdlib.h>

#include "flow.h"

#define SECOND UINT64_C(1000000)

#define FLOWS_MIN 1024u
#define OPENING_SHARE 16 /* of the records, a sixteenth is for handshakes: else no session could begin beside those that are idle */
#define RECORDS_SHARE 4 /* of the memory, a fourth; half a handshake or an ended session needs nothing else */

/* Disorder is looked at, and the lists are kept in order, this exactly: doing it for every packet costs more than it tells. */
#define SWEEP_EVERY (SECOND / 100)
#define MOVE_SHIFT 18 /* once in each 2^18 µs, a fourth of a second */

/* Pieces of many sizes that come and go leave holes between them: in a flood of disorder a tenth of what is in use. */
#define SLACK_SHARE 8

struct present present;

static struct {
	bool running;
	struct stream_config config;
	size_t pieces_max; /* of all but the records */
	uint64_t swept;    /* when, by the room's clock */
	uint64_t at;       /* by the same, what was told last to stream_time_out(): a packet's turn is at the time it was told for it */
} room;

int stream_start(const struct stream_config *config, const struct stream_handler *handler)
{
	if (room.running) {
		errno = EALREADY;
		return -1;
	}
	room.config = *config;
	/* Records are never given back, only used again: a flood of SYNs must leave room for what sessions need. */
	if (room.config.max_flows > config->memory_cap / RECORDS_SHARE / sizeof(struct flow))
		room.config.max_flows = (uint32_t)(config->memory_cap / RECORDS_SHARE / sizeof(struct flow));
	if (room.config.max_flows < FLOWS_MIN)
		room.config.max_flows = FLOWS_MIN;
	if (room.config.max_flows > config->max_flows)
		room.config.max_flows = config->max_flows;
	room.pieces_max = (config->memory_cap - config->memory_cap / RECORDS_SHARE) / (SLACK_SHARE + 1) * SLACK_SHARE;
	if (table_init(room.config.max_flows) != 0)
		return -1;
	if (defrag_start() != 0) {
		table_fini();
		return -1;
	}
	if (nids_start(config->max_active) != 0) {
		defrag_stop();
		table_fini();
		return -1;
	}
	clock_start();
	room.swept = 0;
	room.running = true;
	stream_handler = *handler;
	return 0;
}

/* All but the records, and but what is lost between. */
static size_t pieces_memory(void)
{
	return nids_memory() + past_memory() + disorder_memory() + defrag_memory() + flow_memory();
}

size_t stream_memory(void)
{
	return table_memory() + pieces_memory() + pieces_memory() / SLACK_SHARE;
}

uint32_t stream_flows(void)
{
	uint32_t n = 0;
	int list;

	for (list = LIST_CLOSING; list < LIST_MAX; list++)
		n += table_list_count((enum flow_list)list);
	return n;
}

static void end_and_remove(struct flow *f, enum event_end reason)
{
	flow_end(f, reason);
	flow_remove(f);
}

static bool older(const struct flow *f, uint64_t age)
{
	return clock_now() - flow_seen(f) > age;
}

/* A flow whose time is over must not take a packet as its own, however rarely we look. */
static bool timed_out(const struct flow *f)
{
	return older(f, table_limit(f));
}

static void time_out(struct flow *f)
{
	if (f->open && !f->reset)
		counter_add(COUNTER_FLOW_TIMEOUTS, 1);
	end_and_remove(f, f->reset ? END_RESET : END_TIMEOUT);
}

/* Its time may be over. */
static void look_at(struct flow *f)
{
	if (timed_out(f)) {
		time_out(f);
		return;
	}
	if (older(f, table_park_limit(f)))
		nids_park(f);
	table_wake(f);
}

/* True when something may be told because of that. */
static bool may_tell(const struct flow *f)
{
	return flow_disorder(f) != NULL || (f->open && timed_out(f));
}

/* Only where something is told does it matter which is first, and that is rare. */
static void sweep(void)
{
	struct flow_turn *due;
	size_t n = table_due(clock_now() / SECOND, &due), telling = 0, i;

	for (i = 0; i < n; i++)
		if (may_tell(due[i].flow))
			due[telling++] = due[i];
		else
			look_at(due[i].flow);
	flow_turns_sort(due, telling);
	for (i = 0; i < telling; i++)
		look_at(due[i].flow);
}

/* Gives up the flow that is missed least, of this list or a later one. False when there is none but keep. */
static bool evict_one(const struct flow *keep, enum flow_list first)
{
	struct flow *f = NULL;
	int list;

	for (list = (int)first; list < LIST_MAX && (f == NULL || f == keep); list++)
		f = table_oldest((enum flow_list)list);
	if (f == NULL || f == keep)
		return false;
	if (f->open || f->list == LIST_EMBRYONIC)
		counter_add(COUNTER_FLOW_EVICTED, 1);
	end_and_remove(f, f->reset ? END_RESET : END_EVICTED);
	return true;
}

/* Gives up one for its record. */
static bool evict_record(void)
{
	bool many = table_list_count(LIST_EMBRYONIC) > room.config.max_flows / OPENING_SHARE;

	return (!many && evict_one(NULL, LIST_DEAD)) || evict_one(NULL, LIST_EMBRYONIC);
}

/*
 * Records cost the same whether they are used or not: only sessions have memory to give. What that of the records will
 * take is none of theirs even before: malloc() would not get it back from in between what is left of them.
 */
static void keep_within_cap(const struct flow *keep)
{
	while (pieces_memory() > room.pieces_max && evict_one(keep, LIST_CLOSING))
		;
}

#define SEEN_MASK ((UINT64_C(1) << SEEN_BITS) - 1)

static void see(struct flow *f, uint64_t at)
{
	f->seen = at & SEEN_MASK;
}

/* True when a packet that came `at` is later than the latest of f. */
static bool is_later(const struct flow *f, uint64_t at)
{
	return (int64_t)((at - f->seen) << (64 - SEEN_BITS)) > 0;
}

/* Begins a session in a record that is new, or whose last session has ended. */
static void flow_begin(struct flow *f, const struct packet *p)
{
	static const uint8_t fixed_key[16] = "plainpop flow id";
	struct {
		struct flow_key key;
		uint64_t start, number;
	} seed;

	memset(&seed, 0, sizeof seed);
	seed.key = f->s.key;
	seed.start = p->ts;
	seed.number = p->number;
	f->s = (struct stream){ .key = f->s.key, .index = f->s.index, .rare = f->s.rare, .start = p->ts, .last = p->ts,
				.midstream = true };
	if (f->s.rare != NULL)
		f->s.rare->gap_bytes = 0;
	/* Not the table's key: the same packets must give the same id tomorrow. */
	f->s.id = hash_keyed(fixed_key, &seed, sizeof seed) & ((UINT64_C(1) << 51) - 1);
	memset(f->half, 0, sizeof f->half);
	f->reset = f->overlap_told = false;
	see(f, flow_at(f));
	table_move(f, LIST_EMBRYONIC);
	table_wake(f);
}

void flow_renew(struct flow *f, const struct segment *g)
{
	struct packet p = { .ts = f->s.ts, .number = f->s.packet, .source = f->s.source, .flags = f->s.tcp_flags,
			    .payload_len = f->s.dsize };

	flow_begin(f, &p);
	f->s.tcp_flags = p.flags;
	f->s.dsize = (uint16_t)p.payload_len;
	f->s.ts = f->s.last = p.ts;
	f->s.packet = p.number;
	f->s.source = p.source;
	f->s.pkts[g->side] = 1;
	f->s.bytes[g->side] = g->ip_len;
}

/*
 * Which side the first packet of a flow comes from: who opens, else whose port it is; where both ports are POP3's
 * or none is, what it says. False: nothing tells, and a later packet may.
 */
static bool side_of(const struct packet *p, enum side *from)
{
	bool from_server = port_set_has(room.config.ports, p->port[0]), to_server = port_set_has(room.config.ports, p->port[1]);
	enum stream_speaker speaker = STREAM_SPEAKER_UNKNOWN;

	*from = from_server ? SIDE_SERVER : SIDE_CLIENT;
	if (from_server != to_server)
		return true;
	*from = (p->flags & TCP_ACK) != 0 ? SIDE_SERVER : SIDE_CLIENT;
	if ((p->flags & TCP_SYN) != 0)
		return true;
	if (stream_handler.speaker != NULL)
		speaker = stream_handler.speaker(stream_handler.ctx, p->payload);
	*from = speaker == STREAM_SPEAKER_SERVER || (speaker == STREAM_SPEAKER_UNKNOWN && p->port[0] < p->port[1])
			? SIDE_SERVER : SIDE_CLIENT;
	/* On a POP3 port it is worth a guess. */
	return speaker != STREAM_SPEAKER_UNKNOWN || from_server;
}

/* The tunnel of a packet, its ends in the order client, server. What is mirrored goes one way whoever sent it. */
static struct tunnel tunnel_of(const struct packet *p, enum side from)
{
	struct tunnel t = p->tunnel;

	if (from == SIDE_SERVER && t.kind != TUNNEL_ERSPAN) {
		memcpy(t.addr[0], p->tunnel.addr[1], sizeof t.addr[0]);
		memcpy(t.addr[1], p->tunnel.addr[0], sizeof t.addr[1]);
		t.port[0] = p->tunnel.port[1];
		t.port[1] = p->tunnel.port[0];
	}
	return t;
}

/* Makes a flow for a packet of none, that came `at`. */
static struct flow *flow_for(const struct packet *p, uint64_t at, const struct flow_key *packet_order, enum side *from)
{
	struct flow_key key = *packet_order;
	struct flow *f;

	/* Nothing can be learned from a stray end, or an acknowledgment of what we have not seen. */
	if ((p->flags & TCP_RST) != 0 || ((p->flags & TCP_SYN) == 0 && p->payload_len == 0))
		return NULL;
	if (!side_of(p, from))
		return NULL;
	if (*from == SIDE_SERVER) {
		memcpy(key.addr[SIDE_CLIENT], p->addr[1], sizeof key.addr[0]);
		memcpy(key.addr[SIDE_SERVER], p->addr[0], sizeof key.addr[0]);
		key.port[SIDE_CLIENT] = p->port[1];
		key.port[SIDE_SERVER] = p->port[0];
	}
	while (table_count() >= room.config.max_flows && evict_record())
		;
	f = table_add(&key);
	if (f == NULL) {
		counter_add(COUNTER_FLOW_NO_MEMORY, 1);
		return NULL;
	}
	if (p->tunnel.depth > 0) {
		if (flow_rare(f) == NULL) {
			counter_add(COUNTER_FLOW_NO_MEMORY, 1);
			table_remove(f);
			return NULL;
		}
		f->s.rare->tunnel = tunnel_of(p, *from);
	}
	present = (struct present){ .flow = f, .at = at };
	flow_begin(f, p);
	return f;
}

static bool is_fragment(const struct packet *p)
{
	return p->frag.more || p->frag.offset != 0;
}

void stream_look_ahead(const struct packet *p, struct stream_ahead *a)
{
	struct flow_key *key = &a->key;

	a->found = false;
	a->wanted = room.config.any_port || is_fragment(p) || port_set_has(room.config.ports, p->port[0]) ||
		    port_set_has(room.config.ports, p->port[1]);
	if (!a->wanted || is_fragment(p))
		return;
	memcpy(key->addr, p->addr, sizeof key->addr);
	memcpy(key->port, p->port, sizeof key->port);
	memcpy(key->vlan, p->vlan, sizeof key->vlan);
	key->n_vlan = p->n_vlan;
	key->ip_v = p->ip_v;
	key->tunnel = p->tunnel_key;
	a->bucket = table_bucket(key);
	a->found = true;
}

void stream_fetch(const struct stream_ahead *a)
{
	if (a->wanted && a->found)
		table_fetch(a->bucket);
}

void stream_fetch_more(const struct stream_ahead *a)
{
	if (a->wanted && a->found)
		table_fetch_more(a->bucket);
}

/* at: when it came, by the room's clock. */
static void push_tcp(const struct packet *p, const struct stream_ahead *a, uint64_t at)
{
	const struct flow_key *key = &a->key;
	struct segment g;
	struct flow *f;
	enum side from;
	bool move;

	if (!a->wanted)
		return;
	if (key->port[0] == key->port[1] && memcmp(key->addr[0], key->addr[1], sizeof key->addr[0]) == 0) {
		counter_add(COUNTER_DECODER_INVALID, 1); /* a packet to itself ("land") has no two sides */
		return;
	}
	f = table_find(a->bucket, key, &from);
	if (f != NULL && timed_out(f)) {
		time_out(f);
		f = NULL;
	}
	if (f == NULL && (f = flow_for(p, at, key, &from)) == NULL)
		return;

	present = (struct present){ .flow = f, .at = at };
	if (p->payload_len > 0)
		past_fetch(f, from);
	f->s.ts = p->ts;
	f->s.packet = p->number;
	f->s.source = p->source;
	if (p->ts > f->s.last)
		f->s.last = p->ts;
	move = false;
	if (is_later(f, at)) {
		move = ((at ^ f->seen) & SEEN_MASK) >> MOVE_SHIFT != 0;
		see(f, at);
	}
	f->s.pkts[from] += f->s.pkts[from] < UINT32_MAX;
	f->s.bytes[from] += p->ip_len;
	f->s.tcp_flags = p->flags;
	f->s.dsize = (uint16_t)(p->payload_len < UINT16_MAX ? p->payload_len : UINT16_MAX);
	flow_packet(f, from);
	g = (struct segment){ .side = from, .seq = p->seq, .ack = p->ack, .flags = p->flags,
			      .wire = p->payload_len, .data = p->payload, .ip_len = p->ip_len };
	f->busy = true;
	segment_push(f, &g);
	f->busy = false;
	present.flow = NULL;
	if (move)
		table_move(f, f->list);
	keep_within_cap(f);
}

/* What a tunnel carries in fragments may itself be fragments. */
static void push_fragment(const struct packet *p, uint64_t at, unsigned nested)
{
	struct stream_ahead a;
	struct packet whole;
	struct span data;
	uint16_t part = 0;
	uint8_t proto;

	if (nested == DEFRAG_NESTED) {
		counter_add(COUNTER_DEFRAG_NESTED, 1);
		return;
	}
	if (!defrag_push(p, at, nested, &proto, &data))
		return;
	do {
		whole = *p;
		memset(&whole.frag, 0, sizeof whole.frag);
		whole.part = part++;
		whole.ip_proto = proto;
		whole.ip_len = (uint32_t)data.n + (p->ip_v == 4 ? 20 : 40);
		switch (decode_datagram(&whole, data)) {
		case DECODE_TCP:
			stream_look_ahead(&whole, &a);
			push_tcp(&whole, &a, at);
			break;
		case DECODE_FRAGMENT:
			push_fragment(&whole, at, nested + 1);
			break;
		case DECODE_OTHER:
		case DECODE_DROPPED:
			break;
		}
	} while (whole.more_parts);
}

static bool sweep_sometimes(void)
{
	if (clock_now() < room.swept + SWEEP_EVERY)
		return false;
	room.swept = clock_now();
	sweep();
	return true;
}

void stream_settle(void)
{
	disorder_tick(clock_now());
	keep_within_cap(NULL); /* what was released may be kept by the handler now */
}

void stream_packet_ahead(const struct packet *p, const struct stream_ahead *a)
{
	if (is_fragment(p))
		push_fragment(p, room.at, 0);
	else
		push_tcp(p, a, room.at);
}

void stream_packet(const struct packet *p)
{
	struct stream_ahead a;

	stream_tick(p->ts);
	stream_look_ahead(p, &a);
	stream_packet_ahead(p, &a);
}

bool stream_time_out(uint64_t now)
{
	room.at = clock_at(now);
	return sweep_sometimes();
}

void stream_tick(uint64_t now)
{
	if (stream_time_out(now))
		stream_settle();
}

void stream_flush(void)
{
	struct flow_turn *all;
	struct flow *f;
	size_t n, i;
	int list;

	n = table_all(&all);
	for (i = 0; n != SIZE_MAX && i < n; i++)
		end_and_remove(all[i].flow, all[i].flow->reset ? END_RESET : END_CAPTURE);
	/* Without memory for their order. */
	for (list = LIST_EMBRYONIC; list < LIST_MAX; list++)
		while ((f = table_oldest((enum flow_list)list)) != NULL)
			end_and_remove(f, f->reset ? END_RESET : END_CAPTURE);
	table_trim();
	defrag_flush();
	clock_start();
	room.swept = 0;
}

void stream_stop(void)
{
	if (!room.running)
		return;
	stream_flush();
	nids_stop();
	defrag_stop();
	table_fini();
	room.running = false;
}
