/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was sent lately over a stream on which nobody acknowledges, in case it has to be sent again: frames of octet counting
 * (RFC 6587, 3.4.1: "LENGTH SP MESSAGE") in a ring, which is also where they are sent from.
 *
 *   oldest kept            sent                  head
 *   |-- whole frames, sent --|-- not sent yet ----|
 */
#ifndef PLAINPOP_EMIT_WINDOW_H
#define PLAINPOP_EMIT_WINDOW_H

#include "ship.h"

#define WINDOW_FRAME_MAX (SHIPMENT_MAX + 1024) /* bytes of a frame */
#define WINDOW_UNSENT_MAX (64u << 10)          /* whoever has put as much sends it first */

struct window {
	char *ring;
	size_t size, keep;
	uint64_t tail, sent, head; /* bytes since the beginning; the ring holds those from tail to head */
};

/* keep: bytes that can be sent again; 0: none. False: no memory. */
bool window_init(struct window *w, size_t keep);
/* Keeps more from now on; when there is no memory, what it kept so far. */
void window_grow(struct window *w, size_t keep);
/* Wipes it: records may have secrets in them. */
void window_fini(struct window *w);
/*
 * Appends a frame of two parts. Beforehand less than WINDOW_UNSENT_MAX bytes are unsent, and the frame is no longer than
 * WINDOW_FRAME_MAX. Those that were sent first make room for it.
 */
void window_put(struct window *w, struct span header, struct span line);
/* What is to be sent next, as much of it as lies in one piece; none: all is sent. */
struct span window_unsent(const struct window *w);
size_t window_unsent_bytes(const struct window *w);
/* The first n bytes of that are sent. */
void window_sent(struct window *w, size_t n);
/* What was put since `from` (a w->head of earlier) and not sent to its end is taken out again. How many frames stay. */
size_t window_cut(struct window *w, uint64_t from);
/* A new connection: the last `keep` bytes, in whole frames, are to be sent again. How many bytes. */
size_t window_rewind(struct window *w);
/* All that was sent has arrived. */
void window_forget(struct window *w);

#endif
