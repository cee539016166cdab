/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rule: what becomes an alert. Rules in the grammar of Suricata are read into one arena, which does not
 * change afterwards; events are matched against it.
 */
#ifndef PLAINPOP_RULE_H
#define PLAINPOP_RULE_H

#include "plainpop/event.h"

/* `$NAME` in rules. value is an address or port list in the rule grammar. */
struct rule_variable {
	const char *name, *value;
};

struct ruleset;

/* Told of everything that is wrong in a rule file; the rule concerned is left out. */
typedef void rule_report(void *ctx, const struct diag *d);

/* An empty ruleset that knows the variables (borrowed for the time of loading). Heap; NULL: no memory. */
struct ruleset *ruleset_new(const struct rule_variable *vars, size_t n);
void ruleset_free(struct ruleset *rs);

/*
 * Adds the rules of a file, or those that come with the program. Returns how many were wrong, each told
 * to report, or -1 with errno when the file cannot be read.
 */
int ruleset_load(struct ruleset *rs, const char *path, rule_report *report, void *ctx);
int ruleset_load_default(struct ruleset *rs, rule_report *report, void *ctx);

/* The same with text at hand; name stands for it in reports. For tests and fuzzing, too. */
int ruleset_parse(struct ruleset *rs, const char *name, struct span text, rule_report *report, void *ctx);

/*
 * Reads classification.config lines ("config classification: name,description,priority"). Returns how
 * many were wrong. The program's own are known from the start.
 */
int ruleset_parse_classes(struct ruleset *rs, const char *name, struct span text, rule_report *report,
			  void *ctx);

size_t ruleset_count(const struct ruleset *rs);
/* Rule number i, from 0, in the order of loading; NULL behind the last. */
const struct signature *ruleset_at(const struct ruleset *rs, size_t i);

/* Writes into e->alerts which rules fire. */
void ruleset_match(const struct ruleset *rs, struct event *e);

#endif
