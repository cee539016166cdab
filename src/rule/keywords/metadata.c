/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metadata:key value, key value, ...; handed on in the alert, sorted by key. */
#include "../impl.h"

/* The entry of key, put in its place when it is new. */
static struct signature_metadata *entry(struct ruleset *rs, struct signature *r, const char *key)
{
	size_t at = 0;

	while (at < r->n_metadata && strcmp(r->metadata[at].key, key) < 0)
		at++;
	if (at < r->n_metadata && strcmp(r->metadata[at].key, key) == 0)
		return &r->metadata[at];
	r->metadata = arena_grow(&rs->arena, r->metadata, r->n_metadata, sizeof *r->metadata);
	if (r->metadata == NULL) {
		r->n_metadata = 0;
		return NULL;
	}
	memmove(&r->metadata[at + 1], &r->metadata[at], (r->n_metadata - at) * sizeof *r->metadata);
	r->n_metadata++;
	r->metadata[at] = (struct signature_metadata){ .key = key };
	return &r->metadata[at];
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	while (value.n > 0) {
		struct span item = list_item(&value), word = span_word(&item);
		const char *key = arena_string(&rs->arena, word), *text = arena_string(&rs->arena, trim(item));
		struct signature_metadata *m;

		if (word.n == 0 || trim(item).n == 0)
			return "expected `key value'";
		if (key == NULL || text == NULL || (m = entry(rs, &r->signature, key)) == NULL)
			return "out of memory";
		m->value = arena_grow(&rs->arena, m->value, m->n, sizeof(char *));
		if (m->value == NULL) {
			m->n = 0;
			return "out of memory";
		}
		m->value[m->n++] = text;
	}
	return NULL;
}

const struct keyword keyword_metadata = { "metadata", VALUE_NEEDED, KEYWORD_ANYWHERE, parse, 0, 0 };
