/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Captures written to standard output, frame by frame, and the frames. For programs of one file each. */
#ifndef PLAINPOP_TOOLS_FRAMES_H
#define PLAINPOP_TOOLS_FRAMES_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	EPOCH = 1735689600,	/* 2025-01-01T00:00:00Z, the first packet */
	OUT_SIZE = 1 << 20,
	FRAME_MAX = 2048,
	POP3 = 110,
};

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, PSH = 0x08, ACK = 0x10 };

struct end {
	uint8_t addr[16];
	uint16_t port;
};

static inline uint64_t mixed(uint64_t z)
{
	z += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* ---- out --------------------------------------------------------------- */

static uint8_t out[OUT_SIZE];
static size_t out_n;

static inline void flush(void)
{
	size_t at = 0;

	while (at < out_n) {
		ssize_t n = write(STDOUT_FILENO, out + at, out_n - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			perror("standard output");
			exit(1);
		}
		at += (size_t)n;
	}
	out_n = 0;
}

static inline void put_out(const void *p, size_t n)
{
	if (out_n + n > OUT_SIZE)
		flush();
	memcpy(out + out_n, p, n);
	out_n += n;
}

static inline void put_frame(uint64_t ts, const uint8_t *frame, uint32_t n)
{
	uint32_t header[4] = { (uint32_t)(EPOCH + ts / 1000000), (uint32_t)(ts % 1000000), n, n };

	put_out(header, sizeof header);
	put_out(frame, n);
}

/* ---- packets ----------------------------------------------------------- */

static inline void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static inline uint32_t sum16(const uint8_t *p, uint32_t n, uint32_t sum)
{
	uint32_t i;

	for (i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	if (i < n)
		sum += (uint32_t)p[i] << 8;
	return sum;
}

static inline uint16_t folded(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static inline struct end end4(uint32_t addr, uint32_t port)
{
	struct end e = { .port = (uint16_t)port };

	put32(e.addr, addr);
	return e;
}

static inline struct end end6(uint32_t subnet, uint32_t host, uint32_t port)
{
	static const uint8_t prefix[6] = { 0x20, 0x01, 0x00, 0x02, 0x00, 0x00 };
	struct end e = { .port = (uint16_t)port };

	memcpy(e.addr, prefix, sizeof prefix);
	put16(e.addr + 6, subnet);
	put32(e.addr + 12, host);
	return e;
}

/* Ethernet and IP before n bytes of proto, which are in their place already. Returns the size of the frame. */
static inline uint32_t put_ip(uint8_t *f, int version, const struct end *from, const struct end *to, uint8_t proto, uint32_t n,
		       uint32_t id, uint32_t fragment)
{
	static const uint8_t macs[12] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };
	uint8_t *h = f + 14;

	memcpy(f, macs, sizeof macs);
	put16(f + 12, version == 4 ? 0x0800 : 0x86dd);
	if (version == 6) {
		put32(h, 6u << 28);
		put16(h + 4, n);
		h[6] = proto;
		h[7] = 64;
		memcpy(h + 8, from->addr, 16);
		memcpy(h + 24, to->addr, 16);
		return 54 + n;
	}
	put16(h, 0x4500);
	put16(h + 2, 20 + n);
	put16(h + 4, id);
	put16(h + 6, fragment);
	h[8] = 64;
	h[9] = proto;
	put16(h + 10, 0);
	memcpy(h + 12, from->addr, 4);
	memcpy(h + 16, to->addr, 4);
	put16(h + 10, folded(sum16(h, 20, 0)));
	return 34 + n;
}

static inline uint32_t tcp_at(int version)
{
	return version == 4 ? 34 : 54;
}

static inline uint32_t put_tcp(uint8_t *f, int version, const struct end *from, const struct end *to, uint32_t seq, uint32_t ack,
			uint8_t flags, const void *data, uint32_t n)
{
	uint8_t *h = f + tcp_at(version);
	uint32_t sum = 6 + 20 + n, size = version == 4 ? 4 : 16;

	put16(h, from->port);
	put16(h + 2, to->port);
	put32(h + 4, seq);
	put32(h + 8, (flags & ACK) != 0 ? ack : 0);
	h[12] = 5 << 4;
	h[13] = flags;
	put16(h + 14, 64240);
	put32(h + 16, 0);
	if (n > 0)
		memcpy(h + 20, data, n);
	sum = sum16(from->addr, size, sum);
	sum = sum16(to->addr, size, sum);
	put16(h + 16, folded(sum16(h, 20 + n, sum)));
	return put_ip(f, version, from, to, 6, 20 + n, seq & 0xffff, 0x4000);
}

#endif
