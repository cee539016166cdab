/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "impl.h"
const char *threshold_line(struct ruleset *rs, struct span line, size_t *column)
{
	(void)rs; (void)line; (void)column;
	return "x";
}
void thresholds_apply(struct ruleset *rs, struct full_rule *r)
{
	(void)rs; (void)r;
}
