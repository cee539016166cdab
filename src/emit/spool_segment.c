/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file of a spool: records one behind the other, nothing else. Its name is its number, 16 hexadecimal digits, and
 * ".spool". A record, numbers in little endian:
 *
 *    0      4      8      12   13   14   16       24          40           72
 *    +------+------+------+----+----+----+--------+-----------+------------+--- - - -
 *    | PPs1 | CRC  |  n   |type|sev.|  0 |   ts   |    id     |    key     | line: n bytes
 *    +------+------+------+----+----+----+--------+-----------+------------+--- - - -
 *
 * The CRC-32 (zlib's) begins with the number of the segment and the place of the record in it, 64 bits each, so that a file
 * under another's name, or a block where it does not belong, is nothing; then come all bytes behind the CRC. It finds what
 * broke. It does not keep out whoever may write here: he can write records; but nothing that a file holds does harm here.
 * Behind a record that is not right there is no telling where the next one begins.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "spool_impl.h"

#define WINDOW (256u << 10)
#define DIGITS 16
#define NAME_SIZE sizeof "0123456789abcdef.spool"

static const char suffix[] = ".spool", magic[4] = { 'P', 'P', 's', '1' };

struct head {
	char magic[4];
	uint32_t crc, n;
	uint8_t type, severity, zero[2];
	uint64_t ts;
	uint8_t id[SHIPMENT_ID];
	char key[COMMUNITY_ID_SIZE];
};
_Static_assert(sizeof(struct head) == RECORD_HEAD, "no holes");
_Static_assert(WINDOW >= RECORD_MAX, "a window has room for a record");

/* ---- records ---- */

static uint32_t checksum(const uint8_t *record, size_t size, uint64_t number, uint64_t at)
{
	const size_t covered = offsetof(struct head, n);
	const uint64_t place[2] = { htole64(number), htole64(at) };
	uLong crc = crc32(0, (const Bytef *)place, sizeof place);

	return (uint32_t)crc32(crc, record + covered, (uInt)(size - covered));
}

void record_write(uint8_t *out, const struct shipment *r, uint64_t number, uint64_t at)
{
	struct head h = {
		.n = htole32(r->n), .type = r->type, .severity = r->severity, .ts = htole64(r->ts),
	};

	memcpy(h.magic, magic, sizeof magic);
	memcpy(h.id, r->id, sizeof h.id);
	memcpy(h.key, r->key, strnlen(r->key, sizeof h.key - 1)); /* and nothing that lay behind its end */
	memcpy(out, &h, sizeof h);
	if (r->n > 0)
		memcpy(out + sizeof h, r->line, r->n);
	h.crc = htole32(checksum(out, record_size(r), number, at));
	memcpy(out + offsetof(struct head, crc), &h.crc, sizeof h.crc);
}

/* In has the record, and perhaps what comes after it. */
static enum record_result record_read(struct span in, uint64_t number, uint64_t at, struct shipment *r)
{
	struct head h;

	if (in.n < sizeof h)
		return RECORD_OUTSIDE;
	memcpy(&h, in.p, sizeof h);
	r->n = le32toh(h.n);
	if (memcmp(h.magic, magic, sizeof magic) != 0 || r->n > SHIPMENT_MAX)
		return RECORD_DAMAGED;
	if (in.n - sizeof h < r->n)
		return RECORD_OUTSIDE;
	if (le32toh(h.crc) != checksum(in.p, record_size(r), number, at) || memchr(h.key, '\0', sizeof h.key) == NULL)
		return RECORD_DAMAGED;
	r->ts = le64toh(h.ts);
	r->type = h.type;
	r->severity = h.severity;
	memcpy(r->id, h.id, sizeof r->id);
	memcpy(r->key, h.key, sizeof r->key);
	r->line = (const char *)in.p + sizeof h;
	return RECORD_WHOLE;
}

/* ---- files ---- */

static void name_of(uint64_t number, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%0*" PRIx64 "%s", DIGITS, number, suffix);
}

bool segment_named(const char *name, uint64_t *number)
{
	size_t i;

	if (strlen(name) != NAME_SIZE - 1 || strcmp(name + DIGITS, suffix) != 0)
		return false;
	for (i = 0, *number = 0; i < DIGITS; i++) {
		const char *digits = "0123456789abcdef", *digit = strchr(digits, name[i]);

		if (digit == NULL)
			return false;
		*number = *number << 4 | (uint64_t)(digit - digits);
	}
	return *number <= SEGMENT_NUMBER_MAX;
}

int segment_create(int directory, uint64_t number)
{
	char name[NAME_SIZE];

	if (number > SEGMENT_NUMBER_MAX) {
		errno = EOVERFLOW;
		return -1;
	}
	name_of(number, name);
	return openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* To read, if it is a file: no link, no device, no FIFO that would wait for its other end. */
static int segment_open(int directory, uint64_t number, uint64_t *size)
{
	char name[NAME_SIZE];
	struct stat st;
	int fd;

	name_of(number, name);
	fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	*size = (uint64_t)st.st_size;
	return fd;
}

int segment_size(int directory, uint64_t number, uint64_t *size)
{
	int fd = segment_open(directory, number, size);

	return fd < 0 ? -1 : close(fd);
}

int segment_write(int fd, const uint8_t *p, size_t n, uint64_t at)
{
	size_t done = 0;

	while (done < n) {
		ssize_t written = pwrite(fd, p + done, n - done, (off_t)(at + done));

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0) {
			const int why = written < 0 ? errno : EIO;

			/* If that fails, too: the next one is written over it, and the CRC tells what is left. */
			errno = done > 0 && ftruncate(fd, (off_t)at) != 0 ? EIO : why;
			return -1;
		}
		done += (size_t)written;
	}
	return 0;
}

int segment_sync(int directory, uint64_t number)
{
	uint64_t size;
	int fd = segment_open(directory, number, &size), r;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	r = fdatasync(fd);
	close(fd);
	return r;
}

void segment_remove(int directory, uint64_t number)
{
	char name[NAME_SIZE];

	name_of(number, name);
	unlinkat(directory, name, 0);
}

/* ---- reading ---- */

bool window_init(struct window *w)
{
	*w = (struct window){ .p = malloc(WINDOW) };
	return w->p != NULL;
}

void window_fini(struct window *w)
{
	if (w->p != NULL)
		explicit_bzero(w->p, WINDOW);
	free(w->p);
}

static struct span window_rest(const struct window *w, uint64_t number, uint64_t at, uint64_t end)
{
	struct span rest;

	if (number != w->number || at < w->at || at - w->at >= w->n)
		return span_of(NULL, 0);
	rest = span_skip(span_of(w->p, w->n), (size_t)(at - w->at));
	return end - at < rest.n ? span_take(rest, (size_t)(end - at)) : rest;
}

bool segment_busy(int why)
{
	return why == EMFILE || why == ENFILE || why == ENOMEM;
}

/* As much as fits from there on. 0, or -1 with errno. */
static int window_move(struct window *w, int directory, uint64_t number, uint64_t at, uint64_t end)
{
	const size_t want = end - at < WINDOW ? (size_t)(end - at) : WINDOW;
	uint64_t size;
	int fd = segment_open(directory, number, &size), why;
	ssize_t n = 1;

	*w = (struct window){ .p = w->p, .number = number, .at = at };
	if (fd < 0)
		return -1;
	while (w->n < want && n != 0) {
		n = pread(fd, w->p + w->n, want - w->n, (off_t)(at + w->n));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		w->n += (size_t)n;
	}
	why = errno;
	close(fd);
	errno = why;
	return n < 0 ? -1 : 0;
}

enum record_result window_record(struct window *w, int directory, uint64_t number, uint64_t at, uint64_t end, bool move,
				 struct shipment *r, size_t *size)
{
	enum record_result result = record_read(window_rest(w, number, at, end), number, at, r);

	if (result == RECORD_OUTSIDE && move) {
		if (window_move(w, directory, number, at, end) != 0 && segment_busy(errno))
			return RECORD_UNREADABLE;
		result = record_read(window_rest(w, number, at, end), number, at, r);
		if (result == RECORD_OUTSIDE)
			result = RECORD_DAMAGED;
	}
	*size = result == RECORD_WHOLE ? record_size(r) : 0;
	return result;
}
