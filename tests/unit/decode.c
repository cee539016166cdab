/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames are written as literals, a macro a header, around one TCP segment: 49152 to 110, sequence
 * 0x01020304, acknowledgment 0x05060708, PSH ACK, "QUIT".
 */
#include <pcap/dlt.h>
#include <stdlib.h>

#include "plainpop/decode.h"
#include "unit.h"

#define DATA "QUIT\r\n"
#define TCP_SUM(offset, sum) "\xc0\0\0\x6e\1\2\3\4\5\6\7\x08" offset "\x18\x20\0" sum "\0\0"
#define TCP TCP_SUM("\x50", "\0\0")
#define SEGMENT TCP DATA /* 26 bytes */

#define ENDS4 "\xc0\0\2\x0a\xc6\x33\x64\x19" /* 192.0.2.10, 198.51.100.25 */
#define IP4(ihl, len, frag, proto, sum) ihl "\0" len "\0\1" frag "\x40" proto sum ENDS4
#define V4 IP4("\x45", "\0\x2e", "\x40\0", "\6", "\0\0") SEGMENT

#define ENDS6                                                  \
	"\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x10"             \
	"\x20\1\x0d\xb8\0\1\0\0\0\0\0\0\0\0\0\x25" /* 2001:db8::10, 2001:db8:1::25 */
#define IP6(len, next) "\x60\0\0\0" len next "\x40" ENDS6
#define V6 IP6("\0\x1a", "\6") SEGMENT

#define MAC "\2\0\0\0\0\1\2\0\0\0\0\2"
#define ETH4 MAC "\x08\0"
#define ETH6 MAC "\x86\xdd"
#define SLL "\0\0\0\1\0\6\2\0\0\0\0\1\0\0"
#define SLL2 "\0\0\0\0\0\2\0\1\0\6\2\0\0\0\0\1\0\0"
#define FILL8 "\1\2\3\4\5\6\7\x08"

struct frame {
	const char *name;
	int dlt;
	struct span bytes;
	uint8_t ip_v;
	uint16_t vlan[FLOW_VLANS];
	uint8_t n_vlan;
	uint8_t options; /* bytes of TCP options */
	uint16_t ip_len; /* 0: that of V4 and V6 */
};

/* All of these carry SEGMENT. */
static const struct frame frames[] = {
	{ .name = "ethernet", DLT_EN10MB, BYTES(ETH4 V4), 4 },
	{ .name = "ethernet 6", DLT_EN10MB, BYTES(ETH6 V6), 6 },
	{ .name = "trailer", DLT_EN10MB, BYTES(ETH4 V4 "PASS no"), 4 },
	{ .name = "trailer 6", DLT_EN10MB, BYTES(ETH6 V6 "PASS no"), 6 },
	{ .name = "802.1Q", DLT_EN10MB, BYTES(MAC "\x81\0\xe0\x64\x08\0" V4), 4, { 100 }, 1 },
	{ .name = "802.1Q 6", DLT_EN10MB, BYTES(MAC "\x81\0\0\0\x86\xdd" V6), 6, { 0 }, 1 },
	{ .name = "802.1ad", DLT_EN10MB, BYTES(MAC "\x88\xa8\0\x0a\x81\0\0\x14\x08\0" V4), 4, { 10, 20 }, 2 },
	{ .name = "three tags", DLT_EN10MB,
	  BYTES(MAC "\x91\0\0\1\x92\0\0\2\x93\0\x0f\xff\x08\0" V4), 4, { 1, 2, 4095 }, 3 },
	/* A record names three; the innermost still parts the flows. */
	{ .name = "five tags", DLT_EN10MB,
	  BYTES(MAC "\x81\0\0\1\x81\0\0\2\x81\0\0\3\x81\0\0\4\x81\0\0\5\x08\0" V4), 4, { 1, 2, 5 }, 3 },
	{ .name = "802.3 with SNAP", DLT_EN10MB, BYTES(MAC "\0\x36\xaa\xaa\3\0\0\0\x08\0" V4), 4 },
	{ .name = "802.3 with SNAP, padded", DLT_EN10MB,
	  BYTES(MAC "\0\x36\xaa\xaa\3\0\0\0\x08\0" V4 "\0\0\0"), 4 },
	{ .name = "SLL", DLT_LINUX_SLL, BYTES(SLL "\x08\0" V4), 4 },
	{ .name = "SLL 6", DLT_LINUX_SLL, BYTES(SLL "\x86\xdd" V6), 6 },
	{ .name = "SLL 802.1Q", DLT_LINUX_SLL, BYTES(SLL "\x81\0\0\7\x08\0" V4), 4, { 7 }, 1 },
	{ .name = "SLL2", DLT_LINUX_SLL2, BYTES("\x08\0" SLL2 V4), 4 },
	{ .name = "SLL2 6", DLT_LINUX_SLL2, BYTES("\x86\xdd" SLL2 V6), 6 },
	{ .name = "NULL, little endian", DLT_NULL, BYTES("\2\0\0\0" V4), 4 },
	{ .name = "NULL, big endian", DLT_NULL, BYTES("\0\0\0\2" V4), 4 },
	{ .name = "NULL, NetBSD 6", DLT_NULL, BYTES("\x18\0\0\0" V6), 6 },
	{ .name = "NULL, FreeBSD 6", DLT_NULL, BYTES("\0\0\0\x1c" V6), 6 },
	{ .name = "NULL, macOS 6", DLT_NULL, BYTES("\x1e\0\0\0" V6), 6 },
	{ .name = "LOOP", DLT_LOOP, BYTES("\0\0\0\2" V4), 4 },
	{ .name = "LOOP 6", DLT_LOOP, BYTES("\0\0\0\x18" V6), 6 },
	{ .name = "RAW", DLT_RAW, BYTES(V4), 4 },
	{ .name = "RAW 6", DLT_RAW, BYTES(V6), 6 },
	{ .name = "LINKTYPE_RAW", 101, BYTES(V4), 4 },
	{ .name = "IPV4", DLT_IPV4, BYTES(V4), 4 },
	{ .name = "IPV6", DLT_IPV6, BYTES(V6), 6 },
	{ .name = "no DF", DLT_RAW, BYTES(IP4("\x45", "\0\x2e", "\0\0", "\6", "\0\0") SEGMENT), 4 },
	{ .name = "one option", DLT_RAW,
	  BYTES(IP4("\x46", "\0\x32", "\0\0", "\6", "\0\0") "\x94\4\0\0" SEGMENT), 4, .ip_len = 50 },
	{ .name = "most options", DLT_RAW,
	  BYTES(IP4("\x4f", "\0\x56", "\0\0", "\6", "\0\0") FILL8 FILL8 FILL8 FILL8 FILL8 SEGMENT), 4,
	  .ip_len = 86 },
	{ .name = "length left to the card", DLT_RAW, BYTES(IP4("\x45", "\0\0", "\0\0", "\6", "\0\0") SEGMENT), 4 },
	{ .name = "the same, 6", DLT_RAW, BYTES(IP6("\0\0", "\6") SEGMENT), 6 },
	{ .name = "TCP options", DLT_RAW,
	  BYTES(IP4("\x45", "\0\x3a", "\0\0", "\6", "\0\0") TCP_SUM("\x80", "\0\0") "\1\1\x08\x0a" FILL8 DATA), 4,
	  .options = 12, .ip_len = 58 },
	{ .name = "AH", DLT_RAW, BYTES(IP4("\x45", "\0\x46", "\0\0", "\x33", "\0\0") "\6\4\0\0" FILL8 FILL8 "\0\0\0\0"
				       SEGMENT), 4, .ip_len = 70 },
	{ .name = "AH 6", DLT_RAW, BYTES(IP6("\0\x32", "\x33") "\6\4\0\0" FILL8 FILL8 "\0\0\0\0" SEGMENT), 6,
	  .ip_len = 90 },
	{ .name = "hop by hop", DLT_RAW, BYTES(IP6("\0\x22", "\0") "\6\0\1\4\0\0\0\0" SEGMENT), 6, .ip_len = 74 },
	{ .name = "all extension headers", DLT_RAW,
	  BYTES(IP6("\0\x4a", "\0") "\x3c\0\1\4\0\0\0\0"      /* hop by hop */
				    "\x2b\1" FILL8 "\0\0\0\0\0\0" /* destination options, longer */
				    "\x87\0\0\0\0\0\0\0"      /* routing */
				    "\x2c\0\0\0\0\0\0\0"      /* mobility */
				    "\6\0\0\0\1\2\3\4"        /* fragment, atomic */
		SEGMENT), 6, .ip_len = 114 },
	{ .name = "atomic fragment", DLT_RAW, BYTES(IP6("\0\x22", "\x2c") "\6\0\0\6\1\2\3\4" SEGMENT), 6,
	  .ip_len = 74 },
};

static uint64_t dropped_in_all(void)
{
	return counter_value[COUNTER_DECODER_SHORT] + counter_value[COUNTER_DECODER_INVALID] +
	       counter_value[COUNTER_DECODER_BAD_CHECKSUM] + counter_value[COUNTER_DECODER_TOO_MANY_LAYERS];
}

/* Decodes n bytes of the frame; every result is counted under one name. */
static enum decode_result decode(struct packet *p, const char *name, int dlt, struct span bytes, uint32_t wire)
{
	uint64_t dropped = dropped_in_all(), other = counter_value[COUNTER_DECODER_NOT_TCP];
	uint64_t tcp = counter_value[COUNTER_DECODER_TCP];
	enum decode_result r;

	p->len = wire;
	r = decode_packet(p, dlt, bytes);
	cr_expect(dropped_in_all() == dropped + (r == DECODE_DROPPED), "%s: drops are counted", name);
	cr_expect(counter_value[COUNTER_DECODER_NOT_TCP] == other + (r == DECODE_OTHER), "%s: others too", name);
	cr_expect(counter_value[COUNTER_DECODER_TCP] == tcp + (r == DECODE_TCP), "%s: TCP too", name);
	return r;
}

static void expect_segment(const struct packet *p, const char *name)
{
	cr_expect(p->port[0] == 49152 && p->port[1] == 110, "%s: ports", name);
	cr_expect(p->seq == 0x01020304 && p->ack == 0x05060708 && p->flags == 0x18, "%s: numbers", name);
	cr_expect(p->payload_len == 6 && span_eq(p->payload, SPAN(DATA)), "%s: payload", name);
	cr_expect(!p->frag.more && p->frag.offset == 0, "%s: whole", name);
}

static void expect_ends(const struct packet *p, const char *name)
{
	uint8_t ends[2][16] = { { 0 } };

	if (p->ip_v == 4) {
		memcpy(ends[0], SPAN(ENDS4).p, 4);
		memcpy(ends[1], SPAN(ENDS4).p + 4, 4);
	} else {
		memcpy(ends, ENDS6, 32);
	}
	cr_expect_arr_eq(p->addr, ends, sizeof ends, "%s: addresses", name);
}

UNIT(decode, frames)
{
	size_t i;

	for (i = 0; i < COUNT(frames); i++) {
		const struct frame *f = &frames[i];
		struct packet p = { .ts = 1 };

		cr_expect(decode_supports(f->dlt), "%s: supported", f->name);
		cr_expect(decode(&p, f->name, f->dlt, f->bytes, (uint32_t)f->bytes.n) == DECODE_TCP, "%s", f->name);
		expect_segment(&p, f->name);
		cr_expect(p.ip_v == f->ip_v && p.ip_proto == 6, "%s: family", f->name);
		expect_ends(&p, f->name);
		cr_expect(p.ip_len == (f->ip_len != 0 ? f->ip_len : f->ip_v == 4 ? 46 : 66), "%s: length %u", f->name,
			  p.ip_len);
		cr_expect(p.n_vlan == f->n_vlan && memcmp(p.vlan, f->vlan, sizeof p.vlan) == 0, "%s: VLAN", f->name);
		/* A length on the wire of 0 is what some programs write. */
		p = (struct packet){ .ts = 1 };
		cr_expect(decode(&p, f->name, f->dlt, f->bytes, 0) == DECODE_TCP, "%s: no length", f->name);
		expect_segment(&p, f->name);
	}
}

/* Bytes cut off by the snap length (wire says how many there were), or never sent (wire == n). */
static void cut(const struct frame *f, size_t n, size_t headers, uint32_t wire)
{
	struct packet p = { .ts = 1 };
	uint8_t *exact = malloc(n == 0 ? 1 : n); /* so that the sanitizer sees a byte read behind it */
	enum decode_result r;

	cr_assert(exact != NULL);
	memcpy(exact, f->bytes.p, n);
	r = decode(&p, f->name, f->dlt, span_of(exact, n), wire);
	if (n < headers - f->options) {
		cr_expect(r == DECODE_DROPPED || r == DECODE_OTHER, "%s: %zu bytes of %u", f->name, n, wire);
	} else if (r == DECODE_TCP) {
		cr_expect(span_eq(p.payload, span_take(span_skip(span_of(exact, n), headers), 6)), "%s: %zu bytes",
			  f->name, n);
		cr_expect(p.payload_len >= p.payload.n && (wire == n || p.payload_len == 6), "%s: %zu bytes of %u",
			  f->name, n, wire);
	} else {
		cr_expect(n < headers && wire == n, "%s: %zu bytes of %u", f->name, n, wire);
	}
	free(exact);
}

UNIT(decode, truncated)
{
	size_t i, n;

	for (i = 0; i < COUNT(frames); i++) {
		const struct frame *f = &frames[i];
		struct packet p = { .ts = 1 };

		cr_assert(decode(&p, f->name, f->dlt, f->bytes, (uint32_t)f->bytes.n) == DECODE_TCP);
		for (n = 0; n <= f->bytes.n; n++) {
			cut(f, n, (size_t)(p.payload.p - f->bytes.p), (uint32_t)f->bytes.n);
			cut(f, n, (size_t)(p.payload.p - f->bytes.p), (uint32_t)n);
		}
	}
}

UNIT(decode, no_segment)
{
	static const struct {
		const char *name;
		int dlt;
		struct span bytes;
		enum decode_result result;
		enum counter counter;
	} cases[] = {
		{ "nothing", DLT_EN10MB, BYTES(""), DECODE_DROPPED, COUNTER_DECODER_SHORT },
		{ "nothing at all", DLT_RAW, { NULL, 0 }, DECODE_DROPPED, COUNTER_DECODER_SHORT },
		{ "link type", DLT_USER0, BYTES(V4), DECODE_OTHER, COUNTER_DECODER_NOT_TCP },
		{ "ARP", DLT_EN10MB, BYTES(MAC "\x08\6" V4), DECODE_OTHER, COUNTER_DECODER_NOT_TCP },
		{ "LLC", DLT_EN10MB, BYTES(MAC "\0\x2e\x42\x42\3" V4), DECODE_OTHER, COUNTER_DECODER_NOT_TCP },
		{ "LLC, empty", DLT_EN10MB, BYTES(MAC "\0\0" V4), DECODE_OTHER, COUNTER_DECODER_NOT_TCP },
		{ "RAW 5", DLT_RAW, BYTES("\x55" V4), DECODE_OTHER, COUNTER_DECODER_NOT_TCP },
		{ "4 that is 6", DLT_EN10MB, BYTES(ETH4 V6), DECODE_DROPPED, COUNTER_DECODER_INVALID },
		{ "6 that is 4", DLT_EN10MB, BYTES(ETH6 V4), DECODE_DROPPED, COUNTER_DECODER_INVALID },
		{ "UDP", DLT_RAW, BYTES(IP4("\x45", "\0\x2e", "\0\0", "\x11", "\0\0") SEGMENT), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "UDP 6", DLT_RAW, BYTES(IP6("\0\x1a", "\x11") SEGMENT), DECODE_OTHER, COUNTER_DECODER_NOT_TCP },
		{ "ESP", DLT_RAW, BYTES(IP6("\0\x1a", "\x32") SEGMENT), DECODE_OTHER, COUNTER_DECODER_NOT_TCP },
		{ "no next header", DLT_RAW, BYTES(IP6("\0\x1a", "\x3b") SEGMENT), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "header of 16", DLT_RAW, BYTES(IP4("\x44", "\0\x2e", "\0\0", "\6", "\0\0") SEGMENT), DECODE_DROPPED,
		  COUNTER_DECODER_INVALID },
		{ "length below the header's", DLT_RAW, BYTES(IP4("\x45", "\0\x13", "\0\0", "\6", "\0\0") SEGMENT),
		  DECODE_DROPPED, COUNTER_DECODER_INVALID },
		{ "length of the header alone", DLT_RAW, BYTES(IP4("\x45", "\0\x14", "\0\0", "\6", "\0\0") SEGMENT),
		  DECODE_DROPPED, COUNTER_DECODER_SHORT },
		{ "length within TCP's", DLT_RAW, BYTES(IP4("\x45", "\0\x27", "\0\0", "\6", "\0\0") SEGMENT),
		  DECODE_DROPPED, COUNTER_DECODER_SHORT },
		{ "the same, 6", DLT_RAW, BYTES(IP6("\0\x13", "\6") SEGMENT), DECODE_DROPPED, COUNTER_DECODER_SHORT },
		{ "TCP header of 16", DLT_RAW,
		  BYTES(IP4("\x45", "\0\x2e", "\0\0", "\6", "\0\0") TCP_SUM("\x40", "\0\0") DATA), DECODE_DROPPED,
		  COUNTER_DECODER_INVALID },
		{ "TCP header beyond the packet", DLT_RAW,
		  BYTES(IP4("\x45", "\0\x2e", "\0\0", "\6", "\0\0") TCP_SUM("\x70", "\0\0") DATA), DECODE_DROPPED,
		  COUNTER_DECODER_INVALID },
		{ "extension header beyond it", DLT_RAW, BYTES(IP6("\0\x22", "\0") "\6\xff\1\4\0\0\0\0" SEGMENT),
		  DECODE_DROPPED, COUNTER_DECODER_SHORT },
		{ "the same in AH", DLT_RAW, BYTES(IP6("\0\x22", "\x33") "\6\xff\1\4\0\0\0\0" SEGMENT),
		  DECODE_DROPPED, COUNTER_DECODER_SHORT },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct packet p = { .ts = 1 };
		uint64_t before = counter_value[cases[i].counter];

		cr_expect(decode(&p, cases[i].name, cases[i].dlt, cases[i].bytes, (uint32_t)cases[i].bytes.n) ==
			  cases[i].result, "%s", cases[i].name);
		cr_expect(counter_value[cases[i].counter] == before + 1, "%s: counter", cases[i].name);
	}
	cr_expect(!decode_supports(DLT_USER0) && !decode_supports(-1));
}

/* As many layers as the cap allows, Ethernet, IP and TCP among them, and one more. */
UNIT(decode, depth)
{
	uint8_t frame[14 + 4 * DECODE_DEPTH + 66];
	int tags;

	for (tags = DECODE_DEPTH - 3; tags <= DECODE_DEPTH - 2; tags++) {
		struct packet p = { .ts = 1 };
		size_t n = sizeof MAC - 1;
		int i;

		memcpy(frame, MAC, n);
		for (i = 0; i < tags; i++, n += 4)
			memcpy(frame + n, "\x81\0\0\1", 4);
		memcpy(frame + n, "\x08\0" V4, sizeof "\x08\0" V4 - 1);
		n += sizeof "\x08\0" V4 - 1;
		if (tags == DECODE_DEPTH - 3) {
			cr_expect(decode(&p, "deep", DLT_EN10MB, span_of(frame, n), (uint32_t)n) == DECODE_TCP);
			expect_segment(&p, "deep");
		} else {
			cr_expect(decode(&p, "too deep", DLT_EN10MB, span_of(frame, n), (uint32_t)n) == DECODE_DROPPED);
			cr_expect(counter_value[COUNTER_DECODER_TOO_MANY_LAYERS] == 1);
		}
	}
}

#define FRAG4(len, frag) IP4("\x45", len, frag, "\6", "\0\0")
#define FRAG6(len, off) IP6(len, "\x2c") "\6\0" off "\1\2\3\4"

UNIT(decode, fragments)
{
	static const struct {
		const char *name;
		struct span bytes;
		uint32_t id, offset;
		bool more;
		struct span payload;
	} cases[] = {
		{ "first", BYTES(FRAG4("\0\x1c", "\x20\0") FILL8 "trailer"), 1, 0, true, BYTES(FILL8) },
		{ "middle", BYTES(FRAG4("\0\x1c", "\x20\1") FILL8), 1, 8, true, BYTES(FILL8) },
		{ "last", BYTES(FRAG4("\0\x17", "\0\2") "end"), 1, 16, false, BYTES("end") },
		{ "last of all", BYTES(FRAG4("\0\x17", "\x1f\xff") "end"), 1, 65528, false, BYTES("end") },
		/* Don't-fragment does not undo it. */
		{ "with DF", BYTES(FRAG4("\0\x1c", "\x60\1") FILL8), 1, 8, true, BYTES(FILL8) },
		{ "empty", BYTES(FRAG4("\0\x14", "\x20\1")), 1, 8, true, BYTES("") },
		{ "first 6", BYTES(FRAG6("\0\x10", "\0\1") FILL8 "trailer"), 0x01020304, 0, true, BYTES(FILL8) },
		{ "middle 6", BYTES(FRAG6("\0\x10", "\0\x09") FILL8), 0x01020304, 8, true, BYTES(FILL8) },
		{ "last 6", BYTES(FRAG6("\0\x0b", "\0\x10") "end"), 0x01020304, 16, false, BYTES("end") },
		{ "reserved bits 6", BYTES(FRAG6("\0\x0b", "\0\x16") "end"), 0x01020304, 16, false, BYTES("end") },
		{ "behind others 6", BYTES(IP6("\0\x18", "\x3c") "\x2c\0\1\4\0\0\0\0" "\6\0\0\1\1\2\3\4" FILL8),
		  0x01020304, 0, true, BYTES(FILL8) },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct packet p = { .ts = 1 };

		cr_expect(decode(&p, cases[i].name, DLT_RAW, cases[i].bytes, (uint32_t)cases[i].bytes.n) ==
			  DECODE_FRAGMENT, "%s", cases[i].name);
		cr_expect(p.frag.id == cases[i].id && p.frag.offset == cases[i].offset &&
			  p.frag.more == cases[i].more, "%s: %u at %u", cases[i].name, p.frag.id, p.frag.offset);
		cr_expect(span_eq(p.payload, cases[i].payload) && p.payload_len == p.payload.n, "%s: payload",
			  cases[i].name);
		cr_expect(p.ip_proto == 6, "%s: protocol", cases[i].name);
		expect_ends(&p, cases[i].name);
	}
}

UNIT(decode, datagram)
{
	static const struct {
		const char *name;
		uint8_t ip_v, proto;
		struct span data;
		enum decode_result result;
	} cases[] = {
		{ "TCP", 4, 6, BYTES(SEGMENT), DECODE_TCP },
		{ "TCP 6", 6, 6, BYTES(SEGMENT), DECODE_TCP },
		{ "options 6", 6, 60, BYTES("\6\0\1\4\0\0\0\0" SEGMENT), DECODE_TCP },
		{ "UDP", 4, 17, BYTES(SEGMENT), DECODE_OTHER },
		{ "short", 4, 6, BYTES(FILL8 FILL8), DECODE_DROPPED },
		{ "empty", 4, 6, { NULL, 0 }, DECODE_DROPPED },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct packet p = { .ts = 1, .ip_v = cases[i].ip_v, .ip_proto = cases[i].proto };

		cr_expect(decode_datagram(&p, cases[i].data) == cases[i].result, "%s", cases[i].name);
		if (cases[i].result == DECODE_TCP)
			expect_segment(&p, cases[i].name);
	}
}

static enum decode_result checked(struct span bytes, size_t captured, bool checksums)
{
	struct packet p = { .ts = 1, .checksums = checksums };

	return decode(&p, "checksum", DLT_RAW, span_take(bytes, captured), (uint32_t)bytes.n);
}

UNIT(decode, checksum)
{
	/* The sums were computed independently. In IPv6 they cover the addresses and TCP. */
	static const struct {
		struct span bytes;
		size_t covered, segment;
	} cases[] = {
		{ BYTES(IP4("\x45", "\0\x2e", "\x40\0", "\6", "\x4e\x72") TCP_SUM("\x50", "\x2b\x39") DATA), 0, 20 },
		{ BYTES(IP6("\0\x1a", "\6") TCP_SUM("\x50", "\xbb\xe8") DATA), 8, 40 },
	};
	size_t i, bit;

	for (i = 0; i < COUNT(cases); i++) {
		size_t n = cases[i].bytes.n;
		uint8_t bytes[128];

		cr_expect(checked(cases[i].bytes, n, true) == DECODE_TCP, "the sums are right");
		for (bit = 8 * cases[i].covered; bit < 8 * n; bit++) {
			memcpy(bytes, cases[i].bytes.p, n);
			bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
			cr_expect(checked(span_of(bytes, n), n, true) != DECODE_TCP, "bit %zu is wrong", bit);
		}
		/* A byte of the data is wrong: counted as such, and nobody's business unless asked for. */
		memcpy(bytes, cases[i].bytes.p, n);
		bytes[n - 3] ^= 1;
		counter_value[COUNTER_DECODER_BAD_CHECKSUM] = 0;
		cr_expect(checked(span_of(bytes, n), n, true) == DECODE_DROPPED);
		cr_expect(counter_value[COUNTER_DECODER_BAD_CHECKSUM] == 1);
		cr_expect(checked(span_of(bytes, n), n, false) == DECODE_TCP);
		/* Of a segment that was captured in part nobody can say. */
		cr_expect(checked(span_of(bytes, n), n - 1, true) == DECODE_TCP);
		cr_expect(checked(span_of(bytes, n), cases[i].segment + 20, true) == DECODE_TCP);
	}
}
