/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of breached passwords: what is in it, what is wrong with it, and one that changes. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

#define ERR_SIZE 256

struct list {
	char path[64];
	char *text;
	size_t n;
};

static void list_write(struct list *l, const char *text, size_t n)
{
	int fd;

	snprintf(l->path, sizeof l->path, "/tmp/plainpop-breached-XXXXXX");
	fd = mkstemp(l->path);
	cr_assert(fd >= 0);
	cr_assert(write(fd, text, n) == (ssize_t)n);
	close(fd);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The hashes of "word-0", "word-2", ... in their order; form: of a line. */
static void list_make(struct list *l, size_t words, bool lower, const char *end)
{
	char **line = calloc(words, sizeof *line);
	size_t i, k;

	for (i = 0; i < words; i++) {
		char word[32];
		uint8_t hash[20];

		snprintf(word, sizeof word, "word-%zu", 2 * i);
		EVP_Digest(word, strlen(word), hash, NULL, EVP_sha1(), NULL);
		line[i] = malloc(80);
		for (k = 0; k < sizeof hash; k++)
			snprintf(line[i] + 2 * k, 3, lower ? "%02x" : "%02X", hash[k]);
		/* Counts of all lengths, so that no line stands where the one before it would have it. */
		snprintf(line[i] + 40, 40, end, (unsigned)(i % 7 * i % 100003 * i));
	}
	qsort(line, words, sizeof *line, by_text);
	l->text = malloc(words * 80);
	for (i = l->n = 0; i < words; i++) {
		k = strlen(line[i]);
		memcpy(l->text + l->n, line[i], k);
		l->n += k;
		free(line[i]);
	}
	free(line);
}

static void list_fini(struct list *l)
{
	unlink(l->path);
	free(l->text);
}

static bool has_word(const struct breached *b, size_t i)
{
	char word[32];

	snprintf(word, sizeof word, "word-%zu", i);
	return breached_has(b, span_str(word));
}

UNIT(breached, found)
{
	static const struct {
		size_t words;
		bool lower;
		const char *end;
		size_t cut; /* bytes off the end */
	} cases[] = {
		{ 3000, false, ":%u\r\n", 0 },
		{ 3000, true, ":%u\n", 0 },
		{ 3000, false, "\n", 0 },
		{ 3000, true, "\r\n", 2 }, /* without the last line end */
		{ 1, false, ":%u\r\n", 0 },
		{ 2, false, ":%u\r\n", 0 },
		{ 65, false, "\n", 1 },
	};
	size_t i, k;

	for (i = 0; i < COUNT(cases); i++) {
		char err[ERR_SIZE] = "";
		struct list l;
		struct breached *b;

		list_make(&l, cases[i].words, cases[i].lower, cases[i].end);
		list_write(&l, l.text, l.n - cases[i].cut);
		b = breached_open(l.path, err);
		cr_assert(b != NULL, "case %zu: %s", i, err);
		for (k = 0; k < 2 * cases[i].words; k++)
			cr_expect(has_word(b, k) == (k % 2 == 0), "case %zu: word %zu", i, k);
		cr_expect(!breached_has(b, SPAN("")));
		breached_close(b);
		list_fini(&l);
	}
	breached_close(NULL);
}

/* Hashes that are not spread at all: it must not take as many looks as there are lines. */
UNIT(breached, uneven)
{
	struct list l = { .text = malloc(100000 * 44) };
	struct breached *b;
	char err[ERR_SIZE];
	unsigned i;

	for (i = 0; i < 100000; i++)
		l.n += (size_t)snprintf(l.text + l.n, 44, "%040X\r\n", i);
	/* SHA-1 of "word-1" cannot be there, nor that of anything else. */
	list_write(&l, l.text, l.n);
	b = breached_open(l.path, err);
	cr_assert(b != NULL, "%s", err);
	for (i = 0; i < 1000; i++)
		cr_expect(!has_word(b, i));
	cr_expect(counter_value[COUNTER_BREACHED_LOST] == 0);
	breached_close(b);
	list_fini(&l);
}

#define H "0123456789ABCDEF0123456789ABCDEF01234567"

UNIT(breached, refused)
{
	static const struct {
		struct span text;
		const char *message;
	} cases[] = {
		{ BYTES(""), "nothing" },
		{ BYTES("\n"), "byte 0" },
		{ BYTES("password\nqwerty\n"), "hexadecimal" },
		{ BYTES("0123456789ABCDEF0123456789ABCDEF:5\r\n"), "NTLM" },
		{ BYTES(H "0:1\r\n"), "hexadecimal" },
		{ BYTES(H ":x\r\n"), "hexadecimal" },
		{ BYTES(H " 5\r\n"), "hexadecimal" },
		{ BYTES(H ":5\r"), NULL }, /* cut between them, and nothing is lost */
		{ BYTES(H ":99999999999999999999\r\n"), NULL },
		{ BYTES(H ":999999999999999999999999999999\r\n"), "byte 0" },
		{ BYTES(H "\n" H "\n"), "order" },
		{ BYTES("1" H "\n"), "byte 0" },
		{ BYTES(H "\n" "01"), "byte 41" },
		{ BYTES("\0" H "\n"), "byte 0" },
		{ BYTES("2123456789ABCDEF0123456789ABCDEF01234567\n" H "\n"), "order" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		char err[ERR_SIZE] = "";
		struct list l = { .n = 0 };
		struct breached *b;

		list_write(&l, (const char *)cases[i].text.p, cases[i].text.n);
		b = breached_open(l.path, err);
		cr_expect((b != NULL) == (cases[i].message == NULL), "case %zu: %s", i, err);
		if (cases[i].message != NULL)
			cr_expect(strstr(err, cases[i].message) != NULL, "case %zu: %s", i, err);
		breached_close(b);
		list_fini(&l);
	}
}

UNIT(breached, no_file)
{
	char err[ERR_SIZE] = "";

	cr_expect(breached_open("/tmp", err) == NULL && strstr(err, "not a file") != NULL, "%s", err);
	cr_expect(breached_open("/tmp/plainpop-none/such", err) == NULL && err[0] != '\0');
}

/* A list that is cut while it is open is left alone, and one that is written over does no harm. */
UNIT(breached, changed)
{
	struct breached *b;
	char err[ERR_SIZE];
	struct list l;
	FILE *f;
	size_t i;

	log_set_level(LOG_LEVEL_ERROR);
	list_make(&l, 3000, false, ":%u\r\n");
	list_write(&l, l.text, l.n);
	b = breached_open(l.path, err);
	cr_assert(b != NULL && has_word(b, 0));
	counter_value[COUNTER_BREACHED_LOST] = 0;

	f = fopen(l.path, "r+");
	memset(l.text, 'x', l.n);
	cr_assert(f != NULL && fwrite(l.text, 1, l.n, f) == l.n && fclose(f) == 0);
	for (i = 0; i < 100; i++)
		cr_expect(!has_word(b, i));
	cr_expect(counter_value[COUNTER_BREACHED_LOST] == 100);

	cr_assert(truncate(l.path, 10) == 0);
	cr_expect(!has_word(b, 0));
	cr_expect(counter_value[COUNTER_BREACHED_LOST] == 101);
	breached_close(b);
	list_fini(&l);
}
