/* SPDX-License-Identifier: GPL-3.0-or-later */
/* classification.config: what a classtype means to people, and how bad it is when the rule does not say. */
#include <stdio.h>

#include "impl.h"

const struct class *class_by_name(const struct ruleset *rs, struct span name)
{
	size_t i;

	for (i = 0; i < rs->n_classes; i++)
		if (span_eq(name, span_str(rs->class[i].name)))
			return &rs->class[i];
	return NULL;
}

static const char *parse_line(struct ruleset *rs, struct span line)
{
	struct span name, description;
	uint32_t priority;
	struct class *c;

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

int ruleset_parse_config(struct ruleset *rs, enum rule_file what, const char *name, struct span text,
			 rule_report *report, void *ctx)
{
	struct diag d = { .column = 1 };
	int wrong = 0;

	(void)what;
	snprintf(d.file, sizeof d.file, "%s", name);
	while (text.n > 0) {
		const uint8_t *lf = memchr(text.p, '\n', text.n);
		struct span line = trim(span_take(text, lf != NULL ? (size_t)(lf - text.p) : text.n));
		const char *why;

		text = span_skip(text, lf != NULL ? (size_t)(lf - text.p) + 1 : text.n);
		d.line++;
		if (line.n == 0 || line.p[0] == '#' || (why = parse_line(rs, line)) == NULL)
			continue;
		snprintf(d.message, sizeof d.message, "%s", why);
		wrong++;
		report(ctx, &d);
	}
	return wrong;
}
