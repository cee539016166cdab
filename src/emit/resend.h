/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was sent lately over a stream on which nobody acknowledges, in case it has to be sent again: frames of octet counting
 * (RFC 6587, 3.4.1: "LENGTH SP MESSAGE") in a ring, which is also where they are sent from.
 *
 *   oldest kept            sent                  head
 *   |-- whole frames, sent --|-- not sent yet ----|
 */
#ifndef PLAINPOP_EMIT_RESEND_H
#define PLAINPOP_EMIT_RESEND_H

#include "ship.h"

#define RESEND_FRAME_MAX (SHIPMENT_MAX + 1024) /* bytes of a frame */
#define RESEND_UNSENT_MAX (64u << 10)          /* whoever has put as much sends it first */

struct resend {
	char *ring;
	size_t size, keep;
	uint64_t tail, sent, head; /* bytes since the beginning; the ring holds those from tail to head */
};

/* keep: bytes that can be sent again; 0: none. False: no memory. */
bool resend_init(struct resend *w, size_t keep);
/* Keeps more from now on; when there is no memory, what it kept so far. */
void resend_grow(struct resend *w, size_t keep);
/* Wipes it: records may have secrets in them. */
void resend_fini(struct resend *w);
/*
 * Appends a frame of two parts. Beforehand less than RESEND_UNSENT_MAX bytes are unsent, and the frame is no longer than
 * RESEND_FRAME_MAX. Those that were sent first make room for it.
 */
void resend_put(struct resend *w, struct span header, struct span line);
/* What is to be sent next, as much of it as lies in one piece; none: all is sent. */
struct span resend_unsent(const struct resend *w);
size_t resend_unsent_bytes(const struct resend *w);
/* The first n bytes of that are sent. */
void resend_sent(struct resend *w, size_t n);
/* What was put since `from` (a w->head of earlier) and not sent to its end is taken out again. How many frames stay. */
size_t resend_cut(struct resend *w, uint64_t from);
/* A new connection: the last `keep` bytes, in whole frames, are to be sent again. How many bytes. */
size_t resend_rewind(struct resend *w);
/* All that was sent has arrived. */
void resend_forget(struct resend *w);

#endif
