/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The flow table: records in chunks that never move (libnids and the handler hold pointers), a keyed
 * hash over them, and one list per state in order of last use, so that time-outs and eviction cost
 * nothing to find.
 */
#include <errno.h>
#include <stdlib.h>

#include "flow.h"

#define CHUNK 1024u

static struct {
	uint8_t key[16];
	uint32_t max, made, count, mask;
	uint32_t *bucket;
	struct flow **chunk;
	uint32_t n_chunks, max_chunks;
	uint32_t free; /* linked through chain */
	struct {
		uint32_t recent, oldest, count;
	} list[LIST_MAX];
} table;

struct flow *table_at(uint32_t index)
{
	if (index >= table.made)
		return NULL;
	return &table.chunk[index / CHUNK][index % CHUNK];
}

int table_init(uint32_t max_flows)
{
	uint32_t buckets = 1024;
	int i;

	memset(&table, 0, sizeof table);
	if (hash_random(table.key, sizeof table.key) != 0)
		return -1;
	while (buckets < max_flows && buckets < 1u << 22)
		buckets *= 2;
	table.max = max_flows;
	table.mask = buckets - 1;
	table.max_chunks = (max_flows + CHUNK - 1) / CHUNK;
	table.chunk = calloc(table.max_chunks, sizeof *table.chunk);
	/* calloc of this size is untouched zero pages: index 0 is stored as 1, 0 is the end of a chain. */
	table.bucket = calloc(buckets, sizeof *table.bucket);
	table.free = NO_FLOW;
	for (i = 0; i < LIST_MAX; i++)
		table.list[i].recent = table.list[i].oldest = NO_FLOW;
	if (table.chunk == NULL || table.bucket == NULL) {
		table_fini();
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

void table_trim(void)
{
	if (table.count > 0)
		return;
	for (; table.n_chunks > 0; table.n_chunks--)
		free(table.chunk[table.n_chunks - 1]);
	table.made = 0;
	table.free = NO_FLOW;
}

void table_fini(void)
{
	uint32_t i;

	for (i = 0; i < table.n_chunks; i++)
		free(table.chunk[i]);
	free(table.chunk);
	free(table.bucket);
	memset(&table, 0, sizeof table);
}

/* Puts the two ends into an order that both directions share. */
static void canonical(struct flow_key *k)
{
	int order = memcmp(k->addr[0], k->addr[1], sizeof k->addr[0]);
	uint8_t addr[16];
	uint16_t port;

	if (order < 0 || (order == 0 && k->port[0] <= k->port[1]))
		return;
	memcpy(addr, k->addr[0], sizeof addr);
	memcpy(k->addr[0], k->addr[1], sizeof addr);
	memcpy(k->addr[1], addr, sizeof addr);
	port = k->port[0];
	k->port[0] = k->port[1];
	k->port[1] = port;
}

static uint32_t *bucket_of(const struct flow_key *canonical_key)
{
	return &table.bucket[hash_keyed(table.key, canonical_key, sizeof *canonical_key) & table.mask];
}

/* The record's key in canonical order. */
static struct flow_key key_of(const struct flow *f)
{
	struct flow_key k = f->s.key;

	canonical(&k);
	return k;
}

/* True when both keys name the same ends, in the same order or (swapped) in the other. */
static bool same_ends(const struct flow_key *a, const struct flow_key *b, bool swapped)
{
	if (a->port[0] != b->port[swapped] || a->port[1] != b->port[!swapped] ||
	    memcmp(a->addr[0], b->addr[swapped], sizeof a->addr[0]) != 0 ||
	    memcmp(a->addr[1], b->addr[!swapped], sizeof a->addr[0]) != 0)
		return false;
	return memcmp(a->vlan, b->vlan, sizeof *a - offsetof(struct flow_key, vlan)) == 0;
}

struct flow *table_find(const struct flow_key *packet_order, enum side *from)
{
	struct flow_key k = *packet_order;
	uint32_t i;

	canonical(&k);
	for (i = *bucket_of(&k); i != 0;) {
		struct flow *f = table_at(i - 1);

		if (same_ends(packet_order, &f->s.key, false)) {
			*from = SIDE_CLIENT;
			return f;
		}
		if (same_ends(packet_order, &f->s.key, true)) {
			*from = SIDE_SERVER;
			return f;
		}
		i = f->chain;
	}
	return NULL;
}

static struct flow *new_record(void)
{
	struct flow *f;
	uint32_t index;

	if (table.free != NO_FLOW) {
		f = table_at(table.free);
		table.free = f->chain;
		return f;
	}
	if (table.made == table.max)
		return NULL;
	index = table.made;
	if (index / CHUNK == table.n_chunks) {
		table.chunk[table.n_chunks] = malloc(CHUNK * sizeof **table.chunk);
		if (table.chunk[table.n_chunks] == NULL)
			return NULL;
		table.n_chunks++;
	}
	table.made++;
	f = table_at(index);
	f->index = index;
	return f;
}

static void unlink_flow(struct flow *f)
{
	if (f->prev != NO_FLOW)
		table_at(f->prev)->next = f->next;
	else
		table.list[f->list].recent = f->next;
	if (f->next != NO_FLOW)
		table_at(f->next)->prev = f->prev;
	else
		table.list[f->list].oldest = f->prev;
	table.list[f->list].count--;
}

static void link_flow(struct flow *f, enum flow_list list)
{
	f->list = list;
	f->prev = NO_FLOW;
	f->next = table.list[list].recent;
	if (f->next != NO_FLOW)
		table_at(f->next)->prev = f->index;
	else
		table.list[list].oldest = f->index;
	table.list[list].recent = f->index;
	table.list[list].count++;
}

struct flow *table_add(const struct flow_key *key)
{
	struct flow *f = new_record();
	struct flow_key k = *key;
	uint32_t *bucket, index;

	if (f == NULL)
		return NULL;
	index = f->index;
	memset(f, 0, sizeof *f);
	f->index = index;
	f->s.key = *key;
	canonical(&k);
	bucket = bucket_of(&k);
	f->chain = *bucket;
	*bucket = index + 1;
	link_flow(f, LIST_EMBRYONIC);
	table.count++;
	counter_add(COUNTER_FLOW_TOTAL, 1);
	return f;
}

void table_remove(struct flow *f)
{
	struct flow_key k = key_of(f);
	uint32_t *link = bucket_of(&k);

	while (*link != f->index + 1)
		link = &table_at(*link - 1)->chain;
	*link = f->chain;
	unlink_flow(f);
	f->chain = table.free;
	table.free = f->index;
	table.count--;
}

void table_move(struct flow *f, enum flow_list list)
{
	if (f->list == list && f->prev == NO_FLOW)
		return;
	unlink_flow(f);
	link_flow(f, list);
}

void table_move_open(struct flow *f, bool active)
{
	if (active)
		table_move(f, f->s.proven ? LIST_ACTIVE : LIST_DOUBTFUL_ACTIVE);
	else
		table_move(f, f->s.proven ? LIST_PARKED : LIST_DOUBTFUL_PARKED);
}

struct flow *table_oldest(enum flow_list list)
{
	return table.list[list].oldest == NO_FLOW ? NULL : table_at(table.list[list].oldest);
}

uint32_t table_count(void)
{
	return table.count;
}

uint32_t table_list_count(enum flow_list list)
{
	return table.list[list].count;
}

size_t table_memory(void)
{
	return (size_t)table.n_chunks * CHUNK * sizeof(struct flow);
}
