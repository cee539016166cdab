/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an earlier process has left in the directory of a spool: segments, and "position", which says up to where records
 * were acknowledged. That file has two slots of 32 bytes, 512 apart, written by turns, so that one is good whatever
 * happens; a position only ever moves on, so the later one counts. Numbers in little endian:
 *
 *     0      4      8           16         24
 *     +------+------+-----------+----------+-------+
 *     | PPp1 | CRC  |  segment  |  place   |   0   |      the CRC-32 of what is behind it
 *     +------+------+-----------+----------+-------+
 *
 * It is locked (flock) by whoever uses the directory.
 */
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "spool_impl.h"

#define SEGMENT_MIN (64u << 10)
#define SEGMENT_MAX (16u << 20)
#define SEGMENTS 16 /* in a full spool, unless they would be smaller or larger than that */

#define SLOTS 2
#define SLOT_STEP 512

struct slot {
	char magic[4];
	uint32_t crc;
	uint64_t number, at, zero;
};
_Static_assert(sizeof(struct slot) == 32, "no holes");

static const char magic[4] = { 'P', 'P', 'p', '1' };

static uint32_t checksum(const struct slot *s)
{
	return (uint32_t)crc32(0, (const Bytef *)&s->number, sizeof *s - offsetof(struct slot, number));
}

int position_write(int fd, unsigned turn, const struct position *p)
{
	struct slot s = { .number = htole64(p->number), .at = htole64(p->at) };

	memcpy(s.magic, magic, sizeof magic);
	s.crc = htole32(checksum(&s));
	errno = EIO; /* should it be less than all */
	return pwrite(fd, &s, sizeof s, turn % SLOTS * SLOT_STEP) == (ssize_t)sizeof s ? 0 : -1;
}

static bool slot_read(int fd, unsigned turn, struct position *p)
{
	struct slot s;

	if (pread(fd, &s, sizeof s, turn * SLOT_STEP) != (ssize_t)sizeof s || memcmp(s.magic, magic, sizeof magic) != 0 ||
	    le32toh(s.crc) != checksum(&s))
		return false;
	*p = (struct position){ .number = le64toh(s.number), .at = le64toh(s.at) };
	return p->number <= SEGMENT_NUMBER_MAX;
}

static bool later(const struct position *a, const struct position *b)
{
	return a->number != b->number ? a->number > b->number : a->at > b->at;
}

static int position_open(const struct spool_options *o, struct position *read, char err[OUTPUT_ERROR_SIZE])
{
	int fd = openat(o->directory, "position", O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	struct position p;
	struct stat st;
	unsigned i, good = 0;

	*read = (struct position){ 0 };
	if (fd < 0 || fstat(fd, &st) != 0) {
		snprintf(err, OUTPUT_ERROR_SIZE, "position: %s", strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		snprintf(err, OUTPUT_ERROR_SIZE, "position: not a file");
	} else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		snprintf(err, OUTPUT_ERROR_SIZE, "%s",
			 errno == EWOULDBLOCK ? "in use by another process" : strerror(errno));
	} else {
		for (i = 0; i < SLOTS; i++)
			if (slot_read(fd, i, &p)) {
				good++;
				if (later(&p, read))
					*read = p;
			}
		if (good == 0 && st.st_size > 0)
			log_warn("%s: spool: position is damaged; records may come again", o->name);
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static uint64_t *segments_list(int directory, size_t *n)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* its own place in it, for readdir() */
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	size_t cap = 64;
	uint64_t number, *all = malloc(cap * sizeof *all), *more;
	struct dirent *e;

	for (*n = 0; d != NULL && all != NULL && (errno = 0, e = readdir(d)) != NULL;) {
		if (!segment_named(e->d_name, &number))
			continue;
		if (*n == cap) {
			more = reallocarray(all, cap *= 2, sizeof *all);
			if (more == NULL)
				break;
			all = more;
		}
		all[(*n)++] = number;
	}
	if (d == NULL || errno != 0) {
		free(all);
		all = NULL;
	}
	if (d != NULL)
		closedir(d);
	else if (fd >= 0)
		close(fd);
	if (all != NULL)
		qsort(all, *n, sizeof *all, by_number);
	return all;
}

/* What is whole in a segment that was found, from acked_at on. */
static enum record_result scan(struct spool *s, struct segment *g, uint64_t size)
{
	enum record_result result = RECORD_WHOLE;
	struct shipment r;
	size_t n;

	g->size = g->taken_at = g->acked_at;
	g->bytes = size < s->o.max ? size : s->o.max; /* a file with holes may claim anything */
	while (g->size < size) {
		result = window_record(&s->disk->window, s->o.directory, g->number, g->size, size, true, &r, &n);
		if (result != RECORD_WHOLE)
			return result;
		g->size += n;
		g->n++;
	}
	return RECORD_WHOLE;
}

/* False with errno: the spool can't be used now. */
static bool find(struct spool *s, uint64_t number, const struct position *p)
{
	enum record_result result;
	struct segment *g;
	uint64_t size;

	if (segment_size(s->o.directory, number, &size) != 0) {
		s->damaged++; /* whatever it is, it stays */
		return !segment_busy(errno);
	}
	if (number < p->number) {
		segment_remove(s->o.directory, number);
		return true;
	}
	g = calloc(1, sizeof *g);
	if (g == NULL)
		return false;
	g->number = number;
	g->acked_at = number == p->number ? p->at : 0;
	result = scan(s, g, size);
	if (result == RECORD_UNREADABLE) {
		free(g);
		return false;
	}
	s->damaged += result == RECORD_DAMAGED ? 1 : 0;
	if (g->n == 0) {
		segment_remove(s->o.directory, number);
		free(g);
		return true;
	}
	disk_append(s->disk, g);
	s->bytes += g->bytes;
	s->waiting += g->n;
	return true;
}

static bool find_all(struct spool *s, const struct position *p, char err[OUTPUT_ERROR_SIZE])
{
	size_t n, i;
	uint64_t *numbers = segments_list(s->o.directory, &n);
	bool ok = numbers != NULL;

	s->disk->next = p->number + 1;
	for (i = 0; ok && i < n; i++) {
		ok = find(s, numbers[i], p);
		if (numbers[i] >= s->disk->next)
			s->disk->next = numbers[i] + 1;
	}
	if (!ok)
		snprintf(err, OUTPUT_ERROR_SIZE, "%s", strerror(errno));
	free(numbers);
	if (ok && s->damaged > 0)
		log_warn("%s: spool: files are damaged (%llu of %zu); what is behind that place in them is left out",
			 s->o.name, (unsigned long long)s->damaged, n);
	return ok;
}

bool disk_open(struct spool *s, char err[OUTPUT_ERROR_SIZE])
{
	struct disk *d = calloc(1, sizeof *d);
	uint64_t size = s->o.max / SEGMENTS;
	struct position p;

	if (d == NULL)
		return false;
	s->disk = d;
	s->store = &store_disk;
	d->end = &d->first;
	d->position = -1;
	d->segment_size = size < SEGMENT_MIN ? SEGMENT_MIN : size > SEGMENT_MAX ? SEGMENT_MAX : size;
	d->record = malloc(RECORD_MAX);
	if (d->record == NULL || !window_init(&d->window) || (d->position = position_open(&s->o, &p, err)) < 0 ||
	    !find_all(s, &p, err)) {
		disk_free(d);
		return false;
	}
	/* Both slots, so that there is room for them when there is none for anything else. */
	for (; d->turn < 2 && p.number == 0; d->turn++)
		position_write(d->position, d->turn, &p);
	return true;
}
