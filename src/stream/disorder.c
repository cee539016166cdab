/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Disorder. Two things can be wrong with a segment's turn:
 *
 *   it is ahead of its own direction: libnids queues it; here is noted what it has queued, since
 *   libnids does not tell;
 *
 *   it acknowledges bytes of the other direction that have not been seen: it is held here, a copy, so
 *   that a reply never overtakes its command.
 *
 * What is further ahead than any window is kept as well, until it is acknowledged or others follow it.
 *
 * Both wait for a few packets of the flow or a moment of packet time. Then what is missing was not
 * captured: it is said as a gap, and the rest goes on. Everything is bounded, per flow and in all.
 */
#include <stdlib.h>

#include "flow.h"

#define PATIENCE_PACKETS 24              /* of the flow, for what was evidently sent and received: more than an
					  * initial window of ten segments (RFC 6928) and its acknowledgments */
#define PATIENCE_TIME UINT64_C(500000)   /* µs likewise */
#define HOLE_PACKETS 64                  /* for a hole that nobody has acknowledged */
#define HOLE_TIME UINT64_C(3000000)
#define MAX_RANGES 16
/* Memory, not data: of short segments, and those are what an attacker sends, most is what comes on top. */
#define MAX_QUEUED (512u << 10)          /* bytes a flow and direction */
#define MAX_HELD (256u << 10)            /* bytes a flow */
#define MAX_TOTAL (32u << 20)            /* bytes in all */
#define MAX_FILL (1u << 20)              /* larger holes are jumped over, not filled, unless something is queued behind */

struct range {
	uint32_t from, to;
	size_t bytes; /* of memory */
};

struct held {
	struct held *next;
	uint64_t ts, at, packet, arrival; /* at: by the room's clock; arrival: packets of the flow when it came */
	uint32_t source;
	struct segment g; /* g.data points to data */
	uint8_t data[];
};

struct disorder {
	struct flow *flow;
	struct disorder *prev, *next; /* of all flows, the longest waiting first */
	uint64_t since;               /* µs, by the room's clock: when it last moved */
	struct held *held, **held_end;
	struct held *far[2]; /* too far ahead to be believed, the latest first */
	size_t held_bytes;
	struct {
		struct range range[MAX_RANGES]; /* in order, apart */
		unsigned n;
		size_t bytes;
		uint64_t arrival, at; /* when the hole in front was first seen */
	} queue[2];
};

static struct {
	struct disorder *first, *last;
	size_t bytes;
} all;

size_t disorder_memory(void)
{
	return all.bytes;
}

static uint64_t packets(const struct flow *f)
{
	return f->s.pkts[0] + f->s.pkts[1];
}

static void list_remove(struct disorder *d)
{
	*(d->prev != NULL ? &d->prev->next : &all.first) = d->next;
	*(d->next != NULL ? &d->next->prev : &all.last) = d->prev;
}

static void list_append(struct disorder *d)
{
	d->next = NULL;
	d->prev = all.last;
	*(all.last != NULL ? &all.last->next : &all.first) = d;
	all.last = d;
}

static struct disorder *disorder_of(struct flow *f)
{
	struct disorder *d = flow_disorder(f);

	if (d != NULL)
		return d;
	if (!flow_stir(f))
		return NULL;
	d = calloc(1, sizeof *d);
	if (d == NULL) {
		flow_settle(f);
		return NULL;
	}
	d->flow = f;
	d->since = clock_now(); /* so the list is in this order */
	d->held_end = &d->held;
	list_append(d);
	all.bytes += memory_of(sizeof *d);
	f->moving->disorder = d;
	return d;
}

static void count_queued(struct disorder *d, enum side side, size_t bytes)
{
	all.bytes += bytes - d->queue[side].bytes;
	d->queue[side].bytes = bytes;
}

static size_t held_memory(size_t data)
{
	return memory_of(sizeof(struct held) + data);
}

static struct held *unlink_held(struct disorder *d, struct held **link)
{
	struct held *h = *link;

	*link = h->next;
	if (d->held_end == &h->next)
		d->held_end = link;
	d->held_bytes -= held_memory(h->g.data.n);
	all.bytes -= held_memory(h->g.data.n);
	return h;
}

static void free_held(struct held *h)
{
	explicit_bzero(h->data, h->g.data.n); /* it may have been a password */
	free(h);
}

void disorder_drop_far(struct flow *f, enum side side)
{
	struct disorder *d = flow_disorder(f);

	while (d != NULL && d->far[side] != NULL) {
		free_held(unlink_held(d, &d->far[side]));
		counter_add(COUNTER_TCP_OUT_OF_WINDOW, 1);
	}
}

void disorder_free(struct flow *f)
{
	struct disorder *d = flow_disorder(f);

	if (d == NULL)
		return;
	while (d->held != NULL)
		free_held(unlink_held(d, &d->held));
	disorder_drop_far(f, SIDE_CLIENT);
	disorder_drop_far(f, SIDE_SERVER);
	count_queued(d, SIDE_CLIENT, 0);
	count_queued(d, SIDE_SERVER, 0);
	list_remove(d);
	all.bytes -= memory_of(sizeof *d);
	free(d);
	f->moving->disorder = NULL;
	flow_settle(f);
}

/* Whoever has waited longest makes room: a flood of holes must not keep others from waiting. */
static bool make_room(size_t bytes)
{
	static bool busy; /* what one flow lets go must not make room at the cost of the one that asked */

	while (!busy && all.bytes + bytes > MAX_TOTAL) {
		struct flow *longest = all.first != NULL ? all.first->flow : NULL;

		if (longest == NULL || longest->busy)
			return false;
		busy = true;
		disorder_finish(longest);
		disorder_free(longest);
		busy = false;
	}
	return all.bytes + bytes <= MAX_TOTAL;
}

/* A copy of g, counted, on no list yet. NULL: no room. */
static struct held *copy(struct flow *f, const struct segment *g)
{
	size_t bytes = held_memory(g->data.n);
	struct disorder *d = disorder_of(f);
	struct held *h;

	if (d == NULL || d->held_bytes + bytes > MAX_HELD || !make_room(bytes))
		return NULL;
	h = malloc(sizeof *h + g->data.n);
	if (h == NULL)
		return NULL;
	*h = (struct held){ .ts = f->s.ts, .at = flow_at(f), .packet = f->s.packet, .source = f->s.source,
			    .arrival = packets(f), .g = *g };
	if (g->data.n > 0)
		memcpy(h->data, g->data.p, g->data.n);
	h->g.data.p = h->data;
	d->held_bytes += bytes;
	all.bytes += bytes;
	return h;
}

bool disorder_hold(struct flow *f, const struct segment *g)
{
	struct held *h = copy(f, g);

	if (h == NULL)
		return false;
	*f->moving->disorder->held_end = h;
	f->moving->disorder->held_end = &h->next;
	counter_add(COUNTER_TCP_HELD, 1);
	return true;
}

bool disorder_keep_far(struct flow *f, const struct segment *g)
{
	struct held *h = copy(f, g);

	if (h == NULL)
		return false;
	h->next = f->moving->disorder->far[g->side];
	f->moving->disorder->far[g->side] = h;
	return true;
}

/* Forgets the ranges that have been delivered. */
static void trim(struct flow *f, enum side side)
{
	struct disorder *d = flow_disorder(f);
	uint32_t next = f->half[side].next;
	unsigned done = 0, n;

	if (d == NULL || d->queue[side].n == 0)
		return;
	n = d->queue[side].n;
	for (; done < n && seq_diff(d->queue[side].range[done].to, next) <= 0; done++)
		count_queued(d, side, d->queue[side].bytes - d->queue[side].range[done].bytes);
	if (done == 0)
		return;
	d->queue[side].n = n - done;
	memmove(d->queue[side].range, d->queue[side].range + done, (n - done) * sizeof(struct range));
	d->queue[side].arrival = packets(f);
	d->queue[side].at = flow_at(f);
}

bool disorder_queued(const struct flow *f)
{
	const struct disorder *d = flow_disorder(f);

	return d != NULL && (d->queue[SIDE_CLIENT].n > 0 || d->queue[SIDE_SERVER].n > 0);
}

bool disorder_note(struct flow *f, enum side side, uint32_t seq, uint32_t n)
{
	struct disorder *d = disorder_of(f);
	size_t bytes = nids_queue_memory(n);
	struct range *r, add = { seq, seq + n, bytes };
	unsigned at = 0, merged, count;

	if (n == 0)
		return true;
	if (d == NULL)
		return false;
	trim(f, side);
	r = d->queue[side].range;
	count = d->queue[side].n;
	if (d->queue[side].bytes + bytes > MAX_QUEUED || !make_room(bytes))
		return false;
	while (at < count && seq_diff(r[at].to, add.from) < 0)
		at++;
	/* [at, merged) touch the new one and become one with it */
	for (merged = at; merged < count && seq_diff(r[merged].from, add.to) <= 0; merged++) {
		add.bytes += r[merged].bytes;
		if (seq_diff(r[merged].from, add.from) < 0)
			add.from = r[merged].from;
		if (seq_diff(r[merged].to, add.to) > 0)
			add.to = r[merged].to;
	}
	if (merged == at && count == MAX_RANGES)
		return false;
	memmove(r + at + 1, r + merged, (count - merged) * sizeof *r);
	r[at] = add;
	if (count == 0) {
		d->queue[side].arrival = packets(f);
		d->queue[side].at = flow_at(f);
	}
	d->queue[side].n = count - (merged - at) + 1;
	count_queued(d, side, d->queue[side].bytes + bytes);
	return true;
}

/* Goes on at target although there is a hole that is too large to fill. */
static void jump(struct flow *f, enum side side, uint32_t target)
{
	uint32_t n = target - f->half[side].next;
	struct disorder *d;

	nids_drop(f);
	d = flow_disorder(f);
	if (d != NULL) {
		/* What libnids had queued, either way, went with it. */
		d->queue[SIDE_CLIENT].n = d->queue[SIDE_SERVER].n = 0;
		count_queued(d, SIDE_CLIENT, 0);
		count_queued(d, SIDE_SERVER, 0);
	}
	f->half[side].next = target;
	flow_gap(f, side, n);
}

void disorder_fill(struct flow *f, enum side side, uint32_t target)
{
	struct half *h = &f->half[side];

	flow_open(f);
	while (seq_diff(target, h->next) > 0) {
		uint32_t stop = target, before = h->next;
		const struct disorder *d;

		trim(f, side);
		d = flow_disorder(f);
		if (d != NULL && d->queue[side].n > 0 && seq_diff(d->queue[side].range[0].from, stop) < 0)
			stop = d->queue[side].range[0].from;
		if (seq_diff(stop, h->next) <= 0) {
			/* Noted as queued, yet not delivered: libnids did not take it. */
			stop = target;
			jump(f, side, stop);
		} else if (stop - h->next > MAX_FILL && (d == NULL || d->queue[side].n == 0)) {
			jump(f, side, stop);
		} else {
			nids_fill(f, side, stop - h->next);
			if (h->next == before)
				jump(f, side, stop);
		}
	}
	trim(f, side);
}

/* The number up to which the other side must be there before h may be delivered. */
static uint32_t target_of(const struct flow *f, const struct held *h)
{
	const struct half *peer = &f->half[side_other(h->g.side)];

	return peer->has_fin && h->g.ack == peer->fin + 1 ? peer->fin : h->g.ack;
}

static bool satisfied(const struct flow *f, const struct held *h)
{
	return seq_diff(target_of(f, h), f->half[side_other(h->g.side)].next) <= 0;
}

/* True when what h waits for is itself held: then that one has to go first. */
static bool waits_for_held(const struct flow *f, const struct held *h)
{
	enum side other = side_other(h->g.side);
	uint32_t next = f->half[other].next;
	const struct held *x;

	for (x = flow_disorder(f)->held; x != NULL; x = x->next)
		if (x->g.side == other && seq_diff(x->g.seq, next) <= 0 &&
		    seq_diff(x->g.seq + x->g.wire, next) > 0)
			return true;
	return false;
}

/* True when something is held that comes before h in its own direction. */
static bool goes_before(const struct flow *f, const struct held *h)
{
	const struct held *x;

	for (x = flow_disorder(f)->held; x != NULL; x = x->next)
		if (x != h && x->g.side == h->g.side && seq_diff(x->g.seq, h->g.seq) < 0)
			return true;
	return false;
}

static void release_to(void deliver(struct flow *, const struct segment *), struct flow *f, struct held **link)
{
	struct held *h = unlink_held(flow_disorder(f), link);
	uint64_t ts = f->s.ts, packet = f->s.packet;
	uint32_t source = f->s.source;
	struct present before = present;

	f->s.ts = h->ts;
	present = (struct present){ .flow = f, .at = h->at };
	f->s.packet = h->packet;
	f->s.source = h->source;
	deliver(f, &h->g);
	f->s.ts = ts;
	present = before;
	f->s.packet = packet;
	f->s.source = source;
	free_held(h);
}

static void release(struct flow *f, struct held **link)
{
	release_to(segment_deliver, f, link);
}

/* The first in order of what was kept and begins in the FAR_AHEAD bytes up to a number, it included; or NULL. */
static struct held **first_far(struct flow *f, enum side side, uint32_t upto)
{
	struct held **link, **first = NULL;

	if (flow_disorder(f) == NULL)
		return NULL;
	for (link = &flow_disorder(f)->far[side]; *link != NULL; link = &(*link)->next)
		if (seq_diff((*link)->g.seq, upto) <= 0 && seq_diff((*link)->g.seq, upto) > -FAR_AHEAD &&
		    (first == NULL || seq_diff((*link)->g.seq, (*first)->g.seq) < 0))
			first = link;
	return first;
}

bool disorder_believe_far(struct flow *f, enum side side, uint32_t at)
{
	struct held **link = first_far(f, side, at);

	if (link == NULL)
		return false;
	disorder_fill(f, side, (*link)->g.seq);
	/* From here on they are near, so none of them is kept again. */
	while ((link = first_far(f, side, f->half[side].next + FAR_AHEAD / 2)) != NULL)
		release_to(segment_believed, f, link);
	return true;
}

static bool release_satisfied(struct flow *f)
{
	struct held **link;

	for (link = &flow_disorder(f)->held; *link != NULL; link = &(*link)->next)
		if (satisfied(f, *link)) {
			release(f, link);
			return true;
		}
	return false;
}

static void drop(struct flow *f, const struct held *h)
{
	struct held **link = &flow_disorder(f)->held;

	while (*link != h)
		link = &(*link)->next;
	free_held(unlink_held(flow_disorder(f), link));
}

/* The first of side's held segments that has bytes before target which are still to come, or NULL. */
static struct held **held_inside(struct flow *f, enum side side, uint32_t target)
{
	struct held **link, **first = NULL;
	uint32_t next = f->half[side].next;

	for (link = &flow_disorder(f)->held; *link != NULL; link = &(*link)->next)
		if ((*link)->g.side == side && seq_diff((*link)->g.seq, target) < 0 &&
		    seq_diff((*link)->g.seq + (*link)->g.wire, next) > 0 &&
		    (first == NULL || seq_diff((*link)->g.seq, (*first)->g.seq) < 0))
			first = link;
	return first;
}

/* Brings side up to target, as far as it can be: what is held of it was captured, and is no gap. */
static void give_up_to(struct flow *f, enum side side, uint32_t target)
{
	struct held **inside = held_inside(f, side, target), *h;

	if (inside == NULL) {
		disorder_fill(f, side, target);
		return;
	}
	h = *inside;
	if (seq_diff(h->g.seq, f->half[side].next) > 0)
		disorder_fill(f, side, h->g.seq);
	/* The fill may have moved the list's head, not h. */
	for (inside = &flow_disorder(f)->held; *inside != NULL && *inside != h; inside = &(*inside)->next)
		;
	if (*inside == h)
		release(f, inside);
}

/* Gives up what the first one in the way waits for, if it has waited long enough. */
static bool give_up_held(struct flow *f, uint64_t now, bool all_of_them)
{
	struct held *h, *blocked = NULL;

	for (h = flow_disorder(f)->held; h != NULL && blocked == NULL; h = h->next)
		if (!waits_for_held(f, h))
			blocked = h;
	if (blocked == NULL)
		blocked = flow_disorder(f)->held; /* they wait for each other in a circle: packets that lie */
	if (blocked == NULL)
		return false;
	if (!all_of_them && packets(f) - blocked->arrival < PATIENCE_PACKETS &&
	    now < blocked->at + PATIENCE_TIME)
		return false;
	/* Whoever has acknowledged that much does not take it back: this one was forged. */
	if (seq_diff(f->half[blocked->g.side].last_ack, target_of(f, blocked)) < 0) {
		counter_add(COUNTER_TCP_OUT_OF_WINDOW, 1);
		drop(f, blocked);
	} else {
		bool inside = held_inside(f, side_other(blocked->g.side), target_of(f, blocked)) != NULL;

		give_up_to(f, side_other(blocked->g.side), target_of(f, blocked));
		/* What is missing before it in its own direction has been waited for as long, and must not let others pass. */
		if (!inside && !goes_before(f, blocked))
			disorder_fill(f, blocked->g.side, blocked->g.seq);
	}
	return true;
}

static bool give_up_hole(struct flow *f, enum side side, uint64_t now, bool all_of_them)
{
	struct disorder *d = flow_disorder(f);
	const struct half *h = &f->half[side], *peer = &f->half[side_other(side)];
	uint64_t waited;
	bool received;

	trim(f, side);
	if (d->queue[side].n == 0)
		return false;
	waited = packets(f) - d->queue[side].arrival;
	received = peer->has_ack && seq_diff(peer->last_ack, h->next) > 0;
	if (!all_of_them && !(received && waited >= PATIENCE_PACKETS) && waited < HOLE_PACKETS &&
	    now < d->queue[side].at + HOLE_TIME)
		return false;
	/* Begun and not gone on with, it was not queued after all: then it is what is missing. */
	if (seq_diff(d->queue[side].range[0].from, h->next) > 0)
		disorder_fill(f, side, d->queue[side].range[0].from);
	else
		disorder_fill(f, side, d->queue[side].range[0].to);
	return true;
}

/* True when side has closed and the other has acknowledged that. */
static bool all_acknowledged(const struct flow *f, enum side side)
{
	const struct half *h = &f->half[side], *peer = &f->half[side_other(side)];

	return h->has_fin && peer->has_ack && peer->last_ack == h->fin + 1;
}

/* Each round moves a stream on, so it ends. A flow that nobody listens to any more has no order to keep. */
static void settle(struct flow *f, uint64_t now, bool all_of_them)
{
	bool was_busy = f->busy;

	f->busy = true;
	/* Both have said their last and heard the other's: nothing more will come. */
	all_of_them |= all_acknowledged(f, SIDE_CLIENT) && all_acknowledged(f, SIDE_SERVER);
	while (!f->s.ignore)
		if (!release_satisfied(f) && !give_up_held(f, now, all_of_them) &&
		    !give_up_hole(f, SIDE_CLIENT, now, all_of_them) &&
		    !give_up_hole(f, SIDE_SERVER, now, all_of_them))
			break;
	f->busy = was_busy;
}

void disorder_settle(struct flow *f, uint64_t now)
{
	struct disorder *d = flow_disorder(f);

	settle(f, now, false);
	if (f->s.ignore || (d->held == NULL && d->far[SIDE_CLIENT] == NULL && d->far[SIDE_SERVER] == NULL &&
			    !disorder_queued(f)))
		disorder_free(f);
}

void disorder_finish(struct flow *f)
{
	if (flow_disorder(f) != NULL)
		settle(f, flow_at(f), true);
}

void disorder_tick(uint64_t now)
{
	struct flow_turn *turn;
	struct disorder *d;
	size_t n = 0, i;

	/* All of them: which sessions are looked at together must not depend on how many others there are. */
	while ((d = all.first) != NULL && now > d->since && now - d->since > PATIENCE_TIME && (turn = flow_turns(n + 1)) != NULL) {
		turn[n++] = (struct flow_turn){ .start = d->flow->s.start, .flow = d->flow };
		d->since = now;
		list_remove(d);
		list_append(d);
	}
	if (n == 0)
		return;
	turn = flow_turns(n);
	flow_turns_sort(turn, n);
	for (i = 0; i < n; i++)
		if (flow_disorder(turn[i].flow) != NULL) /* one of those before may have made room with it */
			disorder_settle(turn[i].flow, now);
}
