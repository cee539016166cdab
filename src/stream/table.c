/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The flow table: records in chunks that never move (libnids and the handler hold pointers), a keyed
 * hash over them, and one list per state in order of last use, so that eviction costs nothing to find.
 *
 * Time-outs are found by a wheel: a flow is linked to the second in which it may be over, and looked at then. What is told
 * in a second comes in the order in which it began. So nothing that is told depends on what else is followed, and sensors
 * that share a capture tell together what one would tell.
 */
#include <errno.h>
#include <stdlib.h>

#include "flow.h"

#define CHUNK 1024u
#define SECOND UINT64_C(1000000)

/* RFC 1939 section 3 lets a server drop a silent session after ten minutes, not before. */
#define IDLE_TIMEOUT (900 * SECOND)
#define EMBRYONIC_TIMEOUT (60 * SECOND)
#define DEAD_TIMEOUT (60 * SECOND)
#define RESET_TIMEOUT (2 * SECOND) /* a RST may be forged: whoever sent it must not go on */
#define PARK_AFTER (5 * SECOND)

#define WHEEL 1024u /* seconds; more than any of these */

static struct {
	struct hash_key key;
	uint32_t max, made, count, mask;
	uint32_t *bucket;
	struct flow **chunk;
	uint32_t n_chunks, max_chunks;
	uint32_t free; /* linked through chain */
	struct {
		uint32_t recent, oldest, count;
	} list[LIST_MAX];
	uint32_t wheel[WHEEL]; /* the first that is due in a second, by its number */
	uint64_t second;       /* up to which they have been looked at */
	struct flow_turn *turn;
	size_t max_turns;
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
	if (hash_random(&table.key, sizeof table.key) != 0)
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
	for (i = 0; i < (int)WHEEL; i++)
		table.wheel[i] = NO_FLOW;
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
	table.second = 0;
}

void table_fini(void)
{
	uint32_t i;

	for (i = 0; i < table.n_chunks; i++)
		free(table.chunk[i]);
	free(table.chunk);
	free(table.bucket);
	free(table.turn);
	memset(&table, 0, sizeof table);
}

static uint64_t word_of(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof w);
	return w;
}

static uint32_t half_word_of(const uint8_t *p)
{
	uint32_t w;

	memcpy(&w, p, sizeof w);
	return w;
}

/* Of the two ends in an order that both directions share, as few words as they need. */
/* Both directions have the same bucket. What order they are brought into does not matter. */
static inline bool comes_first(const struct flow_key *k, bool v4)
{
	uint64_t a = v4 ? half_word_of(k->addr[0]) : word_of(k->addr[0] + 8);
	uint64_t b = v4 ? half_word_of(k->addr[1]) : word_of(k->addr[1] + 8);

	if (a == b && !v4) {
		a = word_of(k->addr[0]);
		b = word_of(k->addr[1]);
	}
	return a < b || (a == b && k->port[0] <= k->port[1]);
}

uint32_t *table_bucket(const struct flow_key *k)
{
	bool v4 = k->ip_v == 4;
	unsigned low = comes_first(k, v4) ? 0 : 1, high = 1 - low;
	uint64_t word[6];
	uint32_t *bucket;
	size_t n = 0;

	if (v4) {
		word[n++] = (uint64_t)half_word_of(k->addr[low]) << 32 | half_word_of(k->addr[high]);
	} else {
		word[n++] = word_of(k->addr[low]);
		word[n++] = word_of(k->addr[low] + 8);
		word[n++] = word_of(k->addr[high]);
		word[n++] = word_of(k->addr[high] + 8);
	}
	word[n++] = (uint64_t)k->port[low] << 48 | (uint64_t)k->port[high] << 32 | k->tunnel;
	if (k->n_vlan > 0)
		word[n++] = (uint64_t)k->vlan[0] << 48 | (uint64_t)k->vlan[1] << 32 | (uint64_t)k->vlan[2] << 16 | k->n_vlan;
	bucket = &table.bucket[hash_words(&table.key, word, n) & table.mask];
	memory_ask(bucket, sizeof *bucket);
	return bucket;
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

void table_fetch(const uint32_t *bucket)
{
	if (*bucket != 0)
		memory_ask(table_at(*bucket - 1), sizeof(struct flow));
}

#define USER_FETCHED 448 /* bytes of what the handler has, which is what it looks at for a line */

void table_fetch_more(const uint32_t *bucket)
{
	const struct flow *f = *bucket != 0 ? table_at(*bucket - 1) : NULL;

	if (f == NULL || f->s.user == NULL)
		return;
	memory_ask(f->s.user, USER_FETCHED);
	memory_ask(f->moving, 1);
}

struct flow *table_find(const uint32_t *bucket, const struct flow_key *packet_order, enum side *from)
{
	uint32_t i;

	for (i = *bucket; i != 0;) {
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
		if (table.free != NO_FLOW)
			memory_ask(table_at(table.free), sizeof *f);
		return f;
	}
	if (table.made == table.max)
		return NULL;
	index = table.made;
	if (index / CHUNK == table.n_chunks) {
		table.chunk[table.n_chunks] = aligned_alloc(sizeof **table.chunk, CHUNK * sizeof **table.chunk);
		if (table.chunk[table.n_chunks] == NULL)
			return NULL;
		table.n_chunks++;
	}
	table.made++;
	f = table_at(index);
	f->s.index = index;
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
		table_at(f->next)->prev = f->s.index;
	else
		table.list[list].oldest = f->s.index;
	table.list[list].recent = f->s.index;
	table.list[list].count++;
}

/* ---- time ---- */

uint64_t table_limit(const struct flow *f)
{
	static const uint64_t limits[LIST_MAX] = {
		[LIST_EMBRYONIC] = EMBRYONIC_TIMEOUT,
		[LIST_DEAD] = DEAD_TIMEOUT,
		[LIST_CLOSING] = RESET_TIMEOUT,
		[LIST_DOUBTFUL_PARKED] = IDLE_TIMEOUT,
		[LIST_DOUBTFUL_ACTIVE] = IDLE_TIMEOUT,
		[LIST_PARKED] = IDLE_TIMEOUT,
		[LIST_ACTIVE] = IDLE_TIMEOUT,
	};

	return limits[f->list];
}

uint64_t table_park_limit(const struct flow *f)
{
	return f->list == LIST_ACTIVE || f->list == LIST_DOUBTFUL_ACTIVE ? PARK_AFTER : UINT64_MAX;
}

static void take_off_wheel(struct flow *f)
{
	if (!f->waited_for)
		return;
	if (f->before != NO_FLOW)
		table_at(f->before)->behind = f->behind;
	else
		table.wheel[f->due % WHEEL] = f->behind;
	if (f->behind != NO_FLOW)
		table_at(f->behind)->before = f->before;
	f->waited_for = false;
}

void table_wake(struct flow *f)
{
	uint64_t limit = table_limit(f), at;
	uint32_t *first;

	if (limit > table_park_limit(f))
		limit = table_park_limit(f);
	at = (flow_seen(f) + limit) / SECOND + 1;
	/* It may have been looked at late. */
	if (at <= table.second)
		at = table.second + 1;
	if (f->waited_for && (int32_t)(f->due - (uint32_t)at) <= 0)
		return; /* it is looked at before that, and then again */
	take_off_wheel(f);
	f->due = (uint32_t)at;
	f->waited_for = true;
	first = &table.wheel[at % WHEEL];
	f->before = NO_FLOW;
	f->behind = *first;
	if (*first != NO_FLOW)
		table_at(*first)->before = f->s.index;
	*first = f->s.index;
}

static int by_turn(const void *a, const void *b)
{
	const struct flow_turn *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->flow->s.id < y->flow->s.id ? -1 : x->flow->s.id > y->flow->s.id;
}

/* Moves the one at i down to where it belongs in a heap of n, the last turn on top. */
static void sink(struct flow_turn *t, size_t i, size_t n)
{
	struct flow_turn moved = t[i];
	size_t child;

	while ((child = 2 * i + 1) < n) {
		child += child + 1 < n && by_turn(&t[child], &t[child + 1]) < 0;
		if (by_turn(&moved, &t[child]) >= 0)
			break;
		t[i] = t[child];
		i = child;
	}
	t[i] = moved;
}

#define QSORT_MAX 16384 /* beyond, qsort() would take as much memory again */

void flow_turns_sort(struct flow_turn *t, size_t n)
{
	size_t i;

	if (n > 1 && n <= QSORT_MAX)
		qsort(t, n, sizeof *t, by_turn);
	if (n <= QSORT_MAX)
		return;
	for (i = n / 2; i > 0; i--)
		sink(t, i - 1, n);
	for (i = n - 1; i > 0; i--) {
		struct flow_turn last = t[0];

		t[0] = t[i];
		t[i] = last;
		sink(t, 0, i);
	}
}

struct flow_turn *flow_turns(size_t n)
{
	struct flow_turn *bigger;
	size_t max = table.max_turns > 0 ? table.max_turns : 64;

	while (max < n)
		max *= 2;
	if (max == table.max_turns)
		return table.turn;
	bigger = realloc(table.turn, max * sizeof *bigger);
	if (bigger == NULL)
		return NULL;
	table.turn = bigger;
	table.max_turns = max;
	return bigger;
}

static struct flow_turn turn_of(struct flow *f)
{
	return (struct flow_turn){ .start = f->s.start, .flow = f };
}

size_t table_due(uint64_t second, struct flow_turn **out)
{
	size_t n = 0;

	if (second > table.second + WHEEL)
		table.second = second - WHEEL; /* it comes round once in any case */
	while (table.second < second) {
		uint32_t i = table.wheel[++table.second % WHEEL];

		for (; i != NO_FLOW; i = table.wheel[table.second % WHEEL]) {
			if (flow_turns(n + 1) == NULL) {
				table.second--; /* without memory: those first, the others at the next call */
				second = table.second;
				break;
			}
			memory_ask(table_at(i), sizeof(struct flow)); /* all of it will be looked at */
			take_off_wheel(table_at(i));
			table.turn[n++] = turn_of(table_at(i));
		}
	}
	*out = table.turn;
	return n;
}

size_t table_all(struct flow_turn **out)
{
	size_t n = 0;
	int list;

	if (flow_turns(table.count) == NULL)
		return SIZE_MAX;
	for (list = 0; list < LIST_MAX; list++) {
		uint32_t i = table.list[list].oldest;

		for (; i != NO_FLOW; i = table_at(i)->prev)
			table.turn[n++] = turn_of(table_at(i));
	}
	flow_turns_sort(table.turn, n);
	*out = table.turn;
	return n;
}

/* ---- records ---- */

struct flow *table_add(const struct flow_key *key)
{
	struct flow *f = new_record();
	uint32_t *bucket, index;

	if (f == NULL)
		return NULL;
	index = f->s.index;
	memset(f, 0, sizeof *f);
	f->s.index = index;
	f->s.key = *key;
	bucket = table_bucket(key);
	f->chain = *bucket;
	*bucket = index + 1;
	f->before = f->behind = NO_FLOW;
	link_flow(f, LIST_EMBRYONIC);
	table.count++;
	counter_add(COUNTER_FLOW_TOTAL, 1);
	return f;
}

void table_remove(struct flow *f)
{
	uint32_t *link = table_bucket(&f->s.key);

	while (*link != f->s.index + 1)
		link = &table_at(*link - 1)->chain;
	*link = f->chain;
	unlink_flow(f);
	take_off_wheel(f);
	f->chain = table.free;
	table.free = f->s.index;
	table.count--;
}

void table_move(struct flow *f, enum flow_list list)
{
	bool another = f->list != list;

	if (!another && f->prev == NO_FLOW)
		return;
	unlink_flow(f);
	link_flow(f, list);
	if (another)
		table_wake(f);
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
