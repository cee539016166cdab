/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rest. Of a million sessions that are open nearly all are silent: all commands are answered, no line has begun. Then a
 * session has the beginning of its struct alone, which is what lasts; what it never needs while it is silent is made anew,
 * empty, when something is said again. What is not as it was made is kept, and all that stands before it.
 */
#include "impl.h"

static bool all_zero(const struct pop3 *p, size_t from, size_t to)
{
	static const uint8_t zero[POP3_BUSY];

	return memcmp((const uint8_t *)p + from, zero, to - from) == 0;
}

/* How much of p it needs while nothing is said. */
static size_t needed(const struct pop3 *p)
{
	if (p->n_pending > 0)
		return POP3_BUSY + p->n_pending * sizeof p->pending[0];
	if (!all_zero(p, POP3_SOMETIMES, POP3_BUSY))
		return POP3_BUSY;
	return all_zero(p, POP3_ALWAYS, POP3_SOMETIMES) ? POP3_ALWAYS : POP3_SOMETIMES;
}

struct pop3 *pop3_rest(struct pop3 *p)
{
	struct pop3 *small;
	unsigned i;
	size_t n;

	if (p->kept < sizeof *p || p->in[SIDE_CLIENT].n > 0 || p->in[SIDE_SERVER].n > 0)
		return p;
	attempt_free(p->told);
	p->told = NULL;
	p->in[SIDE_CLIENT] = p->in[SIDE_SERVER] = p->raw = span_of(NULL, 0); /* what was lent is gone */
	for (i = 0; i < 2; i++)
		if (p->line[i].done)
			line_drop(p, (enum side)i);
	n = needed(p);
	if (n == sizeof *p || (small = heap_new(n)) == NULL)
		return p; /* then it stays as it is */
	memcpy(small, p, n < POP3_BUSY ? n : POP3_BUSY);
	for (i = 0; n > POP3_BUSY && i < p->n_pending; i++)
		small->pending[i] = *pending_at(p, i);
	if (n > POP3_SOMETIMES)
		small->first_pending = 0;
	small->kept = (uint16_t)n;
	heap_free(p, sizeof *p);
	return small;
}

void rest_copy(struct pop3 *whole, const struct pop3 *p)
{
	memcpy(whole, p, p->kept);
	if (p->kept < POP3_BUSY)
		memset((uint8_t *)whole + p->kept, 0, POP3_BUSY - p->kept);
	whole->kept = sizeof *whole;
}

struct pop3 *pop3_wake(struct pop3 *p)
{
	struct pop3 *whole;

	if (p->kept == sizeof *p)
		return p;
	whole = heap_new(sizeof *whole);
	if (whole == NULL) {
		counter_add(COUNTER_POP3_NO_MEMORY, 1);
		return NULL;
	}
	rest_copy(whole, p);
	heap_free(p, p->kept);
	return whole;
}
