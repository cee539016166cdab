/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One table for all counts. What outsiders fill it with, they can choose: so the hash is keyed, all bytes are accounted
 * for, and when they are used up the counts that were not used for longest go. That order does not depend on the key, and
 * so no result does.
 */
#include <stdlib.h>

#include "counts_impl.h"

#define BYTES_A_BUCKET 128 /* of the cap: less than the smallest count, so most buckets have one or none */
#define MIN_BUCKETS 16
#define OVERHEAD 16 /* what an allocation costs besides its bytes */

struct tally {
	struct tally *next, **at; /* in the bucket; and where that says it is here: those before it need not be looked at */
	uint64_t hash;      /* of the key: who looks for another need not read that */
	struct tally_key key;
	struct tally *newer, *older;
	_Alignas(uint64_t) uint8_t bytes[];
};

static const size_t sizes[TALLY_KIND_MAX] = {
	[TALLY_LIMIT] = sizeof(struct window),    [TALLY_THRESHOLD] = sizeof(struct window),
	[TALLY_BOTH] = sizeof(struct window),     [TALLY_BACKOFF] = sizeof(struct window),
	[TALLY_FILTER] = sizeof(struct window),   [TALLY_RATE] = sizeof(struct window),
	[TALLY_DISTINCT] = sizeof(struct distinct), [TALLY_FAILURES] = sizeof(struct failures),
	[TALLY_SOURCES] = sizeof(struct sources),
};

static size_t size_of(enum tally_kind kind)
{
	return sizeof(struct tally) + sizes[kind] + OVERHEAD;
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

/* Most keys differ in who asks. */
static bool same_key(const struct tally_key *a, const struct tally_key *b)
{
	return a->sid == b->sid && a->gid == b->gid && memcmp(a, b, sizeof *a) == 0;
}

/* Whether it was asked for, and as which. Most are looked for in the order in which they were asked for. */
static bool was_asked(const struct tally_table *t, const struct tally_key *k, size_t *which)
{
	size_t left, at = t->next_asked;

	for (left = t->n_asked; left > 0; left--, at++) {
		if (at >= t->n_asked)
			at = 0;
		if (same_key(&t->asked[at].key, k)) {
			*which = at;
			return true;
		}
	}
	return false;
}

/* Of what was asked for it is known. */
static uint64_t hash_of(struct tally_table *t, const struct tally_key *k)
{
	size_t i;

	if (!was_asked(t, k, &i))
		return tally_key_hash(&t->hash, k);
	t->next_asked = i + 1;
	return t->asked[i].hash;
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

static struct tally *find(struct tally_table *t, const struct tally_key *k, uint64_t hash)
{
	struct tally *e = *bucket_of(t, hash);

	while (e != NULL && (e->hash != hash || memcmp(&e->key, k, sizeof *k) != 0))
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
	enum tally_kind kind = (enum tally_kind)e->key.kind;
	unsigned i;

	/* Those next to it are likely to follow soon, and to wait for memory is most of the work. */
	if (e->newer != NULL)
		fetch(e->newer->newer, MEMORY_LINE);
	switch (kind) {
	case TALLY_FILTER:
		if (((struct window *)e->bytes)->ports != NULL)
			free_array(t, &((struct window *)e->bytes)->ports, PORTS_SIZE);
		break;
	case TALLY_DISTINCT:
		for (i = 0; i < DISTINCT_LISTS; i++)
			free_list(t, &((struct distinct *)e->bytes)->list[i]);
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
		break;
	}
	*e->at = e->next;
	if (e->next != NULL)
		e->next->at = e->at;
	unlink_tally(t, e);
	t->memory -= size_of(kind);
	spares_give(&t->spare[kind], e);
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
	t->n_asked = t->next_asked = 0;
}

void tally_ask(struct tally_table *t, const struct tally_key *k)
{
	size_t i;

	/* These several rules have in common. */
	bool shared = k->kind == TALLY_SOURCES || k->kind == TALLY_FAILURES;

	if (t->n_asked == TALLIES_ASKED || (shared && was_asked(t, k, &i)))
		return;
	t->asked[t->n_asked].key = *k;
	t->asked[t->n_asked].hash = tally_key_hash(&t->hash, k);
	memory_ask(bucket_of(t, t->asked[t->n_asked].hash), sizeof(struct tally *));
	t->n_asked++;
}

void tally_fetch(const struct tally_table *t)
{
	size_t i;

	for (i = 0; i < t->n_asked; i++)
		fetch(*bucket_of(t, t->asked[i].hash), sizes[t->asked[i].key.kind]);
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

void *tally_find(struct tally_table *t, const struct tally_key *k)
{
	struct tally *e = find(t, k, hash_of(t, k));

	return e != NULL ? use(t, e) : NULL;
}

static struct tally *new_tally(struct tally_table *t, enum tally_kind kind)
{
	struct tally *e = spares_take(&t->spare[kind], size_of(kind) - OVERHEAD);

	if (e != NULL)
		memset(e, 0, size_of(kind) - OVERHEAD);
	return e;
}

void *tally_get(struct tally_table *t, const struct tally_key *k)
{
	size_t size = size_of((enum tally_kind)k->kind);
	uint64_t hash = hash_of(t, k);
	struct tally *e = find(t, k, hash);

	if (e != NULL)
		return use(t, e);
	if (size <= t->cap && make_room(t, size, NULL))
		e = new_tally(t, (enum tally_kind)k->kind);
	if (e == NULL) {
		counter_add(COUNTER_DETECT_COUNTS_NO_MEMORY, 1);
		return NULL;
	}
	t->memory += size;
	e->key = *k;
	e->hash = hash;
	link_first(bucket_of(t, hash), e);
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
