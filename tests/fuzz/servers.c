/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of servers, which anybody may have written. Input: the file. */
#include <stdlib.h>

#include "../../src/correlate/servers.h"
#include "fuzz.h"

static struct servers *read_text(struct span text, size_t *wrong, char err[256])
{
	struct servers *s = servers_new();
	FILE *f = fmemopen((void *)(uintptr_t)text.p, text.n, "r");

	assert(s != NULL && f != NULL);
	err[0] = '\0';
	*wrong = servers_file_read(s, f, "fuzz", err);
	assert((*wrong == 0) == (err[0] == '\0') && memchr(err, '\0', 256) != NULL);
	fclose(f);
	return s;
}

/* Heap. */
static struct span text_of(const struct servers *s, bool for_people)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	assert(f != NULL);
	if (for_people)
		servers_print(s, f);
	else
		assert(servers_file_write(s, f) == 0);
	fclose(f);
	return span_of(text, n);
}

static void check_harmless(struct span text)
{
	while (text.n > 0) {
		size_t n = text.p[0] == '\n' ? 1 : span_character(text);

		assert(n > 0);
		text = span_skip(text, n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char err[256];
	struct servers *s, *again;
	struct span people, first, second;
	size_t wrong;

	if (size == 0)
		return 0;
	s = read_text(span_of(data, size), &wrong, err);
	people = text_of(s, true);
	check_harmless(people);
	/* What was taken is whole: it can be written, and read again as the same. */
	first = text_of(s, false);
	check_harmless(first);
	again = read_text(first, &wrong, err);
	assert(wrong == 0 && again->n == s->n);
	second = text_of(again, false);
	assert(span_eq(first, second));
	free((void *)(uintptr_t)people.p);
	free((void *)(uintptr_t)first.p);
	free((void *)(uintptr_t)second.p);
	servers_free(s);
	servers_free(again);
	return 0;
}
