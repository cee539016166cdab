/* SPDX-License-Identifier: GPL-3.0-or-later */
/* classification.config: what a classtype means to people, and how bad it is when the rule does not say. */
#include "impl.h"

const struct class *class_by_name(const struct ruleset *rs, struct span name)
{
	size_t i;

	/* From the end: a file says what the program's own classes mean. */
	for (i = rs->n_classes; i > 0; i--)
		if (span_eq(name, span_str(rs->class[i - 1].name)))
			return &rs->class[i - 1];
	return NULL;
}

const char *class_line(struct ruleset *rs, struct span line, size_t *column)
{
	struct span name, description;
	uint32_t priority;
	struct class *c;

	*column = 0;
	if (!span_starts(line, "config"))
		return "expected `config classification: name,description,priority'";
	line = span_ltrim(span_skip(line, strlen("config")));
	if (!span_starts(line, "classification:"))
		return "expected `config classification: name,description,priority'";
	line = span_skip(line, strlen("classification:"));
	name = list_item(&line);
	description = list_item(&line);
	if (name.n == 0 || description.n == 0 || !number(trim(line), 1, 255, &priority))
		return "expected `config classification: name,description,priority'";
	rs->class = arena_grow(&rs->arena, rs->class, rs->n_classes, sizeof *rs->class);
	if (rs->class == NULL)
		return "out of memory";
	c = &rs->class[rs->n_classes++];
	c->name = arena_string(&rs->arena, name);
	c->description = arena_string(&rs->arena, description);
	c->priority = (uint8_t)priority;
	return c->name == NULL || c->description == NULL ? "out of memory" : NULL;
}
