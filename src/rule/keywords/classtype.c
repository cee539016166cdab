/* SPDX-License-Identifier: GPL-3.0-or-later */
/* classtype:name; a class of classification.config, which gives category and, without priority, severity. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	const struct class *c = class_by_name(rs, trim(value));

	if (c == NULL)
		return "no such class in classification.config";
	r->signature.category = c->description;
	if (!r->priority_set)
		r->signature.severity = c->priority > 3 ? 3 : c->priority;
	return NULL;
}

const struct keyword keyword_classtype = { "classtype", VALUE_NEEDED, KEYWORD_ONCE, parse, 0, 0 };
