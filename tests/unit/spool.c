/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The spool, in memory and on disk: order, room, restarts, and all that can be wrong with its files. Record number i is made
 * of i alone, so that what comes out shows what it is, and whether all of it is right.
 */
#include <dirent.h>
#include <endian.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "../../src/emit/spool_impl.h"
#include "unit.h"

#define MIB (UINT64_C(1) << 20)
#define BATCH 64

/* ---- a directory of its own ---- */

struct place {
	char path[64];
	int fd;
};

static void place_init(struct place *p)
{
	/* In memory, where syncing a thousand times costs nothing. */
	snprintf(p->path, sizeof p->path, "/dev/shm/plainpop-spool-XXXXXX");
	if (mkdtemp(p->path) == NULL) {
		snprintf(p->path, sizeof p->path, "/tmp/plainpop-spool-XXXXXX");
		cr_assert(mkdtemp(p->path) != NULL);
	}
	p->fd = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert(p->fd >= 0);
}

/* Calls what for all that is in it. Their number. */
static size_t each_file(const struct place *p, void (*what)(const struct place *p, const char *name))
{
	DIR *d = opendir(p->path);
	struct dirent *e;
	size_t n = 0;

	cr_assert(d != NULL);
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		n++;
		if (what != NULL)
			what(p, e->d_name);
	}
	closedir(d);
	return n;
}

static void remove_one(const struct place *p, const char *name)
{
	if (unlinkat(p->fd, name, 0) != 0)
		unlinkat(p->fd, name, AT_REMOVEDIR);
}

static void place_empty(const struct place *p)
{
	each_file(p, remove_one);
}

static void place_fini(struct place *p)
{
	place_empty(p);
	rmdir(p->path);
	close(p->fd);
}

static uint64_t found_bytes;

static void add_bytes(const struct place *p, const char *name)
{
	struct stat st;

	if (strcmp(name, "position") != 0 && fstatat(p->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		found_bytes += (uint64_t)st.st_size;
}

/* Of all segments. */
static uint64_t bytes_in(const struct place *p)
{
	found_bytes = 0;
	each_file(p, add_bytes);
	return found_bytes;
}

static const char *segment_name(uint64_t number)
{
	static char name[64];

	snprintf(name, sizeof name, "%016llx.spool", (unsigned long long)number);
	return name;
}

static void write_file(const struct place *p, const char *name, const void *bytes, size_t n)
{
	int fd = openat(p->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	cr_assert(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
	close(fd);
}

static size_t read_file(const struct place *p, const char *name, uint8_t *out, size_t cap)
{
	int fd = openat(p->fd, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, out, cap) : -1;

	cr_assert(n >= 0 && (size_t)n < cap, "%s", name);
	close(fd);
	return (size_t)n;
}

/* ---- spools and records ---- */

static struct spool *try_open(const struct place *p, uint64_t max, bool wait, char err[OUTPUT_ERROR_SIZE])
{
	const struct spool_options o = { .name = "test", .directory = p != NULL ? dup(p->fd) : -1, .max = max, .wait = wait };

	return spool_open(&o, err);
}

/* p NULL: in memory. */
static struct spool *open_spool(const struct place *p, uint64_t max, bool wait)
{
	char err[OUTPUT_ERROR_SIZE] = "";
	struct spool *s = try_open(p, max, wait, err);

	cr_assert(s != NULL, "%s", err);
	return s;
}

static struct shipment record(uint64_t i, size_t n)
{
	static char line[SHIPMENT_MAX + 64]; /* used by one thread in each test */
	struct shipment r = {
		.ts = i, .type = (uint8_t)(1 << i % 4), .severity = (uint8_t)(i % 4), .line = line, .n = (uint32_t)n,
	};
	size_t k;

	memset(r.id, (int)(i & 0xff), sizeof r.id);
	if (i % 3 != 0)
		snprintf(r.key, sizeof r.key, "1:%llu", (unsigned long long)i);
	for (k = 0; k < n; k++)
		line[k] = (char)('a' + (i + k) % 26);
	return r;
}

static void put(struct spool *s, uint64_t i, size_t n)
{
	const struct shipment r = record(i, n);

	spool_put(s, &r);
}

/* It is the record that its time stamp says it is, every byte of it. */
static bool right(const struct shipment *r)
{
	const struct shipment want = record(r->ts, 0);
	size_t k;

	for (k = 0; k < r->n; k++)
		if (r->line[k] != (char)('a' + (r->ts + k) % 26))
			return false;
	return r->type == want.type && r->severity == want.severity && memcmp(r->id, want.id, sizeof want.id) == 0 &&
	       memcmp(r->key, want.key, sizeof want.key) == 0;
}

/* What was taken: their numbers. */
static struct {
	uint64_t number[1 << 16];
	size_t n;
} got;

/* Takes up to max more, and looks at them. */
static size_t take(struct spool *s, size_t max)
{
	struct shipment r[BATCH];
	size_t n, i;
	bool end;

	n = spool_take(s, r, max < BATCH ? max : BATCH, 0, &end);
	for (i = 0; i < n; i++) {
		cr_assert(right(&r[i]), "record %llu", (unsigned long long)r[i].ts);
		cr_assert(got.n < COUNT(got.number));
		got.number[got.n++] = r[i].ts;
	}
	return n;
}

/* Exactly so many. */
static void take_all_of(struct spool *s, size_t n)
{
	while (n > 0) {
		size_t more = take(s, n);

		cr_assert(more > 0);
		n -= more;
	}
}

/* All that is in it is taken and acknowledged. */
static size_t drain(struct spool *s)
{
	size_t n, all = 0;

	while ((n = take(s, BATCH)) > 0) {
		spool_ack(s, n);
		all += n;
	}
	cr_assert(spool_waiting(s) == 0);
	return all;
}

/* They came in order, none twice. */
static bool ascending(void)
{
	size_t i;

	for (i = 1; i < got.n; i++)
		if (got.number[i] <= got.number[i - 1])
			return false;
	return true;
}

/* Exactly these. */
static bool got_range(uint64_t from, uint64_t end)
{
	return got.n == end - from && (got.n == 0 || (got.number[0] == from && got.number[got.n - 1] == end - 1)) &&
	       ascending();
}

static uint64_t dropped(void)
{
	return counter_value[COUNTER_OUTPUT_DROPPED];
}

static uint64_t damaged(void)
{
	return counter_value[COUNTER_OUTPUT_DAMAGED];
}

static void forget(void)
{
	got.n = 0;
	counter_value[COUNTER_OUTPUT_DROPPED] = counter_value[COUNTER_OUTPUT_DAMAGED] = 0;
	log_set_level(LOG_LEVEL_WARN);
}

/* What is wrong on purpose is not told. */
static void quiet(void)
{
	forget();
	log_set_level(LOG_LEVEL_ERROR);
}

/* A test of both kinds: place is NULL for the one in memory. */
#define EACH_KIND(name)                                  \
	static void each_##name(const struct place *place); \
	UNIT(spool, name)                                \
	{                                                \
		each_kind(each_##name);                  \
	}                                                \
	static void each_##name(const struct place *place)

static void each_kind(void (*test)(const struct place *place))
{
	struct place p;

	forget();
	test(NULL);
	place_init(&p);
	forget();
	test(&p);
	place_fini(&p);
}

/* A new place, and a spool in it. */
static struct spool *begin(struct place *p, uint64_t max)
{
	place_init(p);
	forget();
	return open_spool(p, max, false);
}

static struct spool *reopen(struct spool *s, const struct place *p, uint64_t max)
{
	spool_close(s);
	return open_spool(p, max, false);
}

/* Each so long. */
static void put_range(struct spool *s, uint64_t from, uint64_t end, size_t n)
{
	for (; from < end; from++)
		put(s, from, n);
}

/* ---- the queue ---- */

EACH_KIND(order)
{
	static const struct {
		size_t records, length, max;
	} cases[] = { { 0, 10, 1 }, { 1, 0, 1 }, { 500, 1, 1 }, { 500, 3000, 7 }, { 500, 200, BATCH }, { 9, SHIPMENT_MAX, BATCH } };
	size_t c;

	for (c = 0; c < COUNT(cases); c++) {
		struct spool *s = open_spool(place, 64 * MIB, false);

		got.n = 0;
		put_range(s, 0, cases[c].records, cases[c].length);
		cr_expect(spool_waiting(s) == cases[c].records);
		while (take(s, cases[c].max) > 0)
			;
		cr_expect(got_range(0, cases[c].records), "case %zu", c);
		cr_expect(spool_waiting(s) == cases[c].records);
		spool_ack(s, SIZE_MAX);
		cr_expect(spool_waiting(s) == 0 && take(s, 1) == 0);
		cr_expect(spool_close(s) == 0 && dropped() == 0);
		if (place != NULL)
			cr_expect(each_file(place, NULL) == 1, "the position alone is left");
	}
}

EACH_KIND(too_long)
{
	struct spool *s = open_spool(place, 64 * MIB, false);
	struct spool *small = open_spool(NULL, 1000, true);

	put(s, 1, SHIPMENT_MAX + 1);
	cr_expect(dropped() == 1 && spool_waiting(s) == 0);
	put(s, 2, SHIPMENT_MAX);
	cr_expect(drain(s) == 1 && dropped() == 1);
	put(small, 1, 1000);
	cr_expect(dropped() == 2 && spool_waiting(small) == 0, "there never will be room: nothing to wait for");
	spool_close(s);
	spool_close(small);
}

EACH_KIND(again)
{
	size_t taken, acked;

	for (taken = 0; taken <= 10; taken++)
		for (acked = 0; acked <= taken; acked++) {
			struct spool *s = open_spool(place, MIB, false);

			put_range(s, 0, 10, 100);
			take_all_of(s, taken);
			spool_ack(s, acked);
			spool_again(s);
			got.n = 0;
			cr_expect(drain(s) == 10 - acked && got_range(acked, 10), "%zu, %zu", taken, acked);
			spool_ack(s, 3); /* there is nothing to be acknowledged */
			spool_again(s);
			put(s, 10, 100);
			cr_expect(spool_waiting(s) == 1 && drain(s) == 1);
			cr_expect(spool_close(s) == 0);
			got.n = 0;
		}
}

EACH_KIND(end)
{
	struct shipment r;
	bool end;

	struct spool *s = open_spool(place, MIB, false);

	cr_expect(spool_take(s, &r, 1, 1, &end) == 0 && !end);
	put(s, 0, 10);
	spool_finish(s);
	/* From now on nothing waits, however long it might. */
	cr_expect(spool_take(s, &r, 1, 1000000000, &end) == 1 && !end);
	cr_expect(spool_take(s, &r, 1, 1000000000, &end) == 0 && !end, "it may come again");
	spool_again(s);
	cr_expect(spool_take(s, &r, 1, 1000000000, &end) == 1 && !end);
	spool_ack(s, 1);
	cr_expect(spool_take(s, &r, 1, 1000000000, &end) == 0 && end);
	spool_close(s);
}

EACH_KIND(taken_cap)
{
	struct spool *s = open_spool(place, 64 * MIB, false);

	put_range(s, 0, SPOOL_TAKEN + 10, 10);
	while (take(s, BATCH) > 0)
		;
	cr_expect(got.n == SPOOL_TAKEN);
	spool_ack(s, 5);
	cr_expect(take(s, BATCH) == 5 && take(s, BATCH) == 0);
	spool_ack(s, SPOOL_TAKEN);
	cr_expect(drain(s) == 5 && got_range(0, SPOOL_TAKEN + 10));
	spool_close(s);
}

UNIT(spool, close)
{
	struct spool *s = open_spool(NULL, MIB, false);
	struct place p;

	forget();
	spool_close(NULL);
	put(s, 0, 10);
	put(s, 1, 10);
	put(s, 2, 10);
	take_all_of(s, 2);
	spool_ack(s, 1);
	cr_expect(spool_close(s) == 2 && dropped() == 2, "memory is lost");

	place_init(&p);
	s = open_spool(&p, MIB, false);
	put(s, 0, 10);
	cr_expect(spool_close(s) == 0 && dropped() == 2, "the disk stays");
	place_fini(&p);
}

/* ---- restarts ---- */

UNIT(spool, restart)
{
	size_t puts, acked, taken;
	struct place p;

	place_init(&p);
	forget();
	for (puts = 0; puts <= 8; puts++)
		for (taken = 0; taken <= puts; taken++)
			for (acked = 0; acked <= taken; acked++) {
				struct spool *s = open_spool(&p, MIB, false);

				put_range(s, 0, puts, 100);
				take_all_of(s, taken);
				if (acked > 0)
					spool_ack(s, acked - 1);
				spool_ack(s, acked > 0 ? 1 : 0);
				s = reopen(s, &p, MIB);
				cr_expect(spool_waiting(s) == puts - acked);
				put(s, puts, 100);
				s = reopen(s, &p, MIB);
				got.n = 0;
				cr_expect(drain(s) == puts + 1 - acked && got_range(acked, puts + 1), "%zu, %zu, %zu",
					  puts, taken, acked);
				spool_close(s);
				cr_expect(each_file(&p, NULL) == 1);
				got.n = 0;
			}
	cr_expect(dropped() == 0 && damaged() == 0);
	place_fini(&p);
}

/* Over many segments, and closed after each of some steps. */
UNIT(spool, restart_segments)
{
	struct place p;
	struct spool *s = begin(&p, 4 * MIB);
	size_t n, i = 0;

	put_range(s, 0, 3000, 700);
	cr_expect(each_file(&p, NULL) > 5);
	while (spool_waiting(s) > 0) {
		n = take(s, 61);
		cr_assert(n > 0);
		got.n -= n / 2; /* these come again */
		spool_ack(s, n - n / 2);
		if (i++ % 7 == 0)
			s = reopen(s, &p, 4 * MIB);
		else
			spool_again(s);
	}
	cr_expect(got_range(0, 3000) && dropped() == 0 && damaged() == 0);
	spool_close(s);
	place_fini(&p);
}

UNIT(spool, one_process)
{
	char err[OUTPUT_ERROR_SIZE] = "";
	struct place p;
	struct spool *s;
	struct stat st;

	place_init(&p);
	s = open_spool(&p, MIB, false);
	cr_expect(try_open(&p, MIB, false, err) == NULL);
	cr_expect_str_eq(err, "in use by another process");
	put(s, 0, 10);
	cr_expect(fstatat(p.fd, segment_name(1), &st, 0) == 0 && (st.st_mode & 07777) == 0600);
	cr_expect(fstatat(p.fd, "position", &st, 0) == 0 && (st.st_mode & 07777) == 0600);
	s = reopen(s, &p, MIB);
	cr_expect(drain(s) == 1);
	spool_close(s);
	place_fini(&p);
}

/* A child puts, and takes some of it, and is killed at any point: what it has said that it did is done. */
struct progress {
	uint64_t put, acked; /* so many */
};

static void child(const struct place *p, int out, uint64_t first)
{
	struct spool *s = open_spool(p, 64 * MIB, false);
	struct progress now = { first, 0 };
	struct shipment r[5];
	uint64_t turn;
	size_t n;
	bool end;

	for (turn = 0;; turn++) {
		put(s, now.put++, turn * 7919 % 1500);
		if (turn % 4 == 3) {
			n = spool_take(s, r, COUNT(r), 0, &end);
			if (n > 2)
				spool_ack(s, 3);
			spool_again(s);
			now.acked += n > 2 ? 3 : 0;
		}
		if (write(out, &now, sizeof now) != (ssize_t)sizeof now)
			break;
	}
	_exit(0);
}

static struct progress run_and_kill(const struct place *p, uint64_t first, unsigned rounds)
{
	struct progress last = { first, 0 };
	int pipes[2], status;
	pid_t pid;

	cr_assert(pipe2(pipes, O_CLOEXEC) == 0);
	pid = fork();
	cr_assert(pid >= 0);
	if (pid == 0) {
		close(pipes[0]);
		child(p, pipes[1], first);
	}
	close(pipes[1]);
	while (rounds-- > 0)
		cr_assert(read(pipes[0], &last, sizeof last) == (ssize_t)sizeof last);
	kill(pid, SIGKILL);
	while (read(pipes[0], &last, sizeof last) == (ssize_t)sizeof last)
		; /* what it has said before it died counts, too */
	close(pipes[0]);
	cr_assert(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	return last;
}

UNIT(spool, killed)
{
	uint64_t first = 0, acked = 0;
	unsigned round;
	struct place p;

	place_init(&p);
	for (round = 0; round < 60; round++) {
		struct progress last;
		struct spool *s;

		quiet(); /* a record may be torn */
		last = run_and_kill(&p, first, 1 + round * 37 % 211);
		s = open_spool(&p, 64 * MIB, false);
		cr_assert(drain(s) > 0 && ascending() && dropped() == 0);
		acked += last.acked;
		/* It may have got a little further than it said. */
		cr_expect(got.number[0] >= acked && got.number[0] <= acked + 3, "round %u: %llu after %llu", round,
			  (unsigned long long)got.number[0], (unsigned long long)acked);
		cr_expect(got.number[got.n - 1] + 1 >= last.put && got.number[got.n - 1] <= last.put);
		cr_expect(got.n == got.number[got.n - 1] + 1 - got.number[0], "all in between");
		first = acked = got.number[got.n - 1] + 1;
		spool_close(s);
	}
	place_fini(&p);
}

/* ---- damage ---- */

#define SMALL 4 /* records of the file that is damaged */

/* A spool whose first segment holds records 0 to 3, and the second record 4. The bytes of the first one. */
static size_t make_two(const struct place *p, uint8_t *out, size_t cap)
{
	struct spool *s = open_spool(p, MIB, false);
	uint64_t i;

	for (i = 0; i < SMALL; i++)
		put(s, i, i * 10);
	s = reopen(s, p, MIB);
	put(s, SMALL, 20);
	spool_close(s);
	return read_file(p, segment_name(1), out, cap);
}

/* Where record i of it ends. */
static size_t end_of(uint64_t i)
{
	size_t end = 0, k;

	for (k = 0; k <= i; k++)
		end += RECORD_HEAD + k * 10;
	return end;
}

/* What comes of such a file: the first records up to some number, and the one of the other segment. */
static void expect_damage(const struct place *p, const uint8_t *bytes, size_t n, size_t whole, bool is_damaged, size_t at)
{
	uint8_t other[1024];
	size_t n_other = read_file(p, segment_name(2), other, sizeof other);
	struct spool *s;

	quiet();
	unlinkat(p->fd, "position", 0);
	write_file(p, segment_name(1), bytes, n);
	s = open_spool(p, MIB, false);
	cr_expect(spool_waiting(s) == whole + 1);
	cr_assert(drain(s) == whole + 1 && ascending(), "at %zu", at);
	cr_expect(got.number[whole] == SMALL && (whole == 0 || got.number[whole - 1] == whole - 1), "at %zu", at);
	cr_expect(damaged() == (is_damaged ? 1 : 0) && dropped() == 0, "at %zu", at);
	spool_close(s);
	cr_expect(each_file(p, NULL) == 1, "at %zu", at);
	write_file(p, segment_name(2), other, n_other);
}

UNIT(spool, torn)
{
	uint8_t bytes[1024];
	struct place p;
	size_t n, cut, whole = 0;

	place_init(&p);
	n = make_two(&p, bytes, sizeof bytes);
	cr_assert(n == end_of(SMALL - 1));
	for (cut = 0; cut <= n; cut++) {
		bool boundary = cut == 0 || cut == end_of(whole);

		if (cut > 0 && boundary)
			whole++;
		expect_damage(&p, bytes, cut, whole, !boundary, cut);
	}
	cr_expect(whole == SMALL);
	/* Zeros, as a file system may leave them. */
	memset(bytes + end_of(1), 0, n - end_of(1));
	expect_damage(&p, bytes, n, 2, true, n);
	place_fini(&p);
}

UNIT(spool, flipped)
{
	uint8_t bytes[1024];
	struct place p;
	size_t n, bit, whole = 0;

	place_init(&p);
	n = make_two(&p, bytes, sizeof bytes);
	for (bit = 0; bit < 8 * n; bit++) {
		if (bit == 8 * end_of(whole))
			whole++;
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		expect_damage(&p, bytes, n, whole, true, bit);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	place_fini(&p);
}

/* Whole records that do not belong where they are. */
UNIT(spool, misplaced)
{
	uint8_t bytes[1024], other[1024];
	struct place p;
	size_t n;

	place_init(&p);
	make_two(&p, bytes, sizeof bytes);
	/* The second one twice: it was the second, not the third. */
	memcpy(other, bytes, end_of(1));
	memcpy(other + end_of(1), bytes + end_of(0), end_of(1) - end_of(0));
	expect_damage(&p, other, end_of(1) + end_of(1) - end_of(0), 2, true, 0);
	/* The file under another's name. */
	n = read_file(&p, segment_name(2), bytes, sizeof bytes);
	expect_damage(&p, bytes, n, 0, true, 1);
	place_fini(&p);
}

/* The checksum of a record at the beginning of segment 1. */
static void sign(uint8_t *bytes, size_t n)
{
	const uint64_t where[2] = { htole64(1), 0 };
	uint32_t crc = htole32((uint32_t)crc32(crc32(0, (const Bytef *)where, sizeof where), bytes + 8, (uInt)(n - 8)));

	memcpy(bytes + 4, &crc, sizeof crc);
}

/* What somebody has made who knows how. */
UNIT(spool, hostile)
{
	static const uint32_t lengths[] = { 1, 4096, SHIPMENT_MAX, SHIPMENT_MAX + 1, 0x7fffffff, 0xffffffff };
	uint8_t bytes[1024], *large = calloc(1, RECORD_MAX + 1);
	struct shipment r = record(0, 0);
	struct place p;
	size_t i;

	place_init(&p);
	make_two(&p, bytes, sizeof bytes);
	for (i = 0; i < COUNT(lengths); i++) {
		const uint32_t n = htole32(lengths[i]);

		record_write(bytes, &r, 1, 0);
		memcpy(bytes + 8, &n, sizeof n);
		sign(bytes, RECORD_HEAD);
		expect_damage(&p, bytes, RECORD_HEAD, 0, true, i);
	}
	/* A key without an end. */
	record_write(bytes, &r, 1, 0);
	sign(bytes, RECORD_HEAD);
	expect_damage(&p, bytes, RECORD_HEAD, 1, false, i);
	memset(bytes + RECORD_HEAD - COMMUNITY_ID_SIZE, 'k', COMMUNITY_ID_SIZE);
	sign(bytes, RECORD_HEAD);
	expect_damage(&p, bytes, RECORD_HEAD, 0, true, i);
	/* Longer than any that was put, and all of it there. */
	for (r.n = SHIPMENT_MAX; r.n <= SHIPMENT_MAX + 1; r.n++) {
		r.line = record(0, SHIPMENT_MAX + 1).line;
		record_write(large, &r, 1, 0);
		expect_damage(&p, large, record_size(&r), r.n <= SHIPMENT_MAX ? 1 : 0, r.n > SHIPMENT_MAX, r.n);
	}
	free(large);
	place_fini(&p);
}

UNIT(spool, position)
{
	uint8_t bytes[1024], slot[2048];
	struct place p;
	struct spool *s;
	size_t n, n_slot, i, first;

	place_init(&p);
	forget();
	n = make_two(&p, bytes, sizeof bytes);
	s = open_spool(&p, MIB, false);
	take_all_of(s, 3);
	spool_ack(s, 1);
	spool_ack(s, 1);
	spool_close(s);
	n_slot = read_file(&p, "position", slot, sizeof slot);
	/* Whatever it says, nothing is lost; but for one byte wrong, little comes again. */
	for (i = 0; i <= n_slot; i++) {
		slot[i < n_slot ? i : 0] ^= 0x20;
		write_file(&p, "position", slot, n_slot);
		slot[i < n_slot ? i : 0] ^= 0x20;
		write_file(&p, segment_name(1), bytes, n);
		s = open_spool(&p, MIB, false);
		got.n = 0;
		cr_assert(take(s, BATCH) > 0);
		first = (size_t)got.number[0];
		cr_expect((first == 1 || first == 2) && got_range(first, got.number[got.n - 1] + 1), "byte %zu: %zu", i, first);
		spool_close(s);
	}
	quiet();
	for (i = 0; i < n_slot; i++) {
		write_file(&p, "position", slot, i);
		s = open_spool(&p, MIB, false);
		got.n = 0;
		cr_assert(take(s, BATCH) > 0);
		cr_expect(got.number[0] <= 2 && ascending(), "%zu bytes", i);
		spool_close(s);
	}
	place_fini(&p);
}

UNIT(spool, foreign)
{
	static const char *const names[] = {
		"x", "0000000000000001.spoo", "0000000000000001.spool.bak", "000000000000000G.spool", "0000000000000001.SPOOL",
		"000000000000000F.spool", "ffffffffffffffff.spool", "00000000000000001.spool", "-000000000000001.spool",
	};
	struct spool *s;
	struct place p;
	struct stat st;
	size_t i;

	place_init(&p);
	quiet();
	for (i = 0; i < COUNT(names); i++)
		write_file(&p, names[i], "not a record", 12);
	cr_assert(symlinkat("x", p.fd, segment_name(1)) == 0);
	cr_assert(mkfifoat(p.fd, segment_name(2), 0600) == 0);
	cr_assert(mkdirat(p.fd, segment_name(3), 0700) == 0);
	write_file(&p, segment_name(4), "", 0);
	write_file(&p, segment_name(5), "not a record", 12);
	s = open_spool(&p, MIB, false);
	cr_expect(damaged() == 4 && spool_waiting(s) == 0);
	put_range(s, 0, 2000, 100);
	cr_expect(drain(s) == 2000 && got_range(0, 2000) && dropped() == 0);
	spool_close(s);
	cr_expect(each_file(&p, NULL) == COUNT(names) + 3 + 1, "nobody else's file is gone, nor their names");
	cr_expect(fstatat(p.fd, "x", &st, 0) == 0 && st.st_size == 12);
	place_empty(&p);

	/* A file with a hole that claims to be larger than all. */
	write_file(&p, segment_name(7), "", 0);
	s = open_spool(&p, MIB, false);
	put(s, 0, 100);
	spool_close(s);
	{
		int fd = openat(p.fd, segment_name(8), O_WRONLY | O_CLOEXEC);

		cr_assert(fd >= 0 && ftruncate(fd, INT64_C(1) << 42) == 0);
		close(fd);
	}
	forget();
	quiet();
	s = open_spool(&p, MIB, false);
	cr_expect(spool_waiting(s) == 1 && damaged() == 1);
	put(s, 1, 100);
	cr_expect(dropped() == 1, "it had no room beside it");
	cr_expect(drain(s) == 1 && got.number[0] == 1);
	spool_close(s);
	place_empty(&p);

	/* The last number there is. */
	write_file(&p, "7fffffffffffffff.spool", "", 0);
	s = open_spool(&p, MIB, false);
	put(s, 0, 100);
	cr_expect(dropped() == 2 && spool_waiting(s) == 0);
	spool_close(s);
	place_empty(&p);

	/* The position is no file. */
	cr_assert(symlinkat("/etc/passwd", p.fd, "position") == 0);
	{
		char err[OUTPUT_ERROR_SIZE] = "";

		cr_expect(try_open(&p, MIB, false, err) == NULL && err[0] != '\0');
		unlinkat(p.fd, "position", 0);
		cr_assert(mkfifoat(p.fd, "position", 0600) == 0);
		cr_expect(try_open(&p, MIB, false, err) == NULL);
		cr_expect_str_eq(err, "position: not a file");
	}
	place_fini(&p);
}

/* Damaged after it was written, before it was read. */
UNIT(spool, rots)
{
	struct place p;
	struct spool *s = begin(&p, 4 * MIB);
	int fd;

	quiet();
	put_range(s, 0, 10, 1000);
	fd = openat(p.fd, segment_name(1), O_WRONLY | O_CLOEXEC);
	cr_assert(fd >= 0 && pwrite(fd, "?", 1, 4 * (RECORD_HEAD + 1000) + 500) == 1);
	close(fd);
	take_all_of(s, 4);
	cr_expect(take(s, BATCH) == 0);
	cr_expect(spool_waiting(s) == 4);
	put(s, 10, 1000);
	cr_expect(dropped() == 6 && damaged() == 1);
	take_all_of(s, 1);
	spool_again(s);
	got.n = 0;
	take_all_of(s, 5);
	cr_expect(got.number[3] == 3 && got.number[4] == 10 && ascending());
	spool_ack(s, 5);
	cr_expect(spool_waiting(s) == 0 && bytes_in(&p) == RECORD_HEAD + 1000);

	/* Gone altogether. */
	put(s, 11, 1000);
	unlinkat(p.fd, segment_name(2), 0);
	cr_expect(take(s, BATCH) == 0);
	put(s, 12, 1000);
	cr_expect(dropped() == 7 && damaged() == 2);
	got.n = 0;
	cr_expect(drain(s) == 1 && got.number[0] == 12);
	cr_expect(spool_close(s) == 0);
	place_fini(&p);
}

/* For want of descriptors nothing is lost, as long as there is a file to write to. */
UNIT(spool, busy)
{
	struct place p;
	struct spool *s = begin(&p, MIB);
	struct rlimit before, none;

	put(s, 0, 10);
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
	put(s, 1, 10);
	cr_expect(take(s, BATCH) == 0 && spool_waiting(s) == 2 && dropped() == 0);
	setrlimit(RLIMIT_NOFILE, &before);
	cr_expect(drain(s) == 2 && got_range(0, 2) && damaged() == 0);
	spool_close(s);
	place_fini(&p);
}

/* ---- room ---- */

EACH_KIND(bounded)
{
	static const struct {
		uint64_t max;
		size_t length, records;
	} cases[] = {
		{ MIB, 200, 20000 }, { MIB, 60000, 100 }, { 100000, 100, 3000 }, { 300000, SHIPMENT_MAX, 9 },
		{ RECORD_HEAD + 500, 500, 9 }, { 0, 10, 3 },
	};
	size_t c, i;

	for (c = 0; c < COUNT(cases); c++) {
		struct spool *s = open_spool(place, cases[c].max, false);
		size_t n;

		forget();
		for (i = 0; i < cases[c].records; i++) {
			put(s, i, cases[c].length);
			cr_assert(place == NULL || i % 500 != 0 || bytes_in(place) <= cases[c].max);
			cr_assert(spool_waiting(s) + dropped() == i + 1);
		}
		cr_expect(place == NULL || bytes_in(place) <= cases[c].max);
		n = drain(s);
		cr_expect(n + dropped() == cases[c].records, "case %zu: %zu came", c, n);
		cr_expect(got_range(cases[c].records - n, cases[c].records), "case %zu: not the last ones", c);
		cr_expect(n > 0 || cases[c].max < 1000);
		cr_expect(spool_close(s) == 0);
	}
}

/* What is on disk when the bound has become less. */
UNIT(spool, bound_lowered)
{
	struct place p;
	struct spool *s = begin(&p, 4 * MIB);
	size_t n;

	put_range(s, 0, 3000, 1000);
	s = reopen(s, &p, MIB);
	cr_expect(spool_waiting(s) == 3000);
	put(s, 3000, 1000);
	cr_expect(bytes_in(&p) <= MIB);
	n = drain(s);
	cr_expect(n + dropped() == 3001 && got_range(3001 - n, 3001));
	spool_close(s);
	place_fini(&p);
}

/* Taken records make room on disk, and are whole all the same. */
UNIT(spool, dropped_while_taken)
{
	struct shipment r[BATCH];
	struct spool *s;
	struct place p;
	size_t n, i;
	bool end, again;
	int round;

	for (round = 0; round < 2; round++) {
		again = round == 1;
		s = begin(&p, MIB);
		put_range(s, 0, 10, 1000);
		take_all_of(s, 3);
		n = spool_take(s, r, 4, 0, &end);
		cr_assert(n == 4);
		put_range(s, 10, 5000, 1000);
		for (i = 0; i < n; i++)
			cr_expect(r[i].ts == 3 + i && right(&r[i]));
		cr_expect(spool_waiting(s) + dropped() == 5000);
		spool_ack(s, 2);
		if (again)
			spool_again(s);
		else
			spool_ack(s, 5);
		n = drain(s);
		put(s, 5000, 1000);
		/* Seven were taken: two or all of them acknowledged. */
		cr_expect(n + (again ? 2 : 7) + dropped() == 5000, "%zu, %llu", n, (unsigned long long)dropped());
		cr_expect(got.number[got.n - 1] == 4999 && ascending());
		cr_expect(spool_close(s) == 0);
		place_fini(&p);
	}

	/* Neither: lost when it is closed. */
	s = begin(&p, MIB);
	put(s, 0, 1000);
	take_all_of(s, 1);
	put_range(s, 1, 3000, 1000);
	cr_expect(spool_close(s) == 1);
	s = open_spool(&p, MIB, false);
	got.n = 0;
	cr_expect(drain(s) + dropped() == 3000);
	spool_close(s);
	place_fini(&p);
}

/* In memory nothing that was taken is dropped; when all is, the new one is. */
UNIT(spool, memory_keeps_taken)
{
	struct spool *s = open_spool(NULL, 20000, false);
	struct shipment r[BATCH];
	uint64_t i;
	size_t n;
	bool end;

	forget();
	put_range(s, 0, 10, 1000);
	n = spool_take(s, r, 4, 0, &end);
	cr_assert(n == 4 && dropped() == 0);
	put_range(s, 10, 1000, 1000);
	for (i = 0; i < n; i++)
		cr_expect(r[i].ts == i && right(&r[i]));
	spool_again(s);
	take_all_of(s, (size_t)spool_waiting(s));
	cr_expect(got.number[3] == 3 && got.number[got.n - 1] == 999 && ascending() && got.n + dropped() == 1000);
	n = (size_t)dropped();
	put(s, 1000, 1000);
	cr_expect(dropped() == n + 1);
	spool_ack(s, SIZE_MAX);
	put(s, 1001, 1000);
	cr_expect(dropped() == n + 1 && drain(s) == 1);
	cr_expect(spool_close(s) == 0);
}

/* ---- two threads ---- */

struct load {
	struct spool *s;
	uint64_t first, records;
	size_t length;
};

static void *put_all(void *arg)
{
	const struct load *l = arg;
	uint64_t i;

	for (i = l->first; i < l->records; i++) {
		put(l->s, i, (i * 31) % l->length);
		if (i % 256 == 0)
			spool_sync(l->s);
	}
	spool_finish(l->s);
	return NULL;
}

/* Its own look at what was taken: record() has one line for all. */
static bool line_right(const struct shipment *r)
{
	size_t k;

	for (k = 0; k < r->n; k++)
		if (r->line[k] != (char)('a' + (r->ts + k) % 26))
			return false;
	return r->id[3] == (uint8_t)r->ts;
}

/*
 * Takes until the end, and finishes it after so many. Rough: not all that was taken is always acknowledged. How many were.
 */
static uint64_t take_until_end(struct spool *s, bool rough, uint64_t finish_at)
{
	struct shipment r[BATCH];
	uint64_t last = UINT64_MAX, done = 0;
	unsigned turn;
	bool end = false;

	for (turn = 0; !end; turn++) {
		size_t n = spool_take(s, r, 1 + turn % BATCH, 20000, &end), i, ack = rough && turn % 5 == 0 ? n / 2 : n;

		cr_assert(n > 0 || end, "nothing for 20 seconds");
		for (i = 0; i < n; i++)
			cr_assert(line_right(&r[i]) && (last == UINT64_MAX || r[i].ts > last + i) && (i == 0 || r[i].ts > r[i - 1].ts));
		if (ack > 0)
			last = r[ack - 1].ts;
		spool_ack(s, ack);
		if (ack < n)
			spool_again(s);
		done += ack;
		if (done >= finish_at)
			spool_finish(s);
	}
	return done;
}

EACH_KIND(threads)
{
	static const struct {
		uint64_t max, records, finish_at;
		bool wait, rough;
	} cases[] = {
		{ 64 * MIB, 20000, UINT64_MAX, false, true },
		{ 100000, 20000, UINT64_MAX, false, true },
		{ MIB, 20000, UINT64_MAX, false, false },
		{ 100000, 20000, UINT64_MAX, true, true },
		{ 70000, 5000, UINT64_MAX, true, false },
		{ 20000, 20000, 500, true, false }, /* who takes has had enough: who puts no longer waits */
	};
	size_t c;

	for (c = 0; c < COUNT(cases); c++) {
		struct load l = { .records = cases[c].records, .length = 600 };
		uint64_t done;
		pthread_t t;

		forget();
		l.s = open_spool(place, cases[c].max, cases[c].wait);
		cr_assert(pthread_create(&t, NULL, put_all, &l) == 0);
		done = take_until_end(l.s, cases[c].rough, cases[c].finish_at);
		pthread_join(t, NULL);
		done += cases[c].finish_at < UINT64_MAX ? take_until_end(l.s, false, UINT64_MAX) : 0;
		cr_expect(spool_close(l.s) == 0);
		cr_expect(done + dropped() == cases[c].records, "case %zu: %llu + %llu", c, (unsigned long long)done,
			  (unsigned long long)dropped());
		cr_expect(dropped() == 0 || !cases[c].wait || cases[c].finish_at < UINT64_MAX);
		cr_expect(damaged() == 0);
	}
}

/* An acknowledgment lets the one go on that waits. */
UNIT(spool, wakes)
{
	struct spool *s = open_spool(NULL, 20000, false);
	struct load l = { .records = 2000, .length = 1 };
	struct shipment r[BATCH];
	size_t cap, n, done = 0;
	pthread_t t;
	bool end;

	quiet();
	while (dropped() == 0)
		put(s, 0, 0);
	cap = (size_t)spool_waiting(s);
	spool_close(s);
	forget();
	l.s = open_spool(NULL, 20000, true);
	cr_assert(pthread_create(&t, NULL, put_all, &l) == 0);
	for (n = 0; n < cap;)
		n += spool_take(l.s, r, BATCH, 20000, &end);
	while (n > 0) { /* all that there is room for was taken */
		spool_ack(l.s, 1);
		n = n - 1 + spool_take(l.s, r, 1, 20000, &end);
		done++;
		cr_assert(n == cap || n == l.records - done, "nothing for 20 seconds");
	}
	pthread_join(t, NULL);
	cr_expect(done == l.records && spool_close(l.s) == 0 && dropped() == 0);

	/* And so does the end, some time before the other one waits, or after that. */
	for (done = 0; done < 100; done++) {
		forget();
		l.s = open_spool(NULL, 20000, true);
		l.records = cap + 1;
		cr_assert(pthread_create(&t, NULL, put_all, &l) == 0);
		for (n = 0; n < cap;)
			n += spool_take(l.s, r, BATCH, 20000, &end);
		spool_finish(l.s);
		pthread_join(t, NULL);
		cr_expect(dropped() == 1 && spool_close(l.s) == cap);
	}
}

/* ---- a disk that takes no more ---- */

static void limit_files(rlim_t bytes)
{
	struct rlimit l;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &l);
	l.rlim_cur = bytes;
	cr_assert(setrlimit(RLIMIT_FSIZE, &l) == 0);
}

UNIT(spool, file_limit)
{
	struct place p;
	struct spool *s = begin(&p, 4 * MIB);

	quiet();
	/* Files that can't be as large as they should: there are more of them. */
	limit_files(5000);
	put_range(s, 0, 100, 1000);
	cr_expect(dropped() == 0 && each_file(&p, NULL) == 26 && drain(s) == 100 && got_range(0, 100));
	/* That take no record at all; the half of it that was written is taken off again. */
	put_range(s, 100, 110, 1000);
	limit_files(700);
	put_range(s, 110, 120, 1000);
	limit_files(RLIM_INFINITY);
	put_range(s, 120, 130, 1000);
	cr_expect(bytes_in(&p) % (RECORD_HEAD + 1000) == 0);
	cr_expect(spool_close(s) == 0);
	s = open_spool(&p, 4 * MIB, false);
	cr_expect(drain(s) + 100 + dropped() == 130 && ascending() && got.number[got.n - 1] == 129 && damaged() == 0);
	cr_expect(dropped() >= 10 && dropped() <= 14, "ten, and one file of four");
	spool_close(s);
	place_fini(&p);
}

/* A file system of 1 MiB on the directory, in a namespace of this test's process. */
static bool small_disk(struct place *p)
{
	if ((unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", p->path, "tmpfs", 0, "size=1m,mode=0700") != 0)
		return false;
	close(p->fd);
	p->fd = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return p->fd >= 0;
}

/* Takes all the room there is. */
static void fill_disk(const struct place *p)
{
	static char block[MIB];
	int fd = openat(p->fd, "other", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	cr_assert(fd >= 0);
	while (write(fd, block, sizeof block) > 0)
		;
	close(fd);
}

/* There is room for 1 MiB, not for what was allowed. */
static void full_of_ours(const struct place *p)
{
	struct load l = { 0 };
	uint64_t done;
	pthread_t t;
	size_t n;

	forget();
	l.s = open_spool(p, 4 * MIB, false);
	put_range(l.s, 0, 20000, 200);
	n = drain(l.s);
	cr_expect(dropped() > 0 && n + dropped() == 20000 && got_range(20000 - n, 20000));
	spool_close(l.s);

	/* With `wait`, and what little room there is comes of what was put first. */
	forget();
	l = (struct load){ .s = open_spool(p, 4 * MIB, true), .first = 100, .records = 3000, .length = 300 };
	put_range(l.s, 0, l.first, 200);
	fill_disk(p);
	cr_assert(pthread_create(&t, NULL, put_all, &l) == 0);
	done = take_until_end(l.s, true, UINT64_MAX);
	pthread_join(t, NULL);
	cr_expect(done == 3000 && dropped() == 0 && damaged() == 0);
	spool_close(l.s);
	unlinkat(p->fd, "other", 0);
}

/* Somebody else takes all there is: of ours one segment goes, and no more. */
static void full_of_others(const struct place *p)
{
	struct spool *s;
	uint64_t i, before;
	size_t n;

	quiet();
	s = open_spool(p, 4 * MIB, false);
	put_range(s, 0, 2000, 200);
	cr_expect(dropped() == 0);
	fill_disk(p);
	for (i = 2000; i < 3000; i++) {
		put(s, i, 200);
		fill_disk(p);
	}
	before = spool_waiting(s);
	cr_expect(before > 0 && before + dropped() == 3000);
	unlinkat(p->fd, "other", 0);
	put_range(s, 3000, 3100, 200);
	cr_expect(spool_waiting(s) == before + 100);
	n = drain(s);
	cr_expect(n + dropped() == 3100 && got.number[got.n - 1] == 3099 && ascending());
	spool_close(s);

	/* Nothing is in it that would make room one day: there is nothing to wait for. */
	quiet();
	s = open_spool(p, 4 * MIB, true);
	fill_disk(p);
	put(s, 0, 200);
	cr_expect(dropped() == 1 && spool_waiting(s) == 0 && damaged() == 0);
	spool_close(s);
}

UNIT(spool, disk_full)
{
	struct place p;

	place_init(&p);
	if (!small_disk(&p)) {
		place_fini(&p);
		cr_skip_test("may not mount");
	}
	full_of_ours(&p);
	full_of_others(&p);
	close(p.fd);
	umount(p.path);
	p.fd = open(p.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	place_fini(&p);
}
