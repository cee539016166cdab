/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A directory that somebody else has filled. Input: four bytes, then the file of a segment. The first byte: whether the
 * checksums are put right (1), there is a position (2), and how it is taken (the rest); the others: of that position, the
 * segment and the place.
 */
#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "../../src/emit/spool_impl.h"
#include "fuzz.h"

#define HEAD 4
#define NUMBER 3
#define SEGMENT "0000000000000003.spool"

static char directory[64] = "/dev/shm/plainpop-fuzz-spool-XXXXXX";
static int fd;

static void clean(void)
{
	uint64_t i;

	for (i = 0; i < 64; i++)
		segment_remove(fd, i);
	unlinkat(fd, "position", 0);
	rmdir(directory);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	log_set_level(LOG_LEVEL_ERROR);
	if (mkdtemp(directory) == NULL) {
		snprintf(directory, sizeof directory, "/tmp/plainpop-fuzz-spool-XXXXXX");
		assert(mkdtemp(directory) != NULL);
	}
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(fd >= 0);
	atexit(clean);
	return 0;
}

/* As far as the lengths lead. */
static void sign(uint8_t *p, size_t size)
{
	size_t at = 0;

	while (size - at >= RECORD_HEAD) {
		const uint64_t place[2] = { htole64(NUMBER), htole64(at) };
		uint32_t length, crc;

		memcpy(&length, p + at + 8, sizeof length);
		length = le32toh(length);
		if (length > SHIPMENT_MAX || size - at - RECORD_HEAD < length)
			break;
		crc = (uint32_t)crc32(0, (const Bytef *)place, sizeof place);
		crc = htole32((uint32_t)crc32(crc, p + at + 8, (uInt)(RECORD_HEAD - 8 + length)));
		memcpy(p + at + 4, &crc, sizeof crc);
		at += RECORD_HEAD + length;
	}
}

static void prepare(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);
	const struct position p = { .number = data[1] % (NUMBER + 2), .at = be16(data + 2) };
	int file;

	assert(copy != NULL);
	memcpy(copy, data + HEAD, size - HEAD);
	if (data[0] & 1)
		sign(copy, size - HEAD);
	file = openat(fd, SEGMENT, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert(file >= 0 && write(file, copy, size - HEAD) == (ssize_t)(size - HEAD));
	close(file);
	free(copy);
	file = openat(fd, "position", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert(file >= 0);
	if (data[0] & 2)
		position_write(file, data[0] >> 2, &p);
	close(file);
}

/* All of it can be used. */
static void use(const struct shipment *r)
{
	volatile char sum = 0;
	uint32_t i;

	assert(r->n <= SHIPMENT_MAX && memchr(r->key, '\0', sizeof r->key) != NULL);
	for (i = 0; i < r->n; i++)
		sum = (char)(sum + r->line[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spool_options o = { .name = "fuzz", .max = 1 << 20 };
	struct shipment r[7], mine = { .ts = 1, .line = "mine", .n = 4 };
	char err[OUTPUT_ERROR_SIZE];
	struct spool *s;
	uint64_t there, came = 0, bytes = 0;
	size_t n, i;
	bool end = false;

	if (size < HEAD)
		return 0;
	prepare(data, size);
	o.directory = dup(fd);
	s = spool_open(&o, err);
	assert(s != NULL);
	there = spool_waiting(s);
	spool_put(s, &mine);
	spool_finish(s);
	if (data[0] & 4) {
		spool_take(s, r, 3, 0, &end);
		spool_again(s);
	}
	while ((n = spool_take(s, r, 1 + (data[0] >> 3) % 7, 0, &end)) > 0) {
		for (i = 0; i < n; i++) {
			use(&r[i]);
			bytes += record_size(&r[i]);
		}
		spool_ack(s, n);
		came += n;
	}
	/* What it said was there came, and fits into what was there; and ours is the last. */
	assert(end && came == there + 1 && bytes <= size - HEAD + record_size(&mine));
	assert(counter_value[COUNTER_OUTPUT_DROPPED] == 0 && spool_close(s) == 0);
	return 0;
}
