/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines. They end at LF; one CR before it goes with it; CR and LF may come in different segments. A line
 * that is whole in what was pushed is not copied. What is longer than the cap is cut and flagged.
 */
#include "impl.h"

bool blob_set(struct blob *b, struct span bytes)
{
	blob_free(b);
	if (bytes.n == 0)
		return true;
	bytes = span_take(bytes, BLOB_MAX);
	b->at = heap_new(sizeof *b->at + bytes.n);
	if (b->at == NULL) {
		counter_add(COUNTER_POP3_NO_MEMORY, 1);
		return false;
	}
	memcpy(b->at->p, bytes.p, bytes.n);
	b->at->n = (uint16_t)bytes.n;
	return true;
}

bool blob_add(struct blob *b, uint8_t between, struct span bytes)
{
	struct span old = blob_span(b);
	struct blob both = { heap_new(sizeof *b->at + old.n + 1 + bytes.n) };

	if (both.at == NULL) {
		counter_add(COUNTER_POP3_NO_MEMORY, 1);
		return false;
	}
	memcpy(both.at->p, old.p, old.n);
	both.at->p[old.n] = between;
	memcpy(both.at->p + old.n + 1, bytes.p, bytes.n);
	both.at->n = (uint16_t)(old.n + 1 + bytes.n);
	blob_free(b);
	*b = both;
	return true;
}

void blob_drop(struct blob *b)
{
	heap_free(b->at, sizeof *b->at + b->at->n);
	b->at = NULL;
}

void line_drop(struct pop3 *p, enum side side)
{
	struct line *l = &p->line[side];

	heap_free(l->buf, l->cap);
	*l = (struct line){ 0 };
}

static bool reserve(struct line *l, size_t n)
{
	size_t cap = l->cap == 0 ? 128 : l->cap;
	uint8_t *buf;

	if (n <= l->cap)
		return true;
	while (cap < n)
		cap *= 2;
	buf = heap_new(cap);
	if (buf == NULL)
		return false;
	/* Not realloc: it would leave a copy of a password behind. */
	if (l->buf != NULL) {
		memcpy(buf, l->buf, l->n);
		heap_free(l->buf, l->cap);
	}
	l->buf = buf;
	l->cap = cap;
	return true;
}

static void append(struct pop3 *p, struct line *l, struct span bytes)
{
	size_t room = POP3_LINE_MAX - l->n;

	if (bytes.n > room) {
		/* The CR of the line end does not count, if nothing follows it. */
		bool spare = bytes.n == room + 1 && bytes.p[room] == '\r' && !l->spare_cr;

		l->spare_cr = true;
		if (!l->over && !spare) {
			l->over = true;
			p->truncated = true;
			counter_add(COUNTER_POP3_LONG_LINES, 1);
		}
		bytes.n = room;
	}
	if (bytes.n == 0)
		return;
	if (!reserve(l, l->n + bytes.n)) {
		counter_add(COUNTER_POP3_NO_MEMORY, 1);
		p->truncated = l->over = true;
		return;
	}
	memcpy(l->buf + l->n, bytes.p, bytes.n);
	l->n += bytes.n;
}

bool line_cut(struct pop3 *p, enum side side, struct span *line)
{
	struct line *l = &p->line[side];
	struct span *in = &p->in[side];
	const uint8_t *lf;
	size_t n;

	if (l->done)
		line_drop(p, side);
	if (in->n == 0)
		return false;
	lf = memchr(in->p, '\n', in->n);
	n = lf != NULL ? (size_t)(lf - in->p) : in->n;
	if (lf != NULL && l->buf == NULL && n <= POP3_LINE_MAX) {
		*line = span_take(*in, n);
		p->raw = span_take(*in, n + 1);
	} else {
		append(p, l, span_take(*in, n));
		*line = p->raw = span_of(l->buf, l->n);
		if (lf != NULL && reserve(l, l->n + 1)) {
			l->buf[l->n] = '\n'; /* behind what counts */
			*line = span_of(l->buf, l->n);
			p->raw = span_of(l->buf, l->n + 1);
		}
	}
	*in = span_skip(*in, lf != NULL ? n + 1 : n);
	if (lf == NULL)
		return false;
	l->done = true; /* dropped at the next call: until then it is lent out */
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

bool body_take(struct pop3 *p)
{
	struct span *in = &p->in[SIDE_SERVER];
	uint64_t bytes = 0, dot = 0; /* of the message, and of the dot behind it */
	unsigned seen = p->dot; /* of that: written back at the end */

	while (in->n > 0 && dot == 0) {
		const uint8_t *lf;
		size_t n = 1;
		uint8_t c = in->p[0];

		switch (seen) {
		case DOT_START:
			seen = c == '.' ? DOT_SEEN : c == '\n' ? DOT_START : DOT_NO;
			break;
		case DOT_SEEN:
		case DOT_CR:
			if (c == '\n') {
				dot = seen == DOT_CR ? 3 : 2;
				seen = DOT_START;
				break;
			}
			seen = c == '\r' && seen == DOT_SEEN ? DOT_CR : DOT_NO;
			break;
		case DOT_NO:
			lf = memchr(in->p, '\n', in->n);
			n = lf != NULL ? (size_t)(lf - in->p) + 1 : in->n;
			if (lf == NULL)
				break;
			/* Most lines do not begin with a dot. */
			seen = n < in->n && in->p[n] != '.' && in->p[n] != '\n' ? DOT_NO : DOT_START;
			break;
		}
		bytes += n;
		*in = span_skip(*in, n);
	}
	p->dot = seen & 3;
	/* The dot may have come, and been counted, in a push before. */
	if (p->counted)
		p->retr_bytes += bytes - dot;
	return dot > 0;
}
