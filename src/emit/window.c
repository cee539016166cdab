/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "window.h"

#include <stdlib.h>

/* Room for a frame that goes out, one that comes in, and what may wait. */
#define BESIDE (2 * WINDOW_FRAME_MAX + WINDOW_UNSENT_MAX)

bool window_init(struct window *w, size_t keep)
{
	*w = (struct window){ .size = keep + BESIDE, .keep = keep };
	w->ring = malloc(w->size);
	return w->ring != NULL;
}

void window_fini(struct window *w)
{
	if (w->ring != NULL)
		explicit_bzero(w->ring, w->size < w->head ? w->size : (size_t)w->head);
	free(w->ring);
	w->ring = NULL;
}

static void append(struct window *w, struct span s)
{
	size_t at = (size_t)(w->head % w->size), first = w->size - at < s.n ? w->size - at : s.n;

	memcpy(w->ring + at, s.p, first);
	memcpy(w->ring, s.p + first, s.n - first);
	w->head += s.n;
}

void window_grow(struct window *w, size_t keep)
{
	struct window more;
	uint64_t p = w->tail;

	if (keep <= w->keep)
		return;
	if (keep + BESIDE <= w->size) {
		w->keep = keep;
		return;
	}
	if (!window_init(&more, keep < 2 * w->keep ? 2 * w->keep : keep)) /* not each time anew */
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
	window_fini(w);
	*w = more;
}

/* Where the frame ends that begins at p. */
static uint64_t frame_end(const struct window *w, uint64_t p)
{
	uint64_t n = 0;

	for (; w->ring[p % w->size] != ' '; p++)
		n = n * 10 + (uint64_t)(w->ring[p % w->size] - '0');
	return p + 1 + n;
}

void window_put(struct window *w, struct span header, struct span line)
{
	size_t n = header.n + line.n;

	while (w->head - w->tail + n > w->size)
		w->tail = frame_end(w, w->tail);
	append(w, header);
	append(w, line);
}

struct span window_unsent(const struct window *w)
{
	size_t at = (size_t)(w->sent % w->size), n = window_unsent_bytes(w);

	return span_of(w->ring + at, n < w->size - at ? n : w->size - at);
}

size_t window_unsent_bytes(const struct window *w)
{
	return (size_t)(w->head - w->sent);
}

void window_sent(struct window *w, size_t n)
{
	w->sent += n;
}

size_t window_cut(struct window *w, uint64_t from)
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

size_t window_rewind(struct window *w)
{
	while (w->head - w->tail > w->keep)
		w->tail = frame_end(w, w->tail);
	w->sent = w->tail;
	return window_unsent_bytes(w);
}

void window_forget(struct window *w)
{
	w->tail = w->sent;
}
