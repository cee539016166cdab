/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is seen most, in bounded memory: a hash table to find one, a heap to find the one that was seen least. */
#include <stdlib.h>

#include "plainpop/correlate.h"

#define NOBODY UINT32_MAX

struct entry {
	uint64_t id;     /* hash of whom it is about */
	uint64_t weight; /* logins, and those of who was here before: at most so many */
	uint32_t next;   /* in its bucket */
	uint32_t place;  /* in the heap */
	struct frequent_row row;
};

struct frequent {
	uint8_t key[16];
	uint32_t cap, n, buckets;
	uint64_t forgotten;
	uint32_t *bucket; /* entries, or NOBODY */
	uint32_t *heap;   /* entries; who is seen least stands first */
	struct entry entry[];
};

struct frequent *frequent_new(uint32_t cap)
{
	struct frequent *f = calloc(1, sizeof *f + cap * sizeof f->entry[0]);
	uint32_t i;

	if (f == NULL)
		return NULL;
	f->cap = cap;
	f->buckets = 2 * cap + 1;
	f->bucket = malloc(f->buckets * sizeof *f->bucket);
	f->heap = malloc(cap * sizeof *f->heap);
	if (f->bucket == NULL || f->heap == NULL || hash_random(f->key, sizeof f->key) != 0) {
		frequent_free(f);
		return NULL;
	}
	for (i = 0; i < f->buckets; i++)
		f->bucket[i] = NOBODY;
	return f;
}

void frequent_free(struct frequent *f)
{
	if (f == NULL)
		return;
	free(f->bucket);
	free(f->heap);
	free(f);
}

/* ---- the heap ---- */

static void put(struct frequent *f, uint32_t place, uint32_t who)
{
	f->heap[place] = who;
	f->entry[who].place = place;
}

static uint64_t weight_at(const struct frequent *f, uint32_t place)
{
	return f->entry[f->heap[place]].weight;
}

/* It has become heavier. */
static void sink(struct frequent *f, uint32_t who)
{
	uint32_t place = f->entry[who].place, child;

	while ((child = 2 * place + 1) < f->n) {
		if (child + 1 < f->n && weight_at(f, child + 1) < weight_at(f, child))
			child++;
		if (weight_at(f, child) >= f->entry[who].weight)
			break;
		put(f, place, f->heap[child]);
		place = child;
	}
	put(f, place, who);
}

/* A new one, that weighs nothing yet: the lightest there is. */
static void rise(struct frequent *f, uint32_t who)
{
	uint32_t place = f->n++;

	for (; place > 0; place = (place - 1) / 2)
		put(f, place, f->heap[(place - 1) / 2]);
	put(f, place, who);
}

/* ---- the table ---- */

static uint64_t id_of(const struct frequent *f, const struct flow_key *k, struct span name)
{
	struct {
		uint64_t name;
		uint8_t addr[16];
		uint32_t tunnel;
		uint16_t vlan[FLOW_VLANS], port;
		uint32_t ip_v, n_vlan;
	} id; /* the same address elsewhere is another server */
	unsigned i;

	memset(&id, 0, sizeof id);
	id.name = name.n > 0 ? hash_keyed(f->key, name.p, name.n) : 0;
	memcpy(id.addr, k->addr[SIDE_SERVER], sizeof id.addr);
	id.tunnel = k->tunnel;
	for (i = 0; i < k->n_vlan && i < FLOW_VLANS; i++)
		id.vlan[i] = k->vlan[i];
	id.port = k->port[SIDE_SERVER];
	id.ip_v = k->ip_v;
	id.n_vlan = k->n_vlan;
	return hash_keyed(f->key, &id, sizeof id);
}

static uint32_t *bucket_of(struct frequent *f, uint64_t id)
{
	return &f->bucket[id % f->buckets];
}

/* Takes whoever is seen least out of its bucket. */
static uint32_t make_room(struct frequent *f)
{
	uint32_t who = f->heap[0], *at = bucket_of(f, f->entry[who].id);

	while (*at != who)
		at = &f->entry[*at].next;
	*at = f->entry[who].next;
	f->forgotten++;
	return who;
}

/* What ends in the middle of a character ends before it. */
static void set_name(struct frequent_row *r, struct span name)
{
	size_t n = 0, step;

	while (n < name.n) {
		step = span_character(span_skip(name, n));
		step = step > 0 ? step : 1;
		if (n + step > FREQUENT_NAME)
			break;
		n += step;
	}
	if (n > 0)
		memcpy(r->name, name.p, n);
	r->name_n = (uint8_t)n;
	r->name_cut = n < name.n;
}

static struct entry *add(struct frequent *f, uint64_t id, const struct flow_key *k, struct span name)
{
	bool room = f->n < f->cap;
	uint32_t who = room ? f->n : make_room(f), *bucket = bucket_of(f, id);
	struct entry *e = &f->entry[who];

	e->id = id;
	e->next = *bucket;
	*bucket = who;
	e->row = (struct frequent_row){ .port = k->port[SIDE_SERVER], .ip_v = k->ip_v };
	memcpy(e->row.addr, k->addr[SIDE_SERVER], sizeof e->row.addr);
	set_name(&e->row, name);
	if (room)
		rise(f, who);
	return e;
}

void frequent_add(struct frequent *f, const struct flow_key *k, struct span name, enum event_outcome outcome, uint64_t ts)
{
	uint64_t id = id_of(f, k, name);
	uint32_t who = *bucket_of(f, id);
	struct entry *e;

	while (who != NOBODY && f->entry[who].id != id)
		who = f->entry[who].next;
	e = who != NOBODY ? &f->entry[who] : add(f, id, k, name);
	e->row.logins[outcome]++;
	if (ts > e->row.last)
		e->row.last = ts;
	e->weight++;
	sink(f, (uint32_t)(e - f->entry));
}

/* ---- what is in it ---- */

uint64_t frequent_sum(const struct frequent_row *r)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < OUTCOME_MAX; i++)
		sum += r->logins[i];
	return sum;
}

static int compare(uint64_t a, uint64_t b)
{
	return a > b ? -1 : a < b;
}

/* Whether a stands before b; of equals, by what does not depend on the hash. */
static bool stands_before(const struct frequent_row *a, const struct frequent_row *b, enum frequent_order order)
{
	int by = 0;

	if (order == FREQUENT_FAILURES)
		by = compare(a->logins[OUTCOME_FAILURE], b->logins[OUTCOME_FAILURE]);
	if (by == 0 && order != FREQUENT_LATEST)
		by = compare(frequent_sum(a), frequent_sum(b));
	if (by == 0)
		by = compare(a->last, b->last);
	if (by == 0)
		by = memcmp(a->addr, b->addr, sizeof a->addr);
	if (by == 0)
		by = (int)a->port - (int)b->port;
	if (by == 0)
		by = memcmp(a->name, b->name, sizeof a->name);
	return by < 0;
}

size_t frequent_first(const struct frequent *f, enum frequent_order order, const struct frequent_row **out, size_t max)
{
	size_t n = 0, at;
	uint32_t i;

	/* Few are wanted: each is put in its place among those that stand already. */
	for (i = 0; i < f->n; i++) {
		const struct frequent_row *r = &f->entry[i].row;

		if (n == max && (max == 0 || !stands_before(r, out[n - 1], order)))
			continue;
		if (n < max)
			n++;
		for (at = n - 1; at > 0 && stands_before(r, out[at - 1], order); at--)
			out[at] = out[at - 1];
		out[at] = r;
	}
	return n;
}

uint32_t frequent_kept(const struct frequent *f)
{
	return f->n;
}

uint64_t frequent_forgotten(const struct frequent *f)
{
	return f->forgotten;
}
