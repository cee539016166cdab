/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reference:type,id; where to read more. url and cve become whole addresses. */
#include "../impl.h"

static const struct {
	const char *type, *prefix;
} types[] = {
	{ "url", "https://" },
	{ "cve", "https://nvd.nist.gov/vuln/detail/CVE-" },
};

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct span type = list_item(&value), id = trim(value);
	const char *prefix = NULL;
	char *whole;
	size_t i, n;

	for (i = 0; i < sizeof types / sizeof types[0]; i++)
		if (span_is(type, types[i].type))
			prefix = types[i].prefix;
	if (prefix == NULL)
		return "not a type of reference (url, cve)";
	if (id.n == 0)
		return "expected type,id";
	n = strlen(prefix);
	whole = arena_alloc(&rs->arena, n + id.n + 1);
	r->signature.reference = arena_grow(&rs->arena, r->signature.reference, r->signature.n_references, sizeof(char *));
	if (whole == NULL || r->signature.reference == NULL) {
		r->signature.n_references = 0;
		return "out of memory";
	}
	memcpy(whole, prefix, n);
	memcpy(whole + n, id.p, id.n);
	r->signature.reference[r->signature.n_references++] = whole;
	return NULL;
}

const struct keyword keyword_reference = { "reference", true, false, parse };
