/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * IP fragments, both families. libnids has code for IPv4, but it lets fragments live by the clock on the
 * wall (a replay would depend on how fast it runs), reads up to eight bytes behind a short last fragment,
 * has a cap per host and none in all, and knows 16 bits of the 32 that identify an IPv6 datagram.
 *
 * Overlaps: of IPv4 the bytes that came first count (as in Windows; Linux and BSD differ, RFC 791 is
 * silent); an IPv6 datagram with an overlap is dropped whole (RFC 5722).
 */
#include <errno.h>
#include <stdlib.h>

#include "flow.h"

#define MAX_DATAGRAMS 512
#define MAX_BYTES (16u << 20)
#define MAX_RANGES 64             /* pieces of a datagram that do not touch */
#define TIMEOUT UINT64_C(30000000) /* µs of packet time (RFC 8200 section 4.5 has 60 s, RFC 791 15 s) */
#define MAX_PAYLOAD 65535u

struct fragment_key {
	uint8_t addr[2][16];
	uint16_t vlan[FLOW_VLANS];
	uint8_t n_vlan, ip_v;
	uint32_t id;
	uint32_t tunnel, tunnel_id; /* fragments go one way: the id is the same in all of them */
	uint8_t proto; /* IPv4: part of what identifies it; IPv6: of the first fragment, so left 0 */
	uint8_t pad[3];
};

struct datagram {
	struct fragment_key key;
	bool used, poisoned;
	uint8_t proto;
	uint64_t first;      /* µs, by the room's clock */
	uint32_t total;      /* payload bytes; 0: the last fragment has not come */
	uint8_t *buf;
	uint32_t cap;
	unsigned n;
	struct {
		uint32_t from, to;
	} range[MAX_RANGES]; /* what has come, in order, apart */
};

static struct {
	struct datagram *slot;
	size_t bytes;
	uint8_t *out[DEFRAG_NESTED]; /* the last whole one, and those within */
	unsigned used;
} room;

int defrag_start(void)
{
	memset(&room, 0, sizeof room);
	room.slot = calloc(MAX_DATAGRAMS, sizeof *room.slot);
	if (room.slot == NULL) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

static void give_up(struct datagram *d)
{
	room.bytes -= d->cap;
	room.used--;
	free(d->buf);
	memset(d, 0, sizeof *d);
}

void defrag_flush(void)
{
	unsigned i;

	for (i = 0; i < MAX_DATAGRAMS; i++)
		if (room.slot[i].used) {
			counter_add(COUNTER_DEFRAG_TIMEOUTS, 1);
			give_up(&room.slot[i]);
		}
	for (i = 0; i < DEFRAG_NESTED; i++) {
		free(room.out[i]);
		room.out[i] = NULL;
	}
}

void defrag_stop(void)
{
	defrag_flush();
	free(room.slot);
	room.slot = NULL;
}

size_t defrag_memory(void)
{
	return room.bytes + MAX_DATAGRAMS * sizeof *room.slot;
}

static struct fragment_key key_of(const struct packet *p)
{
	struct fragment_key k;

	memset(&k, 0, sizeof k);
	memcpy(k.addr, p->addr, sizeof k.addr);
	memcpy(k.vlan, p->vlan, sizeof k.vlan);
	k.n_vlan = p->n_vlan;
	k.ip_v = p->ip_v;
	k.id = p->frag.id;
	k.tunnel = p->tunnel_key;
	k.tunnel_id = p->tunnel.id;
	k.proto = p->ip_v == 4 ? p->ip_proto : 0;
	return k;
}

static struct datagram *oldest(void)
{
	struct datagram *d = NULL;
	unsigned i;

	for (i = 0; i < MAX_DATAGRAMS; i++)
		if (room.slot[i].used && (d == NULL || room.slot[i].first < d->first))
			d = &room.slot[i];
	return d;
}

/* The datagram the fragment belongs to, made when there is none. */
static struct datagram *find(const struct packet *p, uint64_t at)
{
	struct fragment_key key = key_of(p);
	struct datagram *unused = NULL, *d;
	unsigned i;

	for (i = 0; i < MAX_DATAGRAMS; i++) {
		d = &room.slot[i];
		if (d->used && at > d->first && at - d->first > TIMEOUT) {
			counter_add(COUNTER_DEFRAG_TIMEOUTS, 1);
			give_up(d);
		}
		if (d->used && memcmp(&d->key, &key, sizeof key) == 0)
			return d;
		if (!d->used && unused == NULL)
			unused = d;
	}
	if (unused == NULL) {
		unused = oldest();
		counter_add(COUNTER_DEFRAG_EVICTED, 1);
		give_up(unused);
	}
	unused->used = true;
	unused->key = key;
	unused->first = at;
	room.used++;
	return unused;
}

/* Room for n bytes in d. */
static bool reserve(struct datagram *d, uint32_t n)
{
	uint32_t cap = d->cap == 0 ? 2048 : d->cap;
	struct datagram *victim;
	uint8_t *p;

	if (n <= d->cap)
		return true;
	while (cap < n)
		cap *= 2;
	while (room.bytes + cap - d->cap > MAX_BYTES) {
		victim = oldest();
		if (victim == d)
			return false;
		counter_add(COUNTER_DEFRAG_EVICTED, 1);
		give_up(victim);
	}
	p = realloc(d->buf, cap);
	if (p == NULL)
		return false;
	room.bytes += cap - d->cap;
	d->buf = p;
	d->cap = cap;
	return true;
}

/* Adds [from, to) to what has come and copies those bytes of it that are new. False: no room, or an IPv6 overlap. */
static bool add(struct datagram *d, uint32_t from, uint32_t to, const uint8_t *bytes)
{
	uint32_t start = from, end = to, done = from;
	unsigned at = 0, merged;

	while (at < d->n && d->range[at].to < from)
		at++;
	for (merged = at; merged < d->n && d->range[merged].from <= to; merged++) {
		uint32_t have_from = d->range[merged].from, have_to = d->range[merged].to;

		if (have_from < to && have_to > from) {
			counter_add(COUNTER_DEFRAG_OVERLAP, 1);
			/* The same fragment twice is a duplicated packet, not an overlap. */
			if (d->key.ip_v == 6 && !(have_from <= from && have_to >= to))
				return false;
		}
		if (have_from > done)
			memcpy(d->buf + done, bytes + (done - from), have_from - done);
		if (have_to > done)
			done = have_to;
		if (have_from < start)
			start = have_from;
		if (have_to > end)
			end = have_to;
	}
	if (done < to)
		memcpy(d->buf + done, bytes + (done - from), to - done);
	if (merged == at && d->n == MAX_RANGES)
		return false;
	memmove(d->range + at + 1, d->range + merged, (d->n - merged) * sizeof d->range[0]);
	d->range[at].from = start;
	d->range[at].to = end;
	d->n = d->n - (merged - at) + 1;
	return true;
}

bool defrag_push(const struct packet *p, uint64_t at, unsigned nested, uint8_t *proto, struct span *data)
{
	uint32_t from = p->frag.offset, to = from + (uint32_t)p->payload.n;
	struct datagram *d;

	counter_add(COUNTER_DEFRAG_FRAGMENTS, 1);
	/* All but the last carry a multiple of eight; none may reach past what a length field can say. */
	if (p->payload.n == 0 || p->payload.n != p->payload_len || to > MAX_PAYLOAD ||
	    (p->frag.more && p->payload.n % 8 != 0)) {
		counter_add(COUNTER_DEFRAG_INVALID, 1);
		return false;
	}
	d = find(p, at);
	if (d->poisoned)
		return false;
	if ((!p->frag.more && d->total != 0 && d->total != to) || (d->total != 0 && to > d->total) ||
	    !reserve(d, to) || !add(d, from, to, p->payload.p)) {
		counter_add(COUNTER_DEFRAG_INVALID, 1);
		d->poisoned = true; /* until it times out, so that its other pieces build nothing */
		return false;
	}
	if (!p->frag.more)
		d->total = to;
	if (from == 0)
		d->proto = p->ip_proto;
	if (d->total == 0 || d->n != 1 || d->range[0].from != 0 || d->range[0].to != d->total)
		return false;
	counter_add(COUNTER_DEFRAG_REASSEMBLED, 1);
	free(room.out[nested]);
	room.out[nested] = d->buf;
	*data = span_of(d->buf, d->total);
	*proto = d->proto;
	room.bytes -= d->cap;
	d->buf = NULL;
	d->cap = 0;
	give_up(d);
	return true;
}
