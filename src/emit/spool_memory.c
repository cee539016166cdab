/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A spool in memory: a list, oldest first. What was taken is somebody's until he acknowledges it, so the oldest that was not
 * taken is dropped to make room; where all were taken, the new one is. Lines are wiped when freed: they may hold passwords.
 */
#include <stdlib.h>

#include "spool_impl.h"

struct node {
	struct node *next;
	size_t bytes; /* of memory */
	struct shipment r;
	char line[];
};

struct memory {
	struct node *first, **untaken, **end; /* links: to the first that was not taken, and to the one to come */
};

bool memory_open(struct spool *s)
{
	struct memory *m = calloc(1, sizeof *m);

	if (m == NULL)
		return false;
	m->untaken = m->end = &m->first;
	s->memory = m;
	s->store = &store_memory;
	return true;
}

static void drop_at(struct spool *s, struct node **link)
{
	struct memory *m = s->memory;
	struct node *node = *link;

	*link = node->next;
	if (m->untaken == &node->next)
		m->untaken = link;
	if (m->end == &node->next)
		m->end = link;
	s->bytes -= node->bytes;
	explicit_bzero(node->line, node->r.n);
	free(node);
}

/* False: there is none to be had. */
static bool make_room(struct spool *s, size_t bytes)
{
	while (s->bytes + bytes > s->o.max) {
		if (bytes > s->o.max || (s->o.wait ? s->finished : *s->memory->untaken == NULL))
			return false;
		if (s->o.wait) {
			pthread_cond_wait(&s->room, &s->lock);
			continue;
		}
		drop_at(s, s->memory->untaken);
		spool_lose(s, 1, 0);
	}
	return true;
}

static bool memory_put(struct spool *s, const struct shipment *r)
{
	size_t bytes = memory_of(sizeof(struct node) + r->n);
	struct node *node;

	if (!make_room(s, bytes) || (node = malloc(sizeof *node + r->n)) == NULL)
		return false;
	*node = (struct node){ .bytes = bytes, .r = *r };
	node->r.line = node->line;
	if (r->n > 0)
		memcpy(node->line, r->line, r->n);
	*s->memory->end = node;
	s->memory->end = &node->next;
	s->bytes += bytes;
	return true;
}

static void memory_sync(struct spool *s)
{
	(void)s;
}

static bool memory_take(struct spool *s, struct shipment *out, size_t max, size_t *n)
{
	struct memory *m = s->memory;

	for (*n = 0; *n < max && *m->untaken != NULL; ++*n) {
		out[*n] = (*m->untaken)->r;
		m->untaken = &(*m->untaken)->next;
	}
	s->untaken -= *n;
	return true;
}

static void memory_ack(struct spool *s, size_t n)
{
	while (n-- > 0)
		drop_at(s, &s->memory->first);
}

static void memory_again(struct spool *s)
{
	s->memory->untaken = &s->memory->first;
}

static void memory_close(struct spool *s)
{
	spool_lose(s, s->untaken, s->waiting - s->untaken);
	while (s->memory->first != NULL)
		drop_at(s, &s->memory->first);
	free(s->memory);
}

const struct store store_memory = {
	.put = memory_put,
	.sync = memory_sync,
	.take = memory_take,
	.ack = memory_ack,
	.again = memory_again,
	.close = memory_close,
};
