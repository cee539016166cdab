/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was delivered last, so that a retransmission with other bytes does not pass unseen: of two versions a
 * server may take the one that we did not. The bytes that came first are those that are delivered.
 */
#include <stdlib.h>

#include "flow.h"

#define PAST_MAX 1024 /* bytes a direction: more than a command line, about a segment of a mail */

#define FETCHED 256 /* bytes: about what is said in a line, and where it begins */

static size_t bytes_kept; /* over all flows, beyond what is in struct moving */

size_t past_memory(void)
{
	return bytes_kept;
}

static uint8_t *bytes_of(struct moving *m, enum side side)
{
	if (m->past[side].more != NULL)
		return m->past[side].more;
	return side == SIDE_CLIENT ? m->past_client : m->past_server;
}

static uint32_t room_of(const struct moving *m, enum side side)
{
	if (m->past[side].more != NULL)
		return m->past[side].room;
	return side == SIDE_CLIENT ? PAST_CLIENT : PAST_SERVER;
}

/* Its bytes are gone: there may have been a password among them. */
static void wipe(struct moving *m, enum side side)
{
	struct past *p = &m->past[side];

	explicit_bzero(bytes_of(m, side), p->n); /* there was never more */
	if (p->more == NULL)
		return;
	bytes_kept -= memory_of(p->room);
	free(p->more);
	p->more = NULL;
}

/* Makes room for so many bytes, or for the most there are; it stays as it is when there is no memory for it. */
static void grow(struct moving *m, enum side side, size_t bytes)
{
	uint32_t room = room_of(m, side);
	struct past *p = &m->past[side];
	uint8_t *more;

	while (room < bytes && room < PAST_MAX)
		room = room * 4 < PAST_MAX ? room * 4 : PAST_MAX;
	if (room == room_of(m, side) || (more = malloc(room)) == NULL)
		return;
	memcpy(more, bytes_of(m, side), p->n);
	wipe(m, side);
	bytes_kept += memory_of(room);
	p->more = more;
	p->room = room;
}

void past_fetch(const struct flow *f, enum side side)
{
	if (f->moving != NULL)
		memory_ask(bytes_of(f->moving, side), FETCHED);
}

void past_add(struct flow *f, enum side side, struct span bytes)
{
	struct moving *m = f->moving;
	struct past *p;
	uint32_t room;
	uint8_t *at;
	size_t keep;

	if (m == NULL)
		return;
	p = &m->past[side];
	if (p->n + bytes.n > room_of(m, side))
		grow(m, side, p->n + bytes.n);
	room = room_of(m, side);
	at = bytes_of(m, side);
	if (bytes.n > room)
		bytes = span_skip(bytes, bytes.n - room);
	keep = p->n < room - bytes.n ? p->n : room - bytes.n;
	if (keep < p->n)
		memmove(at, at + (p->n - keep), keep);
	memcpy(at + keep, bytes.p, bytes.n);
	p->n = (uint32_t)(keep + bytes.n);
}

void past_forget(struct flow *f, enum side side)
{
	if (f->moving == NULL)
		return;
	wipe(f->moving, side);
	f->moving->past[side].n = 0;
}

bool past_differs(const struct flow *f, const struct segment *g)
{
	uint32_t n = f->moving != NULL ? f->moving->past[g->side].n : 0;
	uint32_t next = f->half[g->side].next, from = g->seq, to = g->seq + (uint32_t)g->data.n;

	if (n == 0)
		return false;
	if (seq_diff(from, next - n) < 0)
		from = next - n;
	if (seq_diff(to, next) > 0)
		to = next;
	if (seq_diff(to, from) <= 0)
		return false;
	/* A keep-alive asks with a byte that is none (RFC 9293 section 3.8.4). */
	if (g->wire == 1 && g->seq == next - 1)
		return false;
	return memcmp(g->data.p + (from - g->seq), bytes_of(f->moving, g->side) + (n - (next - from)), to - from) != 0;
}
