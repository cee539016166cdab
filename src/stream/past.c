/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was delivered last, so that a retransmission with other bytes does not pass unseen: of two versions a
 * server may take the one that we did not. The bytes that came first are those that are delivered.
 */
#include <stdlib.h>

#include "flow.h"

#define PAST_MAX 1024 /* bytes a direction: more than a command line, about a segment of a mail */
#define PAST_CLIENT 120 /* room to begin with, which is all that most clients need, */
#define PAST_SERVER 480 /* and most servers whose mail is not fetched */

#define FETCHED 256 /* bytes: about what is said in a line, and where it begins */

struct past {
	uint32_t n, room;
	uint8_t bytes[]; /* up to half.next */
};

static size_t bytes_kept; /* over all flows */

size_t past_memory(void)
{
	return bytes_kept;
}

static void forget(struct past *p)
{
	if (p == NULL)
		return;
	explicit_bzero(p->bytes, p->n); /* there may have been a password in it; there was never more */
	bytes_kept -= memory_of(sizeof *p + p->room);
	free(p);
}

/* With room for so many bytes, or for the most there are; the old one when there is no memory for it. */
static struct past *larger(struct past *old, enum side side, size_t bytes)
{
	size_t room = old != NULL ? old->room : side == SIDE_CLIENT ? PAST_CLIENT : PAST_SERVER;
	struct past *p;

	while (room < bytes && room < PAST_MAX)
		room = room * 4 < PAST_MAX ? room * 4 : PAST_MAX;
	if (old != NULL && room == old->room)
		return old;
	p = malloc(sizeof *p + room);
	if (p == NULL)
		return old;
	p->room = (uint32_t)room;
	p->n = 0;
	bytes_kept += memory_of(sizeof *p + room);
	if (old != NULL) {
		p->n = old->n;
		memcpy(p->bytes, old->bytes, old->n);
		forget(old);
	}
	return p;
}

void past_fetch(const struct flow *f, enum side side)
{
	if (f->moving != NULL)
		memory_ask(f->moving->past[side], FETCHED);
}

void past_add(struct flow *f, enum side side, struct span bytes)
{
	struct past *p;
	size_t keep;

	if (f->moving == NULL)
		return;
	p = f->moving->past[side];
	if (p == NULL || p->n + bytes.n > p->room)
		p = f->moving->past[side] = larger(p, side, p != NULL ? p->n + bytes.n : bytes.n);
	if (p == NULL)
		return;
	if (bytes.n > p->room)
		bytes = span_skip(bytes, bytes.n - p->room);
	keep = p->n < p->room - bytes.n ? p->n : p->room - bytes.n;
	if (keep < p->n)
		memmove(p->bytes, p->bytes + (p->n - keep), keep);
	memcpy(p->bytes + keep, bytes.p, bytes.n);
	p->n = (uint32_t)(keep + bytes.n);
}

void past_forget(struct flow *f, enum side side)
{
	if (f->moving == NULL)
		return;
	forget(f->moving->past[side]);
	f->moving->past[side] = NULL;
}

bool past_differs(const struct flow *f, const struct segment *g)
{
	const struct past *p = f->moving != NULL ? f->moving->past[g->side] : NULL;
	uint32_t next = f->half[g->side].next, from = g->seq, to = g->seq + (uint32_t)g->data.n;

	if (p == NULL || p->n == 0)
		return false;
	if (seq_diff(from, next - p->n) < 0)
		from = next - p->n;
	if (seq_diff(to, next) > 0)
		to = next;
	if (seq_diff(to, from) <= 0)
		return false;
	/* A keep-alive asks with a byte that is none (RFC 9293 section 3.8.4). */
	if (g->wire == 1 && g->seq == next - 1)
		return false;
	return memcmp(g->data.p + (from - g->seq), p->bytes + (p->n - (next - from)), to - from) != 0;
}
