/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All that the settings say about rules, read into one file in memory: the processes that match and count read it again
 * from there, in the same order, and so have the same rules under the same numbers without opening anything.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle.h"

#define NAME_MAX_BYTES 4096
#define BUNDLE_MAX (256u << 20)

struct head {
	uint32_t what;   /* enum bundle_part */
	uint32_t name_n; /* bytes of the name behind this, */
	uint64_t text_n; /* and of the text behind that */
};

static bool write_all(int fd, const void *p, size_t n)
{
	const uint8_t *at = p;

	while (n > 0) {
		ssize_t w = write(fd, at, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return false;
		at += w;
		n -= (size_t)w;
	}
	return true;
}

/* The rest of a file. Its bytes, or -1 with errno. */
static ssize_t copy(int from, int to)
{
	char buf[65536];
	ssize_t n, all = 0;

	while ((n = read(from, buf, sizeof buf)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || !write_all(to, buf, (size_t)n))
			return -1;
		all += n;
		if (all > BUNDLE_MAX) {
			errno = EFBIG;
			return -1;
		}
	}
	return all;
}

bool bundle_add(int fd, enum bundle_part what, const char *path)
{
	struct head h = { .what = what };
	off_t at = lseek(fd, 0, SEEK_END);
	ssize_t n = 0;
	int from = -1;
	bool ok;

	if (path != NULL) {
		h.name_n = (uint32_t)strnlen(path, NAME_MAX_BYTES);
		from = open(path, O_RDONLY | O_CLOEXEC);
		if (from < 0)
			return false;
	}
	ok = write_all(fd, &h, sizeof h) && write_all(fd, path, h.name_n) && (from < 0 || (n = copy(from, fd)) >= 0);
	if (from >= 0) {
		int saved = errno;

		close(from);
		errno = saved;
	}
	h.text_n = (uint64_t)n;
	return ok && pwrite(fd, &h, sizeof h, at) == (ssize_t)sizeof h;
}

int bundle_new(void)
{
	return memfd_create("plainpop rules", MFD_CLOEXEC);
}

bool bundle_read(int fd, bool (*part)(void *ctx, enum bundle_part what, const char *name, struct span text), void *ctx)
{
	char name[NAME_MAX_BYTES + 1];
	struct span rest;
	struct head h;
	struct stat st;
	bool ok = true;
	void *map;

	if (fstat(fd, &st) != 0 || st.st_size < 0)
		return false;
	if (st.st_size == 0)
		return true;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return false;
	rest = span_of(map, (size_t)st.st_size);
	while (ok && rest.n >= sizeof h) {
		memcpy(&h, rest.p, sizeof h);
		rest = span_skip(rest, sizeof h);
		ok = h.name_n <= NAME_MAX_BYTES && h.name_n <= rest.n && h.text_n <= rest.n - h.name_n;
		if (!ok)
			break;
		memcpy(name, rest.p, h.name_n);
		name[h.name_n] = '\0';
		rest = span_skip(rest, h.name_n);
		ok = part(ctx, (enum bundle_part)h.what, name, span_take(rest, (size_t)h.text_n));
		rest = span_skip(rest, (size_t)h.text_n);
	}
	munmap(map, (size_t)st.st_size);
	return ok;
}
