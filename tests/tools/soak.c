/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * soak: writes a capture of days of mixed traffic, faster than it is read.
 *
 *     soak [-s SEED] [-H HOURS] [-m TIMES] [-t TRUTH] [>CAPTURE]
 *     soak [-s SEED] -i SESSIONS [-t TRUTH] [>CAPTURE]
 *
 * A session a second (times -m): of users who come again and again, from the port they had before or another; with a wrong
 * password first, with lost or swapped or doubled segments in their mail, without a beginning, ended by a RST, or never.
 * Besides half-open connections, segments of sessions that nobody saw, holes that are never filled and fragments without
 * their others; and once an hour 45,000 sessions within 90 seconds that say who they are and nothing more, and a scan of
 * 150,000 SYNs within 30. Then somebody logs in as mark-HH: whoever reads that knows how far it is.
 *
 * With -i as many sessions, of as many clients, that open within 600 seconds, log in within one each and then say nothing
 * more; when a minute has passed since the last of them, one packet that means nothing.
 *
 * What has to be found goes to the truth file, a login a line: user, password, outcome. The same arguments always give
 * the same bytes.
 */
#include <inttypes.h>
#include <stdbool.h>

#include "frames.h"

#define SECOND UINT64_C(1000000)

enum {
	HOUR = 3600,
	USERS = 20000,
	SERVERS = 3000,
	WAYS = 8,
	SILENT_AT = 600, SILENT_FOR = 90, SILENT = 500,	/* seconds of the hour; and a second */
	SCAN_AT = 1200, SCAN_FOR = 30, SCAN = 5000,
	MARK_AT = 1260,
	IDLE_WITHIN = 600, IDLE_FOR = 60,
	LINE_MAX = 600,
};

enum way { PLAIN, RETRY, LOST, SWAPPED, TWICE, MIDSTREAM, RESET, NEVER_ENDS };

/* A frame, and when it comes. */
struct event {
	uint64_t ts, number;
	uint32_t n;
	uint8_t frame[LINE_MAX + 80];
};

static uint64_t seed = 1, dice;
static FILE *truth;

static uint32_t below(uint32_t n)
{
	dice += UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(mixed(dice + seed) % n);
}

/* ---- what is still to come: a heap, the next on top ------------------------------------------------ */

static struct event **heap, **unused;
static size_t n_heap, n_unused, n_events;
static uint64_t pushed;

static void *enough(void *p)
{
	if (p == NULL) {
		perror("soak");
		exit(1);
	}
	return p;
}

static struct event *new_event(uint64_t ts)
{
	struct event *e;

	if (n_unused > 0) {
		e = unused[--n_unused];
	} else {
		n_events++;
		heap = enough(realloc(heap, n_events * sizeof *heap));
		unused = enough(realloc(unused, n_events * sizeof *unused));
		e = enough(calloc(1, sizeof *e));
	}
	e->ts = ts;
	e->number = pushed++;
	return e;
}

static bool before(const struct event *a, const struct event *b)
{
	return a->ts != b->ts ? a->ts < b->ts : a->number < b->number;
}

static void push(struct event *e)
{
	size_t i = n_heap++;

	for (; i > 0 && before(e, heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = e;
}

static void pop(void)
{
	struct event *last = heap[--n_heap];
	size_t i = 0, child;

	unused[n_unused++] = heap[0];
	while ((child = 2 * i + 1) < n_heap) {
		child += child + 1 < n_heap && before(heap[child + 1], heap[child]);
		if (!before(heap[child], last))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = last;
}

static uint64_t write_until(uint64_t ts)
{
	uint64_t n = 0;

	for (; n_heap > 0 && heap[0]->ts < ts; n++) {
		put_frame(heap[0]->ts, heap[0]->frame, heap[0]->n);
		pop();
	}
	return n;
}

/* ---- sessions -------------------------------------------------------------------------------------- */

static struct user {
	uint64_t busy; /* until then */
	uint16_t port;
} users[USERS];

struct session {
	struct end end[2]; /* client, server */
	uint32_t seq[2];
	uint64_t now;
	bool muted; /* it is not captured */
};

static void segment(struct session *s, int side, uint8_t flags, uint32_t ahead, const char *data, uint32_t n)
{
	struct event *e;

	if (s->muted)
		return;
	e = new_event(s->now);
	e->n = put_tcp(e->frame, 4, &s->end[side], &s->end[!side], s->seq[side] + ahead, s->seq[!side], flags, data, n);
	push(e);
}

static void flag(struct session *s, int side, uint8_t flags)
{
	s->now += 1000 + below(40000);
	segment(s, side, flags, 0, NULL, 0);
	s->seq[side] += (flags & (SYN | FIN)) != 0;
}

static void say(struct session *s, int side, uint32_t wait, const char *text)
{
	uint32_t n = (uint32_t)strlen(text);

	s->now += 1000 + below(wait);
	segment(s, side, PSH | ACK, 0, text, n);
	s->seq[side] += n;
}

static void open_session(struct session *s, uint32_t client, uint32_t port, uint32_t server, uint64_t at)
{
	*s = (struct session){ .end = { end4(client, port), end4(0xc6130001u + server % SERVERS, POP3) }, .now = at };
	s->seq[0] = below(UINT32_MAX);
	s->seq[1] = below(UINT32_MAX);
}

static void login(struct session *s, const char *user, uint64_t number, uint32_t attempt, bool good)
{
	char line[96];

	snprintf(line, sizeof line, "USER %s\r\n", user);
	say(s, 0, 800000, line);
	say(s, 1, 20000, "+OK\r\n");
	snprintf(line, sizeof line, "PASS Secret-%" PRIu64 "-%" PRIu32 "\r\n", number, attempt);
	say(s, 0, 500000, line);
	say(s, 1, good ? 100000 : 2000000, good ? "+OK Logged in.\r\n" : "-ERR [AUTH] Authentication failed.\r\n");
	fprintf(truth, "%s Secret-%" PRIu64 "-%" PRIu32 " %s\n", user, number, attempt, good ? "success" : "failure");
}

/* A message in three segments, of which one may be lost, early, or there twice. */
static void mail(struct session *s, enum way way)
{
	static const char head[] = "+OK\r\nSubject: x\r\n\r\n", end[] = "\r\n.\r\n";
	char body[LINE_MAX];

	memset(body, 'm', sizeof body - 1);
	body[sizeof body - 1] = '\0';
	say(s, 0, 200000, "RETR 1\r\n");
	say(s, 1, 20000, head);
	if (way == SWAPPED) {
		segment(s, 1, PSH | ACK, sizeof body - 1, end, sizeof end - 1);
		s->now += 1000;
		segment(s, 1, ACK, 0, body, sizeof body - 1);
		s->seq[1] += sizeof body - 1 + sizeof end - 1;
	} else {
		s->muted = way == LOST;
		say(s, 1, 2000, body);
		s->muted = false;
		if (way == TWICE) {
			s->seq[1] -= (uint32_t)sizeof body - 1;
			say(s, 1, 2000, body);
		}
		say(s, 1, 2000, end);
	}
	flag(s, 0, ACK);
}

static void real_session(uint64_t number, uint64_t at, const char *name, uint32_t client, uint32_t port, enum way way)
{
	struct session s;

	open_session(&s, client, port, client, at);
	s.muted = way == MIDSTREAM;
	flag(&s, 0, SYN);
	flag(&s, 1, SYN | ACK);
	flag(&s, 0, ACK);
	s.muted = false;
	say(&s, 1, 50000, "+OK POP3 ready\r\n");
	if (way == RETRY)
		login(&s, name, number, 1, false);
	login(&s, name, number, 2, true);
	if (way == NEVER_ENDS)
		return;
	mail(&s, way);
	if (way == RESET) {
		flag(&s, 0, RST | ACK);
		return;
	}
	say(&s, 0, 300000, "QUIT\r\n");
	say(&s, 1, 20000, "+OK Bye\r\n");
	flag(&s, 1, FIN | ACK);
	flag(&s, 0, FIN | ACK);
	flag(&s, 1, ACK);
}

static void some_user(uint64_t number, uint64_t at)
{
	uint32_t i;
	char name[32];

	do
		i = below(USERS);
	while (users[i].busy > at);
	users[i].busy = at + 30 * SECOND;
	/* Without a SYN nobody could tell it from the session before. */
	if (users[i].port == 0 || below(4) > 0 || number % WAYS == MIDSTREAM)
		users[i].port = (uint16_t)(users[i].port < 1024 || users[i].port > 65000 ? 1024 + below(1000) : users[i].port + 1u);
	snprintf(name, sizeof name, "user-%" PRIu32, i);
	real_session(number, at, name, 0xc6120001u + i, users[i].port, (enum way)(number % WAYS));
}

/* ---- what is in their way -------------------------------------------------------------------------- */

/* Nobody's twice within an hour. */
static struct end stranger(uint32_t net)
{
	static uint32_t i;

	i++;
	return end4(net << 24 | (i * 2654435761u & 0xffffff), 1024 + i % 60000);
}

static void silent(uint64_t at)
{
	struct end from = stranger(11);
	struct session s;

	open_session(&s, 0, 0, below(SERVERS), at);
	s.end[0] = from;
	flag(&s, 0, SYN);
	flag(&s, 1, SYN | ACK);
	say(&s, 1, 50000, "+OK ready\r\n");
	say(&s, 0, 50000, "USER nobody\r\n");
}

static void scan(uint64_t at)
{
	struct session s;

	open_session(&s, 0, 0, below(SERVERS), at);
	s.end[0] = stranger(12);
	if (below(4) == 0)
		s.end[1].port = (uint16_t)(1 + below(1023));
	flag(&s, 0, SYN);
}

/* One of those that come at any time. */
static void leftover(uint64_t at, uint32_t kind)
{
	struct session s;
	struct event *e;

	open_session(&s, 0, 0, below(SERVERS), at);
	s.end[0] = stranger(13);
	switch (kind % 5) {
	case 0: /* half open */
		flag(&s, 0, SYN);
		flag(&s, 1, SYN | ACK);
		break;
	case 1: /* from the middle of something */
		say(&s, 1, 1000, "Subject: x\r\n");
		break;
	case 2: /* behind a hole that is never filled */
		say(&s, 0, 1000, "STAT\r\n");
		segment(&s, 1, ACK, 5000, "mmmmmmmmmmmmmmmm", 16);
		break;
	case 3: /* an end of nothing */
		flag(&s, 0, RST | ACK);
		break;
	default: /* a fragment without the others */
		e = new_event(at);
		memset(e->frame + 34, 'x', 400);
		e->n = put_ip(e->frame, 4, &s.end[0], &s.end[1], 6, 400, below(65536), 0x2000);
		push(e);
		break;
	}
}

static void begin_capture(void)
{
	static const uint16_t version[2] = { 2, 4 };
	static const uint32_t magic = 0xa1b2c3d4, rest[4] = { 0, 0, 262144, 1 };

	put_out(&magic, sizeof magic);
	put_out(version, sizeof version);
	put_out(rest, sizeof rest);
}

/* All that begins in this second. */
static void begin_second(uint32_t second, uint32_t times)
{
	static uint64_t number;
	uint32_t of_hour = second % HOUR, i;
	uint64_t at = second * SECOND;
	char name[32];

	for (i = 0; i < times; i++)
		some_user(number++, at + below(SECOND));
	for (i = 0; i < 5 * times; i++)
		leftover(at + below(SECOND), i);
	for (i = 0; i < SILENT && of_hour >= SILENT_AT && of_hour < SILENT_AT + SILENT_FOR; i++)
		silent(at + below(SECOND));
	for (i = 0; i < SCAN && of_hour >= SCAN_AT && of_hour < SCAN_AT + SCAN_FOR; i++)
		scan(at + below(SECOND));
	if (of_hour == MARK_AT) {
		snprintf(name, sizeof name, "mark-%02" PRIu32, second / HOUR);
		real_session(number++, at, name, 0xc612f001u, 1024 + second / HOUR, PLAIN);
	}
}

/* A session that logs in and is silent from then on. Nothing in it takes long, so that few are busy at once. */
static void idle_session(uint32_t i, uint64_t at)
{
	char line[64];
	struct session s;

	open_session(&s, 0x0a000000u + i, 1024 + i % 60000, i, at);
	segment(&s, 0, SYN, 0, NULL, 0);
	s.seq[0]++;
	s.now += 500;
	segment(&s, 1, SYN | ACK, 0, NULL, 0);
	s.seq[1]++;
	s.now += 500;
	segment(&s, 0, ACK, 0, NULL, 0);
	say(&s, 1, 50000, "+OK POP3 server at example.org is ready\r\n");
	snprintf(line, sizeof line, "USER idle-%" PRIu32 "\r\n", i);
	say(&s, 0, 100000, line);
	say(&s, 1, 20000, "+OK\r\n");
	snprintf(line, sizeof line, "PASS Secret-%" PRIu32 "\r\n", i);
	say(&s, 0, 100000, line);
	say(&s, 1, 100000, "+OK Logged in.\r\n");
	flag(&s, 0, ACK);
	fprintf(truth, "idle-%" PRIu32 " Secret-%" PRIu32 " success\n", i, i);
}

static uint64_t idle_sessions(uint32_t n)
{
	struct session s;
	uint64_t packets = 0, at = 0;
	uint32_t i;

	for (i = 0; i < n; i++) {
		at = i * (IDLE_WITHIN * SECOND) / n;
		packets += write_until(at);
		idle_session(i, at);
	}
	open_session(&s, 0x0b000000u, 1024, 0, at + (IDLE_FOR + 1) * SECOND);
	segment(&s, 0, ACK, 0, NULL, 0);
	return packets;
}

static int usage(void)
{
	fputs("usage: soak [-s SEED] [-H HOURS] [-m TIMES] [-t TRUTH]\n       soak [-s SEED] -i SESSIONS [-t TRUTH]\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	uint32_t hours = 24, times = 1, idle = 0, second;
	const char *path = "/dev/null";
	uint64_t packets = 0;
	int c;

	while ((c = getopt(argc, argv, "s:H:m:i:t:")) != -1)
		switch (c) {
		case 's':
			seed = strtoull(optarg, NULL, 10);
			break;
		case 'H':
			hours = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'm':
			times = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'i':
			idle = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 't':
			path = optarg;
			break;
		default:
			return usage();
		}
	if (optind < argc || hours == 0 || times == 0)
		return usage();
	truth = enough(fopen(path, "w"));
	begin_capture();
	if (idle > 0)
		packets += idle_sessions(idle);
	for (second = 0; idle == 0 && second < hours * HOUR; second++) {
		begin_second(second, times);
		packets += write_until((second + 1) * SECOND);
	}
	packets += write_until(UINT64_MAX);
	flush();
	fprintf(stderr, "%" PRIu64 " packets\n", packets);
	for (; n_unused > 0; n_unused--)
		free(unused[n_unused - 1]);
	free(unused);
	free(heap);
	return fclose(truth) == 0 ? 0 : 1;
}
