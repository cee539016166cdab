/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One table for all counts. What outsiders fill it with, they can choose: so the hash is keyed, all bytes are accounted
 * for, and when they are used up the counts that were not used for longest go. That order does not depend on the key of the
 * hash, and so no result does, unless two have the same hash.
 */
#include <stdlib.h>

#include "counts_impl.h"

#define BYTES_A_BUCKET 128 /* of the cap: about a count, so most buckets have one or none */
#define MIN_BUCKETS 16
#define OVERHEAD 16 /* what an allocation costs besides its bytes */

struct tally {
	struct tally *next, **at; /* in the bucket; and where that says it is here: those before it need not be looked at */
	struct tally *newer, *older;
	struct tally_key key;
	_Alignas(uint64_t) uint8_t bytes[];
};

/* Of what is kept; OVERHEAD not included. */
static size_t bytes_of(enum tally_kind kind)
{
	switch (kind) {
	case TALLY_FAILURES:
		return sizeof(struct failures);
	case TALLY_SOURCES:
		return sizeof(struct sources);
	default:
		return kind < TALLY_DISTINCT ? sizeof(struct window)
					     : sizeof(struct distinct) + distinct_lists(kind) * sizeof(struct seen_list);
	}
}

static size_t size_of(enum tally_kind kind)
{
	return sizeof(struct tally) + bytes_of(kind) + OVERHEAD;
}

bool tally_init(struct tally_table *t, size_t cap)
{
	size_t buckets = MIN_BUCKETS;

	*t = (struct tally_table){ .cap = cap };
	while (buckets * BYTES_A_BUCKET < cap)
		buckets *= 2;
	if (hash_random(t->hash.key, sizeof t->hash.key) != 0 || hash_random(&t->hash.words, sizeof t->hash.words) != 0)
		return false;
	t->bucket = calloc(buckets, sizeof(struct tally *));
	if (t->bucket == NULL)
		return false;
	t->mask = buckets - 1;
	t->memory = buckets * sizeof(struct tally *) + OVERHEAD;
	return true;
}

/* ---- the list in order of use ---- */

static void unlink_tally(struct tally_table *t, struct tally *e)
{
	*(e->newer != NULL ? &e->newer->older : &t->newest) = e->older;
	*(e->older != NULL ? &e->older->newer : &t->oldest) = e->newer;
}

static void link_newest(struct tally_table *t, struct tally *e)
{
	e->newer = NULL;
	e->older = t->newest;
	*(t->newest != NULL ? &t->newest->newer : &t->oldest) = e;
	t->newest = e;
}

/* ---- finding, making, forgetting ---- */

static void link_first(struct tally **bucket, struct tally *e)
{
	e->next = *bucket;
	e->at = bucket;
	if (e->next != NULL)
		e->next->at = &e->next;
	*bucket = e;
}

static struct tally **bucket_of(const struct tally_table *t, uint64_t hash)
{
	return &t->bucket[hash & t->mask];
}

/* The part of it that is looked at will be needed soon. */
static void fetch(const struct tally *e, size_t bytes)
{
	if (e != NULL)
		memory_ask(e, sizeof *e + bytes);
}

static struct tally *find(struct tally_table *t, struct tally_key k)
{
	struct tally *e = *bucket_of(t, k.hash);

	/* Should two have the same hash for once, at least what is kept is of the same size. */
	while (e != NULL && (e->key.hash != k.hash || e->key.kind != k.kind))
		e = e->next;
	return e;
}

static void free_array(struct tally_table *t, void **array, size_t size)
{
	tally_resize(t, array, size, 0);
}

static void free_list(struct tally_table *t, struct seen_list *l)
{
	void *array = l->room > 0 ? l->at : NULL;

	free_array(t, &array, l->room * sizeof(struct seen));
}

static void forget(struct tally_table *t, struct tally *e)
{
	struct distinct *d;
	unsigned i;

	/* Those next to it are likely to follow soon, and to wait for memory is most of the work. */
	if (e->newer != NULL)
		fetch(e->newer->newer, MEMORY_LINE);
	switch (e->key.kind) {
	case TALLY_FILTER:
		if (((struct window *)e->bytes)->ports != NULL)
			free_array(t, &((struct window *)e->bytes)->ports, PORTS_SIZE);
		break;
	case TALLY_FAILURES:
		free_list(t, &((struct failures *)e->bytes)->log);
		for (i = 0; i < FAILED_MAX; i++)
			free_list(t, &((struct failures *)e->bytes)->list[i]);
		break;
	case TALLY_SOURCES:
		free_list(t, &((struct sources *)e->bytes)->set);
		break;
	default:
		for (i = 0, d = (struct distinct *)e->bytes; e->key.kind >= TALLY_DISTINCT && i < d->lists; i++)
			free_list(t, &d->list[i]);
		break;
	}
	*e->at = e->next;
	if (e->next != NULL)
		e->next->at = e->at;
	unlink_tally(t, e);
	t->memory -= size_of(e->key.kind);
	spares_give(&t->spare[e->key.kind], e);
}

/* Makes room for so many bytes, but not at the cost of `but`. */
static bool make_room(struct tally_table *t, size_t bytes, const struct tally *but)
{
	while (t->memory + bytes > t->cap) {
		if (t->oldest == NULL || t->oldest == but)
			return false;
		forget(t, t->oldest);
		counter_add(COUNTER_DETECT_COUNTS_EVICTED, 1);
	}
	return true;
}

void tally_ask_nothing(struct tally_table *t)
{
	t->n_asked = 0;
}

void tally_ask(struct tally_table *t, struct tally_key k)
{
	if (t->n_asked == TALLIES_ASKED)
		return;
	memory_ask(bucket_of(t, k.hash), sizeof(struct tally *));
	t->asked[t->n_asked++] = k;
}

void tally_fetch(const struct tally_table *t)
{
	size_t i;

	for (i = 0; i < t->n_asked; i++)
		fetch(*bucket_of(t, t->asked[i].hash), bytes_of(t->asked[i].kind));
}

/* It is the last used from now on. */
static void *use(struct tally_table *t, struct tally *e)
{
	if (e != t->newest) {
		unlink_tally(t, e);
		link_newest(t, e);
	}
	return e->bytes;
}

void *tally_find(struct tally_table *t, struct tally_key k)
{
	struct tally *e = find(t, k);

	return e != NULL ? use(t, e) : NULL;
}

void *tally_get(struct tally_table *t, struct tally_key k)
{
	size_t size = size_of(k.kind);
	struct tally *e = find(t, k);

	if (e != NULL)
		return use(t, e);
	if (size <= t->cap && make_room(t, size, NULL))
		e = spares_take(&t->spare[k.kind], size - OVERHEAD);
	if (e == NULL) {
		counter_add(COUNTER_DETECT_COUNTS_NO_MEMORY, 1);
		return NULL;
	}
	memset(e, 0, size - OVERHEAD);
	t->memory += size;
	e->key = k;
	link_first(bucket_of(t, k.hash), e);
	link_newest(t, e);
	return e->bytes;
}

bool tally_resize(struct tally_table *t, void **array, size_t from, size_t to)
{
	size_t before = from == 0 ? 0 : from + OVERHEAD, after = to == 0 ? 0 : to + OVERHEAD;
	void *other = NULL;

	if (to > 0) {
		/* For a moment there are both. */
		if (!make_room(t, after, t->newest) || (other = malloc(to)) == NULL) {
			counter_add(COUNTER_DETECT_COUNTS_NO_MEMORY, 1);
			return false;
		}
		memset(other, 0, to);
		if (from > 0)
			memcpy(other, *array, from < to ? from : to);
	}
	free(*array);
	*array = other;
	t->memory = t->memory - before + after;
	return true;
}

void tally_fini(struct tally_table *t)
{
	unsigned i;

	while (t->oldest != NULL)
		forget(t, t->oldest);
	for (i = 0; i < TALLY_KIND_MAX; i++)
		spares_free(&t->spare[i]);
	free(t->bucket);
}
