/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Compressed captures as a stdio stream that libpcap can read: zlib and zstd behind fopencookie(3). Also
 * puts the first bytes back, which were read to tell what it is and which a pipe cannot seek to again.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "capture_impl.h"

#define IN_SIZE (256u * 1024)

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

struct inflater {
	FILE *raw;
	enum packing packing;
	z_stream z;
	ZSTD_DStream *zstd;
	bool failed;    /* the last read, with errno */
	bool mid_frame; /* a compressed frame has begun and not ended */
	size_t at, have; /* in `in` */
	uint8_t in[IN_SIZE];
};

static enum packing packing_of(const uint8_t *p, size_t n)
{
	static const uint8_t gzip[2] = { 0x1f, 0x8b }, zstd[4] = { 0x28, 0xb5, 0x2f, 0xfd };

	if (n >= sizeof gzip && memcmp(p, gzip, sizeof gzip) == 0)
		return PACKING_GZIP;
	if (n >= sizeof zstd && memcmp(p, zstd, sizeof zstd) == 0)
		return PACKING_ZSTD;
	return PACKING_NONE;
}

static void (*before_wait)(void);

void capture_before_wait(void (*call)(void))
{
	before_wait = call;
}

/* Up to cap bytes, as soon as there are any: what a pipe has must not wait for what it will have. */
static ssize_t read_some(FILE *raw, uint8_t *out, size_t cap)
{
	struct pollfd p = { .fd = fileno(raw), .events = POLLIN };

	if (before_wait != NULL && poll(&p, 1, 0) == 0)
		before_wait();
	return read(p.fd, out, cap);
}

/* Makes sure that there is input. False at its end, or when it cannot be read. */
static bool more_input(struct inflater *f)
{
	ssize_t n;

	if (f->at < f->have)
		return true;
	f->at = f->have = 0;
	n = read_some(f->raw, f->in, sizeof f->in);
	f->failed = n < 0;
	if (n > 0)
		f->have = (size_t)n;
	return n > 0;
}

static ssize_t read_gzip(struct inflater *f, uint8_t *out, size_t cap)
{
	int r;

	f->z.next_out = out;
	f->z.avail_out = (uInt)(cap > 1u << 30 ? 1u << 30 : cap);
	while (f->z.next_out == out && more_input(f)) {
		f->z.next_in = f->in + f->at;
		f->z.avail_in = (uInt)(f->have - f->at);
		f->mid_frame = true;
		r = inflate(&f->z, Z_NO_FLUSH);
		f->at = f->have - f->z.avail_in;
		if (r == Z_STREAM_END) { /* members may follow one another (RFC 1952 section 2.2) */
			f->mid_frame = false;
			inflateReset(&f->z);
		} else if (r != Z_OK && r != Z_BUF_ERROR) {
			errno = EBADMSG;
			return -1;
		}
	}
	return f->z.next_out - out;
}

static ssize_t read_zstd(struct inflater *f, uint8_t *out, size_t cap)
{
	ZSTD_outBuffer o = { .dst = out, .size = cap, .pos = 0 };

	while (o.pos == 0 && more_input(f)) {
		ZSTD_inBuffer i = { .src = f->in, .size = f->have, .pos = f->at };
		size_t r = ZSTD_decompressStream(f->zstd, &o, &i);

		f->at = i.pos;
		if (ZSTD_isError(r)) {
			errno = EBADMSG;
			return -1;
		}
		f->mid_frame = r != 0;
	}
	return (ssize_t)o.pos;
}

static ssize_t inflater_read(void *cookie, char *out, size_t cap)
{
	struct inflater *f = cookie;
	size_t n;
	ssize_t got;

	switch (f->packing) {
	case PACKING_GZIP:
		got = read_gzip(f, (uint8_t *)out, cap);
		break;
	case PACKING_ZSTD:
		got = read_zstd(f, (uint8_t *)out, cap);
		break;
	default:
		if (!more_input(f))
			return f->failed ? -1 : 0;
		n = f->have - f->at < cap ? f->have - f->at : cap;
		memcpy(out, f->in + f->at, n);
		f->at += n;
		return (ssize_t)n;
	}
	if (got == 0 && f->failed)
		return -1;
	if (got == 0 && f->mid_frame) { /* the compressed file is cut: that is not a good end */
		errno = EBADMSG;
		return -1;
	}
	return got;
}

static int inflater_close(void *cookie)
{
	struct inflater *f = cookie;

	if (f->packing == PACKING_GZIP)
		inflateEnd(&f->z);
	ZSTD_freeDStream(f->zstd);
	fclose(f->raw);
	free(f);
	return 0;
}

/* The magic number, which a pipe may bring in two pieces. False when there is nothing. */
static bool first_bytes(struct inflater *f)
{
	ssize_t n;

	do {
		n = read_some(f->raw, f->in + f->have, 4 - f->have);
		if (n > 0)
			f->have += (size_t)n;
	} while (n > 0 && f->have < 4);
	f->failed = n < 0;
	return f->have > 0;
}

FILE *capture_inflate(FILE *raw, char err[CAPTURE_ERROR_SIZE])
{
	static const cookie_io_functions_t io = { .read = inflater_read, .close = inflater_close };
	struct inflater *f;
	FILE *out;

	f = calloc(1, sizeof *f);
	if (f == NULL) {
		snprintf(err, CAPTURE_ERROR_SIZE, "out of memory");
		fclose(raw);
		return NULL;
	}
	f->raw = raw;
	if (!first_bytes(f)) {
		snprintf(err, CAPTURE_ERROR_SIZE, "%s", f->failed ? strerror(errno) : "empty file");
		inflater_close(f);
		return NULL;
	}
	f->packing = packing_of(f->in, f->have);
	if (f->packing == PACKING_NONE && lseek(fileno(raw), 0, SEEK_SET) == 0) {
		free(f);
		return raw;
	}
	/* 16: gzip only, no zlib header */
	if ((f->packing == PACKING_GZIP && inflateInit2(&f->z, 16 + MAX_WBITS) != Z_OK) ||
	    (f->packing == PACKING_ZSTD && (f->zstd = ZSTD_createDStream()) == NULL) ||
	    (out = fopencookie(f, "rb", io)) == NULL) {
		snprintf(err, CAPTURE_ERROR_SIZE, "out of memory");
		inflater_close(f);
		return NULL;
	}
	return out;
}

bool capture_looks_like_one(const char *path)
{
	static const uint32_t magics[] = { 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1,
					   0xa1b2cd34, 0x34cdb2a1, 0x0a0d0d0a };
	uint8_t head[4];
	size_t n, i;
	FILE *f = fopen(path, "rb");

	if (f == NULL)
		return false;
	n = fread(head, 1, sizeof head, f);
	fclose(f);
	if (packing_of(head, n) != PACKING_NONE)
		return true;
	for (i = 0; n == sizeof head && i < sizeof magics / sizeof magics[0]; i++)
		if (be32(head) == magics[i])
			return true;
	return false;
}
