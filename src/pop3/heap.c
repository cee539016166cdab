/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory of sessions. How much one holds would take a look at each of its pieces, which lie apart: so it is kept how much
 * all of them do, and whoever deals with one after another sees what each has made of that.
 */
#include <stdlib.h>

#include "impl.h"

#define SMALL 256 /* bytes, what malloc() needs for itself among them: up to here, spares are kept */

static size_t held; /* bytes */

size_t pop3_held(void)
{
	return held;
}

/* Where those of n bytes are; NULL: nowhere. */
static struct spares *spares_of(size_t n)
{
	enum { STEP = 2 * sizeof(size_t) }; /* memory_of()'s */
	static struct spares whole, small[SMALL / STEP + 1];

	if (n == sizeof(struct pop3))
		return &whole;
	return memory_of(n) <= SMALL ? &small[memory_of(n) / STEP] : NULL;
}

void *heap_new(size_t n)
{
	struct spares *s = spares_of(n);
	/* All that malloc() takes for it: so any of those in the same place can use it. */
	void *p = s != NULL ? spares_take(s, memory_of(n) - sizeof(size_t)) : malloc(n);

	if (p != NULL)
		held += memory_of(n);
	return p;
}

void heap_free(void *p, size_t n)
{
	struct spares *s = spares_of(n);

	if (p == NULL)
		return;
	explicit_bzero(p, n); /* it may have held a secret */
	held -= memory_of(n);
	if (s != NULL)
		spares_give(s, p);
	else
		free(p);
}
