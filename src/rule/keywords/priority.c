/* SPDX-License-Identifier: GPL-3.0-or-later */
/* priority:number; the severity, 1 (worst) to 3, whatever the class says; larger numbers count as 3. */
#include "../impl.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	uint32_t n;

	(void)rs;
	if (!number(trim(value), 1, 255, &n))
		return "expected a number from 1 to 255";
	r->signature.severity = (uint8_t)(n > 3 ? 3 : n);
	r->priority_set = true;
	return NULL;
}

const struct keyword keyword_priority = { "priority", VALUE_NEEDED, KEYWORD_ONCE, parse, 0, 0 };
