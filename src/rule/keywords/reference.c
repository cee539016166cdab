/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reference:type,id; where to read more. The type is one of reference.config. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct span type = list_item(&value), id = trim(value);
	const struct reference_type *known = reference_by_name(rs, type);
	char *whole;
	size_t n;

	if (known == NULL)
		return "no such type of reference in reference.config";
	if (id.n == 0)
		return "expected type,id";
	n = strlen(known->prefix);
	whole = arena_alloc(&rs->arena, n + id.n + 1);
	r->signature.reference = arena_grow(&rs->arena, r->signature.reference, r->signature.n_references, sizeof(char *));
	if (whole == NULL || r->signature.reference == NULL) {
		r->signature.n_references = 0;
		return "out of memory";
	}
	memcpy(whole, known->prefix, n);
	memcpy(whole + n, id.p, id.n);
	r->signature.reference[r->signature.n_references++] = whole;
	return NULL;
}

const struct keyword keyword_reference = { "reference", VALUE_NEEDED, KEYWORD_ANYWHERE, parse, 0, 0 };
