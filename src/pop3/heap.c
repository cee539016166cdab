/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory of sessions. How much one holds would take a look at each of its pieces, which lie apart: so it is kept how much
 * all of them do, and whoever deals with one after another sees what each has made of that.
 */
#include <malloc.h>
#include <stdlib.h>

#include "impl.h"

#define SPARES 64

static size_t held; /* bytes */
/* What was given back last: sessions wake as often as they go to rest, and begin as often as they end. */
static struct pop3 *spare[SPARES];
static size_t n_spare;

size_t pop3_held(void)
{
	return held;
}

/* What malloc() took for it. */
static size_t taken(void *p)
{
	return malloc_usable_size(p) + sizeof(size_t);
}

void *heap_new(size_t n)
{
	void *p = malloc(n);

	if (p != NULL)
		held += taken(p);
	return p;
}

void heap_free(void *p)
{
	if (p != NULL)
		held -= taken(p);
	free(p);
}

struct pop3 *whole_new(void)
{
	struct pop3 *p = n_spare > 0 ? spare[--n_spare] : malloc(sizeof *p);

	if (p != NULL)
		held += taken(p);
	return p;
}

void whole_free(struct pop3 *p)
{
	held -= taken(p);
	if (n_spare < SPARES)
		spare[n_spare++] = p;
	else
		free(p);
}
