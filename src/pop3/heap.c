/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What sessions hold beside their struct. How much that is takes a look at each piece (pop3_memory()), which lie apart and
 * seldom change: so it is counted how often any did.
 */
#include <stdlib.h>

#include "impl.h"

static uint64_t moves;
static struct pop3 *spare; /* what was given back last: sessions wake as often as they go to rest */

uint64_t pop3_heap_moves(void)
{
	return moves;
}

void heap_moved(void)
{
	moves++;
}

void *heap_new(size_t n)
{
	moves++;
	return malloc(n);
}

void heap_free(void *p)
{
	moves += p != NULL;
	free(p);
}

struct pop3 *whole_new(void)
{
	struct pop3 *p = spare;

	moves++;
	spare = NULL;
	return p != NULL ? p : malloc(sizeof *p);
}

void whole_free(struct pop3 *p)
{
	if (spare == NULL)
		spare = p;
	else
		free(p);
}
