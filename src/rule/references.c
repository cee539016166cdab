/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reference.config: what stands in front of a reference's id to make an address of it. */
#include "impl.h"

const struct reference_type *reference_by_name(const struct ruleset *rs, struct span name)
{
	size_t i;

	for (i = rs->n_references; i > 0; i--)
		if (span_is(name, rs->reference[i - 1].name))
			return &rs->reference[i - 1];
	return NULL;
}

const char *reference_line(struct ruleset *rs, struct span line, size_t *column)
{
	static const char expected[] = "expected `config reference: name prefix'";
	struct reference_type *t;
	struct span name;

	*column = 0;
	if (!span_starts(line, "config"))
		return expected;
	line = span_ltrim(span_skip(line, strlen("config")));
	if (!span_starts(line, "reference:"))
		return expected;
	line = span_ltrim(span_skip(line, strlen("reference:")));
	name = span_word(&line);
	line = trim(line);
	if (name.n == 0)
		return expected;
	rs->reference = arena_grow(&rs->arena, rs->reference, rs->n_references, sizeof *rs->reference);
	if (rs->reference == NULL) {
		rs->n_references = 0;
		return "out of memory";
	}
	t = &rs->reference[rs->n_references++];
	t->name = arena_string(&rs->arena, name);
	t->prefix = arena_string(&rs->arena, line);
	if (t->name != NULL && t->prefix != NULL)
		return NULL;
	rs->n_references--;
	return "out of memory";
}
