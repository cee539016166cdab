/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flood: writes a capture of an attack on the sensor, with real POP3 sessions in it.
 *
 *     flood [-s SEED] [-K SESSIONS] [-r PACKETS/S] [-t TRUTH] KIND=PACKETS... [then KIND=PACKETS...] [>CAPTURE]
 *
 *     syn       SYNs, each from another source
 *     data      flows of one packet, from the middle of a session, to a server and from one
 *     fragment  fragments of datagrams that are never complete
 *     disorder  segments behind a hole that is never filled, and answers to commands that never came
 *     silent    sessions that open, say who they are, and are never heard of again
 *     collide   flows whose ends are one number apart, or have one sum, or one XOR: in one bucket for a weak hash
 *
 * Several kinds are interleaved, each as often as its number asks for, up to the word "then": what follows comes
 * after all of that. Packets come at one rate (60,000 a second by default). The real sessions begin at even distances during the flood, and take some seconds each. A
 * login fails in every third, and some of those try again. One packet of most is in the way of the
 * flood: the PASS comes in two fragments, in two segments of which the second is first, or twice. What has to be found
 * goes to the truth file, a login a line:
 *
 *     {"src_ip":..,"src_port":..,"user":..,"password":..,"outcome":..,"way":..}
 *
 * The same arguments always give the same bytes. Checksums are right. Servers and real clients have addresses
 * set aside for benchmarks, 198.18.0.0/15 (RFC 2544) and 2001:2::/48 (RFC 5180); the attackers, any.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frames.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	SERVERS = 16,
	AT_ONCE = 8192,		/* flows of disorder that are told in turn */
	SEGMENTS = 8,		/* packets of each */
	OPENING = 1024,		/* flows of silent that open at once */
	STEPS = 4,
};

/* A frame, and when it comes. */
struct event {
	uint64_t ts;
	uint32_t n, number;
	uint8_t frame[512];
};

static uint64_t seed = 1;
static uint64_t dice;

static uint32_t below(uint32_t n)
{
	dice += UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(mixed(dice) % n);
}

/* What belongs to number i of a kind; the same whenever it is asked for. */
static uint64_t of_number(uint64_t i, uint64_t kind)
{
	return mixed(mixed(i * 16 + kind) + seed);
}

/* ---- floods ------------------------------------------------------------ */

static struct end server(uint64_t which)
{
	return end4(0xc6130000u + 1 + (uint32_t)(which % SERVERS), POP3); /* 198.19.0.0/16 */
}

/* Source number i: all are different. 0: it can be nobody's, or is in a network /8 of ours. */
static uint32_t source(uint64_t i, uint32_t kind)
{
	uint32_t addr = (uint32_t)i * 2654435761u + (uint32_t)seed * 40503u + kind * 97u, net = addr >> 24;

	return net == 0 || net == 127 || net == 198 || net >= 224 ? 0 : addr;
}

/* The next number from *i on whose source can be somebody's. */
static uint32_t next_source(uint64_t *i, uint32_t kind)
{
	uint32_t addr;

	while ((addr = source((*i)++, kind)) == 0)
		;
	return addr;
}

static uint32_t flood_syn(uint64_t i, uint8_t *f)
{
	static uint64_t next;
	uint64_t r = of_number(i, 0);
	struct end from = end4(next_source(&next, 0), 1024 + (uint32_t)(r >> 48) % 64000), to = server(r);

	return put_tcp(f, 4, &from, &to, (uint32_t)(r >> 8), 0, SYN, NULL, 0);
}

static uint32_t flood_data(uint64_t i, uint8_t *f)
{
	static const char *const client[] = { "STAT\r\n", "NOOP\r\n", "RETR 7\r\n", "USER flood\r\n", "PASS flood\r\n", "x" };
	static const char *const answer[] = { "+OK\r\n", "+OK 3 400\r\n", "-ERR no\r\n", "+ \r\n", "Subject: x\r\n", "\0" };
	static uint64_t next;
	uint64_t r = of_number(i, 1);
	struct end a = end4(next_source(&next, 1), 1024 + (uint32_t)(r >> 48) % 64000), b = server(r);
	bool to_server = (r & 16) != 0;
	const char *said = (to_server ? client : answer)[(r >> 5) % 6];

	return put_tcp(f, 4, to_server ? &a : &b, to_server ? &b : &a, (uint32_t)(r >> 8), (uint32_t)(r >> 16), PSH | ACK, said,
		       said[0] == '\0' ? 1 : (uint32_t)strlen(said));
}

static uint32_t flood_fragment(uint64_t i, uint8_t *f)
{
	static uint64_t next;
	uint64_t r = of_number(i, 2);
	struct end from = end4(next_source(&next, 2), 0), to = server(r);
	uint32_t n = 8 + (uint32_t)(r >> 32) % 170 * 8, id = (uint32_t)(r >> 16) & 0xffff;

	memset(f + 34, 'x', n);
	if (i % 4 == 3) { /* the last one, and what is before it never comes */
		uint32_t at = 1 + (uint32_t)(r >> 40) % 8000;

		return put_ip(f, 4, &from, &to, 6, n < 65535 - 20 - at * 8 ? n : 8, id, at);
	}
	/* The first one, with a TCP header that says POP3. */
	n += 16;
	put16(f + 34, 1024 + (uint32_t)(r >> 48) % 64000);
	put16(f + 36, POP3);
	f[46] = 5 << 4;
	f[47] = PSH | ACK;
	return put_ip(f, 4, &from, &to, 6, n, id, 0x2000);
}

static uint32_t flood_disorder(uint64_t i, uint8_t *f)
{
	static uint8_t mail[700];
	uint64_t flow = i / (AT_ONCE * SEGMENTS) * AT_ONCE + i % AT_ONCE, step = i / AT_ONCE % SEGMENTS;
	uint64_t r = of_number(flow, 3);
	uint32_t addr = source(flow, 3);
	struct end a = end4(addr != 0 ? addr : 0x01000001 + (uint32_t)flow, 1024 + (uint32_t)(r >> 48) % 64000), b = server(r);
	uint32_t client = (uint32_t)r, answer = (uint32_t)(r >> 32);

	if (mail[0] == 0)
		memset(mail, 'm', sizeof mail);
	if (step == 0)
		return put_tcp(f, 4, &a, &b, client, answer, PSH | ACK, "STAT\r\n", 6);
	if (flow % 2 == 0) /* what is behind a hole */
		return put_tcp(f, 4, &b, &a, answer + (uint32_t)step * 900, client + 6, ACK, mail, sizeof mail);
	/* It answers what was never seen. */
	return put_tcp(f, 4, &b, &a, answer + (uint32_t)(step - 1) * (uint32_t)sizeof mail, client + 6 + (uint32_t)step * 6, ACK,
		       mail, sizeof mail);
}

static uint32_t flood_silent(uint64_t i, uint8_t *f)
{
	uint64_t flow = i / (OPENING * STEPS) * OPENING + i % OPENING, r = of_number(flow, 4);
	uint32_t addr = source(flow, 4), client = (uint32_t)r, answer = (uint32_t)(r >> 32);
	struct end a = end4(addr != 0 ? addr : 0x01000001 + (uint32_t)flow, 1024 + (uint32_t)(r >> 48) % 64000), b = server(r);

	switch (i / OPENING % STEPS) {
	case 0:
		return put_tcp(f, 4, &a, &b, client - 1, 0, SYN, NULL, 0);
	case 1:
		return put_tcp(f, 4, &b, &a, answer - 1, client, SYN | ACK, NULL, 0);
	case 2:
		return put_tcp(f, 4, &b, &a, answer, client, PSH | ACK, "+OK ready\r\n", 11);
	default:
		return put_tcp(f, 4, &a, &b, client, answer + 11, PSH | ACK, "USER flood\r\n", 12);
	}
}

static uint32_t flood_collide(uint64_t i, uint8_t *f)
{
	uint32_t x = (uint32_t)(i / 3), port = 1024 + x % 60000, addr = 0x0b000000;
	struct end a, b = server(0);

	switch (i % 3) {
	case 0: /* in a row */
		addr += x / 60000;
		break;
	case 1: /* one sum of address and port */
		addr += 0x01000000 + x / 60000 * 65536 + 65535 - port;
		break;
	default: /* one XOR of them */
		addr += 0x02000000 + ((x / 60000 * 65536) | port);
		break;
	}
	a = end4(addr, port);
	return put_tcp(f, 4, &a, &b, x, x, PSH | ACK, "NOOP\r\n", 6);
}

static const struct kind {
	const char *name;
	uint32_t (*make)(uint64_t i, uint8_t *frame);
} kinds[] = {
	{ "syn", flood_syn },           { "data", flood_data },     { "fragment", flood_fragment },
	{ "disorder", flood_disorder }, { "silent", flood_silent }, { "collide", flood_collide },
};

#define KINDS COUNT(kinds)

/* What comes before a "then", or after it. */
static struct phase {
	uint64_t n[KINDS], done[KINDS], total;
} phases[8];
static size_t n_phases = 1;
static uint64_t made[KINDS]; /* over all phases */

/* The kind that is behind most. */
static size_t next_kind(const struct phase *p)
{
	size_t next = KINDS, k;

	for (k = 0; k < KINDS; k++)
		if (p->done[k] < p->n[k] &&
		    (next == KINDS || (double)p->done[k] / (double)p->n[k] < (double)p->done[next] / (double)p->n[next]))
			next = k;
	return next;
}

/* ---- real sessions ----------------------------------------------------- */

static struct event *events;
static uint32_t n_events, max_events;

/* How a PASS comes. */
enum way { PLAIN, FRAGMENTS, SWAPPED, TWICE, WAYS };
static const char *const way_names[] = { "plain", "fragments", "swapped", "twice" };

struct session {
	int version;
	struct end end[2]; /* client, server */
	uint32_t seq[2];
	uint64_t now;
};

static struct event *new_event(uint64_t ts)
{
	struct event *e;

	if (n_events == max_events) {
		max_events = max_events == 0 ? 1024 : max_events * 2;
		events = realloc(events, max_events * sizeof *events);
		if (events == NULL) {
			perror("flood");
			exit(1);
		}
	}
	e = &events[n_events];
	e->ts = ts;
	e->number = n_events++;
	return e;
}

static void segment(struct session *s, int side, uint8_t flags, uint32_t ahead, const char *data, uint32_t n)
{
	struct event *e = new_event(s->now);

	e->n = put_tcp(e->frame, s->version, &s->end[side], &s->end[!side], s->seq[side] + ahead, s->seq[!side], flags, data, n);
}

/* The latest segment of IPv4 again, as two fragments, the second one first. */
static void in_fragments(void)
{
	struct event whole = events[--n_events], *e;
	uint8_t *h = whole.frame + 14;
	uint32_t n = whole.n - 34, first = 24, id = n_events & 0xffff;
	struct end from = { .port = 0 }, to = { .port = 0 };

	memcpy(from.addr, h + 12, 4);
	memcpy(to.addr, h + 16, 4);
	e = new_event(whole.ts);
	memcpy(e->frame + 34, h + 20 + first, n - first);
	e->n = put_ip(e->frame, 4, &from, &to, 6, n - first, id, first / 8);
	e = new_event(whole.ts + 400);
	memcpy(e->frame + 34, h + 20, first);
	e->n = put_ip(e->frame, 4, &from, &to, 6, first, id, 0x2000);
}

/* side says a line, some time after what came before. */
static void say(struct session *s, int side, uint32_t wait, enum way way, const char *line)
{
	uint32_t n = (uint32_t)strlen(line), half = n / 2;

	s->now += wait;
	switch (way) {
	case SWAPPED:
		segment(s, side, PSH | ACK, half, line + half, n - half);
		s->now += 2000;
		segment(s, side, PSH | ACK, 0, line, half);
		break;
	case TWICE:
		segment(s, side, PSH | ACK, 0, line, n);
		s->now += 1000;
		segment(s, side, PSH | ACK, 0, line, n);
		break;
	default:
		segment(s, side, PSH | ACK, 0, line, n);
		if (way == FRAGMENTS)
			in_fragments();
		break;
	}
	s->seq[side] += n;
}

static void login(struct session *s, FILE *truth, uint32_t number, uint32_t attempt, bool good, enum way way)
{
	char user[32], line[64], addr[INET6_ADDRSTRLEN];

	snprintf(user, sizeof user, "real-%" PRIu32 ".%" PRIu32, number, attempt);
	snprintf(line, sizeof line, "USER %s\r\n", user);
	say(s, 0, 20000 + below(800000), PLAIN, line);
	say(s, 1, 5000 + below(20000), PLAIN, "+OK\r\n");
	snprintf(line, sizeof line, "PASS Secret-%" PRIu32 "-%" PRIu32 "\r\n", attempt, number);
	say(s, 0, 20000 + below(500000), way, line);
	if (good)
		say(s, 1, 20000 + below(100000), PLAIN, "+OK Logged in.\r\n");
	else /* servers make those wait who do not know */
		say(s, 1, 1000000 + below(2000000), PLAIN, "-ERR [AUTH] Authentication failed.\r\n");
	inet_ntop(s->version == 4 ? AF_INET : AF_INET6, s->end[0].addr, addr, sizeof addr);
	fprintf(truth, "{\"src_ip\":\"%s\",\"src_port\":%u,\"user\":\"%s\",\"password\":\"Secret-%" PRIu32 "-%" PRIu32
		"\",\"outcome\":\"%s\",\"way\":\"%s\"}\n", addr, s->end[0].port, user, attempt, number,
		good ? "success" : "failure", way_names[way]);
}

static void real_session(FILE *truth, uint32_t number, uint64_t start)
{
	struct session s = { .version = number % 3 == 1 ? 6 : 4, .now = start };
	enum way way = (enum way)(number % WAYS);
	bool good = number % 3 != 0;
	uint32_t port = 32768 + below(28000);

	if (s.version == 4) {
		s.end[0] = end4(0xc6120001u + number, port);
		s.end[1] = server(number);
	} else {
		s.end[0] = end6(1, number + 1, port);
		s.end[1] = end6(0, 1 + number % SERVERS, POP3);
		if (way == FRAGMENTS)
			way = SWAPPED;
	}
	s.seq[0] = below(UINT32_MAX);
	s.seq[1] = below(UINT32_MAX);
	segment(&s, 0, SYN, 0, NULL, 0);
	s.seq[0]++;
	s.now += 5000 + below(40000);
	segment(&s, 1, SYN | ACK, 0, NULL, 0);
	s.seq[1]++;
	s.now += 100 + below(1000);
	segment(&s, 0, ACK, 0, NULL, 0);
	say(&s, 1, 5000 + below(50000), PLAIN, "+OK POP3 ready\r\n");
	login(&s, truth, number, 0, good, way);
	if (!good && number % 2 == 0)
		login(&s, truth, number, 1, true, way);
	say(&s, 0, 20000 + below(300000), PLAIN, "QUIT\r\n");
	say(&s, 1, 5000 + below(20000), PLAIN, "+OK Bye\r\n");
	segment(&s, 1, FIN | ACK, 0, NULL, 0);
	s.seq[1]++;
	s.now += 5000 + below(40000);
	segment(&s, 0, FIN | ACK, 0, NULL, 0);
	s.seq[0]++;
	s.now += 5000 + below(40000);
	segment(&s, 1, ACK, 0, NULL, 0);
}

static int by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

/* ---- all of it --------------------------------------------------------- */

static uint64_t write_all(uint64_t rate)
{
	static const uint16_t version[2] = { 2, 4 };
	static const uint32_t magic = 0xa1b2c3d4, rest[4] = { 0, 0, 262144, 1 };
	uint8_t frame[FRAME_MAX] = { 0 };
	uint64_t total = 0, i;
	uint32_t next = 0;
	size_t p, k;

	put_out(&magic, sizeof magic);
	put_out(version, sizeof version);
	put_out(rest, sizeof rest);
	for (p = 0; p < n_phases; p++)
		for (i = 0; i < phases[p].total; i++, total++) {
			uint64_t ts = total * 1000000 / rate;

			for (; next < n_events && events[next].ts <= ts; next++)
				put_frame(events[next].ts, events[next].frame, events[next].n);
			k = next_kind(&phases[p]);
			phases[p].done[k]++;
			put_frame(ts, frame, kinds[k].make(made[k]++, frame));
		}
	for (; next < n_events; next++)
		put_frame(events[next].ts, events[next].frame, events[next].n);
	flush();
	return total + n_events;
}

static bool add_kind(const char *text)
{
	const char *equals = strchr(text, '=');
	char *end;
	size_t k;

	if (strcmp(text, "then") == 0)
		return n_phases++ < COUNT(phases);
	for (k = 0; k < KINDS && equals != NULL; k++)
		if (strlen(kinds[k].name) == (size_t)(equals - text) &&
		    memcmp(kinds[k].name, text, (size_t)(equals - text)) == 0) {
			struct phase *p = &phases[n_phases - 1];

			p->total -= p->n[k];
			p->n[k] = strtoull(equals + 1, &end, 10);
			p->total += p->n[k];
			return equals[1] != '\0' && *end == '\0';
		}
	return false;
}

static int usage(void)
{
	fputs("usage: flood [-s SEED] [-K SESSIONS] [-r PACKETS/S] [-t TRUTH] KIND=PACKETS... [then KIND=PACKETS...]\n"
	      "kinds: syn data fragment disorder silent collide\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	const char *truth_path = "/dev/null";
	uint32_t sessions = 1000, number;
	uint64_t rate = 60000, total = 0;
	FILE *truth;
	size_t p;
	int c;

	while ((c = getopt(argc, argv, "s:K:r:t:")) != -1)
		switch (c) {
		case 's':
			seed = strtoull(optarg, NULL, 10);
			break;
		case 'K':
			sessions = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'r':
			rate = strtoull(optarg, NULL, 10);
			break;
		case 't':
			truth_path = optarg;
			break;
		default:
			return usage();
		}
	for (; optind < argc; optind++)
		if (!add_kind(argv[optind]))
			return usage();
	if (rate == 0)
		return usage();
	for (p = 0; p < n_phases; p++)
		total += phases[p].total;
	truth = fopen(truth_path, "w");
	if (truth == NULL) {
		perror(truth_path);
		return 1;
	}
	dice = seed;
	for (number = 0; number < sessions; number++)
		real_session(truth, number, total * 1000000 / rate * number / sessions);
	if (fclose(truth) != 0) {
		perror(truth_path);
		return 1;
	}
	if (n_events > 0)
		qsort(events, n_events, sizeof *events, by_time);
	fprintf(stderr, "%" PRIu64 " packets\n", write_all(rate));
	free(events);
	return 0;
}
