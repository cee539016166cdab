/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was delivered last, so that a retransmission with other bytes does not pass unseen: of two versions a
 * server may take the one that we did not. The bytes that came first are those that are delivered.
 */
#include <stdlib.h>

#include "flow.h"

#define PAST_MAX 1024 /* bytes a direction: more than a command line, about a segment of a mail */

struct past {
	size_t n;
	uint8_t bytes[PAST_MAX]; /* up to half.next */
};

static size_t bytes_kept; /* over all flows */

size_t past_memory(void)
{
	return bytes_kept;
}

void past_add(struct flow *f, enum side side, struct span bytes)
{
	struct past *p;
	size_t keep;

	if (f->moving == NULL)
		return;
	p = f->moving->past[side];
	if (p == NULL) {
		p = f->moving->past[side] = malloc(sizeof *p);
		if (p == NULL)
			return;
		p->n = 0;
		bytes_kept += memory_of(sizeof *p);
	}
	if (bytes.n > PAST_MAX)
		bytes = span_skip(bytes, bytes.n - PAST_MAX);
	keep = p->n < PAST_MAX - bytes.n ? p->n : PAST_MAX - bytes.n;
	memmove(p->bytes, p->bytes + (p->n - keep), keep);
	memcpy(p->bytes + keep, bytes.p, bytes.n);
	p->n = keep + bytes.n;
}

void past_forget(struct flow *f, enum side side)
{
	struct past *p = f->moving != NULL ? f->moving->past[side] : NULL;

	if (p == NULL)
		return;
	explicit_bzero(p->bytes, p->n); /* there may have been a password in it; there was never more */
	free(p);
	f->moving->past[side] = NULL;
	bytes_kept -= memory_of(sizeof(struct past));
}

bool past_differs(const struct flow *f, const struct segment *g)
{
	const struct past *p = f->moving != NULL ? f->moving->past[g->side] : NULL;
	uint32_t next = f->half[g->side].next, from = g->seq, to = g->seq + (uint32_t)g->data.n;

	if (p == NULL || p->n == 0)
		return false;
	if (seq_diff(from, next - (uint32_t)p->n) < 0)
		from = next - (uint32_t)p->n;
	if (seq_diff(to, next) > 0)
		to = next;
	if (seq_diff(to, from) <= 0)
		return false;
	/* A keep-alive asks with a byte that is none (RFC 9293 section 3.8.4). */
	if (g->wire == 1 && g->seq == next - 1)
		return false;
	return memcmp(g->data.p + (from - g->seq), p->bytes + (p->n - (next - from)), to - from) != 0;
}
