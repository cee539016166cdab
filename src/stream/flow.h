/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The flow record and what the files of this room do to it:
 *
 *   table.c     finds, makes, lists and evicts records
 *   stream.c    the room's door: packets in, time-outs, memory
 *   flow.c      what hangs on a record, and what the handler is told
 *   clock.c     what time it is, when packets say that it goes back
 *   segment.c   the normaliser: what each TCP segment means for its flow
 *   disorder.c  what came before its turn, and holes: waits, and gives up in time
 *   nids.c      delivers what is in order, hands libnids what is not, takes it back
 *   past.c      what was delivered last, to compare retransmissions with
 *   defrag.c    IP fragments
 */
#ifndef PLAINPOP_STREAM_FLOW_H
#define PLAINPOP_STREAM_FLOW_H

#include "plainpop/stream.h"

#define NO_FLOW UINT32_MAX

/* A new beginning further ahead than this is not believed at once: no window POP3 uses is as large. */
#define FAR_AHEAD (4 << 20)

/* The lists a flow can be on, in the order in which they are robbed when memory runs out. */
enum flow_list {
	LIST_EMBRYONIC, /* no data yet: only a handshake, or a part of one */
	LIST_DEAD,      /* ended; kept for a while so that stragglers are not taken for a new session */
	LIST_CLOSING,   /* open, but reset, unless more comes */
	/* Open, and the handler has not said yet that it is worth it: what floods are made of. */
	LIST_DOUBTFUL_PARKED, /* idle */
	LIST_DOUBTFUL_ACTIVE, /* data came lately: keeps them, and what libnids has queued */
	/* Open, and proven. */
	LIST_PARKED,
	LIST_ACTIVE,
	LIST_MAX
};

/* One direction. Sequence numbers in host order. */
struct half {
	uint32_t next;  /* the next byte to deliver; meaningful when known */
	uint32_t first; /* the first byte of the stream: ISN + 1, or where we came in */
	uint32_t fin;   /* position of the FIN, when has_fin */
	uint32_t acked; /* the highest number of the other side that this one acknowledged, when has_ack */
	uint32_t last_ack; /* what its latest packet acknowledged: lower than acked, one of them lied */
	uint32_t top;   /* the end of the furthest segment seen */
	union {
		uint32_t new_isn; /* of a SYN that may begin a new connection on the same ports; when has_new_isn */
		uint32_t ended;   /* of the client's half on LIST_DEAD: when, µs modulo 2^32. Nothing is new there */
	};
	uint8_t far;    /* segments in a row that were too far ahead to be believed */
	bool known : 1;
	bool has_syn : 1; /* first comes from a SYN */
	bool has_fin : 1;
	bool has_ack : 1;
	bool has_new_isn : 1;
};

/* True when all its data came, and its FIN. */
static inline bool half_closed(const struct half *h)
{
	return h->has_fin && (int32_t)(h->next - h->fin) >= 0;
}

struct tcp_stream;
struct disorder;
/* What a side said last: past.c. */
struct past {
	uint32_t n, room;
	uint8_t *more; /* NULL: it has not more than the room for it in struct moving */
};

#define PAST_CLIENT 120 /* bytes, which is all that most clients need, */
#define PAST_SERVER 480 /* and most servers whose mail is not fetched */

/* What a flow has while it is active, or something of it out of order: few at once. */
struct moving {
	struct tcp_stream *nids;   /* only while something is queued */
	struct disorder *disorder; /* only while something is out of order */
	struct past past[2];       /* only while active */
	uint32_t fed[2];           /* bytes through libnids since it took the stream up, by side */
	size_t nids_counted;       /* what libnids keeps of it besides its queues, in the sum of nids.c */
	uint8_t past_client[PAST_CLIENT], past_server[PAST_SERVER]; /* these two alone are not cleared when it is made */
};

#define SEEN_BITS 52 /* of µs: it comes round once in 142 years */

/* Its size decides how many sessions can be open at once. s.index is its number, and its name in libnids. */
struct flow {
	struct stream s; /* first, and then what each packet needs, too */
	struct half half[2]; /* indexed by the side that sends */
	struct moving *moving; /* NULL: nothing is */
	uint64_t seen : SEEN_BITS; /* when its latest packet came, µs modulo that, by the room's clock: flow_seen() */
	enum flow_list list : 3;
	bool open : 1;     /* the handler knows it */
	bool active : 1;   /* data came lately */
	bool busy : 1;     /* something of it is under way: making room for others must not change it meanwhile */
	bool reset : 1;    /* a RST came */
	enum side reset_by : 1;
	bool overlap_told : 1; /* a retransmission had other bytes */
	bool waited_for : 1; /* it is due at some time */
	uint32_t prev, next;       /* neighbours in its list, towards the more recent and the older */
	uint32_t chain;            /* next in the hash bucket */
	uint32_t before, behind;   /* among those that are due in the same second */
	uint32_t due;              /* that second, modulo 2^32 */
};

_Static_assert(sizeof(struct half) == 32, "half has grown");
_Static_assert(sizeof(struct flow) == 256, "a flow record is four lines of cache");

static inline struct tcp_stream *flow_nids(const struct flow *f)
{
	return f->moving != NULL ? f->moving->nids : NULL;
}

static inline struct disorder *flow_disorder(const struct flow *f)
{
	return f->moving != NULL ? f->moving->disorder : NULL;
}

/* The packet that is looked at, also when it had to wait for its turn: whose it is, and when it came. */
struct present {
	const struct flow *flow;
	uint64_t at; /* µs, by the room's clock, as s.ts is by its own */
};
extern struct present present;

/* a - b as the signed distance in sequence space. */
static inline int32_t seq_diff(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

/* ---- table.c ---- */

int table_init(uint32_t max_flows);
void table_fini(void);
/* Gives the memory of the records back, if none is used. */
void table_trim(void);
/* Where flows of these two ends are, either way round. It is on its way from memory then, */
uint32_t *table_bucket(const struct flow_key *packet_order);
/* then the first of them, and then what hangs on that. */
void table_fetch(const uint32_t *bucket);
void table_fetch_more(const uint32_t *bucket);
/* The flow of these two ends, or NULL. *from tells which side the packet came from. */
struct flow *table_find(const uint32_t *bucket, const struct flow_key *packet_order, enum side *from);
/* A new record; key in the order client, server. NULL when there is no more memory. */
struct flow *table_add(const struct flow_key *key);
void table_remove(struct flow *f);
/* Puts f to the recent end of a list. */
void table_move(struct flow *f, enum flow_list list);
/* The same, to that of the open ones which it belongs to. */
void table_move_open(struct flow *f, bool active);
/* Has f looked at once it may have been idle for as long as its list allows. */
void table_wake(struct flow *f);
/* For how long, µs, it may be idle until it is given up, */
uint64_t table_limit(const struct flow *f);
/* and until it is parked; UINT64_MAX: it is. */
uint64_t table_park_limit(const struct flow *f);

/* A flow, and what it is ordered by. */
struct flow_turn {
	uint64_t start;
	struct flow *flow; /* and its id, where two began at once */
};

/* Those that are due by this second, in no order; the room's, until the next call. */
size_t table_due(uint64_t second, struct flow_turn **out);
/* All there are, in that order. SIZE_MAX: no memory for that. */
size_t table_all(struct flow_turn **out);
/* For those who gather some themselves: room for n, those that are there among them, and their order. NULL: no memory. */
struct flow_turn *flow_turns(size_t n);
void flow_turns_sort(struct flow_turn *t, size_t n);

/* The least recent flow of a list, or NULL. */
struct flow *table_oldest(enum flow_list list);
struct flow *table_at(uint32_t index);
uint32_t table_count(void);
uint32_t table_list_count(enum flow_list list);
size_t table_memory(void);

/* ---- clock.c ---- */

void clock_start(void);
/* What a packet time is by the room's clock, which may go on with it: up to a second before clock_now(), or that. */
uint64_t clock_at(uint64_t ts);
uint64_t clock_now(void);

/* When its latest packet came, µs: never behind clock_now(). */
static inline uint64_t flow_seen(const struct flow *f)
{
	uint64_t now = clock_now(), mask = (UINT64_C(1) << SEEN_BITS) - 1;

	return now - ((now - f->seen) & mask);
}

/* When what is looked at of it came: between its packets, the latest one. */
static inline uint64_t flow_at(const struct flow *f)
{
	return present.flow == f ? present.at : flow_seen(f);
}

/* ---- flow.c ---- */

extern struct stream_handler stream_handler;
/* Sees to it that f->moving is there. False: no memory. */
bool flow_stir(struct flow *f);
/* Gives it back, if it is not needed. */
void flow_settle(struct flow *f);
/* Where it keeps what few have. NULL: no memory. */
struct stream_rare *flow_rare(struct flow *f);
/* The first data, or the gap in their place: the handler gets to know the session. */
void flow_open(struct flow *f);
/* Ends the session: delivers what can be, tells the handler, keeps the record among the dead. */
void flow_end(struct flow *f, enum event_end reason);
/* A packet of side, whatever is in it. */
void flow_packet(struct flow *f, enum side side);
/* Bytes of side that are next in order. */
void flow_data(struct flow *f, enum side side, struct span bytes);
/* Nothing came of it for a while. */
void flow_idle(struct flow *f);
/* Says that a retransmission of side had other bytes than what was delivered. */
void flow_overlap(struct flow *f, enum side side);
/* Says that n bytes of side are missing, after all data before them and before all data behind. */
void flow_gap(struct flow *f, enum side side, uint64_t n);

/* The record is to be used for something else. */
void flow_remove(struct flow *f);
/* Bytes that flows keep besides their records, the handler's included. */
size_t flow_memory(void);

/* ---- stream.c ---- */

struct segment;
/* Makes a record whose session has ended, or never began, ready for another, of which g is the first. */
void flow_renew(struct flow *f, const struct segment *g);

/* ---- segment.c ---- */

struct segment {
	enum side side;
	uint32_t seq, ack;
	uint8_t flags;
	uint32_t wire;      /* bytes of data on the wire */
	struct span data;   /* those that were captured, from the first on */
	uint32_t ip_len;    /* bytes of the datagram, for the counters */
};

/* g is used up: its numbers may be others afterwards. */
void segment_push(struct flow *f, struct segment *g);
/* A segment behind a hole so large that it was not believed until now. */
void segment_believed(struct flow *f, const struct segment *g);
/* Delivers a segment whose turn it may be: duplicates dropped, the rest to libnids. */
void segment_deliver(struct flow *f, const struct segment *g);

/* ---- disorder.c ---- */

/* Keeps a copy of g until the other side's bytes up to g->ack are there. False: no room, deliver it now. */
bool disorder_hold(struct flow *f, const struct segment *g);
/* Notes that libnids queued [seq, seq + n) of side. False: no room. */
bool disorder_note(struct flow *f, enum side side, uint32_t seq, uint32_t n);
/* Keeps a copy of g, which is too far ahead to be believed yet. False: no room. */
bool disorder_keep_far(struct flow *f, const struct segment *g);
/* Something at number `at` of side is believed: so is what was kept around there, and delivered. False: nothing was. */
bool disorder_believe_far(struct flow *f, enum side side, uint32_t at);
/* The stream went on where it was: what was kept of side is dropped. */
void disorder_drop_far(struct flow *f, enum side side);
/* True when libnids has data of f in a queue. */
bool disorder_queued(const struct flow *f);
/* Something moved, or time did: releases what can be, gives up holes that are too old. */
void disorder_settle(struct flow *f, uint64_t now);
/* The session ends: releases everything, with gaps for what is missing. */
void disorder_finish(struct flow *f);
/* Settles all flows whose wait is over. */
void disorder_tick(uint64_t now);
/* Drops everything without delivering. */
void disorder_free(struct flow *f);
/* Brings side up to target: what libnids has queued is delivered, the rest is said to be missing. */
void disorder_fill(struct flow *f, enum side side, uint32_t target);
size_t disorder_memory(void);

/* ---- nids.c ---- */

/*
 * Bytes handed over at once. libnids' buffer for a direction is of 4 KiB, unless it gets more than this in one packet:
 * then of twice that, for as long as it has the stream.
 */
#define NIDS_CHUNK 2047

int nids_start(uint32_t max_active);
void nids_stop(void);
/* Data at seq, which is half.next or later. Later data is queued by libnids. */
void nids_feed(struct flow *f, enum side side, uint32_t seq, struct span data);
/* n bytes at half.next are missing: said as a gap. What libnids has queued behind them is delivered. */
void nids_fill(struct flow *f, enum side side, uint32_t n);
/* The stream is not active any more; what libnids had queued of it is gone. It is again at the next feed. */
void nids_drop(struct flow *f);
/* After each packet: takes a stream out of libnids that is in order again. */
void nids_rest(struct flow *f);
/* The stream is idle, and not active any more: what it waits for is given up first. */
void nids_park(struct flow *f);
/* What libnids takes to queue n bytes that are ahead of their turn. */
size_t nids_queue_memory(uint32_t n);
/* Bytes that it keeps for all streams besides. */
size_t nids_memory(void);

/* ---- past.c ---- */

/* Asks for what past_add() will write to. */
void past_fetch(const struct flow *f, enum side side);
/* Bytes of side that were delivered. */
void past_add(struct flow *f, enum side side, struct span bytes);
/* What comes next does not follow them. */
void past_forget(struct flow *f, enum side side);
/* True when g has bytes that were delivered already, and they were others. */
bool past_differs(const struct flow *f, const struct segment *g);
size_t past_memory(void);

/* ---- defrag.c ---- */

int defrag_start(void);
void defrag_stop(void);
#define DEFRAG_NESTED 4 /* datagrams put together from fragments of one another: a tunnel's, and what is in it */

/*
 * Adds a fragment that came `at`, by the room's clock, and was found within `nested` (below DEFRAG_NESTED) datagrams of
 * this kind. True when its own is whole: *data is its payload, valid until the next call as deep, and *proto says what it is.
 */
bool defrag_push(const struct packet *p, uint64_t at, unsigned nested, uint8_t *proto, struct span *data);
void defrag_flush(void);
size_t defrag_memory(void);

#endif
