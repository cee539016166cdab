/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "impl.h"

#define CHUNK (64u << 10)

struct arena_chunk {
	struct arena_chunk *older;
	size_t used, size;
	_Alignas(max_align_t) uint8_t bytes[];
};

void *arena_alloc(struct arena *a, size_t n)
{
	struct arena_chunk *c = a->chunk;
	size_t align = _Alignof(max_align_t);
	void *p;

	if (n > SIZE_MAX / 2)
		return NULL;
	n = (n + align - 1) / align * align;
	if (c == NULL || c->size - c->used < n) {
		size_t size = n > CHUNK ? n : CHUNK;

		c = calloc(1, sizeof *c + size);
		if (c == NULL)
			return NULL;
		c->size = size;
		c->older = a->chunk;
		a->chunk = c;
	}
	p = c->bytes + c->used;
	c->used += n;
	return p;
}

const char *arena_string(struct arena *a, struct span s)
{
	char *copy = arena_alloc(a, s.n + 1);

	if (copy != NULL && s.n > 0)
		memcpy(copy, s.p, s.n);
	return copy;
}

void *arena_grow(struct arena *a, void *array, size_t n, size_t size)
{
	void *bigger;

	/* Full at every power of two; what was there is left behind in the arena. */
	if (n != 0 && (n & (n - 1)) != 0)
		return array;
	bigger = arena_alloc(a, (n == 0 ? 1 : 2 * n) * size);
	if (bigger != NULL && n > 0)
		memcpy(bigger, array, n * size);
	return bigger;
}

void arena_fini(struct arena *a)
{
	while (a->chunk != NULL) {
		struct arena_chunk *c = a->chunk;

		a->chunk = c->older;
		free(c);
	}
}
