/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets are made as decode would make them; a handler writes down what it is told. Criterion runs every
 * test in a process of its own, so each may start the room once.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "plainpop/stream.h"
#include "unit.h"

#define SECOND 1000000u

/* ---- what the handler was told ---- */

#define SESSIONS 256
#define FIRST_PORT 40000 /* of the client; each has its record below */

struct record {
	char text[4096];
	size_t n;
	char last;        /* what was said last: C or S, data of that side may be joined; else 0 */
	uint64_t data[2]; /* bytes delivered, by side */
	uint64_t gap[2];  /* and missing */
	bool open;
	uint64_t id;
	struct stream end; /* as it was when it ended, */
	struct stream_rare rare; /* with what few have */
};

static struct record record[SESSIONS];
static unsigned closed[SESSIONS], n_closed; /* the order in which they ended */
static uint32_t user_bytes;                  /* what each session is said to keep */
static bool ignore_all;
static bool prove;                          /* a session of which the server says hello is worth it */

#define PATTERN 65521
static uint8_t pattern[2 * PATTERN]; /* what long streams consist of, over and over; its first byte 0: not used */
static unsigned wrong;               /* pieces of them that were something else */

static void note(struct record *r, const char *what)
{
	r->n += (size_t)snprintf(r->text + r->n, sizeof r->text - r->n, "%s", what);
	cr_assert(r->n < sizeof r->text);
}

static struct record *record_of(const struct stream *s)
{
	unsigned i = (unsigned)s->key.port[SIDE_CLIENT] - FIRST_PORT + (s->key.n_vlan > 0 ? s->key.vlan[0] : 0u) +
		     (s->key.tunnel < SESSIONS ? s->key.tunnel : 0u);

	cr_assert(i < SESSIONS, "who is who");
	return &record[i];
}

static void on_open(void *ctx, struct stream *s)
{
	struct record *r = record_of(s);

	cr_assert(ctx == record);
	cr_expect(!r->open && s->user == NULL && s->id < UINT64_C(1) << 51);
	s->user = r;
	s->user_bytes = user_bytes;
	r->open = true;
	r->last = 0;
	r->id = s->id;
	note(r, s->midstream ? "open midstream\n" : "open\n");
}

static void on_data(void *ctx, struct stream *s, enum side side, struct span bytes)
{
	struct record *r = record_of(s);
	char letter = side == SIDE_CLIENT ? 'C' : 'S', text[64];

	(void)ctx;
	cr_expect(r->open && s->user == r && bytes.n > 0, "data after open, and before close");
	if (r->last == letter)
		r->n--; /* goes on in its line */
	else
		note(r, letter == 'C' ? "C " : "S ");
	snprintf(text, sizeof text, "%.*s\n", bytes.n < 60 ? (int)bytes.n : 0, (const char *)bytes.p);
	note(r, text);
	r->last = letter;
	if (bytes.n >= 60 && pattern[0] != 0)
		wrong += bytes.n > PATTERN ||
			 memcmp(bytes.p, pattern + (r->data[side] + r->gap[side]) % PATTERN, bytes.n) != 0;
	r->data[side] += bytes.n;
	s->ignore = ignore_all;
	s->proven |= prove && side == SIDE_SERVER && bytes.n >= 5 && memcmp(bytes.p, "hello", 5) == 0;
}

static void on_gap(void *ctx, struct stream *s, enum side side, uint64_t n)
{
	struct record *r = record_of(s);
	char text[64];

	(void)ctx;
	cr_expect(r->open && s->user == r && n > 0, "gaps after open, and before close");
	snprintf(text, sizeof text, "gap %c %llu\n", side == SIDE_CLIENT ? 'C' : 'S', (unsigned long long)n);
	note(r, text);
	r->last = 0;
	r->gap[side] += n;
}

static void on_close(void *ctx, struct stream *s, enum event_end reason)
{
	struct record *r = record_of(s);

	(void)ctx;
	cr_expect(r->open && s->user == r, "close after open");
	r->open = false;
	r->end = *s;
	r->rare = (struct stream_rare){ *stream_tunnel(s), stream_gap_bytes(s) };
	r->end.rare = &r->rare;
	cr_assert(n_closed < COUNT(closed));
	closed[n_closed++] = (unsigned)(r - record);
	note(r, "close ");
	note(r, event_end_name(reason));
	note(r, stream_one_sided(s) ? ", one side\n" : "\n");
}

static struct port_set ports;
static size_t empty; /* memory held by the room without a session */

static void start(uint32_t max_flows, uint32_t max_active, size_t memory_cap)
{
	static const struct stream_handler handler = { .ctx = record, .open = on_open, .data = on_data, .gap = on_gap,
						       .close = on_close };
	struct stream_config config = STREAM_CONFIG_DEFAULT;

	port_set_add(&ports, 110);
	config.ports = &ports;
	if (max_flows > 0)
		config.max_flows = max_flows;
	if (max_active > 0)
		config.max_active = max_active;
	if (memory_cap > 0)
		config.memory_cap = memory_cap;
	cr_assert(stream_start(&config, &handler) == 0);
	cr_expect(stream_start(&config, &handler) == -1 && errno == EALREADY, "one per process");
	empty = stream_memory();
	cr_expect(stream_flows() == 0);
}

static void forget(void)
{
	memset(record, 0, sizeof record);
	n_closed = 0;
}

/* Ends everything: afterwards nothing is held. */
static void flush(const char *name)
{
	stream_flush();
	cr_expect(stream_memory() == empty, "%s: %zu bytes are left behind", name, stream_memory() - empty);
	cr_expect(stream_flows() == 0, "%s: sessions are left behind", name);
}

/* ---- packets ---- */

static uint64_t now = UINT64_C(1700000000) * SECOND, number;

/* One step of a connection, its numbers relative to the first byte of each side. */
struct step {
	enum side side;
	uint8_t flags;
	uint32_t seq, ack;
	struct span data;
	uint32_t cut;  /* bytes that the capture cut off behind data */
	uint32_t wait; /* µs before it */
};

#define STEP(side, flags, seq, ack, text) { side, flags, (uint32_t)(seq), (uint32_t)(ack), BYTES(text), 0, 1000 }
#define SYN STEP(SIDE_CLIENT, TCP_SYN, -1, 0, "")
#define SYN_ACK STEP(SIDE_SERVER, TCP_SYN | TCP_ACK, -1, 0, "")
#define HANDSHAKE SYN, SYN_ACK, C(0, 0, "")
#define C(seq, ack, text) STEP(SIDE_CLIENT, TCP_ACK, seq, ack, text)
#define S(seq, ack, text) STEP(SIDE_SERVER, TCP_ACK, seq, ack, text)
#define C_FIN(seq, ack, text) STEP(SIDE_CLIENT, TCP_ACK | TCP_FIN, seq, ack, text)
#define S_FIN(seq, ack, text) STEP(SIDE_SERVER, TCP_ACK | TCP_FIN, seq, ack, text)
#define C_RST(seq) STEP(SIDE_CLIENT, TCP_RST, seq, 0, "")
#define S_RST(seq, ack) STEP(SIDE_SERVER, TCP_RST | TCP_ACK, seq, ack, "")
#define CUT(side, seq, ack, text, cut) { side, TCP_ACK, seq, ack, BYTES(text), cut, 1000 }
#define LATER(side, seq, ack, text, wait) { side, TCP_ACK, seq, ack, BYTES(text), 0, wait }
#define HUGE 5000000
#define STEPS 24

/* Between whom, and where the numbers begin. */
struct ends {
	uint8_t ip_v;
	uint16_t client_port;
	uint16_t vlan; /* 0: none */
	uint32_t isn[2];
};

static const struct ends ends[] = {
	{ 4, FIRST_PORT, 0, { 1000, 2000 } },
	{ 6, FIRST_PORT, 0, { 1000, 2000 } },
	{ 4, FIRST_PORT, 0, { UINT32_MAX - 7, UINT32_MAX - 3 } }, /* they wrap on the way */
	{ 6, FIRST_PORT, 0, { INT32_MAX - 7, UINT32_MAX } },
};

static struct packet packet(const struct ends *e, const struct step *s)
{
	static const uint8_t addr[2][16] = { { 0x20, 1, 0x0d, 0xb8, 1 }, { 0x20, 1, 0x0d, 0xb8, 2 } };
	struct packet p = { .ts = now += s->wait, .number = ++number, .ip_v = e->ip_v, .ip_proto = 6 };
	size_t n = e->ip_v == 4 ? 4 : 16;

	memcpy(p.addr[0], addr[s->side] + 16 - (n == 4 ? 15 : 16), n);
	memcpy(p.addr[1], addr[side_other(s->side)] + 16 - (n == 4 ? 15 : 16), n);
	p.port[0] = s->side == SIDE_CLIENT ? e->client_port : 110;
	p.port[1] = s->side == SIDE_CLIENT ? 110 : e->client_port;
	p.n_vlan = e->vlan > 0 ? 1 : 0;
	p.vlan[0] = e->vlan;
	p.seq = e->isn[s->side] + 1 + s->seq;
	p.ack = (s->flags & TCP_ACK) != 0 ? e->isn[side_other(s->side)] + 1 + s->ack : 0;
	p.flags = s->flags;
	p.payload = s->data;
	p.payload_len = (uint32_t)s->data.n + s->cut;
	p.ip_len = (e->ip_v == 4 ? 40 : 60) + p.payload_len;
	p.len = p.ip_len + 14;
	return p;
}

static void send(const struct ends *e, const struct step *s)
{
	struct packet p = packet(e, s);

	stream_packet(&p);
}

static size_t steps(const struct step *s)
{
	size_t n = 0;

	while (n < STEPS && (s[n].flags != 0))
		n++;
	return n;
}

static void expect_record(unsigned i, const char *want, const char *name)
{
	cr_expect_str_eq(record[i].text, want, "%s:\n%s", name, record[i].text);
}

/* ---- one session ---- */

static const struct scenario {
	const char *name;
	struct step step[STEPS];
	const char *want;
} scenarios[] = {
	{ "in order",
	  { HANDSHAKE, S(0, 0, "hello;"), C(0, 6, "user;"), S(6, 5, "ok;"), C(5, 9, "pass;"), S(9, 10, "in;"),
	    C_FIN(10, 12, ""), S_FIN(12, 11, ""), C(11, 13, "") },
	  "open\nS hello;\nC user;\nS ok;\nC pass;\nS in;\nclose fin\n" },
	{ "the client first",
	  { HANDSHAKE, C(0, 0, "user;"), S(0, 5, "ok;"), C_FIN(5, 3, ""), S_FIN(3, 6, "") },
	  "open\nC user;\nS ok;\nclose fin\n" },
	{ "nothing said", { HANDSHAKE, C_FIN(0, 0, ""), S_FIN(0, 1, ""), C(1, 1, "") }, "" },
	{ "never accepted", { SYN, SYN, SYN }, "" },
	{ "refused", { SYN, STEP(SIDE_SERVER, TCP_RST | TCP_ACK, -2001, 0, "") }, "" },

	/* order */
	{ "segments swapped",
	  { HANDSHAKE, C(2, 0, "er;"), C(0, 0, "us"), S(0, 5, "ok;") },
	  "open\nC user;\nS ok;\nclose end_of_capture\n" },
	{ "segments backwards",
	  { HANDSHAKE, C(4, 0, ";"), C(3, 0, "r"), C(2, 0, "e"), C(1, 0, "s"), C(0, 0, "u"), S(0, 5, "ok;") },
	  "open\nC user;\nS ok;\nclose end_of_capture\n" },
	{ "a reply before its command",
	  { HANDSHAKE, S(0, 5, "ok;"), C(0, 0, "user;"), S(3, 10, "in;"), C(5, 3, "pass;") },
	  "open\nC user;\nS ok;\nC pass;\nS in;\nclose end_of_capture\n" },
	{ "a command before what it answers, and its reply too",
	  { HANDSHAKE, S(3, 5, "in;"), C(0, 3, "user;"), S(0, 0, "ok;") },
	  "open\nS ok;\nC user;\nS in;\nclose end_of_capture\n" },

	/* again and again */
	{ "duplicates",
	  { SYN, SYN, SYN_ACK, SYN_ACK, C(0, 0, ""), C(0, 0, ""), C(0, 0, "user;"), C(0, 0, "user;"), S(0, 5, "ok;"),
	    S(0, 5, "ok;"), C(0, 3, "user;"), C_FIN(5, 3, ""), C_FIN(5, 3, ""), S_FIN(3, 6, ""), S_FIN(3, 6, "") },
	  "open\nC user;\nS ok;\nclose fin\n" },
	{ "with other bytes, too late",
	  { HANDSHAKE, C(0, 0, "user;"), C(0, 0, "evil;"), S(0, 5, "ok;") },
	  "open\nC user;\nS ok;\nclose end_of_capture\n" },
	{ "with more", { HANDSHAKE, C(0, 0, "us"), C(0, 0, "user;"), S(0, 5, "ok;") },
	  "open\nC user;\nS ok;\nclose end_of_capture\n" },
	{ "overlapping", { HANDSHAKE, C(0, 0, "use"), C(2, 0, "er;pa"), C(5, 0, "pass;") },
	  "open\nC user;pass;\nclose end_of_capture\n" },
	{ "overlapping, backwards", { HANDSHAKE, C(5, 0, "pass;"), C(2, 0, "er;pa"), C(0, 0, "use") },
	  "open\nC user;pass;\nclose end_of_capture\n" },
	{ "filled from both sides", { HANDSHAKE, C(4, 0, ";"), C(6, 0, "a"), C(0, 0, "user;pass;") },
	  "open\nC user;pass;\nclose end_of_capture\n" },
	{ "keep-alives",
	  { HANDSHAKE, C(0, 0, "user;"), C(4, 0, "?"), S(0, 5, ""), C(4, 0, ""), S(0, 5, "ok;"), C(4, 3, "?"),
	    C(5, 3, "pass;") },
	  "open\nC user;\nS ok;\nC pass;\nclose end_of_capture\n" },

	/* what was not captured */
	{ "no handshake", { C(0, 0, "user;"), S(0, 5, "ok;"), C(5, 3, "pass;") },
	  "open midstream\nC user;\nS ok;\nC pass;\nclose end_of_capture\n" },
	{ "no handshake, the server first", { S(0, 0, "hello;"), C(0, 6, "user;") },
	  "open midstream\nS hello;\nC user;\nclose end_of_capture\n" },
	{ "half a handshake", { SYN, S(0, 0, "hello;"), C(0, 6, "user;") },
	  "open\nS hello;\nC user;\nclose end_of_capture\n" },
	{ "the other half", { SYN_ACK, S(0, 0, "hello;"), C(0, 6, "user;") },
	  "open\nS hello;\nC user;\nclose end_of_capture\n" },
	{ "the first segment lost", { HANDSHAKE, C(5, 0, "pass;"), S(0, 10, "in;") },
	  "open\ngap C 5\nC pass;\nS in;\nclose end_of_capture\n" },
	{ "the client alone", { SYN, C(0, 0, ""), C(0, 6, "user;"), C(5, 9, "pass;") },
	  "open\ngap S 6\nC user;\ngap S 3\nC pass;\nclose end_of_capture, one side\n" },
	{ "the client alone, begun earlier", { C(0, 6, "user;"), C(5, 9, "pass;") },
	  "open midstream\nC user;\ngap S 3\nC pass;\nclose end_of_capture, one side\n" },
	{ "the server alone", { SYN_ACK, S(0, 0, "hello;"), S(6, 5, "ok;"), S(9, 10, "in;") },
	  "open\nS hello;\ngap C 5\nS ok;\ngap C 5\nS in;\nclose end_of_capture, one side\n" },
	{ "lost and acknowledged",
	  { HANDSHAKE, C(0, 0, "user;"), S(0, 10, "ok;"), C(10, 3, "stat;"), S(3, 15, "ok;") },
	  "open\nC user;\ngap C 5\nS ok;\nC stat;\nS ok;\nclose end_of_capture\n" },
	{ "lost, acknowledged and nothing behind it",
	  { HANDSHAKE, C(0, 0, "user;"), S(0, 10, "") },
	  "open\nC user;\ngap C 5\nclose end_of_capture\n" },
	{ "held by what it answers, not lost",
	  { HANDSHAKE, C(0, 0, "user;"), S(0, 10, "ok;"), C(10, 3, ""), C(10, 3, ""), C(10, 3, ""), C(10, 3, ""),
	    C(10, 3, ""), C(10, 3, ""), C(10, 3, ""), C(10, 3, ""), C(10, 3, ""), C(5, 3, "late;"), C(10, 3, "stat;") },
	  "open\nC user;late;\nS ok;\nC stat;\nclose end_of_capture\n" },
	{ "lost, and time goes by",
	  { HANDSHAKE, C(0, 0, "user;"), S(0, 10, "ok;"), LATER(SIDE_CLIENT, 10, 3, "stat;", SECOND),
	    C(5, 3, "late;") },
	  "open\nC user;\ngap C 5\nS ok;\nC stat;\nclose end_of_capture\n" },
	{ "lost, and nobody acknowledged it",
	  { HANDSHAKE, C(0, 0, "user;"), C(10, 0, "stat;"), LATER(SIDE_CLIENT, 15, 0, "quit;", 4 * SECOND) },
	  "open\nC user;\ngap C 5\nC stat;quit;\nclose end_of_capture\n" },
	{ "two holes",
	  { HANDSHAKE, C(2, 0, "er;"), C(7, 0, "ss;"), S(0, 10, "in;") },
	  "open\ngap C 2\nC er;\ngap C 2\nC ss;\nS in;\nclose end_of_capture\n" },
	{ "late, not lost",
	  { HANDSHAKE, C(0, 0, "user;"), S(0, 10, "ok;"), C(5, 0, "pass;"), C(10, 3, "stat;") },
	  "open\nC user;pass;\nS ok;\nC stat;\nclose end_of_capture\n" },
	{ "a hole larger than any window, and a command in answer to what is behind it",
	  { HANDSHAKE, S(0, 0, "hello;"), C(0, 6, "retr;"), S(6 + HUGE, 5, "mail;"), S(11 + HUGE, 5, "end;"), C(5, 15 + HUGE, "quit;"),
	    S_FIN(15 + HUGE, 10, "bye;"), C_FIN(10, 20 + HUGE, "") },
	  "open\nS hello;\nC retr;\ngap S 5000000\nS mail;end;\nC quit;\nS bye;\nclose fin\n" },
	{ "a hole larger than any window, and nobody acknowledges",
	  { HANDSHAKE, S(0, 0, "hello;"), S(6 + HUGE, 0, "0"), S(8 + HUGE, 0, "2"), S(7 + HUGE, 0, "1"), S(9 + HUGE, 0, "3"),
	    S(10 + HUGE, 0, "4"), S(11 + HUGE, 0, "5"), S(12 + HUGE, 0, "6"), S(13 + HUGE, 0, "7"), S_FIN(14 + HUGE, 0, "8") },
	  "open\nS hello;\ngap S 5000000\nS 012345678\nclose end_of_capture\n" },
	{ "a few that are too far ahead, and the stream goes on",
	  { HANDSHAKE, S(0, 0, "hello;"), S(6 + HUGE, 0, "evil;"), S(6, 0, "ok;"), C(0, 6 + HUGE, ""), C(0, 9, "user;") },
	  "open\nS hello;ok;\nC user;\nclose end_of_capture\n" },
	{ "cut by the snap length",
	  { HANDSHAKE, CUT(SIDE_SERVER, 0, 0, "hel", 3), C(0, 6, "user;"), CUT(SIDE_SERVER, 6, 5, "", 3),
	    C(5, 9, "pass;") },
	  "open\nS hel\ngap S 3\nC user;\ngap S 3\nC pass;\nclose end_of_capture\n" },
	{ "cut, then whole",
	  { HANDSHAKE, CUT(SIDE_CLIENT, 0, 0, "us", 3), C(0, 0, "user;"), S(0, 5, "ok;") },
	  "open\nC us\ngap C 3\nS ok;\nclose end_of_capture\n" },
	{ "far ahead",
	  { HANDSHAKE, C(0, 0, "user;"), C(100000000, 0, "evil;"), C(-100000000, 0, "evil;"), S(0, 5, "ok;"),
	    C(5, 3, "pass;") },
	  "open\nC user;\nS ok;\nC pass;\nclose end_of_capture\n" },
	{ "data in the SYN", { STEP(SIDE_CLIENT, TCP_SYN, -1, 0, "user;"), STEP(SIDE_SERVER, TCP_SYN | TCP_ACK, -1, 5, ""),
			       S(0, 5, "ok;") },
	  "open\nC user;\nS ok;\nclose end_of_capture\n" },

	/* the end */
	{ "half closed",
	  { HANDSHAKE, C_FIN(0, 0, "stat;"), S(0, 6, "ok;"), S_FIN(3, 6, "bye;"), C(6, 8, "") },
	  "open\nC stat;\nS ok;bye;\nclose fin\n" },
	{ "FIN before the data in front of it",
	  { HANDSHAKE, C_FIN(5, 0, ""), C(0, 0, "quit;"), S_FIN(0, 6, "bye;") },
	  "open\nC quit;\nS bye;\nclose fin\n" },
	{ "FIN, and what came before it is lost",
	  { HANDSHAKE, C(0, 0, "user;"), C_FIN(10, 0, ""), S_FIN(0, 11, "") },
	  "open\nC user;\ngap C 5\nclose fin\n" },
	{ "one FIN lost",
	  { HANDSHAKE, C(0, 0, "quit;"), S_FIN(0, 5, "bye;"), C(5, 5, "") },
	  "open\nC quit;\nS bye;\nclose end_of_capture\n" },
	{ "after the end",
	  { HANDSHAKE, C_FIN(0, 0, "quit;"), S_FIN(0, 6, "bye;"), C(6, 5, ""), S(0, 6, "bye;"), C(0, 0, "quit;"),
	    S_RST(5, 6) },
	  "open\nC quit;\nS bye;\nclose fin\n" },
	{ "reset by the client", { HANDSHAKE, C(0, 0, "quit;"), C_RST(5) }, "open\nC quit;\nclose reset\n" },
	{ "an answer on its way when the client resets", { HANDSHAKE, C(0, 0, "quit;"), C_RST(5), S(0, 5, "bye;") },
	  "open\nC quit;\nS bye;\nclose reset\n" },
	/* Whoever sees the traffic can forge the right number; its owner goes on. */
	{ "a forged reset", { HANDSHAKE, C(0, 0, "user;"), C_RST(5), S(0, 5, "ok;"), C(5, 3, "pass;"), S(3, 10, "in;") },
	  "open\nC user;\nS ok;\nC pass;\nS in;\nclose end_of_capture\n" },
	{ "reset, and later the ports again",
	  { HANDSHAKE, C(0, 0, "quit;"), C_RST(5), LATER(SIDE_CLIENT, 99999, 0, "", 5 * SECOND),
	    STEP(SIDE_CLIENT, TCP_SYN, 99999, 0, ""), STEP(SIDE_SERVER, TCP_SYN | TCP_ACK, 199999, 100000, ""),
	    C(100000, 200000, "user;") },
	  "open\nC quit;\nclose reset\nopen\nC user;\nclose end_of_capture\n" },
	{ "reset by the server", { HANDSHAKE, C(0, 0, "quit;"), S_RST(0, 5) },
	  "open\nC quit;\nclose reset\n" },
	{ "reset where the server has acknowledged to",
	  { HANDSHAKE, C(0, 0, "user;"), S(0, 10, ""), C_RST(10) },
	  "open\nC user;\ngap C 5\nclose reset\n" },
	{ "resets out of nowhere",
	  { HANDSHAKE, C(0, 0, "user;"), S(0, 5, ""), C_RST(6), C_RST(4), C_RST(0), C_RST(70000), S_RST(1, 5),
	    S_RST(-1, 5), S(0, 5, "ok;") },
	  "open\nC user;\nS ok;\nclose end_of_capture\n" },
	{ "idle",
	  { HANDSHAKE, C(0, 0, "user;"), S(0, 5, "ok;"), LATER(SIDE_CLIENT, 5, 3, "pass;", 890 * SECOND) },
	  "open\nC user;\nS ok;\nC pass;\nclose end_of_capture\n" },
	{ "idle for too long",
	  { HANDSHAKE, C(0, 0, "user;"), S(0, 5, "ok;"), LATER(SIDE_CLIENT, 5, 3, "pass;", 910 * SECOND) },
	  "open\nC user;\nS ok;\nclose timeout\nopen midstream\nC pass;\nclose end_of_capture, one side\n" },

	/* the same ports again */
	{ "used again after the end",
	  { HANDSHAKE, C_FIN(0, 0, "quit;"), S_FIN(0, 6, ""), STEP(SIDE_CLIENT, TCP_SYN, 99999, 0, ""),
	    STEP(SIDE_SERVER, TCP_SYN | TCP_ACK, 199999, 100000, ""), C(100000, 200000, "user;") },
	  "open\nC quit;\nclose fin\nopen\nC user;\nclose end_of_capture\n" },
	{ "used again without an end",
	  { HANDSHAKE, C(0, 0, "user;"), STEP(SIDE_CLIENT, TCP_SYN, 99999, 0, ""),
	    STEP(SIDE_SERVER, TCP_SYN | TCP_ACK, 199999, 100000, ""), C(100000, 200000, "pass;"), S(200000, 100005, "ok;") },
	  "open\nC user;\nclose reused\nopen\nC pass;\nS ok;\nclose end_of_capture\n" },
	{ "a forged SYN",
	  { HANDSHAKE, C(0, 0, "user;"), STEP(SIDE_CLIENT, TCP_SYN, 99999, 0, ""), S(0, 5, "ok;"), C(5, 3, "pass;"),
	    S(3, 10, "in;") },
	  "open\nC user;\nS ok;\nC pass;\nS in;\nclose end_of_capture\n" },
	{ "the SYN of a failed attempt", { SYN, STEP(SIDE_CLIENT, TCP_SYN, 99999, 0, ""),
					   STEP(SIDE_SERVER, TCP_SYN | TCP_ACK, 199999, 100000, ""), C(100000, 200000, "user;") },
	  "open\nC user;\nclose end_of_capture\n" },
};

UNIT(stream, scenarios)
{
	char name[128];
	size_t i, k, n;

	start(0, 0, 0);
	for (i = 0; i < COUNT(scenarios); i++)
		for (k = 0; k < COUNT(ends); k++) {
			forget();
			for (n = 0; n < steps(scenarios[i].step); n++)
				send(&ends[k], &scenarios[i].step[n]);
			snprintf(name, sizeof name, "%s (IPv%u, from %u)", scenarios[i].name, ends[k].ip_v,
				 ends[k].isn[0]);
			flush(name);
			expect_record(0, scenarios[i].want, name);
		}
	stream_stop();
}

/* Every two neighbours of a session in the wrong order, as a SPAN port shows them: the same is told. */
UNIT(stream, swapped_neighbours)
{
	static const struct step session[] = {
		HANDSHAKE, S(0, 0, "hello;"), C(0, 6, ""), C(0, 6, "user;"), S(6, 5, ""), S(6, 5, "ok;"), C(5, 9, "pass;"),
		S(9, 10, "in;"), C(10, 12, "stat;"), S(12, 15, "2;"), C(15, 14, "quit;"), S(14, 20, "bye;"),
		S_FIN(18, 20, ""), C_FIN(20, 19, ""), S(19, 21, ""),
	};
	static const char want[] = "open\nS hello;\nC user;\nS ok;\nC pass;\nS in;\nC stat;\nS 2;\nC quit;\nS bye;\n"
				   "close fin\n";
	char name[64];
	size_t i, k, n;

	start(0, 0, 0);
	for (k = 0; k < COUNT(ends); k++)
		for (i = 0; i + 1 < COUNT(session); i++) {
			forget();
			for (n = 0; n < COUNT(session); n++)
				send(&ends[k], &session[n == i ? i + 1 : n == i + 1 ? i : n]);
			snprintf(name, sizeof name, "%zu and %zu, ends %zu", i, i + 1, k);
			flush(name);
			expect_record(0, want, name);
		}
	cr_expect(counter_value[COUNTER_TCP_GAP] == 0, "nothing was missing");
	stream_stop();
}

/* ---- the record of a session ---- */

static const struct step hello[] = { HANDSHAKE, S(0, 0, "hello;"), C(0, 6, "user;") };

UNIT(stream, counters)
{
	struct stream *s = &record[0].end;
	uint64_t begun, id;
	size_t i;

	start(0, 0, 0);
	begun = now;
	for (i = 0; i < COUNT(hello); i++)
		send(&ends[0], &hello[i]);
	flush("counters");
	cr_expect(s->pkts[SIDE_CLIENT] == 3 && s->pkts[SIDE_SERVER] == 2, "the handshake counts");
	cr_expect(s->bytes[SIDE_CLIENT] == 3 * 40 + 5 && s->bytes[SIDE_SERVER] == 2 * 40 + 6);
	cr_expect(s->start == begun + 1000 && s->last == begun + 5000 && s->ts == s->last);
	cr_expect(s->packet == 5 && stream_gap_bytes(s) == 0 && !s->midstream);
	cr_expect(s->key.port[SIDE_CLIENT] == FIRST_PORT && s->key.port[SIDE_SERVER] == 110 && s->key.ip_v == 4);

	/* The same packets again have the same number, and others have another. */
	id = record[0].id;
	forget();
	now = begun;
	number = 0;
	for (i = 0; i < COUNT(hello); i++)
		send(&ends[0], &hello[i]);
	flush("replay");
	cr_expect(record[0].id == id);
	forget();
	now = begun;
	number = 0;
	for (i = 0; i < COUNT(hello); i++)
		send(&ends[1], &hello[i]);
	flush("another");
	cr_expect(record[0].id != id);
	stream_stop();
}

UNIT(stream, gap_bytes)
{
	static const struct step session[] = { C(0, 0, "user;"), CUT(SIDE_SERVER, 0, 5, "o", 2), C(10, 3, "quit;"),
					       S(3, 15, "bye;") };
	size_t i;

	start(0, 0, 0);
	for (i = 0; i < COUNT(session); i++)
		send(&ends[0], &session[i]);
	flush("gaps");
	cr_expect(stream_gap_bytes(&record[0].end) == 7 && record[0].end.midstream);
	cr_expect(counter_value[COUNTER_TCP_GAP] == 2 && counter_value[COUNTER_TCP_GAP_BYTES] == 7);
	stream_stop();
}

/* What wants no more data is told of its end alone. */
UNIT(stream, ignored)
{
	static const struct step more[] = { S(6, 5, "ok;"), C(5, 9, "stat;"), S(9, 10, "ok;"), S_FIN(12, 10, ""),
					    C_FIN(10, 13, "") };
	size_t i;

	ignore_all = true;
	start(0, 0, 0);
	for (i = 0; i < COUNT(hello); i++)
		send(&ends[0], &hello[i]);
	for (i = 0; i < COUNT(more); i++)
		send(&ends[0], &more[i]);
	flush("ignored");
	expect_record(0, "open\nS hello;\nclose fin\n", "ignored");
	stream_stop();
}

/* ---- packets that are nobody's ---- */

UNIT(stream, not_ours)
{
	struct step data = C(0, 0, "user;");
	struct packet p;

	start(0, 0, 0);
	p = packet(&ends[0], &data);
	p.port[1] = 111;
	stream_packet(&p); /* no port of ours */
	p.port[0] = p.port[1] = 110;
	memcpy(p.addr[1], p.addr[0], sizeof p.addr[0]);
	stream_packet(&p); /* to itself */
	p = packet(&ends[0], &data);
	p.flags = TCP_RST;
	stream_packet(&p); /* the end of something */
	p.flags = TCP_ACK;
	p.payload = span_of(NULL, 0);
	p.payload_len = 0;
	stream_packet(&p); /* says nothing */
	cr_expect(stream_flows() == 0 && stream_memory() == empty);
	flush("nobody's");
	cr_expect(n_closed == 0);
	stream_stop();
}

/* With both ports watched, who opens is the client. */
UNIT(stream, both_ports)
{
	struct ends e = ends[0];
	size_t i;

	e.client_port = FIRST_PORT;
	port_set_add(&ports, FIRST_PORT);
	start(0, 0, 0);
	for (i = 0; i < COUNT(hello); i++)
		send(&e, &hello[i]);
	flush("both ports");
	expect_record(0, "open\nS hello;\nC user;\nclose end_of_capture\n", "both ports");
	stream_stop();
}

/* ---- time ---- */

UNIT(stream, tick)
{
	static const struct step session[] = { HANDSHAKE, C(0, 0, "user;"), S(0, 10, "ok;") };
	size_t i;

	start(0, 0, 0);
	for (i = 0; i < COUNT(session); i++)
		send(&ends[0], &session[i]);
	stream_tick(now + SECOND / 10);
	expect_record(0, "open\nC user;\n", "it may still come");
	stream_tick(now + SECOND);
	expect_record(0, "open\nC user;\ngap C 5\nS ok;\n", "it will not");
	stream_tick(now + 890 * SECOND);
	cr_expect(record[0].open && stream_flows() == 1, "a server may not give up before ten minutes");
	stream_tick(now + 910 * SECOND);
	expect_record(0, "open\nC user;\ngap C 5\nS ok;\nclose timeout\n", "idle");
	cr_expect(stream_flows() == 0);
	stream_stop();
}

/* A clock that is set back must not end, nor lose, anything. */
UNIT(stream, time_goes_back)
{
	static const struct step more[] = { S(6, 5, "ok;"), C(5, 9, "pass;") };
	size_t i;

	start(0, 0, 0);
	for (i = 0; i < COUNT(hello); i++)
		send(&ends[0], &hello[i]);
	now -= 3600ull * SECOND;
	for (i = 0; i < COUNT(more); i++)
		send(&ends[0], &more[i]);
	flush("back");
	expect_record(0, "open\nS hello;\nC user;\nS ok;\nC pass;\nclose end_of_capture\n", "back");
	stream_stop();
}

/* By as much time packets go back. */
static const struct {
	const char *name;
	uint64_t seconds;
} back[] = {
	{ "half a second", 0 }, { "2 seconds", 2 }, { "20 minutes", 1200 }, { "an hour", 3600 },
	{ "3 days", 3 * 86400 }, { "a year", 365 * 86400 }, { "53 years", UINT64_C(53) * 365 * 86400 },
};

static void go_back(size_t i)
{
	now -= back[i].seconds > 0 ? back[i].seconds * SECOND : SECOND / 2;
}

static void send_all(const struct ends *e, const struct step *s, size_t n)
{
	for (; n > 0; n--)
		send(e, s++);
}

static struct ends at_port(unsigned i)
{
	struct ends e = ends[0];

	e.client_port = (uint16_t)(FIRST_PORT + i);
	return e;
}

/* Sessions that begin after a clock was set back are sessions like others, and so are those that were there. */
UNIT(stream, begins_after_time_went_back)
{
	static const struct step rest[] = { S(6, 5, "ok;"), C_FIN(5, 9, ""), S_FIN(9, 6, "") };
	static const char want[] = "open\nS hello;\nC user;\nS ok;\nclose fin\n";
	struct ends old, fresh;
	uint64_t then = now;
	size_t i;

	start(0, 0, 0);
	for (i = 0; i < COUNT(back); i++) {
		forget();
		now = then;
		old = at_port(0);
		fresh = at_port(1);
		send_all(&old, hello, COUNT(hello));
		go_back(i);
		send_all(&fresh, hello, COUNT(hello));
		send_all(&old, rest, COUNT(rest));
		send_all(&fresh, rest, COUNT(rest));
		expect_record(0, want, back[i].name);
		expect_record(1, want, back[i].name);
		cr_expect(record[1].end.start < then + SECOND && record[1].end.last == record[1].end.start + 10000,
			  "%s: packet time", back[i].name);
		flush(back[i].name);
	}
	stream_stop();
}

/* And they are over when their time is, not when packets are back where they had been. */
UNIT(stream, times_out_after_time_went_back)
{
	struct ends old, fresh, syn;
	size_t i;

	start(0, 0, 0);
	for (i = 0; i < COUNT(back); i++) {
		forget();
		old = at_port(0);
		fresh = at_port(1);
		syn = at_port(2);
		send_all(&old, hello, COUNT(hello));
		go_back(i);
		send_all(&fresh, hello, COUNT(hello));
		send_all(&syn, hello, 1);
		now += 890 * SECOND;
		stream_tick(now);
		cr_expect(stream_flows() == 2, "%s: too early", back[i].name);
		now += 14 * SECOND;
		stream_tick(now);
		cr_expect(stream_flows() == 0 && n_closed == 2, "%s: too late", back[i].name);
		cr_expect(stream_memory() <= empty + 1024 * 1024, "%s: records are left", back[i].name);
		flush(back[i].name);
	}
	stream_stop();
}

/* What waits for what was lost waits as long as ever. */
UNIT(stream, gives_up_after_time_went_back)
{
	static const struct step hole[] = { HANDSHAKE, C(0, 0, "user;"), S(0, 10, "ok;") };
	struct ends e = at_port(0);
	size_t i, k;

	start(0, 0, 0);
	for (i = 0; i < COUNT(back); i++) {
		forget();
		send_all(&e, hole, COUNT(hole));
		go_back(i);
		stream_tick(now);
		expect_record(0, "open\nC user;\n", back[i].name);
		/* That it went back by less than a second was not noticed. */
		for (k = 1; k <= 11; k++)
			stream_tick(now + k * SECOND / 10);
		expect_record(0, "open\nC user;\ngap C 5\nS ok;\n", back[i].name);
		flush(back[i].name);
	}
	stream_stop();
}

/* One clock is an hour behind the other, or a packet in a hundred has a time of its own: nothing is over for that. */
UNIT(stream, two_clocks)
{
	static const struct step client = C(5, 6, "x"), server = S(6, 5, "y");
	struct ends ahead = at_port(0), behind = at_port(1), idle = at_port(2);
	struct step c = client, s = server;
	unsigned i;

	start(0, 0, 0);
	send_all(&idle, hello, COUNT(hello));
	send_all(&ahead, hello, COUNT(hello));
	now -= 3600ull * SECOND;
	send_all(&behind, hello, COUNT(hello));
	for (i = 0; i < 800; i++, c.seq++, s.seq++) {
		now += 3601ull * SECOND;
		send(&ahead, &c);
		now -= 3600ull * SECOND;
		send(&behind, &s);
		if (i == 100)
			cr_expect(record[2].open, "a hundred seconds are no hour");
	}
	cr_expect(record[0].open && record[1].open && record[2].open, "they go on");
	cr_expect(record[0].gap[0] + record[1].gap[1] == 0 && record[1].data[SIDE_SERVER] == 806);
	for (i = 0; i < 101; i++, c.seq++) {
		now += 3601ull * SECOND;
		send(&ahead, &c);
		now -= 3600ull * SECOND;
		send(&behind, &s);
	}
	cr_expect(record[0].open && record[1].open && !record[2].open, "900 seconds are over");
	flush("two clocks");
	stream_stop();
}

/* A clock that is set a year ahead and back again, as one packet may be: from then on all is as ever. */
UNIT(stream, ahead_and_back)
{
	struct ends e = at_port(0), stray = at_port(1);
	unsigned i;

	start(0, 0, 0);
	send_all(&stray, hello, COUNT(hello));
	for (i = 0; i < 3; i++) {
		memset(&record[0], 0, sizeof record[0]);
		now += 365 * UINT64_C(86400) * SECOND;
		send_all(&stray, hello, 1);
		now -= 365 * UINT64_C(86400) * SECOND;
		send_all(&e, hello, COUNT(hello));
		expect_record(0, "open\nS hello;\nC user;\n", "a year");
		stream_tick(now + 890 * SECOND);
		cr_expect(record[0].open, "not yet");
		stream_tick(now += 910 * SECOND);
		expect_record(0, "open\nS hello;\nC user;\nclose timeout\n", "a year");
	}
	flush("a year");
	stream_stop();
}

/* Live: the clock is set ahead by an hour, then an hour goes by. */
UNIT(stream, set_ahead)
{
	static const struct step more[] = { S(6, 5, "ok;"), C(5, 9, "pass;") };
	uint64_t steady = 77 * SECOND;

	start(0, 0, 0);
	stream_clocks(now, steady);
	send_all(&ends[0], hello, COUNT(hello));
	stream_clocks(now += 3600ull * SECOND, steady += SECOND / 2);
	stream_tick(now);
	send_all(&ends[0], more, COUNT(more));
	expect_record(0, "open\nS hello;\nC user;\nS ok;\nC pass;\n", "set ahead");
	now -= 3600ull * SECOND; /* late, from before */
	stream_tick(now);
	now += 3600ull * SECOND;
	stream_clocks(now += SECOND, steady += SECOND);
	stream_tick(now);
	cr_expect(record[0].open, "it goes on");
	stream_clocks(now += 3600ull * SECOND, steady += 3600ull * SECOND);
	stream_tick(now);
	cr_expect(!record[0].open, "an hour of silence is an hour");
	flush("set ahead");
	stream_stop();
}

/* ---- much at once ---- */

/* More behind a hole than libnids would keep (64 KiB), and the hole is filled after all. */
UNIT(stream, much_queued)
{
	static const uint8_t block[8000] = { 'x' };
	const unsigned blocks = 60;
	struct step s = C(0, 0, "");
	unsigned i;

	start(0, 0, 0);
	for (i = 0; i < 3; i++)
		send(&ends[0], &hello[i]);
	s.data = span_of(block, sizeof block);
	for (i = 1; i <= blocks; i++) {
		s.seq = i % blocks * (uint32_t)sizeof block;
		send(&ends[0], &s);
	}
	flush("queued");
	cr_expect(record[0].data[SIDE_CLIENT] == blocks * sizeof block, "%llu",
		  (unsigned long long)record[0].data[SIDE_CLIENT]);
	cr_expect(stream_gap_bytes(&record[0].end) == 0);
	stream_stop();
}

/* Far more than can be kept: what does not fit is said to be missing, and the memory is bounded. */
UNIT(stream, too_much_queued)
{
	static const uint8_t block[60000] = { 'x' };
	struct step s = C(1, 0, "");
	unsigned i;

	start(0, 0, 0);
	for (i = 0; i < 3; i++)
		send(&ends[0], &hello[i]);
	s.data = span_of(block, sizeof block);
	for (i = 0; i < 40; i++, s.seq += (uint32_t)sizeof block) {
		send(&ends[0], &s);
		cr_expect(stream_memory() < empty + (1u << 20));
	}
	flush("queued");
	cr_expect(record[0].data[SIDE_CLIENT] + stream_gap_bytes(&record[0].end) == 1 + 40 * sizeof block);
	stream_stop();
}

/* ---- many sessions ---- */

static struct ends client(unsigned i)
{
	struct ends e = ends[0];

	e.client_port = (uint16_t)(FIRST_PORT + i);
	e.isn[SIDE_CLIENT] += 1000 * i;
	return e;
}

/* Opens session number i; a second passes, so that the order of use is plain. */
static void open_session(unsigned i)
{
	struct ends e = client(i);
	size_t k;

	for (k = 0; k < COUNT(hello); k++)
		send(&e, &hello[k]);
	now += SECOND;
}

static void say(unsigned i, const struct step *s)
{
	struct ends e = client(i);

	send(&e, s);
	now += SECOND;
}

static void expect_open(unsigned i, bool is_open)
{
	cr_expect(record[i].open == is_open, "session %u:\n%s", i, record[i].text);
	if (!is_open)
		cr_expect(strstr(record[i].text, "close evicted") != NULL, "session %u:\n%s", i, record[i].text);
}

UNIT(stream, flushed_in_order)
{
	unsigned i;

	start(0, 0, 0);
	for (i = 0; i < 10; i++)
		open_session((i * 7) % 10);
	cr_expect(stream_flows() == 10);
	flush("ten");
	cr_assert(n_closed == 10);
	for (i = 0; i < 10; i++)
		cr_expect(closed[i] == (i * 7) % 10, "the oldest first: %u is number %u", closed[i], i);
	stream_stop();
}

/* No room for another flow: the one that was used least recently goes. */
UNIT(stream, max_flows)
{
	struct step more = C(5, 6, "stat;");

	start(4, 0, 0);
	open_session(0);
	open_session(1);
	open_session(2);
	open_session(3);
	say(0, &more);
	open_session(4);
	expect_open(0, true);
	expect_open(1, false);
	expect_open(2, true);
	open_session(5);
	expect_open(2, false);
	expect_open(0, true);
	cr_expect(stream_flows() == 4 && counter_value[COUNTER_FLOW_EVICTED] == 2);
	flush("evicted");
	stream_stop();
}

/* A flood of connections that say nothing pushes out its own, not the sessions. */
UNIT(stream, embryonic_first)
{
	static const struct step syn = SYN;
	unsigned i;

	start(4, 0, 0);
	open_session(0);
	open_session(1);
	for (i = 2; i < SESSIONS; i++)
		say(i, &syn);
	expect_open(0, true);
	expect_open(1, true);
	open_session(2);
	open_session(3);
	expect_open(0, true);
	expect_open(2, true);
	flush("flood");
	stream_stop();
}

/* Sessions that nobody has said anything good of go first, however busy they are. */
UNIT(stream, doubtful_first)
{
	struct step other = S(0, 0, "what;");
	const unsigned many = 100;
	unsigned i;

	prove = true;
	start(20, 0, 0);
	open_session(0);
	open_session(1);
	for (i = 2; i < many; i++) {
		say(i, &other);
		cr_expect(stream_flows() <= 20);
	}
	expect_open(0, true);
	expect_open(1, true);
	expect_open(2, false);
	expect_open(many - 1, true);
	cr_expect(counter_value[COUNTER_FLOW_EVICTED] == many - 20);
	/* Among those that were proven the oldest goes. */
	for (i = 2; i < 21; i++) {
		record[i] = (struct record){ 0 };
		open_session(i);
	}
	expect_open(0, false);
	expect_open(1, true);
	flush("doubtful");
	stream_stop();
}

/* What one session lets go to make room for another may not touch that other, which is half through with its packet. */
UNIT(stream, room_for_one_at_work)
{
	static const uint8_t block[60000] = { 'x' };
	struct step s = STEP(SIDE_SERVER, TCP_ACK, 6, 10, ""), answer = S(6, 5, "ok;");
	const unsigned waiting = 150;
	unsigned i, k;

	/* libnids has room for one: taking up the session that gives up its wait parks the one that begins to. */
	start(0, 1, 0);
	for (i = 0; i <= waiting; i++) {
		open_session(i);
		now -= SECOND;
	}
	s.data = span_of(block, sizeof block);
	s.wait = 1;
	for (i = 0; i < waiting; i++)
		for (k = 0, s.seq = 6; k < 4; k++, s.seq += (uint32_t)sizeof block) {
			struct ends e = client(i);

			send(&e, &s);
		}
	for (k = 0, s.seq = 9; k < 4; k++, s.seq += (uint32_t)sizeof block) {
		struct ends e = client(waiting);

		answer.wait = 1;
		if (k == 0)
			send(&e, &answer);
		send(&e, &s);
	}
	cr_expect(stream_memory() < empty + (40u << 20));
	flush("room");
	for (i = 0; i <= waiting; i++)
		cr_expect(record[i].data[SIDE_SERVER] == 6 + 4 * sizeof block + (i == waiting ? 3 : 0), "%u: %llu", i,
			  (unsigned long long)record[i].data[SIDE_SERVER]);
	stream_stop();
}

/* Of a queue of single bytes nearly all is what each of them costs besides: that is what is bounded. */
UNIT(stream, queue_of_bytes)
{
	struct step s = C(1, 0, "x");
	size_t least;
	unsigned i;

	start(0, 0, 0);
	for (i = 0; i < 3; i++)
		send(&ends[0], &hello[i]);
	s.wait = 0;
	send(&ends[0], &s);
	least = stream_memory();
	for (i = 0; i < 40; i++) {
		send(&ends[0], &s);
		cr_expect(stream_memory() >= least + (i + 1) * 80, "%u: %zu", i, stream_memory() - least);
	}
	flush("bytes");
	expect_record(0, "open\ngap C 1\nC x\nclose end_of_capture\n", "bytes");
	stream_stop();
}

/* Ended ones go before open ones, too. */
UNIT(stream, dead_first)
{
	static const struct step bye[] = { S_FIN(6, 5, ""), C_FIN(5, 7, "") };

	start(3, 0, 0);
	open_session(0);
	open_session(1);
	open_session(2);
	say(2, &bye[0]);
	say(2, &bye[1]);
	open_session(3);
	expect_open(0, true);
	expect_open(1, true);
	cr_expect(strstr(record[2].text, "close fin\n") != NULL, "%s", record[2].text);
	flush("dead");
	stream_stop();
}

UNIT(stream, memory_cap)
{
	const size_t cap = 2u << 20;
	unsigned i;

	user_bytes = 300000;
	start(0, 0, cap);
	for (i = 0; i < 20; i++) {
		open_session(i);
		cr_expect(stream_memory() <= cap, "%u sessions: %zu bytes", i, stream_memory());
	}
	expect_open(0, false);
	expect_open(19, true);
	cr_expect(stream_flows() >= 2 && stream_flows() <= cap / user_bytes, "%u", stream_flows());
	for (i = 1; i < 20; i++)
		cr_expect(record[i].open >= record[i - 1].open, "the oldest first: %u", i);
	flush("cap");
	stream_stop();
}

/* More sessions than libnids holds at once: they take turns, and none loses a byte. */
UNIT(stream, max_active)
{
	static const struct step more[] = { S(6, 5, "ok;"), C(5, 9, "pass;"), S(9, 10, "in;"), C_FIN(10, 12, ""),
					    S_FIN(12, 11, "") };
	const unsigned n = 20;
	unsigned i;
	size_t k;

	start(0, 3, 0);
	for (i = 0; i < n; i++)
		open_session(i);
	cr_expect(stream_flows() == n);
	for (k = 0; k < COUNT(more); k++)
		for (i = 0; i < n; i++)
			say(i, &more[k]);
	for (i = 0; i < n; i++)
		expect_record(i, "open\nS hello;\nC user;\nS ok;\nC pass;\nS in;\nclose fin\n", "in turns");
	cr_expect(counter_value[COUNTER_TCP_PARKED] > 0);
	flush("parked");
	stream_stop();
}

/* Silence parks a session; the next packet finds it where it was, holes and all. */
UNIT(stream, parked)
{
	static const struct step more[] = { LATER(SIDE_SERVER, 6, 5, "ok;", 60 * SECOND),
					    LATER(SIDE_CLIENT, 10, 9, "stat;", 60 * SECOND),
					    LATER(SIDE_SERVER, 9, 15, "ok;", 60 * SECOND),
					    LATER(SIDE_CLIENT, 15, 12, "quit;", 600 * SECOND) };
	size_t i, k;

	start(0, 0, 0);
	for (k = 0; k < COUNT(ends); k++) {
		forget();
		for (i = 0; i < COUNT(hello); i++)
			send(&ends[k], &hello[i]);
		for (i = 0; i < COUNT(more); i++)
			send(&ends[k], &more[i]);
		flush("parked");
		expect_record(0, "open\nS hello;\nC user;\nS ok;\ngap C 5\nC stat;\nS ok;\nC quit;\nclose end_of_capture\n",
			      "parked");
	}
	cr_expect(counter_value[COUNTER_TCP_PARKED] > 0);
	stream_stop();
}

/* The same addresses and ports in two VLANs, and in none, are three sessions. */
UNIT(stream, vlans)
{
	struct ends e[3] = { ends[0], ends[0], ends[0] };
	unsigned i;
	size_t k;

	start(0, 0, 0);
	for (i = 0; i < 3; i++)
		e[i].vlan = (uint16_t)i;
	for (k = 0; k < COUNT(hello); k++)
		for (i = 0; i < 3; i++)
			send(&e[i], &hello[k]);
	cr_expect(stream_flows() == 3);
	flush("VLANs");
	for (i = 0; i < 3; i++)
		expect_record(i, "open\nS hello;\nC user;\nclose end_of_capture\n", "VLAN");
	stream_stop();
}

/* The same ends in different tunnels are different sessions; each is told its tunnel, ends in its own order. */
UNIT(stream, tunnels)
{
	static const struct step begin[] = { HANDSHAKE }, midstream[] = { S(0, 0, "hello;"), C(0, 6, "user;") };
	static const struct tunnel outside[2] = {
		{ .addr = { { 203, 0, 113, 1 }, { 203, 0, 113, 2 } }, .port = { 50000, 4789 }, .id = 7, .kind = TUNNEL_VXLAN,
		  .depth = 1, .ip_v = 4, .id_set = true },
		{ .addr = { { 203, 0, 113, 2 }, { 203, 0, 113, 1 } }, .port = { 50001, 4789 }, .id = 7, .kind = TUNNEL_VXLAN,
		  .depth = 1, .ip_v = 4, .id_set = true },
	};
	struct packet p;
	size_t i, k;

	start(0, 0, 0);
	for (k = 0; k < COUNT(begin); k++)
		for (i = 0; i < 2; i++) {
			p = packet(&ends[0], &begin[k]);
			p.tunnel_key = (uint32_t)i;
			if (i > 0)
				p.tunnel = outside[begin[k].side];
			stream_packet(&p);
		}
	for (k = 0; k < COUNT(midstream); k++)
		for (i = 0; i < 4; i++) {
			p = packet(&ends[0], &midstream[k]);
			p.tunnel_key = (uint32_t)i;
			if (i > 0)
				p.tunnel = outside[midstream[k].side];
			if (i == 3)
				p.tunnel.kind = TUNNEL_ERSPAN;
			stream_packet(&p);
		}
	cr_expect(stream_flows() == 4);
	flush("tunnels");
	for (i = 0; i < 4; i++)
		expect_record((unsigned)i, i < 2 ? "open\nS hello;\nC user;\nclose end_of_capture\n" :
					 "open midstream\nS hello;\nC user;\nclose end_of_capture\n", "tunnel");
	cr_expect(record[0].rare.tunnel.depth == 0 && record[0].end.key.tunnel == 0);
	cr_expect_arr_eq(&record[1].rare.tunnel, &outside[SIDE_CLIENT], sizeof outside[0]);
	/* The server's packet came first. */
	cr_expect_arr_eq(record[2].rare.tunnel.addr, outside[SIDE_CLIENT].addr, sizeof outside[0].addr);
	cr_expect(record[2].rare.tunnel.port[SIDE_CLIENT] == 4789 && record[2].rare.tunnel.port[SIDE_SERVER] == 50001);
	/* What a mirror sends goes one way. */
	cr_expect_arr_eq(record[3].rare.tunnel.addr, outside[SIDE_SERVER].addr, sizeof outside[0].addr);
	stream_stop();
}

/* ---- fragments ---- */

#define FRAGMENTS 8

/* A piece of a segment: bytes [from, to) of its header and data. */
struct piece {
	uint32_t from, to;
};

/* The IP payload of a packet that packet() made. */
static size_t datagram(const struct packet *p, uint8_t out[256])
{
	const uint32_t fields[3] = { (uint32_t)p->port[0] << 16 | p->port[1], p->seq, p->ack };
	size_t i;

	memset(out, 0, 20);
	for (i = 0; i < 12; i++)
		out[i] = (uint8_t)(fields[i / 4] >> (24 - 8 * (i % 4)));
	out[12] = 0x50;
	out[13] = p->flags;
	memcpy(out + 20, p->payload.p, p->payload.n);
	return 20 + p->payload.n;
}

static void send_piece(const struct packet *whole, const uint8_t *bytes, size_t n, struct piece piece, uint32_t id)
{
	struct packet p = *whole;

	p.ts = ++now;
	memset(p.port, 0, sizeof p.port);
	p.seq = p.ack = 0;
	p.flags = 0;
	p.frag.id = id;
	p.frag.offset = piece.from;
	p.frag.more = piece.to < n;
	p.payload = span_of(bytes + piece.from, (piece.to < n ? piece.to : n) - piece.from);
	p.payload_len = (uint32_t)p.payload.n;
	p.ip_len = (p.ip_v == 4 ? 20 : 48) + p.payload_len;
	stream_packet(&p);
}

UNIT(stream, fragments)
{
	static const struct {
		const char *name;
		struct piece piece[FRAGMENTS]; /* up to an empty one */
		bool lost4, lost6;             /* it can not, or must not, be put together */
	} cases[] = {
		{ "in order", { { 0, 8 }, { 8, 16 }, { 16, 24 }, { 24, 48 } }, false, false },
		{ "backwards", { { 24, 48 }, { 16, 24 }, { 8, 16 }, { 0, 8 } }, false, false },
		{ "two", { { 24, 48 }, { 0, 24 } }, false, false },
		{ "the last first", { { 24, 48 }, { 0, 8 }, { 8, 24 } }, false, false },
		{ "each twice", { { 0, 24 }, { 0, 24 }, { 24, 48 }, { 24, 48 } }, false, false },
		{ "twice, backwards", { { 24, 48 }, { 24, 48 }, { 0, 24 } }, false, false },
		/* RFC 5722: of IPv6 nothing that overlaps may be put together. */
		{ "overlapping", { { 0, 24 }, { 16, 32 }, { 24, 48 } }, false, true },
		{ "overlapping at the end", { { 24, 48 }, { 0, 32 } }, false, true },
		{ "one missing", { { 0, 8 }, { 16, 48 } }, true, true },
		{ "the first missing", { { 8, 48 } }, true, true },
		{ "the last missing", { { 0, 24 } }, true, true },
	};
	static const struct step data = C(5, 6, "this is in pieces;"), behind = S(6, 23, "ok;");
	size_t i, k, n;

	start(0, 0, 0);
	for (i = 0; i < COUNT(cases); i++)
		for (k = 0; k < 2; k++) {
			struct packet p;
			uint8_t bytes[256];
			size_t size;
			bool lost = k == 0 ? cases[i].lost4 : cases[i].lost6;

			forget();
			for (n = 0; n < COUNT(hello); n++)
				send(&ends[k], &hello[n]);
			p = packet(&ends[k], &data);
			size = datagram(&p, bytes);
			for (n = 0; n < FRAGMENTS && cases[i].piece[n].to > 0; n++)
				send_piece(&p, bytes, size, cases[i].piece[n], (uint32_t)i + 1);
			send(&ends[k], &behind);
			flush(cases[i].name);
			expect_record(0, lost ? "open\nS hello;\nC user;\ngap C 18\nS ok;\nclose end_of_capture\n" :
						"open\nS hello;\nC user;this is in pieces;\nS ok;\nclose end_of_capture\n",
				      cases[i].name);
		}
	stream_stop();
}

/* Of bytes that come twice in IPv4, the first count. */
UNIT(stream, fragments_differ)
{
	static const struct step data = C(5, 6, "this is in pieces;");
	struct packet p;
	uint8_t bytes[256], other[256];
	size_t n;

	start(0, 0, 0);
	for (n = 0; n < COUNT(hello); n++)
		send(&ends[0], &hello[n]);
	p = packet(&ends[0], &data);
	n = datagram(&p, bytes);
	memset(other, '?', sizeof other);
	send_piece(&p, bytes, n, (struct piece){ 8, 24 }, 7);
	send_piece(&p, other, n, (struct piece){ 16, 32 }, 7);
	send_piece(&p, bytes, n, (struct piece){ 0, 16 }, 7);
	send_piece(&p, bytes, n, (struct piece){ 24, 48 }, 7);
	flush("differ");
	expect_record(0, "open\nS hello;\nC user;this????????ieces;\nclose end_of_capture\n", "differ");
	stream_stop();
}

/* Pieces of different datagrams, families, VLANs, tunnels and times do not mix. */
UNIT(stream, fragments_apart)
{
	static const struct step data = C(5, 6, "this is in pieces;");
	static const struct {
		const char *name;
		uint32_t id;
		uint16_t vlan;
		uint64_t wait;
		uint32_t tunnel, tunnel_id;
	} cases[] = {
		{ "another identification", 8, 0, 0, 0, 0 },
		{ "another VLAN", 7, 1, 0, 0, 0 },
		{ "another tunnel", 7, 0, 0, 1, 0 },
		{ "another id of the tunnel", 7, 0, 0, 0, 1 },
		{ "much later", 7, 0, 61 * SECOND, 0, 0 },
	};
	uint8_t bytes[256];
	size_t i, k, n;

	start(0, 0, 0);
	for (i = 0; i < COUNT(cases); i++)
		for (k = 0; k < 2; k++) {
			struct packet p;

			forget();
			for (n = 0; n < COUNT(hello); n++)
				send(&ends[k], &hello[n]);
			p = packet(&ends[k], &data);
			n = datagram(&p, bytes);
			send_piece(&p, bytes, n, (struct piece){ 0, 24 }, 7);
			p.n_vlan = cases[i].vlan > 0 ? 1 : 0;
			p.vlan[0] = cases[i].vlan;
			p.tunnel_key = cases[i].tunnel;
			p.tunnel.id = cases[i].tunnel_id;
			now += cases[i].wait;
			send_piece(&p, bytes, n, (struct piece){ 24, 48 }, cases[i].id);
			flush(cases[i].name);
			expect_record(0, "open\nS hello;\nC user;\nclose end_of_capture\n", cases[i].name);
		}
	stream_stop();
}

/* An IPv4 packet around n bytes, from p's source to its destination; frag as in the header. Its length. */
static size_t ip4(uint8_t *out, const struct packet *p, uint16_t id, uint16_t frag, uint8_t proto, struct span data)
{
	const uint16_t words[4] = { 0x4500, (uint16_t)(20 + data.n), id, frag };
	size_t i;

	for (i = 0; i < 8; i++)
		out[i] = (uint8_t)(words[i / 2] >> (8 - 8 * (i % 2)));
	out[8] = 64;
	out[9] = proto;
	out[10] = out[11] = 0;
	memcpy(out + 12, p->addr[0], 4);
	memcpy(out + 16, p->addr[1], 4);
	memcpy(out + 20, data.p, data.n);
	return 20 + data.n;
}

/* Sends a datagram in two pieces, each in a datagram that is sent so, and so on. */
static void send_nested(const struct packet *p, unsigned levels, uint8_t proto, struct span data)
{
	static uint16_t id;
	uint8_t packet4[512];
	size_t half = data.n / 2 & ~(size_t)7, n;
	uint16_t mine = ++id;
	struct packet outer = *p;

	if (levels == 1) {
		outer.ip_proto = proto;
		send_piece(&outer, data.p, data.n, (struct piece){ (uint32_t)half, (uint32_t)data.n }, mine);
		send_piece(&outer, data.p, data.n, (struct piece){ 0, (uint32_t)half }, mine);
		return;
	}
	n = ip4(packet4, p, mine, (uint16_t)(half / 8), proto, span_skip(data, half));
	send_nested(p, levels - 1, 4, span_of(packet4, n));
	n = ip4(packet4, p, mine, 0x2000, proto, span_take(data, half));
	send_nested(p, levels - 1, 4, span_of(packet4, n));
}

/* Fragments in tunnels whose packets are fragments: up to a cap, and counted beyond it. */
UNIT(stream, fragments_nested)
{
	static const struct step data = C(0, 0, "this is in pieces;");
	uint8_t bytes[256];
	unsigned levels;

	start(0, 0, 0);
	for (levels = 1; levels <= 5; levels++) {
		struct packet p = packet(&ends[0], &data);

		forget();
		send_nested(&p, levels, 6, span_of(bytes, datagram(&p, bytes)));
		cr_expect((counter_value[COUNTER_DEFRAG_NESTED] > 0) == (levels == 5), "%u levels", levels);
		flush("nested");
		expect_record(0, levels == 5 ? "" :
			      "open midstream\nC this is in pieces;\nclose end_of_capture, one side\n", "nested");
	}
	stream_stop();
}

/* Several packets in a frame, in a tunnel whose packets are fragments. */
UNIT(stream, fragments_of_parts)
{
	static const struct step data[2] = { C(0, 0, "one;"), C(4, 0, "two;") };
	/* GRE to an access point's controller, 802.11 with an A-MSDU */
	static const uint8_t head[4 + 26] = { 0, 0, 0x82, 0, 0x88, 2, [4 + 24] = 0x80 };
	static const uint8_t snap[8] = { 0xaa, 0xaa, 3, 0, 0, 0, 8, 0 };
	uint8_t frame[512], bytes[256];
	size_t n = sizeof head, i;
	struct packet p;

	start(0, 0, 0);
	memcpy(frame, head, sizeof head);
	for (i = 0; i < 2; i++) {
		size_t at = n;

		p = packet(&ends[0], &data[i]);
		memset(frame + n, 0, 13);
		memcpy(frame + n + 14, snap, sizeof snap);
		n += 22;
		n += ip4(frame + n, &p, 1, 0, 6, span_of(bytes, datagram(&p, bytes)));
		frame[at + 13] = (uint8_t)(n - at - 14);
		for (; (n - at) % 4 != 0; n++)
			frame[n] = 0;
	}
	p.ip_proto = 47;
	send_piece(&p, frame, n, (struct piece){ 0, 64 }, 1);
	send_piece(&p, frame, n, (struct piece){ 64, (uint32_t)n }, 1);
	flush("parts");
	expect_record(0, "open midstream\nC one;two;\nclose end_of_capture, one side\n", "parts");
	stream_stop();
}

/* Fragments that never become whole must not pile up. */
UNIT(stream, fragment_flood)
{
	static const uint8_t bytes[65535] = { 0 };
	struct step data = C(0, 0, "");
	struct packet p;
	uint32_t i;

	start(0, 0, 0);
	p = packet(&ends[0], &data);
	for (i = 0; i < 5000; i++) {
		send_piece(&p, bytes, sizeof bytes, (struct piece){ 60000, 60008 }, i);
		cr_expect(stream_memory() < empty + (40u << 20));
	}
	flush("flood");
	stream_stop();
}

/* ---- long streams ---- */

#define LONG_SEGMENT 60000u
#define LONG_MAX 75000u /* segments: 4.5 GB, the numbers wrap and go on for a while */

enum order {
	IN_ORDER,
	SWAPPED,   /* 1 0 3 2 5 4 ... */
	ENTANGLED, /* 1 3 0 5 2 7 4 ...: there is always a hole, though never for long */
};

static const struct long_case {
	const char *name;
	enum side side; /* that says much, */
	unsigned n;     /* so many segments, an even number */
	enum order order;
	bool unanswered; /* the other is not captured meanwhile */
	unsigned gaps;  /* one for each 512 MiB in which there was no moment without a hole */
} longs[] = {
	{ .name = "server", .side = SIDE_SERVER, .n = LONG_MAX },
	{ .name = "client", .side = SIDE_CLIENT, .n = LONG_MAX },
	/* Beyond the 2^30 bytes that are libnids' window, and what it counts. */
	{ .name = "swapped", .side = SIDE_SERVER, .n = 20000, .order = SWAPPED },
	{ .name = "unanswered", .side = SIDE_SERVER, .n = 20000, .unanswered = true },
	{ .name = "entangled", .side = SIDE_CLIENT, .n = 20000, .order = ENTANGLED, .gaps = 2 },
};

/* Which of n segments comes at place i. */
static unsigned nth(enum order order, unsigned i, unsigned n)
{
	if (order == IN_ORDER)
		return i;
	if (order == SWAPPED)
		return i ^ 1;
	if (i == 0 || i == n - 1)
		return i == 0 ? 1 : n - 2;
	return i % 2 == 1 ? i + 2 : i - 2;
}

/* The long stream, behind what was said in the hello. The other side acknowledges it, unless it is not captured. */
static void send_long(const struct long_case *c)
{
	static const uint32_t begin[2] = { 5, 6 };
	static bool come[LONG_MAX];
	enum side other = side_other(c->side);
	unsigned i, done = 0;

	memset(come, 0, sizeof come);
	for (i = 0; i < c->n; i++) {
		unsigned k = nth(c->order, i, c->n);
		uint64_t at = begin[c->side] + (uint64_t)k * LONG_SEGMENT;
		struct step s = STEP(c->side, TCP_ACK, at, begin[other], "");
		struct step ack = STEP(other, TCP_ACK, begin[other], 0, "");

		s.data = span_of(pattern + at % PATTERN, LONG_SEGMENT);
		s.wait = ack.wait = 10;
		send(&ends[0], &s);
		come[k] = true;
		while (done < c->n && come[done])
			done++;
		ack.ack = (uint32_t)(begin[c->side] + (uint64_t)done * LONG_SEGMENT);
		if (!c->unanswered && i % 2 == 1)
			send(&ends[0], &ack);
	}
}

/* What was counted. The server closes last, so that the client's last acknowledgment comes too late for that. */
static void expect_counted(const struct long_case *c)
{
	const struct stream *end = &record[0].end;
	const bool server = c->side == SIDE_SERVER;
	const uint64_t n = (uint64_t)c->n * LONG_SEGMENT, said = server ? 9 : 10, alone = server ? 4 : 5;
	const uint64_t acks = c->unanswered ? 0 : c->n / 2, answers = server ? 5 : 4;

	cr_expect(wrong == 0, "%s: %u pieces are not what was sent", c->name, wrong);
	cr_expect(record[0].data[c->side] + stream_gap_bytes(end) == n + said, "%s: %llu", c->name,
		  (unsigned long long)record[0].data[c->side]);
	cr_expect(counter_value[COUNTER_TCP_GAP] == c->gaps && stream_gap_bytes(end) == c->gaps * LONG_SEGMENT, "%s: %llu missing",
		  c->name, (unsigned long long)stream_gap_bytes(end));
	cr_expect(counter_value[COUNTER_TCP_OUT_OF_WINDOW] == 0 && counter_value[COUNTER_LIBNIDS_WARNINGS] == 0);
	cr_expect(end->pkts[c->side] == c->n + alone && end->bytes[c->side] == n + said + 40 * (c->n + alone), "%s: %llu",
		  c->name, (unsigned long long)end->bytes[c->side]);
	cr_expect(end->pkts[side_other(c->side)] == acks + answers, "%s: %llu", c->name,
		  (unsigned long long)end->pkts[side_other(c->side)]);
}

/* More than libnids, or a sequence number, can count, and then a login: not a byte is lost, or told twice. */
static void expect_long(const struct long_case *c)
{
	const uint32_t n = c->n * LONG_SEGMENT, up = 5 + (c->side == SIDE_CLIENT ? n : 0), down = 6 + (c->side == SIDE_SERVER ? n : 0);
	const struct step login[] = { C(up, down, "pass;"), S(down, up + 5, "in;"), C_FIN(up + 5, down + 3, ""),
				      S_FIN(down + 3, up + 6, ""), C(up + 6, down + 4, "") };
	const char *want = c->side == SIDE_SERVER ? "open\nS hello;\nC user;\nS \nC pass;\nS in;\nclose fin\n" :
						    "open\nS hello;\nC user;pass;\nS in;\nclose fin\n";
	size_t i;

	for (i = 0; i < COUNT(hello); i++)
		send(&ends[0], &hello[i]);
	send_long(c);
	for (i = 0; i < COUNT(login); i++)
		send(&ends[0], &login[i]);
	flush(c->name);
	if (c->gaps == 0)
		expect_record(0, want, c->name);
	cr_expect(strstr(record[0].text, "pass;\nS in;\nclose fin\n") != NULL, "%s", c->name);
	expect_counted(c);
	counter_value[COUNTER_TCP_GAP] = 0;
	forget();
}

UNIT(stream, beyond_4_gib)
{
	size_t i;

	for (i = 0; i < sizeof pattern; i++)
		pattern[i] = (uint8_t)(1 + i % PATTERN * 7 % 251);
	start(0, 0, 0);
	for (i = 0; i < COUNT(longs); i++)
		expect_long(&longs[i]);
	stream_stop();
}
