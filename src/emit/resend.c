/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "resend.h"

#include <stdlib.h>

/* Room for a frame that goes out, one that comes in, and what may wait. */
#define BESIDE (2 * RESEND_FRAME_MAX + RESEND_UNSENT_MAX)

bool resend_init(struct resend *w, size_t keep)
{
	*w = (struct resend){ .size = keep + BESIDE, .keep = keep };
	w->ring = malloc(w->size);
	return w->ring != NULL;
}

void resend_fini(struct resend *w)
{
	if (w->ring != NULL)
		explicit_bzero(w->ring, w->size < w->head ? w->size : (size_t)w->head);
	free(w->ring);
	w->ring = NULL;
}

static void append(struct resend *w, struct span s)
{
	size_t at = (size_t)(w->head % w->size), first = w->size - at < s.n ? w->size - at : s.n;

	memcpy(w->ring + at, s.p, first);
	memcpy(w->ring, s.p + first, s.n - first);
	w->head += s.n;
}

void resend_grow(struct resend *w, size_t keep)
{
	struct resend more;
	uint64_t p = w->tail;

	if (keep <= w->keep)
		return;
	if (keep + BESIDE <= w->size) {
		w->keep = keep;
		return;
	}
	if (!resend_init(&more, keep < 2 * w->keep ? 2 * w->keep : keep)) /* not each time anew */
		return;
	more.keep = keep;
	more.tail = w->tail;
	more.sent = w->sent;
	more.head = w->tail;
	while (p < w->head) {
		size_t at = (size_t)(p % w->size), n = (size_t)(w->head - p);

		n = n < w->size - at ? n : w->size - at;
		append(&more, span_of(w->ring + at, n));
		p += n;
	}
	resend_fini(w);
	*w = more;
}

/* Where the frame ends that begins at p. */
static uint64_t frame_end(const struct resend *w, uint64_t p)
{
	uint64_t n = 0;

	for (; w->ring[p % w->size] != ' '; p++)
		n = n * 10 + (uint64_t)(w->ring[p % w->size] - '0');
	return p + 1 + n;
}

void resend_put(struct resend *w, struct span header, struct span line)
{
	size_t n = header.n + line.n;

	while (w->head - w->tail + n > w->size)
		w->tail = frame_end(w, w->tail);
	append(w, header);
	append(w, line);
}

struct span resend_unsent(const struct resend *w)
{
	size_t at = (size_t)(w->sent % w->size), n = resend_unsent_bytes(w);

	return span_of(w->ring + at, n < w->size - at ? n : w->size - at);
}

size_t resend_unsent_bytes(const struct resend *w)
{
	return (size_t)(w->head - w->sent);
}

void resend_sent(struct resend *w, size_t n)
{
	w->sent += n;
}

size_t resend_cut(struct resend *w, uint64_t from)
{
	size_t n = 0;
	uint64_t end;

	while (from < w->sent && (end = frame_end(w, from)) <= w->sent) {
		from = end;
		n++;
	}
	w->head = from;
	if (w->sent > from)
		w->sent = from; /* the half of a frame: it was for nothing */
	return n;
}

size_t resend_rewind(struct resend *w)
{
	while (w->head - w->tail > w->keep)
		w->tail = frame_end(w, w->tail);
	w->sent = w->tail;
	return resend_unsent_bytes(w);
}

void resend_forget(struct resend *w)
{
	w->tail = w->sent;
}
