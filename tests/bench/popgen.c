/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * popgen: writes a capture full of POP3 logins, to measure with.
 *
 *     popgen [options] dense|mixed|idle FILE
 *
 * The same arguments always give the same bytes. Every session is whole and
 * clean: handshake, greeting, one login, perhaps some mail, both FINs and the
 * last ACK; checksums are right and no segment is lost, repeated or out of
 * order. So a program that misses a session has lost it by itself, and the
 * truth file (-t) says which one:
 *
 *     {"src_ip":..,"src_port":..,"dest_ip":..,"user":..,"mechanism":..,"outcome":..}
 *
 * How it works: a session is written down as a script, a list of segments with
 * their times, when it begins. A fixed number of slots holds one running
 * session each, and a heap over the slots gives the next segment in time. The
 * background (-m below 1) is made of scripts too, but has no clock of its own:
 * its packets are placed between those of POP3, as many as the share asks for.
 *
 * In `idle' every session falls silent once it is logged in, and stays open;
 * a minute after the last of them a single packet says how late it is.
 *
 * Addresses are from the ranges set aside for benchmarks, 198.18.0.0/15
 * (RFC 2544) and 2001:2::/48 (RFC 5180).
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	USEC = 1000000,
	MSEC = 1000,
	EPOCH = 1735689600,	   /* 2025-01-01T00:00:00Z, the first packet */
	DELAYED_ACK = 40 * MSEC,   /* Linux' delayed acknowledgement */
	BURST = 10,		   /* segments in flight: the initial window of RFC 6928 */
	SNAPLEN = 262144,
	FRAME_MAX = 2048,	   /* above any frame written here, record header included */
	OUT_SIZE = 1 << 20,
	OTHER_SERVERS = 4000,
	SILENCE = 60,		   /* seconds, at the end of `idle' */
	FIRST_PORT = 35000,	   /* ephemeral ports, past those of traceroute */
	PORTS = 26000,
	MAILBOX = 12,		   /* messages at most */
};

enum { FIN = 0x01, SYN = 0x02, PSH = 0x08, ACK = 0x10 };
enum dir { CLIENT, SERVER };

/* ---- what the command line asks for ----------------------------------- */

struct profile {
	const char *name;
	uint64_t sessions;
	uint64_t packets;
	double fraction;
	uint32_t concurrent;
	double seconds;
	bool idle;
};

static const struct profile profiles[] = {
	{"dense", 200000, 4500000, 1.0, 2000, 1200, false},
	{"mixed", 20000, 2500000, 0.2, 2000, 1200, false},
	{"idle", 1000000, 10000000, 1.0, 2000, 300, true}, /* 2000 that log in, at any time */
};

static struct {
	uint64_t seed;
	uint64_t sessions;
	double packets;
	double fraction;
	double ipv6;
	double seconds;
	uint32_t concurrent;
	uint32_t servers;
	bool idle;
	FILE *truth;
} opt;

static void *
grow(void *p, size_t n)
{
	p = realloc(p, n);
	if (p == NULL)
		errx(1, "out of memory");
	return p;
}

/* ---- chance: SplitMix64, one generator a session, so that what a session
 * says does not depend on what else is running ---------------------------- */

struct rng {
	uint64_t state;
};

static uint64_t
rng_next(struct rng *r)
{
	uint64_t z = (r->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static struct rng
rng_seed(uint64_t stream, uint64_t index)
{
	struct rng r = {opt.seed ^ (stream << 56)};

	r.state = rng_next(&r) ^ index;
	r.state = rng_next(&r);
	return r;
}

static uint32_t
rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)(((rng_next(r) >> 32) * n) >> 32);
}

static uint32_t
rng_between(struct rng *r, uint32_t low, uint32_t high)
{
	return low + rng_below(r, high - low + 1);
}

static double
rng_unit(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1p-53;
}

static bool
rng_chance(struct rng *r, double share)
{
	return rng_unit(r) < share;
}

/* Many small, few large: even over the order of magnitude. */
static uint32_t
rng_size(struct rng *r, uint32_t low, uint32_t doublings)
{
	uint32_t base = low << rng_below(r, doublings);

	return base + rng_below(r, base);
}

/* ---- the output file --------------------------------------------------- */

static struct {
	int fd;
	size_t used;
	uint64_t packets;
	uint64_t bytes;
	uint8_t buf[OUT_SIZE];
} out;

static void
out_flush(void)
{
	size_t done = 0;

	while (done < out.used) {
		ssize_t n = write(out.fd, out.buf + done, out.used - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err(1, "cannot write the capture");
		done += (size_t)n;
	}
	out.bytes += out.used;
	out.used = 0;
}

static void
out_native32(uint32_t v)
{
	memcpy(out.buf + out.used, &v, sizeof v);
	out.used += sizeof v;
}

/* The classic header: microseconds, the byte order of this machine. */
static void
out_header(void)
{
	const uint16_t version[2] = {2, 4};

	out_native32(0xa1b2c3d4);
	memcpy(out.buf + out.used, version, sizeof version);
	out.used += sizeof version;
	out_native32(0);
	out_native32(0);
	out_native32(SNAPLEN);
	out_native32(1); /* LINKTYPE_ETHERNET */
}

/* Returns where the frame of that length is to be written. */
static uint8_t *
out_record(uint64_t t, size_t length)
{
	uint8_t *frame;

	if (out.used + FRAME_MAX > sizeof out.buf)
		out_flush();
	out_native32((uint32_t)(EPOCH + t / USEC));
	out_native32((uint32_t)(t % USEC));
	out_native32((uint32_t)length);
	out_native32((uint32_t)length);
	frame = out.buf + out.used;
	out.used += length;
	out.packets++;
	return frame;
}

/* ---- packets ------------------------------------------------------------ */

struct endpoint {
	uint8_t mac[6];
	uint8_t ip[16]; /* the first four for IPv4 */
	uint16_t port;
	uint16_t ipid;
	uint8_t ttl;
	uint16_t window;
	uint32_t ts_base; /* where this host's timestamp clock stands at time 0 */
	uint32_t ts_last; /* the timestamp it sent last, which the other echoes */
};

struct conn {
	bool ipv6;
	bool udp;
	uint32_t flow_label;
	struct endpoint end[2];
};

static uint8_t *
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static uint8_t *
put32(uint8_t *p, uint32_t v)
{
	return put16(put16(p, v >> 16), v & 0xffff);
}

static uint8_t *
put(uint8_t *p, const void *from, size_t n)
{
	memcpy(p, from, n);
	return p + n;
}

/*
 * RFC 1071. The sum is taken in this machine's byte order over 32-bit words;
 * folded to 16 bits it is the same sum, ready to be stored as it is.
 */
static uint64_t
sum_add(uint64_t sum, const uint8_t *p, size_t n)
{
	uint32_t word;

	for (; n >= sizeof word; n -= sizeof word, p += sizeof word) {
		memcpy(&word, p, sizeof word);
		sum += word;
	}
	if (n > 0) {
		word = 0;
		memcpy(&word, p, n);
		sum += word;
	}
	return sum;
}

static void
sum_store(uint64_t sum, uint8_t *where)
{
	uint16_t folded;

	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	folded = (uint16_t)~sum;
	memcpy(where, &folded, sizeof folded);
}

static size_t
ip_header_size(const struct conn *c)
{
	return c->ipv6 ? 40 : 20;
}

/*
 * Ethernet and IP in front of `length` bytes of TCP or UDP, which begin where
 * the returned pointer points. *pseudo is the sum of the pseudo-header.
 */
static uint8_t *
put_ip(uint8_t *p, struct conn *c, enum dir dir, size_t length, uint64_t *pseudo)
{
	struct endpoint *src = &c->end[dir], *dst = &c->end[!dir];
	const uint8_t proto = c->udp ? 17 : 6;
	uint8_t *ip;

	p = put(p, dst->mac, 6);
	p = put(p, src->mac, 6);
	ip = p = put16(p, c->ipv6 ? 0x86dd : 0x0800);
	*pseudo = (uint64_t)htons(proto) + htons((uint16_t)length);
	if (c->ipv6) {
		p = put32(p, 0x60000000 | c->flow_label);
		p = put16(p, (uint32_t)length);
		*p++ = proto;
		*p++ = src->ttl;
		p = put(p, src->ip, 16);
		p = put(p, dst->ip, 16);
		*pseudo = sum_add(*pseudo, ip + 8, 32);
		return p;
	}
	p = put16(p, 0x4500);
	p = put16(p, (uint32_t)length + 20);
	p = put16(p, src->ipid++);
	p = put16(p, 0x4000); /* don't fragment */
	*p++ = src->ttl;
	*p++ = proto;
	p = put16(p, 0);
	p = put(p, src->ip, 4);
	p = put(p, dst->ip, 4);
	sum_store(sum_add(0, ip, 20), ip + 10);
	*pseudo = sum_add(*pseudo, ip + 12, 8);
	return p;
}

static uint8_t *
put_tcp_options(uint8_t *p, struct conn *c, enum dir dir, uint8_t flags, uint64_t t)
{
	static const uint8_t ts_plain[] = {1, 1, 8, 10};
	static const uint8_t ts_syn[] = {4, 2, 8, 10}; /* SACK permitted, timestamps */
	static const uint8_t wscale[] = {1, 3, 3, 7};
	struct endpoint *src = &c->end[dir];

	src->ts_last = src->ts_base + (uint32_t)(t / MSEC);
	if (flags & SYN)
		p = put32(p, 0x02040000 | (c->ipv6 ? 1440 : 1460)); /* MSS */
	p = put(p, flags & SYN ? ts_syn : ts_plain, 4);
	p = put32(p, src->ts_last);
	p = put32(p, flags & ACK ? c->end[!dir].ts_last : 0);
	return flags & SYN ? put(p, wscale, 4) : p;
}

/* One segment of a script; for UDP one datagram, with only dir and text. */
struct packet {
	uint64_t t; /* microseconds since EPOCH */
	uint32_t seq, ack;
	uint32_t text; /* offset into the script's text */
	uint16_t length;
	uint8_t dir;
	uint8_t flags;
};

static void
write_tcp(struct conn *c, const struct packet *k, uint64_t t, const uint8_t *text)
{
	const bool syn = k->flags & SYN;
	const enum dir dir = (enum dir)k->dir;
	const size_t header = syn ? 40 : 32;
	const size_t length = header + k->length;
	uint64_t sum;
	uint8_t *p = out_record(t, 14 + ip_header_size(c) + length);
	uint8_t *tcp = put_ip(p, c, dir, length, &sum);

	p = put16(tcp, c->end[dir].port);
	p = put16(p, c->end[!dir].port);
	p = put32(p, k->seq);
	p = put32(p, k->ack);
	*p++ = (uint8_t)(header / 4 << 4);
	*p++ = k->flags;
	p = put16(p, syn ? 64240 : c->end[dir].window);
	p = put32(p, 0); /* checksum, urgent pointer */
	p = put_tcp_options(p, c, dir, k->flags, t);
	put(p, text + k->text, k->length);
	sum_store(sum_add(sum, tcp, length), tcp + 16);
}

static void
write_udp(struct conn *c, const struct packet *k, uint64_t t, const uint8_t *text)
{
	const enum dir dir = (enum dir)k->dir;
	const size_t length = 8u + k->length;
	uint64_t sum;
	uint8_t *p = out_record(t, 14 + ip_header_size(c) + length);
	uint8_t *udp = put_ip(p, c, dir, length, &sum);

	p = put16(udp, c->end[dir].port);
	p = put16(p, c->end[!dir].port);
	p = put16(p, (uint32_t)length);
	p = put16(p, 0);
	put(p, text + k->text, k->length);
	sum_store(sum_add(sum, udp, length), udp + 6);
	if (udp[6] == 0 && udp[7] == 0) /* RFC 768: zero means no checksum */
		put16(udp + 6, 0xffff);
}

/* ---- hosts -------------------------------------------------------------- */

static void
set_ipv4(struct endpoint *e, uint32_t net, uint32_t host)
{
	put16(put16(e->ip, net), host);
}

/* The interface identifier looks like a random one and ends in the number. */
static void
set_ipv6(struct endpoint *e, uint32_t net, uint32_t host)
{
	struct rng r = rng_seed(6, (uint64_t)net << 32 | host);
	uint8_t *p = put32(put32(e->ip, 0x20010002), net);

	p = put32(p, (uint32_t)rng_next(&r) & 0xfdffffff);
	put32(p, (uint32_t)rng_next(&r) << 16 | host);
}

static void
set_host(struct endpoint *e, struct rng *r, uint16_t port, uint16_t window)
{
	e->port = port;
	e->window = window;
	e->ipid = (uint16_t)rng_next(r);
	e->ts_base = (uint32_t)rng_next(r);
}

/*
 * Connection `index` of its kind: an odd factor walks all 65536 clients before
 * one comes again, and then with the next port, so no 4-tuple is used twice.
 */
static void
conn_init(struct conn *c, uint64_t index, struct rng *r, uint16_t port, uint32_t servers)
{
	static const uint8_t router[6] = {2, 0, 0, 0, 0, 1};
	const uint32_t client = (uint32_t)(index * 40503) & 0xffff;
	const uint32_t client_port = FIRST_PORT + (uint32_t)((client * 7919u + (index >> 16)) % PORTS);
	const uint32_t hops = rng_between(r, 3, 18);
	const uint32_t server = rng_below(r, servers);
	/* The servers of POP3 and all others stand in different networks. */
	const uint32_t far = 10 + server + (port == 110 ? 0 : 0x8000);

	memset(c, 0, sizeof *c);
	c->ipv6 = rng_chance(r, opt.ipv6);
	c->flow_label = (uint32_t)rng_next(r) & 0xfffff;
	set_host(&c->end[CLIENT], r, (uint16_t)client_port, 502);
	set_host(&c->end[SERVER], r, port, 510);
	if (c->ipv6) {
		set_ipv6(&c->end[CLIENT], 18, client);
		set_ipv6(&c->end[SERVER], 19, far);
	} else {
		set_ipv4(&c->end[CLIENT], 0xc612, client);
		set_ipv4(&c->end[SERVER], 0xc613, far);
	}
	c->end[CLIENT].ttl = (uint8_t)((rng_chance(r, 0.5) ? 128 : 64) - hops);
	c->end[SERVER].ttl = 64;
	/* The tap is between the servers and their router. */
	put(c->end[CLIENT].mac, router, 6);
	put16(put32(c->end[SERVER].mac, 0x02000000), 0x100 + server);
}

/* ---- scripts: a whole connection, written down before it runs ----------- */

struct script {
	struct conn conn;
	struct rng rng;
	struct packet *packets;
	size_t n_packets, max_packets, next;
	uint8_t *text;
	size_t n_text, max_text;
	uint64_t now;	   /* of the packet added last */
	uint32_t rtt;	   /* between the tap and the client; the server is next door */
	uint32_t mss;
	uint32_t seq[2];   /* next to be sent */
	uint32_t acked[2]; /* what this side has acknowledged of the other */
};

static void
text_put(struct script *s, const void *from, size_t n)
{
	if (s->n_text + n > s->max_text) {
		s->max_text = (s->n_text + n) * 2 + 4096;
		s->text = grow(s->text, s->max_text);
	}
	memcpy(s->text + s->n_text, from, n);
	s->n_text += n;
}

static void
text_str(struct script *s, const char *str)
{
	text_put(s, str, strlen(str));
}

__attribute__((format(printf, 2, 0))) static void
text_vprintf(struct script *s, const char *fmt, va_list ap)
{
	char line[1024];
	int n = vsnprintf(line, sizeof line, fmt, ap);

	if (n < 0 || (size_t)n >= sizeof line)
		errx(1, "a line is too long");
	text_put(s, line, (size_t)n);
}

__attribute__((format(printf, 2, 3))) static void
text_printf(struct script *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(s, fmt, ap);
	va_end(ap);
}

static struct script *
scripts_new(size_t n)
{
	struct script *s = calloc(n + 1, sizeof *s); /* of none, too, there is a pointer */

	if (s == NULL)
		errx(1, "out of memory");
	return s;
}

static void
scripts_free(struct script *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(s[i].packets);
		free(s[i].text);
	}
	free(s);
}

static struct packet *
add(struct script *s, enum dir dir, uint8_t flags, size_t text, size_t length)
{
	struct packet *k;

	if (s->n_packets == s->max_packets) {
		s->max_packets = s->max_packets * 2 + 32;
		s->packets = grow(s->packets, s->max_packets * sizeof *k);
	}
	k = &s->packets[s->n_packets++];
	*k = (struct packet){
		.t = s->now,
		.seq = s->seq[dir],
		.ack = flags & ACK ? s->seq[!dir] : 0,
		.text = (uint32_t)text,
		.length = (uint16_t)length,
		.dir = (uint8_t)dir,
		.flags = flags,
	};
	s->seq[dir] += (uint32_t)length + ((flags & (SYN | FIN)) != 0);
	s->acked[dir] = s->seq[!dir];
	return k;
}

/* Time passes before this side speaks; if long, it acknowledges meanwhile. */
static void
pass(struct script *s, enum dir dir, uint64_t us)
{
	uint32_t least = DELAYED_ACK + (dir == CLIENT ? s->rtt : 0);

	if (s->acked[dir] != s->seq[!dir] && us > least) {
		s->now += least;
		add(s, dir, ACK, 0, 0);
		us -= least;
	}
	s->now += us;
}

/* The other side acknowledges a burst, every second segment at once. */
static void
acknowledge(struct script *s, enum dir dir, const uint32_t *ends, size_t n)
{
	for (size_t i = 1; i < n; i += 2) {
		s->now += i == 1 ? s->rtt : rng_between(&s->rng, 20, 200);
		add(s, dir, ACK, 0, 0)->ack = ends[i];
		s->acked[dir] = ends[i];
	}
}

/* Sends the text from `mark` on, in bursts when it is more than a segment. */
static void
speak(struct script *s, enum dir dir, uint64_t us, size_t mark)
{
	uint32_t ends[BURST];

	pass(s, dir, us);
	while (mark < s->n_text) {
		size_t n = 0;

		for (; n < BURST && mark < s->n_text; n++) {
			size_t left = s->n_text - mark;
			size_t length = left < s->mss ? left : s->mss;

			if (n > 0)
				s->now += rng_between(&s->rng, 12, 40);
			add(s, dir, length == left ? PSH | ACK : ACK, mark, length);
			ends[n] = s->seq[dir];
			mark += length;
		}
		acknowledge(s, !dir, ends, n);
		if (mark < s->n_text)
			s->now += rng_between(&s->rng, 50, 300);
	}
}

__attribute__((format(printf, 4, 5))) static void
say(struct script *s, enum dir dir, uint64_t us, const char *fmt, ...)
{
	size_t mark = s->n_text;
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(s, fmt, ap);
	va_end(ap);
	speak(s, dir, us, mark);
}

static void
script_begin(struct script *s, uint64_t now)
{
	s->n_packets = s->next = s->n_text = 0;
	s->now = now;
	s->rtt = rng_size(&s->rng, 4 * MSEC, 6);
	s->mss = (s->conn.ipv6 ? 1440 : 1460) - 12; /* timestamps in every segment */
	s->seq[CLIENT] = s->acked[SERVER] = (uint32_t)rng_next(&s->rng);
	s->seq[SERVER] = s->acked[CLIENT] = (uint32_t)rng_next(&s->rng);
}

static void
handshake(struct script *s)
{
	add(s, CLIENT, SYN, 0, 0);
	s->now += rng_between(&s->rng, 30, 200);
	add(s, SERVER, SYN | ACK, 0, 0);
	s->now += s->rtt;
	add(s, CLIENT, ACK, 0, 0);
}

static void
closing(struct script *s, enum dir first)
{
	s->now += rng_between(&s->rng, 20, 400);
	add(s, first, FIN | ACK, 0, 0);
	s->now += s->rtt;
	if (rng_chance(&s->rng, 0.5)) {
		add(s, !first, ACK, 0, 0);
		s->now += rng_between(&s->rng, 100, 5000);
	}
	add(s, !first, FIN | ACK, 0, 0);
	s->now += first == CLIENT ? s->rtt : rng_between(&s->rng, 30, 100);
	add(s, first, ACK, 0, 0);
}

/* ---- what mail is made of ------------------------------------------------ */

/* Text in lines, from which every message takes a stretch. */
static struct {
	char text[1 << 20];
	size_t start[1 << 15]; /* of each line, and the end of the last one */
	size_t lines;
} pool;

static const char *const words[] = {
	"the", "report", "of", "last", "week", "is", "ready", "and", "we", "should", "meet", "again",
	"before", "it", "goes", "to", "everybody", "please", "send", "your", "figures", "until",
	"Friday", "as", "usual", "there", "was", "a", "question", "about", "invoice", "numbers",
	"which", "I", "could", "not", "answer", "thank", "you", "for", "help", "with", "this",
};

/* What a careless reader of POP3 stumbles over when it stands in a mail. */
static const char *const traps[] = {
	"+OK that is what he said", "-ERR is no reply here", "USER root", "PASS nothing", "QUIT",
	"..", "..profile was changed", "AUTH PLAIN", "the sentence ends here.", "",
};

static size_t
pool_line(char *line, size_t size, struct rng *r, bool base64)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t n = 0;

	if (base64) {
		while (n < 76)
			line[n++] = digits[rng_below(r, 64)];
	} else if (rng_chance(r, 0.04)) {
		n = (size_t)snprintf(line, size, "%s", traps[rng_below(r, COUNT(traps))]);
	} else {
		size_t want = rng_between(r, 20, 68);

		while (n < want)
			n += (size_t)snprintf(line + n, size - n, "%s%s", n > 0 ? " " : "",
				words[rng_below(r, COUNT(words))]);
	}
	line[n++] = '\r';
	line[n++] = '\n';
	return n;
}

static void
pool_fill(void)
{
	struct rng r = rng_seed(3, 0);
	size_t used = 0;
	bool base64 = false;
	char line[128];

	while (pool.lines + 1 < COUNT(pool.start)) {
		size_t n;

		/* Long stretches of each: plain text, then an attachment. */
		if (rng_chance(&r, 1.0 / 60))
			base64 = !base64;
		n = pool_line(line, sizeof line, &r, base64);
		if (used + n > sizeof pool.text)
			break;
		memcpy(pool.text + used, line, n);
		pool.start[pool.lines++] = used;
		used += n;
	}
	pool.start[pool.lines] = used;
}

struct message {
	size_t first, last; /* lines of the pool, `last` excluded */
	uint32_t id;
	size_t octets;
};

struct account {
	char user[80];
	char password[40];
};

static size_t
message_head(const struct message *m, const struct account *a, char *buf, size_t size)
{
	int n = snprintf(buf, size,
		"Return-Path: <list-%u@example.com>\r\n"
		"Received: from mx.example.com (mx.example.com [198.19.0.5])\r\n"
		"\tby mail.example.net with ESMTPS id %08x; Wed, 01 Jan 2025 00:00:00 +0000\r\n"
		"From: \"A. Sender\" <list-%u@example.com>\r\n"
		"To: <%s>\r\n"
		"Subject: report %u\r\n"
		"Message-ID: <%08x.%u@example.com>\r\n"
		"MIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=us-ascii\r\n"
		"\r\n",
		m->id % 1000, m->id, m->id % 1000, a->user, m->id % 10000, m->id, m->id % 77);

	return (size_t)n;
}

static void
message_choose(struct message *m, const struct account *a, struct rng *r)
{
	size_t want = rng_size(r, 512, 6);
	char head[1024];

	m->id = (uint32_t)rng_next(r);
	m->first = rng_below(r, (uint32_t)pool.lines / 2);
	m->last = m->first + 1;
	while (pool.start[m->last] - pool.start[m->first] < want)
		m->last++;
	m->octets = message_head(m, a, head, sizeof head) + pool.start[m->last] - pool.start[m->first];
}

/* ---- POP3 ---------------------------------------------------------------- */

/* How a server speaks. */
struct dialect {
	const char *greeting;
	bool apop; /* the greeting ends in a challenge */
	const char *capabilities;
	const char *user_ok;
	const char *logged_in;
	const char *refused;
	const char *plain_prompt;
	const char *bye;
};

static const struct dialect dialects[] = {
	{
		.greeting = "+OK Dovecot (Debian) ready.",
		.capabilities = "+OK\r\nCAPA\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\nAUTH-RESP-CODE\r\n"
				"STLS\r\nUSER\r\nSASL PLAIN LOGIN\r\n.\r\n",
		.user_ok = "+OK",
		.logged_in = "+OK Logged in.",
		.refused = "-ERR [AUTH] Authentication failed.",
		.plain_prompt = "+ ",
		.bye = "+OK Logging out.",
	},
	{
		.greeting = "+OK Hello there.",
		.apop = true,
		.capabilities = "+OK Here's what I can do:\r\nSASL PLAIN LOGIN\r\nTOP\r\nUSER\r\nLOGIN-DELAY 10\r\n"
				"PIPELINING\r\nUIDL\r\nIMPLEMENTATION Courier Mail Server\r\n.\r\n",
		.user_ok = "+OK Password required.",
		.logged_in = "+OK logged in.",
		.refused = "-ERR Login failed.",
		.plain_prompt = "+ ",
		.bye = "+OK Bye-bye.",
	},
	{
		.greeting = "+OK mail.example.net Cyrus POP3 server ready",
		.apop = true,
		.capabilities = "+OK List of capabilities follows\r\nSASL PLAIN LOGIN\r\nSTLS\r\nEXPIRE NEVER\r\n"
				"LOGIN-DELAY 0\r\nTOP\r\nUIDL\r\nPIPELINING\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nUSER\r\n"
				"IMPLEMENTATION Cyrus POP3 server\r\n.\r\n",
		.user_ok = "+OK Name is a valid mailbox",
		.logged_in = "+OK Mailbox locked and ready",
		.refused = "-ERR [AUTH] Invalid login",
		.plain_prompt = "+ ",
		.bye = "+OK",
	},
	{
		.greeting = "+OK The Microsoft Exchange POP3 service is ready.",
		.capabilities = "+OK\r\nTOP\r\nUIDL\r\nSASL PLAIN LOGIN\r\nUSER\r\n.\r\n",
		.user_ok = "+OK",
		.logged_in = "+OK User successfully logged on.",
		.refused = "-ERR Logon failure: unknown user name or bad password.",
		.plain_prompt = "+",
		.bye = "+OK Microsoft Exchange Server POP3 server signing off.",
	},
};

enum login { LOGIN_USER_PASS, LOGIN_PLAIN_INITIAL, LOGIN_PLAIN, LOGIN_LOGIN };

static const char *const mechanisms[] = {"USER/PASS", "PLAIN", "PLAIN", "LOGIN"};

struct pop3 {
	struct script *s;
	const struct dialect *dialect;
	struct account account;
	enum login login;
	bool success;
	uint64_t idle; /* spread over the session to make it last */
};

/* So far: what the sessions written down have come to, for -p. */
static struct {
	uint64_t sessions;
	uint64_t packets;
} pop3_total;

/* The session number is in both, behind a sign that is nowhere else in it: no two are the same. */
static void
account_choose(struct account *a, uint64_t index, struct rng *r)
{
	static const char *const first[] = {"anna", "boris", "carla", "deniz", "emil", "fatima", "george",
		"hana", "igor", "jana", "kofi", "lena", "mateo", "nina", "omar", "petra"};
	static const char *const last[] = {"abel", "berg", "costa", "dietz", "ek", "farkas", "gruber",
		"holm", "ito", "jones", "kovac", "lang", "maier", "novak", "okafor", "park"};
	static const char *const domain[] = {"", "", "@example.org", "@example.net", "@mail.example.com"};
	static const char signs[] = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!#$%&*+-/:;=?@_";
	/* One call a line: the order in which arguments are evaluated is the compiler's choice. */
	const char *given = first[rng_below(r, COUNT(first))];
	const char *family = last[rng_below(r, COUNT(last))];
	const char *at = domain[rng_below(r, COUNT(domain))];
	uint32_t n = rng_between(r, 6, 14);
	char secret[16] = "";

	snprintf(a->user, sizeof a->user, "%s.%s%" PRIu64 "%s", given, family, index, at);
	for (uint32_t i = 0; i < n; i++)
		secret[i] = signs[rng_below(r, sizeof signs - 1)];
	if (rng_chance(r, 0.02))
		secret[n / 2] = ' ';
	snprintf(a->password, sizeof a->password, "%s.%" PRIx64, secret, index);
}

static const char *
base64(char *buf, const void *from, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *p = from;
	char *q = buf;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16;

		v |= i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0;
		v |= i + 2 < n ? p[i + 2] : 0;
		*q++ = digits[v >> 18];
		*q++ = digits[v >> 12 & 63];
		*q++ = i + 1 < n ? digits[v >> 6 & 63] : '=';
		*q++ = i + 2 < n ? digits[v & 63] : '=';
	}
	*q = '\0';
	return buf;
}

/* RFC 4616; some clients fill in the authorization identity, too. */
static const char *
plain_message(char *buf, const struct account *a, bool authzid)
{
	char raw[256];
	int n = snprintf(raw, sizeof raw, "%s%c%s%c%s", authzid ? a->user : "", 0, a->user, 0, a->password);

	return base64(buf, raw, (size_t)n);
}

static uint64_t
client_time(struct pop3 *p)
{
	return p->s->rtt + rng_between(&p->s->rng, 200, 4000);
}

static uint64_t
server_time(struct pop3 *p)
{
	return rng_between(&p->s->rng, 80, 900);
}

/* Hashing a password takes time, and a refusal is held back on purpose. */
static uint64_t
verdict_time(struct pop3 *p)
{
	if (p->success)
		return rng_between(&p->s->rng, 2 * MSEC, 90 * MSEC);
	return p->idle < 8 * USEC ? p->idle / 4 : 2 * USEC;
}

static void
pop3_login(struct pop3 *p)
{
	struct script *s = p->s;
	const struct account *a = &p->account;
	const bool lower = rng_chance(&s->rng, 0.05);
	const bool authzid = rng_chance(&s->rng, 0.1);
	const uint64_t first = client_time(p) + (uint64_t)((double)p->idle * 0.2);
	char text[512];

	switch (p->login) {
	case LOGIN_USER_PASS:
		say(s, CLIENT, first, "%s %s\r\n", lower ? "user" : "USER", a->user);
		say(s, SERVER, server_time(p), "%s\r\n", p->dialect->user_ok);
		say(s, CLIENT, client_time(p), "%s %s\r\n", lower ? "pass" : "PASS", a->password);
		break;
	case LOGIN_PLAIN_INITIAL:
		say(s, CLIENT, first, "%s %s\r\n", lower ? "auth plain" : "AUTH PLAIN",
			plain_message(text, a, authzid));
		break;
	case LOGIN_PLAIN:
		say(s, CLIENT, first, "%s\r\n", lower ? "auth plain" : "AUTH PLAIN");
		say(s, SERVER, server_time(p), "%s\r\n", p->dialect->plain_prompt);
		say(s, CLIENT, client_time(p), "%s\r\n", plain_message(text, a, authzid));
		break;
	case LOGIN_LOGIN:
		say(s, CLIENT, first, "%s\r\n", lower ? "auth login" : "AUTH LOGIN");
		say(s, SERVER, server_time(p), "+ VXNlcm5hbWU6\r\n");
		say(s, CLIENT, client_time(p), "%s\r\n", base64(text, a->user, strlen(a->user)));
		say(s, SERVER, server_time(p), "+ UGFzc3dvcmQ6\r\n");
		say(s, CLIENT, client_time(p), "%s\r\n", base64(text, a->password, strlen(a->password)));
		break;
	}
	say(s, SERVER, verdict_time(p), "%s\r\n", p->success ? p->dialect->logged_in : p->dialect->refused);
}

static void
pop3_list(struct pop3 *p, const struct message *box, uint32_t n)
{
	struct script *s = p->s;
	size_t mark;

	say(s, CLIENT, client_time(p), "LIST\r\n");
	mark = s->n_text;
	text_printf(s, "+OK %u messages:\r\n", n);
	for (uint32_t i = 0; i < n; i++)
		text_printf(s, "%u %zu\r\n", i + 1, box[i].octets);
	text_str(s, ".\r\n");
	speak(s, SERVER, server_time(p), mark);
}

static void
pop3_retr(struct pop3 *p, const struct message *m, uint32_t number)
{
	struct script *s = p->s;
	char head[1024];
	size_t mark;

	say(s, CLIENT, client_time(p), "RETR %u\r\n", number);
	mark = s->n_text;
	text_printf(s, "+OK %zu octets\r\n", m->octets);
	text_put(s, head, message_head(m, &p->account, head, sizeof head));
	text_put(s, pool.text + pool.start[m->first], pool.start[m->last] - pool.start[m->first]);
	text_str(s, ".\r\n");
	speak(s, SERVER, server_time(p), mark);
}

/* Mail is what brings the capture up to the packets asked for. */
static bool
pop3_wants_mail(const struct script *s)
{
	double want = opt.packets * opt.fraction * (double)pop3_total.sessions / (double)opt.sessions;

	return (double)(pop3_total.packets + s->n_packets + 6) < want;
}

static void
pop3_mail(struct pop3 *p)
{
	struct script *s = p->s;
	struct message box[MAILBOX];
	uint32_t n = rng_between(&s->rng, 0, MAILBOX);
	size_t octets = 0;

	for (uint32_t i = 0; i < n; i++) {
		message_choose(&box[i], &p->account, &s->rng);
		octets += box[i].octets;
	}
	if (rng_chance(&s->rng, 0.9)) {
		say(s, CLIENT, client_time(p) + (uint64_t)((double)p->idle * 0.3), "STAT\r\n");
		say(s, SERVER, server_time(p), "+OK %u %zu\r\n", n, octets);
	}
	if (rng_chance(&s->rng, 0.3))
		pop3_list(p, box, n);
	for (uint32_t i = 0; i < n && pop3_wants_mail(s); i++)
		pop3_retr(p, &box[i], i + 1);
}

static void
pop3_dialogue(struct pop3 *p)
{
	struct script *s = p->s;
	const struct dialect *d = p->dialect;
	size_t mark = s->n_text;

	text_str(s, d->greeting);
	if (d->apop)
		text_printf(s, " <%u.%u@mail.example.net>", rng_below(&s->rng, 32768),
			(uint32_t)(EPOCH + s->now / USEC));
	text_str(s, "\r\n");
	speak(s, SERVER, server_time(p), mark);
	if (!opt.idle && rng_chance(&s->rng, 0.35)) {
		say(s, CLIENT, client_time(p), "CAPA\r\n");
		say(s, SERVER, server_time(p), "%s", d->capabilities);
	}
	pop3_login(p);
	if (opt.idle)
		return;
	if (p->success)
		pop3_mail(p);
	say(s, CLIENT, client_time(p) + (uint64_t)((double)p->idle * 0.5), "QUIT\r\n");
	say(s, SERVER, server_time(p), "%s\r\n", d->bye);
}

static void
truth_write(const struct pop3 *p)
{
	const struct conn *c = &p->s->conn;
	const int family = c->ipv6 ? AF_INET6 : AF_INET;
	char client[INET6_ADDRSTRLEN], server[INET6_ADDRSTRLEN];

	inet_ntop(family, c->end[CLIENT].ip, client, sizeof client);
	inet_ntop(family, c->end[SERVER].ip, server, sizeof server);
	fprintf(opt.truth,
		"{\"src_ip\":\"%s\",\"src_port\":%u,\"dest_ip\":\"%s\",\"user\":\"%s\","
		"\"mechanism\":\"%s\",\"outcome\":\"%s\"}\n",
		client, c->end[CLIENT].port, server, p->account.user, mechanisms[p->login],
		p->success ? "success" : "failure");
}

/* Most say USER and PASS, as they do outside. */
static enum login
login_choose(struct rng *r)
{
	double dice = rng_unit(r);

	if (dice < 0.70)
		return LOGIN_USER_PASS;
	if (dice < 0.82)
		return LOGIN_PLAIN_INITIAL;
	return dice < 0.91 ? LOGIN_PLAIN : LOGIN_LOGIN;
}

/* `life` is how long a session lasts on the average, in microseconds. */
static void
pop3_script(struct script *s, uint64_t start, double life)
{
	const uint64_t index = pop3_total.sessions++;
	struct pop3 p = {.s = s};
	double wanted;

	s->rng = rng_seed(1, index);
	conn_init(&s->conn, index, &s->rng, 110, opt.servers);
	script_begin(s, start);
	p.dialect = &dialects[s->conn.end[SERVER].mac[5] % COUNT(dialects)];
	p.login = opt.idle ? LOGIN_USER_PASS : login_choose(&s->rng);
	p.success = opt.idle || rng_chance(&s->rng, 0.9);
	account_choose(&p.account, index, &s->rng);
	/* What the round trips do not take is spent idle. */
	wanted = life * (0.3 + 1.4 * rng_unit(&s->rng)) - 7.0 * s->rtt;
	p.idle = wanted > 0 ? (uint64_t)wanted : 0;
	handshake(s);
	pop3_dialogue(&p);
	if (opt.idle) {
		s->now += s->rtt;
		add(s, CLIENT, ACK, 0, 0);
	} else {
		closing(s, SERVER);
	}
	pop3_total.packets += s->n_packets;
	if (opt.truth != NULL)
		truth_write(&p);
}

/* ---- the background: TLS and DNS ------------------------------------------ */

static struct {
	struct script *slots;
	uint32_t n_slots;
	uint32_t current;
	uint64_t connections;
	double debt; /* packets that are due */
	struct rng rng;
	uint8_t noise[1 << 17];
} other;

/* Bytes that look encrypted. */
static void
text_noise(struct script *s, size_t n)
{
	text_put(s, other.noise + rng_below(&s->rng, (uint32_t)(sizeof other.noise - n)), n);
}

static void
text_number(struct script *s, unsigned bytes, uint32_t v)
{
	uint8_t buf[4];

	put32(buf, v);
	text_put(s, buf + 4 - bytes, bytes);
}

/* Application data, RFC 8446 5.1: records of up to 16 KiB. */
static void
tls_data(struct script *s, size_t n)
{
	while (n > 0) {
		size_t part = n < 16384 ? n : 16384;

		text_number(s, 3, 0x170303);
		text_number(s, 2, (uint32_t)part);
		text_noise(s, part);
		n -= part;
	}
}

/* RFC 8446 4.1.2, padded to 517 bytes as browsers do. */
static void
tls_client_hello(struct script *s)
{
	static const uint8_t head[] = {0x16, 3, 1, 0x02, 0x00, 1, 0, 0x01, 0xfc, 3, 3};
	static const uint8_t suites[] = {0, 8, 0x13, 1, 0x13, 2, 0xc0, 0x2f, 0xc0, 0x30, 1, 0};
	static const uint8_t versions[] = {0, 0x2b, 0, 5, 4, 3, 4, 3, 3};
	const size_t mark = s->n_text;
	char name[32];
	uint32_t n = (uint32_t)snprintf(name, sizeof name, "host%u.example.com", rng_below(&s->rng, 5000));
	size_t padding;

	text_put(s, head, sizeof head);
	text_noise(s, 32);
	text_number(s, 1, 32);
	text_noise(s, 32);
	text_put(s, suites, sizeof suites);
	text_number(s, 2, (uint32_t)(517 - (s->n_text - mark) - 2)); /* all extensions */
	text_number(s, 4, n + 5);				     /* server_name */
	text_number(s, 2, n + 3);
	text_number(s, 3, n);
	text_put(s, name, n);
	text_put(s, versions, sizeof versions);
	padding = 517 - (s->n_text - mark) - 4;
	text_number(s, 4, 0x00150000 | (uint32_t)padding);
	while (padding-- > 0)
		text_number(s, 1, 0);
}

static void
tls_server_hello(struct script *s)
{
	static const uint8_t head[] = {0x16, 3, 3, 0, 82, 2, 0, 0, 78, 3, 3};
	static const uint8_t tail[] = {0x13, 1, 0, 0, 6, 0, 0x2b, 0, 2, 3, 4};
	static const uint8_t change_cipher_spec[] = {0x14, 3, 3, 0, 1, 1};

	text_put(s, head, sizeof head);
	text_noise(s, 32);
	text_number(s, 1, 32);
	text_noise(s, 32);
	text_put(s, tail, sizeof tail);
	text_put(s, change_cipher_spec, sizeof change_cipher_spec);
	tls_data(s, rng_between(&s->rng, 1500, 4000));
}

static void
tls_script(struct script *s)
{
	size_t mark = s->n_text;

	handshake(s);
	tls_client_hello(s);
	speak(s, CLIENT, 100, mark);
	mark = s->n_text;
	tls_server_hello(s);
	speak(s, SERVER, 100, mark);
	for (uint32_t n = rng_between(&s->rng, 1, 6); n > 0; n--) {
		mark = s->n_text;
		tls_data(s, rng_between(&s->rng, 150, 1200));
		speak(s, CLIENT, 100, mark);
		mark = s->n_text;
		tls_data(s, rng_size(&s->rng, 2048, 7));
		speak(s, SERVER, 100, mark);
	}
	closing(s, CLIENT);
}

/* RFC 1035: a question and its answer. */
static void
dns_script(struct script *s)
{
	const uint32_t id = rng_below(&s->rng, 65536);
	const uint32_t answers = rng_between(&s->rng, 1, 8);
	char name[40];
	uint32_t host = (uint32_t)snprintf(name, sizeof name, "host%u", rng_below(&s->rng, 5000));

	for (int dir = CLIENT; dir <= SERVER; dir++) {
		size_t mark = s->n_text;

		text_number(s, 2, id);
		text_number(s, 2, dir == CLIENT ? 0x0100 : 0x8180);
		text_number(s, 2, 1);
		text_number(s, 2, dir == CLIENT ? 0 : answers);
		text_number(s, 4, 0);
		text_number(s, 1, host);
		text_put(s, name, host);
		text_put(s, "\7example\3com", 13); /* the NUL is the root */
		text_number(s, 4, 0x00010001);
		for (uint32_t i = 0; dir == SERVER && i < answers; i++) {
			text_number(s, 2, 0xc00c);
			text_number(s, 4, 0x00010001);
			text_number(s, 4, 300);
			text_number(s, 2, 4);
			text_number(s, 4, 0xc6138000 + i);
		}
		add(s, (enum dir)dir, 0, mark, s->n_text - mark);
	}
}

static void
other_script(struct script *s)
{
	static const uint16_t ports[] = {443, 443, 443, 443, 993, 995, 465};
	const uint64_t index = other.connections++;
	bool dns;

	s->rng = rng_seed(2, index);
	/* Counted in connections; of the packets DNS is one in five. */
	dns = rng_chance(&s->rng, 0.91);
	conn_init(&s->conn, index, &s->rng, dns ? 53 : ports[rng_below(&s->rng, COUNT(ports))],
		OTHER_SERVERS);
	s->conn.udp = dns;
	script_begin(s, 0);
	if (dns)
		dns_script(s);
	else
		tls_script(s);
}

static void
write_packet(struct script *s, uint64_t t)
{
	const struct packet *k = &s->packets[s->next++];

	if (s->conn.udp)
		write_udp(&s->conn, k, t, s->text);
	else
		write_tcp(&s->conn, k, t, s->text);
}

/* Background packets for one POP3 packet, placed before the next one. */
static void
other_run(uint64_t from, uint64_t to)
{
	uint64_t n;

	if (other.n_slots == 0)
		return;
	other.debt += 1 / opt.fraction - 1;
	n = (uint64_t)other.debt;
	other.debt -= (double)n;
	for (uint64_t i = 0; i < n; i++) {
		struct script *s;

		/* Traffic comes in trains, so mostly stay with the same one. */
		if (rng_chance(&other.rng, 0.2))
			other.current = rng_below(&other.rng, other.n_slots);
		s = &other.slots[other.current];
		if (s->next == s->n_packets)
			other_script(s);
		write_packet(s, from + (to - from) * (i + 1) / (n + 1));
	}
}

static void
other_init(uint32_t slots)
{
	other.rng = rng_seed(4, 0);
	for (size_t i = 0; i < sizeof other.noise; i += 8) {
		uint64_t v = rng_next(&other.rng);

		memcpy(other.noise + i, &v, 8);
	}
	other.n_slots = slots;
	other.slots = scripts_new(slots);
}

/* ---- the run: a heap of slots, the earliest packet on top ------------------ */

struct turn {
	uint64_t t;
	uint32_t slot;
};

static bool
turn_before(struct turn a, struct turn b)
{
	return a.t != b.t ? a.t < b.t : a.slot < b.slot;
}

static void
heap_sink(struct turn *heap, size_t n, size_t i)
{
	const struct turn x = heap[i];

	for (size_t child; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && turn_before(heap[child + 1], heap[child]))
			child++;
		if (!turn_before(heap[child], x))
			break;
		heap[i] = heap[child];
	}
	heap[i] = x;
}

/* The last thing that was said is acknowledged once more. */
static uint64_t
late_packet(struct script *s, uint64_t t)
{
	s->now = t + (uint64_t)SILENCE * USEC;
	add(s, CLIENT, ACK, 0, 0);
	write_packet(s, s->now);
	return s->now;
}

/* Returns the time of the last packet. */
static uint64_t
run(uint32_t slots)
{
	const double life = opt.seconds * USEC * slots / (double)opt.sessions;
	struct script *scripts = scripts_new(slots);
	struct turn *heap = grow(NULL, slots * sizeof *heap);
	size_t n = slots;
	uint64_t t = 0;

	for (uint32_t i = 0; i < slots; i++) {
		heap[i] = (struct turn){(uint64_t)(life * i / slots), i};
		pop3_script(&scripts[i], heap[i].t, life);
	}
	/* The times ascend, so this is a heap already. */
	while (n > 0) {
		struct script *s = &scripts[heap[0].slot];

		t = heap[0].t;
		write_packet(s, t);
		if (s->next == s->n_packets && pop3_total.sessions < opt.sessions)
			pop3_script(s, t + rng_between(&s->rng, 1, 2 * MSEC), life);
		if (s->next < s->n_packets)
			heap[0].t = s->packets[s->next].t;
		else
			heap[0] = heap[--n];
		heap_sink(heap, n, 0);
		other_run(t, n > 0 ? heap[0].t : t);
		if (n == 0 && opt.idle)
			t = late_packet(s, t);
	}
	scripts_free(scripts, slots);
	free(heap);
	return t;
}

/* ---- the command line -------------------------------------------------------- */

static void
usage(FILE *to)
{
	fputs("usage: popgen [options] dense|mixed|idle FILE\n"
	      "Writes a capture of POP3 logins to FILE (- is standard output).\n"
	      "  dense   200,000 sessions, about 4.5 million packets, all of them POP3\n"
	      "  mixed   20,000 sessions, about 2.5 million packets, one in five POP3\n"
	      "  idle    1,000,000 sessions, all open and silent at the end\n"
	      "options, each in place of what the profile says:\n"
	      "  -n N    POP3 sessions; packets and duration follow unless given\n"
	      "  -p N    packets in all, about: mail is fetched until there are so many\n"
	      "  -c N    connections open at the same time, the background's included (2000)\n"
	      "  -m X    the share of POP3 among the packets, above 0 and up to 1\n"
	      "  -6 X    the share of IPv6 among the connections, 0 to 1 (0.2)\n"
	      "  -S N    servers of POP3 (40)\n"
	      "  -d X    seconds of traffic, about (1200)\n"
	      "  -s N    seed (1)\n"
	      "  -t FILE write what is in it, a line of JSON for each session\n"
	      "  -h      this text\n",
		to);
}

static uint64_t
whole(char option, const char *arg, uint64_t low, uint64_t high)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(arg, &end, 10);
	if (errno != 0 || end == arg || *end != '\0' || *arg == '-' || v < low || v > high)
		errx(1, "-%c: `%s' is not between %" PRIu64 " and %" PRIu64, option, arg, low, high);
	return v;
}

static double
real(char option, const char *arg, double low, double high)
{
	char *end;
	double v = strtod(arg, &end);

	if (end == arg || *end != '\0' || !(v >= low && v <= high))
		errx(1, "-%c: `%s' is not between %g and %g", option, arg, low, high);
	return v;
}

static const struct profile *
profile_find(const char *name)
{
	for (size_t i = 0; i < COUNT(profiles); i++)
		if (strcmp(profiles[i].name, name) == 0)
			return &profiles[i];
	errx(1, "no profile is called `%s'", name);
}

/* What was not given is the profile's, in proportion to the sessions. */
static void
profile_apply(const struct profile *p)
{
	double scale;

	if (opt.sessions == 0)
		opt.sessions = p->sessions;
	scale = (double)opt.sessions / (double)p->sessions;
	if (opt.packets == 0)
		opt.packets = (double)p->packets * scale;
	if (opt.seconds == 0)
		opt.seconds = p->seconds * scale;
	if (opt.fraction == 0)
		opt.fraction = p->fraction;
	if (opt.concurrent == 0)
		opt.concurrent = p->concurrent;
	opt.idle = p->idle;
}

static void
options_read(int argc, char **argv)
{
	int o;

	opt.seed = 1;
	opt.ipv6 = 0.2;
	opt.servers = 40;
	while ((o = getopt(argc, argv, "s:n:p:c:m:6:S:d:t:h")) != -1) {
		switch (o) {
		case 's':
			opt.seed = whole('s', optarg, 0, UINT64_MAX);
			break;
		case 'n':
			opt.sessions = whole('n', optarg, 1, 1000000000);
			break;
		case 'p':
			opt.packets = (double)whole('p', optarg, 1, 1000000000000);
			break;
		case 'c':
			opt.concurrent = (uint32_t)whole('c', optarg, 1, 10000000);
			break;
		case 'm':
			opt.fraction = real('m', optarg, 0.001, 1);
			break;
		case '6':
			opt.ipv6 = real('6', optarg, 0, 1);
			break;
		case 'S':
			opt.servers = (uint32_t)whole('S', optarg, 1, 20000);
			break;
		case 'd':
			opt.seconds = real('d', optarg, 0.001, 1e8);
			break;
		case 't':
			opt.truth = fopen(optarg, "w");
			if (opt.truth == NULL)
				err(1, "%s", optarg);
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(2);
		}
	}
	if (argc - optind != 2) {
		usage(stderr);
		exit(2);
	}
	profile_apply(profile_find(argv[optind]));
}

int
main(int argc, char **argv)
{
	uint32_t slots;
	const char *path;
	uint64_t last;

	options_read(argc, argv);
	path = argv[optind + 1];
	out.fd = strcmp(path, "-") == 0 ? STDOUT_FILENO
					: open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (out.fd < 0)
		err(1, "%s", path);

	/* POP3 has its share of the open connections, too. */
	slots = (uint32_t)(opt.concurrent * opt.fraction + 0.5);
	slots = slots > 0 ? slots : 1;
	other_init(opt.fraction < 1 ? opt.concurrent - slots + 1 : 0);
	if (slots > opt.sessions)
		slots = (uint32_t)opt.sessions;
	pool_fill();
	out_header();
	last = run(slots);
	scripts_free(other.slots, other.n_slots);
	out_flush();

	if (close(out.fd) != 0)
		err(1, "%s", path);
	if (opt.truth != NULL && fclose(opt.truth) != 0)
		err(1, "cannot write the truth");
	fprintf(stderr,
		"popgen: %" PRIu64 " sessions, %" PRIu64 " packets of POP3, %" PRIu64 " packets, "
		"%" PRIu64 " bytes, %" PRIu64 " s\n",
		pop3_total.sessions, pop3_total.packets, out.packets, out.bytes, last / USEC);
	return 0;
}
