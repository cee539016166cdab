/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A flow: what hangs on its record, and what the handler is told of it. */
#include <stdlib.h>

#include "flow.h"

struct stream_handler stream_handler;

static struct {
	size_t user_bytes; /* what the handler keeps, over all flows, */
	size_t bytes;      /* and what hangs on their records */
} kept;

static struct spares spares; /* of struct moving */

size_t flow_memory(void)
{
	return kept.user_bytes + kept.bytes;
}

bool flow_stir(struct flow *f)
{
	if (f->moving != NULL)
		return true;
	f->moving = spares_take(&spares, sizeof *f->moving);
	if (f->moving == NULL)
		return false;
	memset(f->moving, 0, offsetof(struct moving, past_client));
	kept.bytes += memory_of(sizeof *f->moving);
	return true;
}

void flow_settle(struct flow *f)
{
	if (f->moving == NULL || f->active || f->moving->disorder != NULL)
		return;
	spares_give(&spares, f->moving);
	f->moving = NULL;
	kept.bytes -= memory_of(sizeof *f->moving);
}

/* Where it keeps what few have. NULL: no memory. */
struct stream_rare *flow_rare(struct flow *f)
{
	if (f->s.rare == NULL) {
		f->s.rare = calloc(1, sizeof *f->s.rare);
		kept.bytes += f->s.rare != NULL ? memory_of(sizeof *f->s.rare) : 0;
	}
	return f->s.rare;
}

/* The record is to be used for something else. */
void flow_remove(struct flow *f)
{
	kept.bytes -= f->s.rare != NULL ? memory_of(sizeof *f->s.rare) : 0;
	free(f->s.rare);
	f->s.rare = NULL;
	table_remove(f);
}

/* The handler may have changed what it keeps of f, which was so much, and what it thinks of it. */
static void after_handler(struct flow *f, uint32_t before)
{
	kept.user_bytes += f->s.user_bytes;
	kept.user_bytes -= before;
	if (f->s.proven && (f->list == LIST_DOUBTFUL_PARKED || f->list == LIST_DOUBTFUL_ACTIVE))
		table_move_open(f, f->list == LIST_DOUBTFUL_ACTIVE);
}

void flow_packet(struct flow *f, enum side side)
{
	uint32_t before = f->s.user_bytes;

	if (stream_handler.packet == NULL)
		return;
	stream_handler.packet(stream_handler.ctx, &f->s, side);
	if (f->s.user_bytes != before)
		after_handler(f, before);
}

void flow_data(struct flow *f, enum side side, struct span bytes)
{
	uint32_t before = f->s.user_bytes;

	if (f->s.ignore)
		return;
	stream_handler.data(stream_handler.ctx, &f->s, side, bytes);
	after_handler(f, before);
}

void flow_gap(struct flow *f, enum side side, uint64_t n)
{
	uint32_t before = f->s.user_bytes;

	counter_add(COUNTER_TCP_GAP, 1);
	counter_add(COUNTER_TCP_GAP_BYTES, n);
	if (flow_rare(f) != NULL) /* else the counter alone tells */
		f->s.rare->gap_bytes += n;
	if (f->s.ignore)
		return;
	stream_handler.gap(stream_handler.ctx, &f->s, side, n);
	after_handler(f, before);
}

void flow_idle(struct flow *f)
{
	uint32_t before = f->s.user_bytes;

	if (!f->open || stream_handler.idle == NULL)
		return;
	stream_handler.idle(stream_handler.ctx, &f->s);
	after_handler(f, before);
}

void flow_overlap(struct flow *f, enum side side)
{
	uint32_t before = f->s.user_bytes;

	counter_add(COUNTER_TCP_OVERLAP, 1);
	if (f->overlap_told || f->s.ignore || stream_handler.overlap == NULL)
		return;
	f->overlap_told = true;
	stream_handler.overlap(stream_handler.ctx, &f->s, side);
	after_handler(f, before);
}

/* What the other side acknowledged and nobody captured: the session's last bytes, perhaps the secret. */
static void gap_at_end(struct flow *f, enum side side)
{
	const struct half *h = &f->half[side], *peer = &f->half[side_other(side)];
	int32_t missing;

	if (!h->known || !peer->has_ack)
		return;
	missing = seq_diff(peer->last_ack, h->next);
	if (h->has_fin && peer->last_ack == h->fin + 1)
		missing--;
	/* A single byte is more likely a FIN that was not captured, which takes a number of its own. */
	if (missing <= 1 || missing >= FAR_AHEAD)
		return;
	f->half[side].next += (uint32_t)missing;
	flow_gap(f, side, (uint64_t)missing);
}

void flow_open(struct flow *f)
{
	if (f->open)
		return;
	f->open = true;
	counter_add(COUNTER_TCP_SESSIONS, 1);
	if (f->s.midstream)
		counter_add(COUNTER_TCP_MIDSTREAM, 1);
	table_move_open(f, false);
	stream_handler.open(stream_handler.ctx, &f->s);
	after_handler(f, 0);
}

void flow_end(struct flow *f, enum event_end reason)
{
	disorder_finish(f); /* may open it: all that came of it may have waited for a greeting that was lost */
	if (f->open) {
		gap_at_end(f, SIDE_CLIENT);
		gap_at_end(f, SIDE_SERVER);
		if (half_closed(&f->half[SIDE_CLIENT]) && half_closed(&f->half[SIDE_SERVER]))
			reason = END_FIN; /* it was waiting for what was lost */
	}
	disorder_free(f);
	nids_drop(f);
	if (f->open) {
		uint32_t before = f->s.user_bytes;

		f->open = false;
		stream_handler.close(stream_handler.ctx, &f->s, reason);
		f->s.user_bytes = 0;
		after_handler(f, before);
	}
	f->half[SIDE_CLIENT].has_new_isn = f->half[SIDE_SERVER].has_new_isn = false;
	f->half[SIDE_CLIENT].ended = (uint32_t)flow_at(f);
	table_move(f, LIST_DEAD);
}
