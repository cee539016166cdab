/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which sensor gets which frame, by the program that the kernel runs; and when too much was dropped. */
#include <pcap/pcap.h>

#include "plainpop/capture.h"
#include "unit.h"

#define MAC "\2\0\0\0\0\1\2\0\0\0\0\2"
#define A4 "\xc0\0\2\x0a"
#define B4 "\xc6\x33\x64\x19"
#define A6 "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x10"
#define B6 "\x20\1\x0d\xb8\0\1\0\0\0\0\0\0\0\0\0\x25"
#define IP4(frag, proto, from, to) "\x45\0\0\x2e\0\1" frag "\x40" proto "\0\0" from to
#define IP6(label, next, from, to) "\x60" label "\0\x1a" next "\x40" from to
#define TCP "\xc0\0\0\x6e\1\2\3\4\5\6\7\x08"
#define BACK "\0\x6e\xc0\0\5\6\7\x08\1\2\3\4"
#define TAG "\x81\0\0\x14"
#define PPPOE(proto) "\x88\x64\x11\0\0\1\0\x30" proto

/* Frames of one session each, as many as differ in a way that must not matter. */
static const struct {
	const char *name;
	struct span frame[6];
	bool shared; /* its addresses decide; else it is for sensor 0 */
} sessions[] = {
	{ "IPv4",
	  { BYTES(MAC "\x08\0" IP4("\x40\0", "\6", A4, B4) TCP), BYTES(MAC "\x08\0" IP4("\x40\0", "\6", B4, A4) BACK),
	    BYTES(MAC "\x08\0" IP4("\x20\0", "\6", A4, B4) TCP), BYTES(MAC "\x08\0" IP4("\x20\x01", "\6", B4, A4) "AIL\r\n"),
	    BYTES(MAC TAG "\x08\0" IP4("\0\0", "\x11", A4, B4) "\x12\xb5\x12\xb5") },
	  true },
	{ "IPv6",
	  { BYTES(MAC "\x86\xdd" IP6("\0\0\0", "\6", A6, B6) TCP), BYTES(MAC "\x86\xdd" IP6("\x01\2\3", "\6", B6, A6) BACK),
	    BYTES(MAC "\x86\xdd" IP6("\0\0\0", "\x2c", A6, B6) "\6\0\0\1\0\0\0\1" TCP),
	    BYTES(MAC "\x88\xa8\0\x0a" TAG "\x86\xdd" IP6("\0\0\0", "\0", B6, A6) "\6\0\1\4\0\0\0\0" BACK) },
	  true },
	{ "tags",
	  { BYTES(MAC TAG "\x08\0" IP4("\0\0", "\6", A4, B4) TCP), BYTES(MAC TAG TAG "\x08\0" IP4("\0\0", "\6", B4, A4) BACK),
	    BYTES(MAC "\x91\0\0\1\x92\0\0\1\x93\0\0\1" TAG "\x08\0" IP4("\0\0", "\6", A4, B4) TCP) },
	  true },
	{ "PPPoE",
	  { BYTES(MAC PPPOE("\0\x21") IP4("\0\0", "\6", A4, B4) TCP), BYTES(MAC PPPOE("\x21") IP4("\0\0", "\6", B4, A4) BACK),
	    BYTES(MAC TAG PPPOE("\0\x21") IP4("\0\0", "\6", B4, A4) BACK) },
	  true },
	{ "PPPoE, IPv6",
	  { BYTES(MAC PPPOE("\0\x57") IP6("\0\0\0", "\6", A6, B6) TCP), BYTES(MAC PPPOE("\x57") IP6("\0\0\0", "\6", B6, A6) BACK) },
	  true },
	{ "five tags",
	  { BYTES(MAC TAG TAG TAG TAG TAG "\x08\0" IP4("\0\0", "\6", A4, B4) TCP),
	    BYTES(MAC TAG TAG TAG TAG TAG "\x08\0" IP4("\0\0", "\6", B4, A4) BACK) },
	  false },
	{ "others",
	  { BYTES(MAC "\x88\x47\0\x01\1\x40" IP4("\0\0", "\6", A4, B4) TCP),
	    BYTES(MAC "\0\x36\xaa\xaa\3\0\0\0\x08\0" IP4("\0\0", "\6", A4, B4) TCP), BYTES(MAC "\x08\6\0\1\x08\0\6\4\0\1"),
	    BYTES(MAC PPPOE("\xc0\x21") "\1\1\0\4") },
	  false },
};

static unsigned sensor_of(const struct bpf_insn *program, struct span frame)
{
	return bpf_filter(program, frame.p, (u_int)frame.n, (u_int)frame.n);
}

UNIT(capture, fanout)
{
	struct bpf_insn program[CAPTURE_FANOUT_INSNS];
	unsigned sensors, least;
	size_t s, f;

	for (sensors = 2; sensors <= CAPTURE_SENSORS_MAX; sensors++) {
		capture_fanout_program(CAPTURE_FANOUT_FRAME, sensors, program);
		for (s = 0; s < COUNT(sessions); s++) {
			least = sensor_of(program, sessions[s].frame[0]);
			cr_expect(least < sensors, "%s: sensor %u of %u", sessions[s].name, least, sensors);
			cr_expect(sessions[s].shared || least == 0, "%s: not for sensor 0 but %u", sessions[s].name, least);
			for (f = 1; f < COUNT(sessions[s].frame) && sessions[s].frame[f].n > 0; f++)
				cr_expect_eq(sensor_of(program, sessions[s].frame[f]), least, "%s: frame %zu of %u sensors",
					     sessions[s].name, f, sensors);
		}
	}
}

/* A frame that is cut goes to the right sensor, or to the first; never anywhere else. */
UNIT(capture, fanout_cut)
{
	struct bpf_insn program[CAPTURE_FANOUT_INSNS];
	size_t s, f, n;

	capture_fanout_program(CAPTURE_FANOUT_FRAME, 7, program);
	for (s = 0; s < COUNT(sessions); s++)
		for (f = 0; f < COUNT(sessions[s].frame) && sessions[s].frame[f].n > 0; f++)
			for (n = 0; n < sessions[s].frame[f].n; n++) {
				unsigned got = sensor_of(program, span_take(sessions[s].frame[f], n));

				cr_expect(got == 0 || got == sensor_of(program, sessions[s].frame[0]), "%s: frame %zu, %zu bytes",
					  sessions[s].name, f, n);
			}
}

UNIT(capture, fanout_is_valid)
{
	static const enum capture_fanout_at at[] = { CAPTURE_FANOUT_FRAME, CAPTURE_FANOUT_KERNEL, CAPTURE_FANOUT_KERNEL_RAW };
	struct bpf_insn program[CAPTURE_FANOUT_INSNS];
	size_t i;

	for (i = 0; i < COUNT(at); i++) {
		unsigned n = capture_fanout_program(at[i], 2, program);

		cr_expect(n <= CAPTURE_FANOUT_INSNS, "%zu: %u instructions", i, n);
		cr_expect(bpf_validate(program, (int)n) != 0, "%zu: libpcap does not take it", i);
	}
}

/* Neighbours must not all be for the same. */
UNIT(capture, fanout_spreads)
{
	uint8_t frame[] = MAC "\x08\0" IP4("\x40\0", "\6", A4, B4) TCP;
	struct bpf_insn program[CAPTURE_FANOUT_INSNS];
	unsigned had[5] = { 0 }, i;

	capture_fanout_program(CAPTURE_FANOUT_FRAME, COUNT(had), program);
	for (i = 0; i < 1000; i++) {
		frame[28] = (uint8_t)(i >> 8);
		frame[29] = (uint8_t)i;
		had[sensor_of(program, span_of(frame, sizeof frame - 1))]++;
	}
	for (i = 0; i < COUNT(had); i++)
		cr_expect(had[i] > 150 && had[i] < 250, "sensor %u: %u of 1000 addresses", i, had[i]);
}

UNIT(capture, drops_matter)
{
	static const struct {
		struct capture_stats before, now;
		bool matter;
	} cases[] = {
		{ { 0 }, { 0 }, false },
		{ { 0 }, { .received = 100000 }, false },
		{ { 0 }, { .received = 100000, .dropped = 999 }, false },
		{ { 0 }, { .received = 100000, .dropped = 1000 }, true },
		{ { 0 }, { .received = 100000, .dropped = 1100 }, true },
		{ { 0 }, { .received = 200000, .dropped = 1100 }, false },
		/* However much of it they are. */
		{ { 0 }, { .received = 1000, .dropped = 99 }, false },
		{ { 0 }, { .received = 1000, .dropped = 100 }, true },
		{ { 0 }, { .received = 99, .dropped = 99 }, false },
		/* What was before does not count. */
		{ { .received = 100000, .dropped = 90000 }, { .received = 300000, .dropped = 91999 }, false },
		{ { .received = 100000000 }, { .received = 100010000, .dropped = 200 }, true },
		/* Beyond 32 bits. */
		{ { .received = UINT64_C(1) << 32 }, { .received = (UINT64_C(1) << 32) + 10000, .dropped = 200 }, true },
		/* The interface's own are of all traffic, and another question. */
		{ { 0 }, { .received = 1000, .if_dropped = 1000 }, false },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		cr_expect_eq(capture_drops_matter(&cases[i].before, &cases[i].now), cases[i].matter, "case %zu", i);
}
