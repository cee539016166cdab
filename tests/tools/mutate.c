/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mutate: captures in, an endless capture of damaged packets out.
 *
 *     mutate [-s SEED] [-n PACKETS] [-l LINKTYPE] CAPTURE... | plainpop -r - -a -o /dev/null
 *
 * Several captures are replayed at once, again and again, each time with other addresses, and with more or
 * less damage: from a packet in a hundred to every packet. What is done knows the headers, so that most of it gets
 * past the first length check: fields of IP, TCP and UDP, cut packets, headers of one packet before the inside of
 * another (so that tunnels come up in tunnels), fragments, split segments, words of POP3 in the payload;
 * and packets are lost, repeated, delayed, and time jumps. Checksums are left wrong.
 *
 * The output has one link type (-l, a number or a name that libpcap knows; by default that of the first capture).
 * Packets of captures with another get a link header from a capture that has it, or one made up.
 *
 * The same seed and captures, in the same order, always give the same bytes. Captures that cannot be read
 * are left out, and said so.
 */
#include <errno.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	FRAME_MAX = 80000,	/* above any IP datagram with its link header */
	MAX_HEADERS = 6,	/* IP headers of a frame that are found */
	RUNNING = 6,		/* captures replayed at once */
	DELAYED = 12,		/* packets that are waiting to come late */
	MAX_DELTA = 300000,	/* µs: longer pauses of a capture are made shorter */
	EPOCH = 1735689600,
};

struct packet {
	const uint8_t *data;
	uint32_t n, wire;
	uint64_t ts;
	uint16_t ip[MAX_HEADERS];
	uint8_t n_ip;
};

struct capture {
	int dlt;
	struct packet *packets;
	size_t n;
};

struct frame {
	uint8_t data[FRAME_MAX];
	uint32_t n, wire;
	uint16_t ip[MAX_HEADERS];
	uint8_t n_ip;
};

/* A capture that is being replayed. */
struct source {
	const struct capture *capture;
	size_t at;
	uint32_t flip;	/* changes the addresses */
	uint32_t damage; /* packets of a thousand */
};

static struct capture *captures;
static size_t n_captures, n_all;
static int dlt_out = -1;
static const struct packet **heads; /* with the link type of the output and an IP header */
static size_t n_heads;
static struct source running[RUNNING];
static struct frame delayed[DELAYED];
static uint64_t now = (uint64_t)EPOCH * 1000000, written, wanted = UINT64_MAX;
static pcap_dumper_t *out;

/* ---- chance ------------------------------------------------------------ */

static uint64_t dice;

static uint64_t draw(void)
{
	uint64_t z = (dice += UINT64_C(0x9e3779b97f4a7c15)); /* splitmix64 */

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0 to n - 1; 0 for n = 0. */
static uint32_t below(uint64_t n)
{
	return n == 0 ? 0 : (uint32_t)(draw() % n);
}

static bool one_in(uint32_t n)
{
	return below(n) == 0;
}

/* A number that somebody may have forgotten about. */
static uint32_t odd_number(void)
{
	static const uint32_t numbers[] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 19, 20, 21, 31, 32, 40, 63, 64, 127, 128, 255, 256, 512, 1023, 1024,
		1500, 0x7ffe, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
	};

	return one_in(4) ? (uint32_t)draw() : numbers[below(COUNT(numbers))];
}

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* ---- what is in a frame ------------------------------------------------ */

/* Whether an IP header may be at p: its length agrees with what there is. */
static bool is_ip(const uint8_t *p, uint32_t left)
{
	uint32_t total;

	if (left >= 20 && p[0] >= 0x45 && p[0] <= 0x4f)
		total = get16(p + 2);
	else if (left >= 40 && p[0] >> 4 == 6)
		total = 40u + get16(p + 4);
	else
		return false;
	return total >= 20 && total <= left && left - total <= 64;
}

static uint8_t find_ip(const uint8_t *data, uint32_t n, uint16_t *ip)
{
	uint32_t i, most = n < 400 ? n : 400;
	uint8_t found = 0;

	for (i = 0; i < most && found < MAX_HEADERS; i++)
		if (is_ip(data + i, n - i)) {
			ip[found++] = (uint16_t)i;
			i += data[i] >> 4 == 6 ? 39 : 19;
		}
	return found;
}

/* The header behind the IP header at offset at, if it is one of proto; 0 if not. */
static uint32_t transport(const struct frame *f, uint32_t at, uint8_t proto, uint32_t need)
{
	uint32_t end;

	if (at + 40 > f->n)
		return 0;
	if (f->data[at] >> 4 == 4) {
		if (f->data[at + 9] != proto)
			return 0;
		end = at + (f->data[at] & 15) * 4u;
	} else {
		if (f->data[at + 6] != proto)
			return 0;
		end = at + 40;
	}
	return end + need <= f->n ? end : 0;
}

/* Makes the lengths of all IP and UDP headers agree with the frame again. */
static void fix_lengths(struct frame *f)
{
	uint8_t i;

	for (i = 0; i < f->n_ip; i++) {
		uint32_t at = f->ip[i], udp;

		if (at + 40 > f->n)
			return;
		if (f->data[at] >> 4 == 4)
			put16(f->data + at + 2, f->n - at);
		else
			put16(f->data + at + 4, f->n - at - 40);
		udp = transport(f, at, 17, 8);
		if (udp != 0)
			put16(f->data + udp + 4, f->n - udp);
	}
}

static void resized(struct frame *f)
{
	if (f->wire < f->n || one_in(2))
		f->wire = f->n;
	if (!one_in(4))
		fix_lengths(f);
}

static const struct packet *any_packet(void)
{
	const struct capture *c = &captures[below(n_captures)];

	return &c->packets[below(c->n)];
}

/* A header to put something behind: the link type is right, and the IP version, if one is asked for. */
static const struct packet *any_head(int version)
{
	const struct packet *head = NULL;
	int tries;

	for (tries = 0; tries < 64; tries++) {
		head = heads[below(n_heads)];
		if (version == 0 || head->data[head->ip[0]] >> 4 == version)
			break;
	}
	return head;
}

/* Replaces the first at bytes of f by head's first upto. */
static void behead(struct frame *f, uint32_t at, const struct packet *head, uint32_t upto)
{
	uint32_t rest = f->n - at;

	if (upto + rest > FRAME_MAX)
		rest = FRAME_MAX - upto;
	memmove(f->data + upto, f->data + at, rest);
	memcpy(f->data, head->data, upto);
	f->n = f->wire = upto + rest;
	f->n_ip = find_ip(f->data, f->n, f->ip);
}

/* ---- damage ------------------------------------------------------------ */

static void flip_bits(struct frame *f)
{
	uint32_t i, n = 1 + below(4), reach = one_in(2) ? 64 : f->n;

	for (i = 0; i < n && f->n > 0; i++)
		f->data[below(reach < f->n ? reach : f->n)] ^= (uint8_t)(1 << below(8));
}

static void set_number(struct frame *f)
{
	uint32_t reach = one_in(2) ? 80 : f->n, v = odd_number(), at;

	if (f->n < 8)
		return;
	at = below((reach < f->n ? reach : f->n) - 3);
	switch (below(3)) {
	case 0:
		f->data[at] = (uint8_t)v;
		break;
	case 1:
		put16(f->data + at, v);
		break;
	default:
		put32(f->data + at, v);
		break;
	}
}

static void cut(struct frame *f)
{
	f->n = one_in(4) ? below(f->n + 1) : f->n - below(f->n / 2 + 1);
	if (one_in(2))
		f->wire = f->n;
	if (one_in(3))
		fix_lengths(f);
}

static void take_out(struct frame *f)
{
	uint32_t at = below(f->n), n = 1 + below(one_in(2) ? 8 : 200);

	if (at + n >= f->n)
		return;
	memmove(f->data + at, f->data + at + n, f->n - at - n);
	f->n -= n;
	resized(f);
}

static void put_in(struct frame *f)
{
	const struct packet *p = any_packet();
	uint32_t at = below(f->n + 1), n = 1 + below(one_in(2) ? 8 : 1400), from, i;

	if (f->n + n > FRAME_MAX)
		return;
	memmove(f->data + at + n, f->data + at, f->n - at);
	from = below(p->n);
	for (i = 0; i < n; i++)
		f->data[at + i] = from + i < p->n ? p->data[from + i] : (uint8_t)draw();
	f->n += n;
	resized(f);
}

static void write_over(struct frame *f)
{
	const struct packet *p = any_packet();
	uint32_t n, at, from;

	if (f->n == 0)
		return;
	n = 1 + below(f->n < p->n ? f->n : p->n);
	if (n > p->n || n > f->n)
		return;
	at = below(f->n - n + 1);
	from = one_in(2) && at + n <= p->n ? at : below(p->n - n + 1);
	memcpy(f->data + at, p->data + from, n);
}

static void change_ipv4(uint8_t *h)
{
	uint8_t swap[4];

	switch (below(9)) {
	case 0:
		h[0] = (uint8_t)(0x40 | below(16));
		break;
	case 1:
		put16(h + 2, one_in(2) ? odd_number() : (uint32_t)get16(h + 2) + below(17) - 8);
		break;
	case 2:
		put16(h + 4, one_in(2) ? below(8) : odd_number());
		break;
	case 3:
		put16(h + 6, below(8) << 13 | (one_in(2) ? below(4) : below(0x2000)));
		break;
	case 4:
		h[9] = (uint8_t)(one_in(2) ? (uint32_t[]){ 4, 6, 17, 41, 44, 47, 51, 115, 137 }[below(9)] : below(256));
		break;
	case 5:
	case 6:
		memcpy(swap, h + 12, 4);
		memcpy(h + 12, h + 16, 4);
		memcpy(h + 16, swap, 4);
		break;
	case 7:
		put32(h + 12 + 4 * below(2), odd_number());
		break;
	default:
		h[below(20)] = (uint8_t)draw();
		break;
	}
}

static void change_ipv6(uint8_t *h)
{
	uint8_t swap[16];

	switch (below(6)) {
	case 0:
		put16(h + 4, one_in(2) ? odd_number() : (uint32_t)get16(h + 4) + below(17) - 8);
		break;
	case 1:
	case 2:
		h[6] = (uint8_t)(one_in(2) ? (uint32_t[]){ 0, 4, 6, 17, 41, 43, 44, 47, 50, 51, 59, 60, 115, 135, 137, 139 }
				[below(16)] : below(256));
		break;
	case 3:
		memcpy(swap, h + 8, 16);
		memcpy(h + 8, h + 24, 16);
		memcpy(h + 24, swap, 16);
		break;
	default:
		h[below(40)] = (uint8_t)draw();
		break;
	}
}

static void change_ip(struct frame *f)
{
	uint32_t at;

	if (f->n_ip == 0)
		return;
	at = f->ip[below(f->n_ip)];
	if (at + 40 > f->n)
		return;
	if (f->data[at] >> 4 == 4)
		change_ipv4(f->data + at);
	else
		change_ipv6(f->data + at);
}

/* The offset of the innermost header of proto; 0: none. */
static uint32_t innermost(const struct frame *f, uint8_t proto, uint32_t need)
{
	uint32_t at = 0;
	uint8_t i;

	for (i = 0; i < f->n_ip && at == 0; i++)
		at = transport(f, f->ip[f->n_ip - 1 - i], proto, need);
	return at;
}

static void change_tcp(struct frame *f)
{
	uint32_t at = innermost(f, 6, 20), i;
	uint8_t *h = f->data + at;
	uint16_t port;

	if (at == 0)
		return;
	switch (below(12)) {
	case 0:
		port = get16(h);
		put16(h, get16(h + 2));
		put16(h + 2, port);
		break;
	case 1:
		put16(h + 2 * below(2), one_in(2) ? (one_in(2) ? 110 : 995) : odd_number());
		break;
	case 2:
	case 3:
		put32(h + 4, get32(h + 4) + below(65) - 32);
		break;
	case 4:
		put32(h + 4, get32(h + 4) + (one_in(2) ? odd_number() : below(200000) - 100000));
		break;
	case 5:
		put32(h + 8, get32(h + 8) + (one_in(2) ? below(65) - 32 : odd_number()));
		break;
	case 6:
		h[12] = (uint8_t)(below(16) << 4 | (h[12] & 15));
		break;
	case 7:
	case 8:
		h[13] ^= (uint8_t)(1 << below(8));
		break;
	case 9:
		h[13] = (uint8_t)(one_in(2) ? (uint32_t[]){ 1, 2, 4, 0x10, 0x11, 0x12, 0x14, 0x18, 0x19, 0x38 }[below(10)]
					    : below(256));
		break;
	case 10:
		put32(h + 4 + 4 * below(2), odd_number());
		break;
	default: /* options: all of it may be */
		for (i = 20; i < 60 && at + i < f->n; i++)
			h[i] = (uint8_t)(one_in(2) ? below(20) : (uint32_t)draw());
		break;
	}
}

static void change_udp(struct frame *f)
{
	static const uint16_t ports[] = { 4789, 8472, 4790, 6081, 2152, 1701, 3544, 6635, 4754, 37008, 48879, 53, 500 };
	uint32_t at = innermost(f, 17, 16), i;
	uint8_t *h = f->data + at;

	if (at == 0)
		return;
	switch (below(4)) {
	case 0:
		put16(h + 2 * below(2), ports[below(COUNT(ports))]);
		break;
	case 1:
		put16(h + 4, one_in(2) ? odd_number() : (uint32_t)get16(h + 4) + below(17) - 8);
		break;
	default: /* the header that follows */
		for (i = 0; i <= below(4); i++)
			h[8 + below(8)] = (uint8_t)(one_in(2) ? odd_number() : h[8 + below(8)] ^ (1u << below(8)));
		break;
	}
}

/* Where the bytes begin that TCP carries; 0: it carries none. */
static uint32_t payload(const struct frame *f)
{
	uint32_t at = innermost(f, 6, 20);

	if (at == 0)
		return 0;
	at += (f->data[at + 12] >> 4) * 4u;
	return at < f->n ? at : 0;
}

static void change_payload(struct frame *f)
{
	static const char *const words[] = {
		"USER alice\r\n", "PASS secret\r\n", "AUTH PLAIN\r\n", "AUTH LOGIN\r\n", "AUTH CRAM-MD5\r\n", "APOP a ",
		"AUTH PLAIN AGEAYg==\r\n", "AUTH NTLM TlRMTVNTUAAB", "AUTH GSSAPI YII", "AUTH XOAUTH2 dXNlcj1h\r\n",
		"AUTH SCRAM-SHA-256 biwsbj11c2VyLHI9\r\n", "AUTH DIGEST-MD5\r\n", "AUTH EXTERNAL =\r\n", "*\r\n", "=\r\n",
		"STLS\r\n", "CAPA\r\n", "QUIT\r\n", "RETR 1\r\n", "TOP 1 0\r\n", "LIST\r\n", "UIDL\r\n", "UTF8\r\n", "STAT\r\n",
		"+OK\r\n", "-ERR\r\n", "+ \r\n", "+ VXNlcm5hbWU6\r\n", ".\r\n", "\r\n.\r\n", "..\r\n", "\r", "\n", "\0", "\r\n",
		"+OK <1.2@h>\r\n", "+OK maildrop locked\r\n", "\x16\x03\x01\x02\x00\x01", "\x15\x03\x03\x00\x02\x02",
		"\x17\x03\x03\xff\xff", "* OK IMAP4\r\n", "220 smtp ESMTP\r\n", "GET / HTTP/1.1\r\n", "SSH-2.0-x\r\n", "*3\r\n$4\r\n",
	};
	uint32_t at = payload(f), n, i;
	const char *word = words[below(COUNT(words))];

	if (at == 0)
		return;
	n = (uint32_t)strlen(word);
	switch (below(5)) {
	case 0: /* instead of it */
		if (at + n > FRAME_MAX)
			return;
		memcpy(f->data + at, word, n);
		f->n = at + n;
		resized(f);
		break;
	case 1: /* in front of it */
		if (f->n + n > FRAME_MAX)
			return;
		memmove(f->data + at + n, f->data + at, f->n - at);
		memcpy(f->data + at, word, n);
		f->n += n;
		resized(f);
		break;
	case 2: /* over a part of it */
		at += below(f->n - at);
		memcpy(f->data + at, word, n < f->n - at ? n : f->n - at);
		break;
	case 3: /* a very long line */
		n = below(one_in(8) ? 40000 : 1400);
		if (f->n + n > 65000)
			return;
		for (i = 0; i < n; i++)
			f->data[f->n + i] = f->data[at + i % (f->n - at)] | 1;
		f->n += n;
		resized(f);
		break;
	default: /* no end of line, or case, or one byte */
		for (i = at; i < f->n; i++)
			if (one_in(16) && (f->data[i] == '\r' || f->data[i] == '\n' || f->data[i] == ' '))
				f->data[i] = (uint8_t)below(256);
			else if (one_in(32))
				f->data[i] ^= 0x20;
		break;
	}
}

/* The front of one packet, the inside of another. */
static void splice(struct frame *f)
{
	const struct packet *head = any_head(0);
	uint32_t at = f->n_ip == 0 || one_in(4) ? below(f->n) : f->ip[below(f->n_ip)];

	behead(f, at, head, one_in(4) ? below(head->n) : head->ip[below(head->n_ip)]);
	resized(f);
}

/* One tunnel more. */
static void nest(struct frame *f)
{
	const struct packet *head;
	int tries;

	if (f->n_ip == 0)
		return;
	for (tries = 0; tries < 64; tries++) {
		head = heads[below(n_heads)];
		if (head->n_ip < 2)
			continue;
		if (head->data[head->ip[head->n_ip - 1]] >> 4 != f->data[f->ip[0]] >> 4 && !one_in(8))
			continue;
		behead(f, f->ip[0], head, head->ip[head->n_ip - 1]);
		fix_lengths(f);
		return;
	}
}

static void trail(struct frame *f)
{
	uint32_t n = 1 + below(64);

	if (f->n + n > FRAME_MAX)
		return;
	while (n-- > 0)
		f->data[f->n++] = (uint8_t)(one_in(2) ? 0 : draw());
	f->wire = f->n;
}

static void damage_link(struct frame *f)
{
	uint32_t front = f->n_ip > 0 ? f->ip[0] : 40;

	if (front > f->n)
		front = f->n;
	if (front > 0)
		f->data[below(front)] = (uint8_t)(one_in(2) ? odd_number() : draw());
}

/* Any layer between two IP headers. */
static void damage_between(struct frame *f)
{
	uint32_t i, from, n;

	if (f->n_ip < 2)
		return;
	i = below(f->n_ip - 1u);
	from = f->ip[i] + (f->data[f->ip[i]] >> 4 == 4 ? 20u : 40u);
	if (from >= f->ip[i + 1] || f->ip[i + 1] > f->n)
		return;
	n = f->ip[i + 1] - from;
	for (i = 0; i <= below(3); i++)
		f->data[from + below(n)] = (uint8_t)(one_in(2) ? odd_number() : 1u << below(8));
}

static void damage(struct frame *f)
{
	static void (*const ways[])(struct frame *) = {
		flip_bits, set_number, cut, take_out, put_in, write_over, change_ip, change_ip, change_tcp, change_tcp, change_tcp,
		change_udp, change_payload, change_payload, change_payload, splice, nest, trail, damage_link, damage_between,
	};
	uint32_t n = 1 + (one_in(3) ? below(4) : 0);

	while (n-- > 0 && f->n > 0) {
		ways[below(COUNT(ways))](f);
		while (f->n_ip > 0 && f->ip[f->n_ip - 1] + 40u > f->n)
			f->n_ip--;
	}
	if (f->n > f->wire)
		f->wire = f->n;
}

/* ---- out --------------------------------------------------------------- */

static void emit(const struct frame *f)
{
	struct pcap_pkthdr h = { .caplen = f->n, .len = f->wire };
	uint32_t pause = below(one_in(16) ? 20000 : 300);

	if (one_in(20000))
		pause = one_in(8) ? 1000000000 : below(100000000);
	now += pause;
	if (one_in(50000))
		now -= below(2000000);
	h.ts.tv_sec = (time_t)(now / 1000000 & 0x7fffffff);
	h.ts.tv_usec = (suseconds_t)(now % 1000000);
	pcap_dump((u_char *)out, &h, f->data);
	written++;
}

static void send_on(const struct frame *f)
{
	if (one_in(100)) {
		uint32_t which = below(DELAYED);
		struct frame *late = &delayed[which];

		if (late->n > 0)
			emit(late);
		memcpy(late->data, f->data, f->n);
		late->n = f->n;
		late->wire = f->wire;
		return;
	}
	if (one_in(100))
		return; /* lost */
	emit(f);
	if (one_in(100))
		emit(f);
}

static void send_some(const struct frame *pieces, uint32_t n)
{
	uint32_t i, from = one_in(3) ? below(n) : 0;

	for (i = 0; i < n; i++)
		send_on(&pieces[(from + i) % n]);
}

static void piece_of(struct frame *piece, const struct frame *f, uint32_t head, uint32_t from, uint32_t n)
{
	memcpy(piece->data, f->data, head);
	memcpy(piece->data + head, f->data + from, n);
	piece->n = piece->wire = head + n;
	memcpy(piece->ip, f->ip, sizeof f->ip);
	piece->n_ip = f->n_ip;
}

/* Sends the frame in fragments of one of its IP datagrams. */
static bool fragment(const struct frame *f)
{
	static struct frame pieces[5];
	uint32_t which, at, head, left, from = 0, n = 0, id = (uint32_t)draw();
	bool six;

	if (f->n_ip == 0)
		return false;
	which = below(f->n_ip);
	at = f->ip[which];
	if (at + 48 > f->n || f->n > 65000)
		return false;
	six = f->data[at] >> 4 == 6;
	head = at + (six ? 40u : (f->data[at] & 15) * 4u);
	if (head + 16 > f->n)
		return false;
	left = f->n - head;
	while (from < left && n < COUNT(pieces)) {
		struct frame *p = &pieces[n];
		uint32_t size = n + 1 == COUNT(pieces) ? left - from : 8 + below(left / 8) * 8, extra = six ? 8 : 0;
		bool more;

		if (size > left - from)
			size = left - from;
		more = from + size < left;
		if (!six) {
			piece_of(p, f, head, head + from, size);
			put16(p->data + at + 4, id);
			put16(p->data + at + 6, (more ? 0x2000u : 0) | (from / 8 & 0x1fff));
		} else {
			piece_of(p, f, head, head + from, size);
			memmove(p->data + head + extra, p->data + head, size);
			p->n += extra;
			p->wire += extra;
			p->data[head] = f->data[at + 6];
			p->data[head + 1] = 0;
			put16(p->data + head + 2, (from & 0xfff8) | more);
			put32(p->data + head + 4, id);
			p->data[at + 6] = 44;
		}
		p->n_ip = (uint8_t)(which + 1);
		fix_lengths(p);
		from += size;
		if (one_in(12) && from >= 16)
			from -= 8; /* they overlap */
		n++;
	}
	send_some(pieces, n);
	return true;
}

/* Sends the frame as segments of a few bytes. */
static bool split(const struct frame *f)
{
	static struct frame pieces[6];
	uint32_t tcp = innermost(f, 6, 20), head = payload(f), left, from = 0, n = 0;

	if (head == 0 || f->n > 65000)
		return false;
	left = f->n - head;
	while (from < left && n < COUNT(pieces)) {
		uint32_t size = n + 1 == COUNT(pieces) ? left - from : 1 + below(one_in(2) ? 3 : left);

		if (size > left - from)
			size = left - from;
		piece_of(&pieces[n], f, head, head + from, size);
		put32(pieces[n].data + tcp + 4, get32(f->data + tcp + 4) + from);
		fix_lengths(&pieces[n]);
		from += size;
		if (one_in(12) && from > 2)
			from -= 1 + below(2);
		n++;
	}
	send_some(pieces, n);
	return true;
}

/* ---- in ---------------------------------------------------------------- */

static void begin(struct source *s)
{
	static const uint32_t levels[] = { 5, 10, 30, 100, 300, 1000 };

	s->capture = &captures[below(n_captures)];
	s->at = one_in(4) ? below(s->capture->n) : 0;
	s->flip = one_in(4) ? 0 : (uint32_t)draw();
	s->damage = levels[below(COUNT(levels))];
}

static bool load(struct frame *f, const struct source *s, const struct packet *p)
{
	uint8_t *h;
	int i;

	memcpy(f->data, p->data, p->n);
	f->n = p->n;
	f->wire = p->wire;
	memcpy(f->ip, p->ip, sizeof p->ip);
	f->n_ip = p->n_ip;
	if (s->capture->dlt != dlt_out) {
		const struct packet *head;

		if (p->n_ip == 0)
			return false;
		head = any_head(p->data[p->ip[0]] >> 4);
		behead(f, p->ip[0], head, head->ip[0]);
	}
	if (s->flip != 0 && f->n_ip > 0) {
		h = f->data + f->ip[f->n_ip - 1];
		/* Both alike, so that two directions stay one session. */
		for (i = 0; i < 2; i++)
			if (h[0] >> 4 == 4) {
				h[13 + 4 * i] ^= (uint8_t)s->flip;
				h[14 + 4 * i] ^= (uint8_t)(s->flip >> 8);
			} else {
				h[14 + 16 * i] ^= (uint8_t)s->flip;
				h[15 + 16 * i] ^= (uint8_t)(s->flip >> 8);
			}
	}
	return true;
}

static void step(void)
{
	static struct frame f;
	struct source *s = &running[below(RUNNING)];

	if (s->capture == NULL || s->at >= s->capture->n)
		begin(s);
	if (!load(&f, s, &s->capture->packets[s->at++]))
		return;
	if (below(1000) < s->damage)
		damage(&f);
	if (one_in(25) && fragment(&f))
		return;
	if (one_in(25) && split(&f))
		return;
	send_on(&f);
}

static void *must(void *p)
{
	if (p == NULL) {
		fputs("mutate: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

static void read_capture(const char *path)
{
	char error[PCAP_ERRBUF_SIZE];
	struct capture c = { 0 };
	struct pcap_pkthdr *h;
	const u_char *data;
	pcap_t *in = pcap_open_offline(path, error);

	if (in == NULL) {
		fprintf(stderr, "mutate: %s: left out: %s\n", path, error);
		return;
	}
	c.dlt = pcap_datalink(in);
	while (pcap_next_ex(in, &h, &data) == 1) {
		struct packet *p;
		uint8_t *copy;

		if (h->caplen > FRAME_MAX / 2 || h->caplen == 0)
			continue;
		if ((c.n & (c.n - 1)) == 0)
			c.packets = must(realloc(c.packets, (c.n == 0 ? 1 : 2 * c.n) * sizeof *c.packets));
		p = &c.packets[c.n++];
		copy = must(malloc(h->caplen));
		memcpy(copy, data, h->caplen);
		*p = (struct packet){ .data = copy, .n = h->caplen, .wire = h->len };
		p->n_ip = find_ip(p->data, p->n, p->ip);
	}
	pcap_close(in);
	if (c.n == 0)
		return;
	captures = must(realloc(captures, (n_captures + 1) * sizeof *captures));
	captures[n_captures++] = c;
	n_all += c.n;
}

/* A link header made up, before the IPv4 packet that p has. */
static const struct packet *made_head(const struct packet *p, const uint8_t *link, uint32_t n)
{
	struct packet *head = must(malloc(sizeof *head));
	uint32_t at = p->ip[0];
	uint8_t *data = must(malloc(n + p->n - at));

	memcpy(data, link, n);
	memcpy(data + n, p->data + at, p->n - at);
	*head = (struct packet){ .data = data, .n = n + p->n - at, .wire = n + p->n - at };
	head->n_ip = find_ip(data, head->n, head->ip);
	return head;
}

static void find_heads(void)
{
	/* Of link types that are rare in captures. */
	static const struct {
		int dlt;
		uint32_t n;
		uint8_t bytes[8];
	} links[] = {
		{ DLT_C_HDLC, 4, { 0x0f, 0, 8, 0 } },
		{ DLT_PPP, 4, { 0xff, 3, 0, 0x21 } },
		{ DLT_PPP_SERIAL, 4, { 0xff, 3, 0, 0x21 } },
		{ DLT_NULL, 4, { 2, 0, 0, 0 } },
		{ DLT_LOOP, 4, { 0, 0, 0, 2 } },
		{ DLT_RAW, 0, { 0 } },
	};
	size_t i, j, k;

	heads = must(calloc(n_all, sizeof *heads));
	for (i = 0; i < n_captures; i++)
		for (j = 0; j < captures[i].n && captures[i].dlt == dlt_out; j++)
			if (captures[i].packets[j].n_ip > 0)
				heads[n_heads++] = &captures[i].packets[j];
	if (n_heads > 0)
		return;
	for (k = 0; k < COUNT(links) && links[k].dlt != dlt_out; k++)
		;
	for (i = 0; i < n_captures && k < COUNT(links); i++)
		for (j = 0; j < captures[i].n; j++) {
			const struct packet *p = &captures[i].packets[j];

			if (p->n_ip > 0 && p->data[p->ip[0]] >> 4 == 4 && p->ip[0] > 0)
				heads[n_heads++] = made_head(p, links[k].bytes, links[k].n);
		}
}

static int link_type(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	return *text != '\0' && *end == '\0' ? (int)n : pcap_datalink_name_to_val(text);
}

static int usage(void)
{
	fputs("usage: mutate [-s SEED] [-n PACKETS] [-l LINKTYPE] CAPTURE...\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	uint64_t seed = 1;
	pcap_t *dead;
	int c;

	while ((c = getopt(argc, argv, "s:n:l:")) != -1)
		switch (c) {
		case 's':
			seed = strtoull(optarg, NULL, 10);
			break;
		case 'n':
			wanted = strtoull(optarg, NULL, 10);
			break;
		case 'l':
			dlt_out = link_type(optarg);
			if (dlt_out < 0)
				return usage();
			break;
		default:
			return usage();
		}
	for (; optind < argc; optind++)
		read_capture(argv[optind]);
	if (n_captures == 0)
		return usage();
	if (dlt_out < 0)
		dlt_out = captures[0].dlt;
	find_heads();
	if (n_heads == 0) {
		fputs("mutate: no IP packet with this link type in the captures\n", stderr);
		return 1;
	}
	dead = must(pcap_open_dead(dlt_out, 262144));
	out = must(pcap_dump_fopen(dead, stdout));
	dice = seed;
	while (written < wanted && !ferror(stdout))
		step();
	fprintf(stderr, "mutate: seed %" PRIu64 ", link type %d: %zu captures, %zu packets in, %" PRIu64 " out\n", seed,
		dlt_out, n_captures, n_all, written);
	pcap_dump_close(out);
	pcap_close(dead);
	return 0;
}
