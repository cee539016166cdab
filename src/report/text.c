/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names and messages, each kept once; and what stands for a name that the report must not tell. */
#include <stdio.h>
#include <stdlib.h>

#include "impl.h"

#define POOL_FIRST 4096

const char *text_of(const struct report *r, uint32_t text)
{
	return text == NONE ? "" : r->texts.pool + text;
}

/* Room for n more bytes. */
static bool make_room(struct texts *t, size_t n)
{
	size_t size = t->size == 0 ? POOL_FIRST : t->size;
	char *bigger;

	while (size - t->n < n)
		size *= 2;
	if (size == t->size)
		return true;
	bigger = realloc(t->pool, size);
	if (bigger == NULL)
		return false;
	t->pool = bigger;
	t->size = size;
	return true;
}

/* No more than n bytes of a printable text, and half a character of nothing. */
static size_t cut(const char *text, size_t n)
{
	while (n > 0 && ((uint8_t)text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static uint32_t keep_printable(struct report *r, const char *text, size_t n)
{
	struct texts *t = &r->texts;
	uint64_t hash = hash_keyed(t->hash_key, text, n);
	const uint32_t *known;
	uint32_t at = (uint32_t)t->n;

	/* Another text of the same 64 bits under a random key would be a wonder; then the next number is looked at. */
	for (; (known = map_get(&t->index, hash)) != NULL; hash++)
		if (strlen(t->pool + *known) == n && memcmp(t->pool + *known, text, n) == 0)
			return *known;
	if (t->n + n + 1 > TEXTS_MAX) {
		r->beyond.texts++;
		return NONE;
	}
	if (!make_room(t, n + 1) || !map_put(&t->index, hash, at, NONE)) {
		r->no_memory = true;
		return NONE;
	}
	memcpy(t->pool + at, text, n);
	t->pool[at + n] = '\0';
	t->n += n + 1;
	return at;
}

uint32_t text_keep(struct report *r, struct span s)
{
	static const char dots[] = "\u2026";
	char text[PRINTABLE_MAX(TEXT_LONGEST) + sizeof dots];
	bool whole = s.n <= TEXT_LONGEST;
	size_t n = span_printable(span_take(s, whole ? s.n : cut((const char *)s.p, TEXT_LONGEST)), text);

	if (!whole || n > TEXT_LONGEST) {
		n = cut(text, n < TEXT_LONGEST ? n : TEXT_LONGEST);
		memcpy(text + n, dots, sizeof dots);
		n += sizeof dots - 1;
		r->beyond.cut++;
	}
	return keep_printable(r, text, n);
}

uint32_t text_name(struct report *r, const char *kind, struct span s)
{
	uint8_t id[FINGERPRINT_SIZE];
	char text[TEXT_LONGEST], *whole;
	size_t kind_n = strlen(kind);
	int n;

	if (r->options.pseudonyms == NULL)
		return text_keep(r, s);
	whole = malloc(kind_n + 1 + s.n);
	if (whole == NULL) {
		r->no_memory = true;
		return NONE;
	}
	memcpy(whole, kind, kind_n + 1);
	if (s.n > 0)
		memcpy(whole + kind_n + 1, s.p, s.n);
	secret_fingerprint(r->options.pseudonyms, span_of(whole, kind_n + 1 + s.n), id);
	free(whole);
	n = snprintf(text, sizeof text, "%s-%02x%02x%02x%02x%02x%02x", kind, id[0], id[1], id[2], id[3], id[4], id[5]);
	return keep_printable(r, text, (size_t)n);
}
