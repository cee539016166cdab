/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The normaliser. Of a segment it decides: does it begin, continue or end the session, is it new, is it
 * its turn. libnids sees data only, in a connection that this room opens and closes for it: handshakes
 * are withheld, FIN and RST are dealt with here, so none of libnids' rules on them can lose a stream.
 *
 * A segment may come before what it acknowledges: a SPAN port mirrors two directions through two
 * queues. Delivered at once, a reply would be taken for the answer to an older command. So data wait
 * until the other direction has caught up (disorder.c), for a moment.
 */
#include "flow.h"

#define NEAR_BEGINNING 65536 /* a SYN this little before where we came in belongs to the same connection */
#define FAR_PATIENCE 8 /* segments in a row after which it is believed nevertheless */

#define STRAGGLERS 2000000u /* µs after a session's end in which leftovers of it may arrive */

/* Where a stream begins is known now. libnids was told a number of our own until now, if it has the stream. */
static void half_begin(struct flow *f, struct half *h, uint32_t first, bool has_syn)
{
	nids_drop(f);
	*h = (struct half){ .known = true, .first = first, .next = first, .top = first, .has_syn = has_syn };
}

/* The ports are used again, and the new connection's first number has been confirmed. */
static void restart(struct flow *f, const struct segment *g)
{
	struct half old[2] = { f->half[0], f->half[1] };
	int i;

	if (f->open)
		counter_add(COUNTER_TCP_REUSED, 1);
	/* It is none of the old one's. */
	f->s.pkts[g->side]--;
	f->s.bytes[g->side] -= g->ip_len;
	flow_end(f, END_REUSED);
	flow_renew(f, g);
	for (i = 0; i < 2; i++)
		if (old[i].has_new_isn)
			half_begin(f, &f->half[i], old[i].new_isn + 1, true);
	f->s.midstream = false;
}

static void push_syn(struct flow *f, const struct segment *g)
{
	struct half *me = &f->half[g->side], *peer = &f->half[side_other(g->side)];
	uint32_t first = g->seq + 1;
	bool ack = (g->flags & TCP_ACK) != 0;

	counter_add(ack ? COUNTER_TCP_SYNACK : COUNTER_TCP_SYN, 1);
	if (me->known && me->first == first) {
		me->has_syn = true; /* again, or late */
	} else if (!me->known) {
		half_begin(f, me, first, true);
	} else if (!me->has_syn && seq_diff(me->first, first) > 0 && seq_diff(me->first, first) < NEAR_BEGINNING) {
		me->has_syn = true; /* late: the session was picked up behind its first segments */
	} else if (!f->open && f->s.pkts[side_other(g->side)] == 0) {
		half_begin(f, me, first, true); /* the last attempt came to nothing */
		if (!ack)
			*peer = (struct half){ 0 };
	} else {
		/* Perhaps new, perhaps a forgery that the server ignores: what follows tells. */
		me->has_new_isn = true;
		me->new_isn = g->seq;
		return;
	}
	if (ack && !peer->known)
		half_begin(f, peer, g->ack, false);
	f->s.midstream = false;
}

/* True when the segment continues a connection that a SYN on the same ports announced. */
static bool confirms_new(const struct flow *f, const struct segment *g)
{
	const struct half *me = &f->half[g->side], *peer = &f->half[side_other(g->side)];

	int32_t ahead = seq_diff(g->seq, me->next);

	if (peer->has_new_isn && (g->flags & TCP_ACK) != 0 && g->ack == peer->new_isn + 1)
		return true;
	if (!me->has_new_isn || (g->flags & TCP_SYN) != 0 || g->seq != me->new_isn + 1)
		return false;
	/* Without a word of the other side: only where the old connection can not have gone on to. */
	return f->s.pkts[side_other(g->side)] == 0 || ahead >= FAR_AHEAD || ahead <= -FAR_AHEAD;
}

/* A packet of a session that has ended. True when it begins another, which the record is ready for. */
static bool revives(struct flow *f, const struct segment *g)
{
	const struct half *me = &f->half[g->side];
	/* Modulo 2^32, and packets may come in another order. */
	uint32_t since = (uint32_t)flow_at(f) - f->half[SIDE_CLIENT].ended + STRAGGLERS;
	bool fresh;

	if ((g->flags & TCP_SYN) != 0)
		fresh = true;
	else
		fresh = g->wire > 0 && (g->flags & TCP_RST) == 0 && since > 2 * STRAGGLERS &&
			!(me->known && seq_diff(g->seq + g->wire, me->next) <= 0);
	if (fresh)
		flow_renew(f, g);
	return fresh;
}

/* Where the streams begin, when no SYN told; and what is acknowledged. */
static void learn(struct flow *f, const struct segment *g)
{
	struct half *me = &f->half[g->side], *peer = &f->half[side_other(g->side)];

	if (!me->known)
		half_begin(f, me, g->seq, false);
	if ((g->flags & TCP_ACK) == 0)
		return;
	if (!peer->known)
		half_begin(f, peer, g->ack, false);
	if (!me->has_ack || seq_diff(g->ack, me->acked) > 0)
		me->acked = g->ack;
	me->has_ack = true;
	me->last_ack = g->ack;
}

/*
 * RFC 5961 section 3: only a RST at exactly the next number ends a connection. What we think that is may
 * lag behind where packets were lost, so what the other side has acknowledged counts as well.
 */
static bool rst_valid(const struct flow *f, const struct segment *g)
{
	const struct half *me = &f->half[g->side], *peer = &f->half[side_other(g->side)];

	if (!me->known) /* a refused SYN */
		return (g->flags & TCP_ACK) != 0 && peer->known && g->ack == peer->first;
	if (!f->open && g->seq == 0 && (g->flags & TCP_ACK) != 0)
		return peer->known && g->ack == peer->first;
	return g->seq == me->next || g->seq == me->top || (me->has_fin && g->seq == me->fin + 1) ||
	       (peer->has_ack && g->seq == peer->acked);
}

/* Reset and waiting to be believed, it costs no more than its record. */
static void closing(struct flow *f)
{
	if (flow_disorder(f) == NULL)
		nids_drop(f);
	table_move(f, LIST_CLOSING);
}

/*
 * A RST at the right number. It may still be forged, by someone who sees the traffic, and be dropped by
 * whoever gets it: only a while of silence of its sender ends the session. Answers already on their way
 * may arrive in that time, and count.
 */
static void reset(struct flow *f, enum side by)
{
	if (!f->open && flow_disorder(f) == NULL && !f->half[by].known) {
		flow_end(f, END_RESET);
		return;
	}
	f->reset = true;
	f->reset_by = by;
	closing(f);
}

/* True when g has data that continue its stream. */
static bool goes_on(const struct flow *f, const struct segment *g)
{
	const struct half *me = &f->half[g->side];

	return g->wire > 0 && seq_diff(g->seq + g->wire, me->next) > 0 && seq_diff(g->seq, me->next) < FAR_AHEAD;
}

/* True when g acknowledges bytes of the other side that have not been delivered yet. */
static bool must_wait(const struct flow *f, const struct segment *g)
{
	const struct half *peer = &f->half[side_other(g->side)];
	uint32_t target = g->ack;

	if ((g->flags & TCP_ACK) == 0 || g->wire == 0 || f->s.ignore)
		return false;
	if (peer->has_fin && target == peer->fin + 1)
		target--;
	/* What nobody can have sent yet is no reason to wait. */
	return seq_diff(target, peer->next) > 0 && seq_diff(target, peer->next) < FAR_AHEAD;
}

/* Where the stream ends, for now and at last. */
static void note_end(struct half *me, const struct segment *g)
{
	uint32_t end = g->seq + g->wire;

	if (seq_diff(end, me->top) > 0 && seq_diff(end, me->next) < FAR_AHEAD)
		me->top = end;
	if ((g->flags & TCP_FIN) != 0 && !me->has_fin && seq_diff(end, me->next) >= 0 &&
	    seq_diff(end, me->next) < FAR_AHEAD) {
		me->has_fin = true;
		me->fin = end;
	}
}

static void push_data(struct flow *f, const struct segment *g)
{
	note_end(&f->half[g->side], g);
	if (g->wire == 0)
		return;
	if (must_wait(f, g)) {
		/* A side that is not captured at all need not be waited for. */
		if (f->s.pkts[side_other(g->side)] == 0)
			disorder_fill(f, side_other(g->side), g->ack);
		else if (disorder_hold(f, g))
			return;
	}
	segment_deliver(f, g);
}

void segment_push(struct flow *f, struct segment *g)
{
	if (f->list == LIST_DEAD && !revives(f, g))
		return;
	if (confirms_new(f, g))
		restart(f, g);
	if ((g->flags & TCP_SYN) != 0) {
		push_syn(f, g);
		if (f->half[g->side].has_new_isn)
			return;
	}
	if ((g->flags & TCP_RST) != 0) {
		if (!rst_valid(f, g)) {
			counter_add(COUNTER_TCP_BAD_RST, 1);
			return;
		}
		counter_add(COUNTER_TCP_RST, 1);
		reset(f, g->side);
		return;
	}
	if ((g->flags & TCP_SYN) != 0)
		g->seq++; /* data in a SYN (RFC 7413) stand behind its number */
	if (f->reset && f->reset_by == g->side && goes_on(f, g)) {
		counter_add(COUNTER_TCP_BAD_RST, 1);
		f->reset = false;
	}
	learn(f, g);
	if (flow_disorder(f) != NULL && (g->flags & TCP_ACK) != 0)
		disorder_believe_far(f, side_other(g->side), g->ack);
	push_data(f, g);
	if (f->half[g->side].far == 0)
		disorder_drop_far(f, g->side); /* the stream went on from where it was */
	if (flow_disorder(f) != NULL)
		disorder_settle(f, flow_at(f));
	nids_rest(f);
	if (f->s.ignore) {
		disorder_free(f);
		nids_drop(f);
	}
	if (half_closed(&f->half[SIDE_CLIENT]) && half_closed(&f->half[SIDE_SERVER]))
		flow_end(f, END_FIN);
	else if (f->reset)
		closing(f);
}

/* Something far ahead: an attack, unless the receiver has acknowledged it or it goes on like that. */
static bool believe_far(struct flow *f, const struct segment *g)
{
	struct half *me = &f->half[g->side];
	const struct half *peer = &f->half[side_other(g->side)];

	if (peer->has_ack && seq_diff(peer->acked, g->seq) >= 0)
		return true;
	return ++me->far >= FAR_PATIENCE;
}

void segment_believed(struct flow *f, const struct segment *g)
{
	note_end(&f->half[g->side], g);
	segment_deliver(f, g);
}

void segment_deliver(struct flow *f, const struct segment *g)
{
	struct half *me = &f->half[g->side];
	int32_t ahead = seq_diff(g->seq, me->next);
	uint32_t end = g->seq + g->wire;
	struct span data = g->data;

	if (ahead < 0 && past_differs(f, g))
		flow_overlap(f, g->side);
	if (seq_diff(end, me->next) <= 0) {
		counter_add(COUNTER_TCP_DUPLICATE, 1);
		return;
	}
	flow_open(f);
	if (f->s.ignore) {
		if (ahead < FAR_AHEAD)
			me->next = end;
		return;
	}
	if (ahead > 0) {
		if (ahead >= FAR_AHEAD && !believe_far(f, g)) {
			if (!disorder_keep_far(f, g))
				counter_add(COUNTER_TCP_OUT_OF_WINDOW, 1);
			return;
		}
		if (ahead >= FAR_AHEAD && disorder_believe_far(f, g->side, g->seq)) {
			segment_believed(f, g); /* which is not far any more */
			return;
		}
		if (ahead < FAR_AHEAD && disorder_note(f, g->side, g->seq, (uint32_t)data.n)) {
			counter_add(COUNTER_TCP_OUT_OF_ORDER, 1);
			nids_feed(f, g->side, g->seq, data);
			return;
		}
		disorder_fill(f, g->side, g->seq);
	} else {
		data = span_skip(data, (size_t)-ahead);
	}
	me->far = 0;
	if (data.n > 0)
		nids_feed(f, g->side, me->next, data);
	/* Cut by the snap length: the rest will never come. */
	if (seq_diff(end, me->next) > 0)
		disorder_fill(f, g->side, end);
}
