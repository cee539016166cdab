/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hash table of numbers, under a key of its own: what is in the records does not choose where it goes. */
#include <stdlib.h>

#include "impl.h"

bool map_init(struct map *m)
{
	*m = (struct map){ 0 };
	return hash_random(&m->key, sizeof m->key) == 0;
}

void map_free(struct map *m)
{
	free(m->slot);
	m->slot = NULL;
	m->n = m->size = 0;
}

/* The slot that has the key, or the free one where it would be. */
static struct map_slot *slot_of(const struct map *m, uint64_t key)
{
	uint32_t i = (uint32_t)hash_words(&m->key, &key, 1) & (m->size - 1);

	while (m->slot[i].value != NONE && m->slot[i].key != key)
		i = (i + 1) & (m->size - 1);
	return &m->slot[i];
}

uint32_t *map_get(const struct map *m, uint64_t key)
{
	struct map_slot *s;

	if (m->size == 0)
		return NULL;
	s = slot_of(m, key);
	return s->value == NONE ? NULL : &s->value;
}

static bool grow(struct map *m)
{
	struct map old = *m;
	uint32_t i;

	m->size = old.size == 0 ? 64 : 2 * old.size;
	m->slot = malloc(m->size * sizeof *m->slot);
	if (m->slot == NULL) {
		*m = old;
		return false;
	}
	for (i = 0; i < m->size; i++)
		m->slot[i].value = NONE;
	for (i = 0; i < old.size; i++)
		if (old.slot[i].value != NONE)
			*slot_of(m, old.slot[i].key) = old.slot[i];
	free(old.slot);
	return true;
}

bool map_put(struct map *m, uint64_t key, uint32_t value, uint32_t max)
{
	if (m->n >= max || (m->n + 1 > m->size / 2 && !grow(m)))
		return false;
	*slot_of(m, key) = (struct map_slot){ .key = key, .value = value };
	m->n++;
	return true;
}

void *rows_room(void *p, uint32_t n, uint32_t *size, size_t each)
{
	uint32_t more = *size == 0 ? 16 : 2 * *size;
	void *bigger;

	if (n < *size)
		return p;
	bigger = reallocarray(p, more, each);
	if (bigger == NULL)
		return p;
	*size = more;
	return bigger;
}
