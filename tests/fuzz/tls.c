/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The look at TLS, with both directions interleaved. Input: bytes, and among them
 *
 *   `C `S     what follows the client, the server sends (at first: the client)
 *   `|        the next segment begins
 *   `c `s     and a byte n: n + 1 bytes of client, server are missing; from 128 on, 1000 * (n - 127)
 *   `*        and bytes n, c: c comes 64 * (n + 1) times
 *   `1 `2 `3  what follows, up to its `), stands behind its length in so many bytes
 *   ``        a backtick
 *
 * Each input is run as it is, then a byte at a time, which must not make any difference; where it was said of
 * no gap that it lost anything, then with bytes in the place of the gaps, likewise.
 */
#include <sanitizer/allocator_interface.h>
#include <stdlib.h>

#include "../../src/pop3/tls.h" /* of the room alone */
#include "plainpop/pop3.h"
#include "fuzz.h"

#define MAX_BYTES 98304
#define MAX_RECORDS 1024
#define MAX_DEPTH 8

struct record {
	enum side side;
	uint64_t gap; /* bytes that are missing; 0: bytes */
	struct span bytes;
};

static struct {
	struct record record[MAX_RECORDS];
	size_t n;
	uint8_t bytes[MAX_BYTES];
	size_t from, to; /* of bytes: those that are in no record yet */
	enum side side;
	struct { size_t at, size; } open[MAX_DEPTH];
	size_t depth;
} script;

/* ---- the script ---- */

static void put(uint8_t c)
{
	if (script.to < MAX_BYTES)
		script.bytes[script.to++] = c;
}

static void cut(void)
{
	if (script.from == script.to || script.n == MAX_RECORDS)
		return;
	script.record[script.n++] =
		(struct record){ .side = script.side,
				 .bytes = span_of(script.bytes + script.from, script.to - script.from) };
	script.from = script.to;
}

static void put_gap(enum side side, uint8_t n)
{
	cut();
	if (script.n < MAX_RECORDS)
		script.record[script.n++] =
			(struct record){ .side = side, .gap = n < 128 ? n + 1u : 1000 * (n - 127u) };
}

static void put_length(size_t size)
{
	if (script.depth == MAX_DEPTH || script.to + size > MAX_BYTES)
		return;
	memset(script.bytes + script.to, 0, size);
	script.to += size;
	script.open[script.depth].at = script.to;
	script.open[script.depth++].size = size;
}

static void close_length(void)
{
	size_t at, size, n;

	if (script.depth == 0)
		return;
	at = script.open[--script.depth].at;
	n = script.to - at;
	for (size = script.open[script.depth].size; size > 0; size--, n >>= 8)
		script.bytes[--at] = (uint8_t)n;
}

static void put_many(size_t n, uint8_t c)
{
	while (n-- > 0)
		put(c);
}

static void mark(uint8_t c, struct span *in)
{
	uint8_t n;

	switch (c) {
	case 'C':
	case 'S':
		cut();
		script.side = c == 'C' ? SIDE_CLIENT : SIDE_SERVER;
		break;
	case 'c':
	case 's':
		put_gap(c == 'c' ? SIDE_CLIENT : SIDE_SERVER, take(in));
		break;
	case '*':
		n = take(in);
		put_many(64 * (n + 1u), take(in));
		break;
	case '1':
	case '2':
	case '3':
		put_length((size_t)(c - '0'));
		break;
	case ')':
		close_length();
		break;
	case '`':
		put(c);
		break;
	default:
		cut();
		break;
	}
}

static void parse(struct span in)
{
	uint8_t c;

	script.n = script.from = script.to = script.depth = 0;
	script.side = SIDE_CLIENT;
	while (in.n > 0) {
		c = take(&in);
		if (c == '`')
			mark(take(&in), &in);
		else
			put(c);
	}
	cut();
}

/* ---- a run ---- */

struct run {
	struct tls_peek *t;
	bool more;
	bool lost; /* a gap took something */
};

static bool same_name(const struct tls_name *a, const struct tls_name *b)
{
	return a->set == b->set &&
	       (!a->set || (a->cut == b->cut && span_eq(span_of(a->bytes, a->n), span_of(b->bytes, b->n))));
}

static bool same(const struct tls_peek *a, const struct tls_peek *b)
{
	return a->client_hello == b->client_hello && a->server_hello == b->server_hello &&
	       a->hello_retry == b->hello_retry && a->alert == b->alert && a->version == b->version &&
	       a->cipher == b->cipher && a->alert_side == b->alert_side && a->alert_level == b->alert_level &&
	       a->alert_description == b->alert_description && a->broken[SIDE_CLIENT] == b->broken[SIDE_CLIENT] &&
	       a->broken[SIDE_SERVER] == b->broken[SIDE_SERVER] && same_name(&a->sni, &b->sni) &&
	       same_name(&a->alpn_offered, &b->alpn_offered) && same_name(&a->alpn, &b->alpn);
}

static void check_name(const struct tls_name *before, const struct tls_name *now)
{
	assert(!before->set || same_name(before, now));
	assert(!now->set || now->n > 0);
	assert(!now->cut || now->n == TLS_NAME_MAX);
}

/* What is said is not taken back, but by a ServerHello behind a HelloRetryRequest and by a fatal alert. */
static void check_grown(const struct tls_peek *before, const struct tls_peek *now)
{
	check_name(&before->sni, &now->sni);
	check_name(&before->alpn_offered, &now->alpn_offered);
	check_name(&before->alpn, &now->alpn);
	assert(before->client_hello <= now->client_hello && before->server_hello <= now->server_hello);
	assert(before->hello_retry <= now->hello_retry && before->alert <= now->alert);
	assert(before->broken[SIDE_CLIENT] <= now->broken[SIDE_CLIENT]);
	assert(before->broken[SIDE_SERVER] <= now->broken[SIDE_SERVER]);
	assert(!before->server_hello || (before->version == now->version && before->cipher == now->cipher));
	assert(before->alert_level <= now->alert_level && now->alert_level <= TLS_ALERT_FATAL);
	assert(now->alert == (now->alert_level > 0));
	assert(now->server_hello || now->hello_retry || now->version == 0);
	assert(!(now->server_hello || now->hello_retry) || now->version != 0);
}

static void push(struct run *r, enum side side, struct span bytes)
{
	struct tls_peek before = *r->t;
	uint8_t *copy = malloc(bytes.n); /* of its own, so that a byte too many is seen */
	bool more;

	assert(copy != NULL);
	memcpy(copy, bytes.p, bytes.n);
	more = tls_push(r->t, side, span_of(copy, bytes.n));
	free(copy);
	check_grown(&before, r->t);
	assert(r->more || (!more && same(&before, r->t)));
	r->more = more;
}

static void gap(struct run *r, enum side side, uint64_t n)
{
	struct tls_peek before = *r->t;

	tls_gap(r->t, side, n);
	check_grown(&before, r->t);
	if (r->t->from[side].over && !before.from[side].over)
		r->lost = true;
}

static void push_bytewise(struct run *r, enum side side, struct span bytes)
{
	for (; bytes.n > 0; bytes = span_skip(bytes, 1))
		r->more = tls_push(r->t, side, span_take(bytes, 1));
}

static void fill(struct run *r, enum side side, uint64_t n, uint8_t filler)
{
	static uint8_t bytes[TLS_LOOK_MAX];

	if (n > sizeof bytes)
		n = sizeof bytes; /* nobody looks at more */
	memset(bytes, filler, n);
	r->more = tls_push(r->t, side, span_of(bytes, n));
}

/* filler: of gaps; negative: they are gaps */
static struct run run(bool bytewise, int filler)
{
	size_t heap = __sanitizer_get_current_allocated_bytes(), held = pop3_held(), i;
	struct run r = { tls_new(), true, false };

	assert(r.t != NULL);
	for (i = 0; i < script.n; i++) {
		const struct record *rec = &script.record[i];

		if (rec->gap > 0 && filler < 0)
			gap(&r, rec->side, rec->gap);
		else if (rec->gap > 0)
			fill(&r, rec->side, rec->gap, (uint8_t)filler);
		else if (!bytewise)
			push(&r, rec->side, rec->bytes);
		else
			push_bytewise(&r, rec->side, rec->bytes);
	}
	/* The fuzzer allocates, too, when it likes. */
	held = pop3_held() - held;
	assert(__sanitizer_get_current_allocated_bytes() <= heap + held + 1024 && held <= 2048);
	return r;
}

static void check_same(const struct run *whole, bool bytewise, int filler)
{
	struct run other = run(bytewise, filler);

	assert(same(whole->t, other.t) && whole->more == other.more);
	tls_free(other.t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	struct run whole;

	parse(in);
	whole = run(false, -1);
	check_same(&whole, true, -1);
	if (!whole.lost) {
		check_same(&whole, false, 0);
		check_same(&whole, false, 0xff);
	}
	(void)(tls_starts(in) && tls_alert_starts(in));
	(void)(tls_version_name(whole.t->version) == NULL || tls_cipher_name(whole.t->cipher) == NULL ||
	       tls_alert_name(whole.t->alert_description) == NULL);
	tls_free(whole.t);
	return 0;
}
