/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pwned Passwords as they are published, ordered by hash: lines of 40 hexadecimal digits, a colon, a count, CR LF.
 * Some 40 GB of them: mapped, and searched in place.
 *
 * Hashes are spread evenly, so where one stands can be told from its digits: five lines or so are looked at for a
 * password, and not thirty, and each of them may be a read from disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plainpop/base.h"

#define ERR_SIZE 256
#define HASH_SIZE 20
#define DIGITS (2 * HASH_SIZE)
#define LINE_LONGEST 64 /* bytes, with room for a count of 20 digits */
#define SAMPLES 64  /* lines that are looked at before the rest is believed */
#define TURNS 8     /* of guessing where the line is, before as many of halving what it is in */

struct breached {
	const char *text;
	size_t size;
	int fd;
	EVP_MD *sha1;
	EVP_MD_CTX *ctx;
};

/* A line: where the next one begins, and its hash. */
struct line {
	size_t next;
	uint8_t hash[HASH_SIZE];
};

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* How many of the characters at p (n of them) are hexadecimal digits. */
static size_t digits_at(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && digit(p[i]) >= 0; i++)
		;
	return i;
}

/* The beginning of the line that has byte at in it. */
static size_t line_start(const struct breached *b, size_t at)
{
	size_t least = at > LINE_LONGEST ? at - LINE_LONGEST : 0;

	while (at > least && b->text[at - 1] != '\n')
		at--;
	return at;
}

/* Reads the line that begins at start. False: it is none. */
static bool line_read(const struct breached *b, size_t start, struct line *out)
{
	const char *p = b->text + start;
	size_t n = b->size - start, i = DIGITS;

	if (n > LINE_LONGEST)
		n = LINE_LONGEST;
	if (digits_at(p, n) != DIGITS)
		return false;
	if (i < n && p[i] == ':')
		for (i++; i < n && p[i] >= '0' && p[i] <= '9'; i++)
			;
	if (i < n && p[i] == '\r')
		i++;
	if (i < n && p[i] == '\n')
		i++;
	else if (start + i != b->size)
		return false;
	out->next = start + i;
	for (i = 0; i < HASH_SIZE; i++)
		out->hash[i] = (uint8_t)(digit(p[2 * i]) << 4 | digit(p[2 * i + 1]));
	return true;
}

/* Looks at lines all over it. False with the reason in err. */
static bool looks_right(const struct breached *b, char err[ERR_SIZE])
{
	uint8_t last[HASH_SIZE] = { 0 };
	size_t i, start, before = SIZE_MAX;
	struct line l;

	for (i = 0; i <= SAMPLES; i++) {
		start = line_start(b, i < SAMPLES ? b->size / SAMPLES * i : b->size - 1);
		if (start == before)
			continue;
		if (!line_read(b, start, &l)) {
			snprintf(err, ERR_SIZE, "byte %zu: %s", start,
				 digits_at(b->text + start, b->size - start < DIGITS ? b->size - start : DIGITS) == 32
					 ? "an NTLM hash; the list by SHA-1 is needed"
					 : "not a line of 40 hexadecimal digits and a count");
			return false;
		}
		if (before != SIZE_MAX && memcmp(last, l.hash, HASH_SIZE) >= 0) {
			snprintf(err, ERR_SIZE, "byte %zu: not in the order of the hashes", start);
			return false;
		}
		before = start;
		memcpy(last, l.hash, HASH_SIZE);
	}
	return true;
}

static bool map(struct breached *b, const char *path, char err[ERR_SIZE])
{
	struct stat st;
	void *p;

	b->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (b->fd < 0 || fstat(b->fd, &st) != 0) {
		snprintf(err, ERR_SIZE, "%s", strerror(errno));
		return false;
	}
	if (!S_ISREG(st.st_mode) || st.st_size <= 0 || (uint64_t)st.st_size > SIZE_MAX) {
		snprintf(err, ERR_SIZE, "%s", !S_ISREG(st.st_mode) ? "not a file" : "nothing is in it, or too much");
		return false;
	}
	b->size = (size_t)st.st_size;
	p = mmap(NULL, b->size, PROT_READ, MAP_SHARED, b->fd, 0);
	if (p == MAP_FAILED) {
		snprintf(err, ERR_SIZE, "%s", strerror(errno));
		return false;
	}
	b->text = p;
	madvise(p, b->size, MADV_RANDOM); /* what stands around a line is of no use */
	return true;
}

struct breached *breached_open(const char *path, char err[256])
{
	struct breached *b = calloc(1, sizeof *b);

	if (b == NULL) {
		snprintf(err, ERR_SIZE, "%s", strerror(errno));
		return NULL;
	}
	b->fd = -1;
	if (!map(b, path, err) || !looks_right(b, err))
		goto wrong;
	b->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	b->ctx = EVP_MD_CTX_new();
	if (b->sha1 != NULL && b->ctx != NULL)
		return b;
	snprintf(err, ERR_SIZE, "OpenSSL has no SHA-1");
wrong:
	breached_close(b);
	return NULL;
}

void breached_close(struct breached *b)
{
	if (b == NULL)
		return;
	EVP_MD_CTX_free(b->ctx);
	EVP_MD_free(b->sha1);
	if (b->text != NULL)
		munmap((void *)(uintptr_t)b->text, b->size);
	if (b->fd >= 0)
		close(b->fd);
	free(b);
}

static uint64_t prefix(const uint8_t hash[HASH_SIZE])
{
	return (uint64_t)be32(hash) << 32 | be32(hash + 4);
}

/* Part of a file that a hash must be in, if it is there, and what the hashes at its ends begin with. */
struct range {
	size_t from, to; /* both at the beginning of a line, or to at the end of the file */
	uint64_t least, most;
};

/* A byte of the line to look at next; turn counts them. */
static size_t guess(const struct range *r, uint64_t wanted, unsigned turn)
{
	size_t n = r->to - r->from;
	double part;

	/* Where hashes are not spread as they should be, halving bounds the search. */
	if (turn % (2 * TURNS) >= TURNS || wanted <= r->least || wanted >= r->most)
		return r->from + n / 2;
	part = (double)(wanted - r->least) / (double)(r->most - r->least);
	n = (size_t)((double)n * part);
	return r->from + n < r->to ? r->from + n : r->to - 1;
}

/* False with *odd set: it is not the list that it was. */
static bool find(const struct breached *b, const uint8_t hash[HASH_SIZE], bool *odd)
{
	struct range r = { .to = b->size, .most = UINT64_MAX };
	uint64_t wanted = prefix(hash);
	unsigned turn;

	for (turn = 0; r.from < r.to; turn++) {
		size_t start = line_start(b, guess(&r, wanted, turn));
		struct line l;
		int order;

		if (start < r.from || !line_read(b, start, &l)) {
			*odd = true;
			return false;
		}
		order = memcmp(hash, l.hash, HASH_SIZE);
		if (order == 0)
			return true;
		if (order < 0) {
			r.to = start;
			r.most = prefix(l.hash);
		} else {
			r.from = l.next;
			r.least = prefix(l.hash);
		}
	}
	return false;
}

bool breached_has(const struct breached *b, struct span secret)
{
	uint8_t hash[HASH_SIZE];
	bool found = false, odd = false;
	struct stat st;

	/* To read behind the end of a file that was cut would end the process. */
	if (fstat(b->fd, &st) != 0 || (uint64_t)st.st_size < b->size)
		odd = true;
	else if (EVP_DigestInit_ex(b->ctx, b->sha1, NULL) == 1 &&
		 EVP_DigestUpdate(b->ctx, secret.p, secret.n) == 1 && EVP_DigestFinal_ex(b->ctx, hash, NULL) == 1)
		found = find(b, hash, &odd);
	explicit_bzero(hash, sizeof hash);
	if (odd) {
		if (counter_value[COUNTER_BREACHED_LOST] == 0)
			log_warn("the list of breached passwords has changed or is damaged; not all were looked up");
		counter_add(COUNTER_BREACHED_LOST, 1);
	}
	return found;
}
