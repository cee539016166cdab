/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules to alerts, and the rules that come with the program. */
#include <stdlib.h>

#include "impl.h"

/*
 * The files of rules/ as they are, put into the program by the assembler: it has its rules wherever it is
 * run from, and the files stay what an operator reads and copies.
 */
#define BUILTIN(symbol, path)                                  \
	__asm__(".section .rodata\n"                           \
		".global " #symbol "\n"                        \
		#symbol ":\n"                                  \
		".incbin \"" path "\"\n"                       \
		".global " #symbol "_end\n"                    \
		#symbol "_end:\n"                              \
		".previous\n");                                \
	extern const uint8_t symbol[], symbol##_end[]

BUILTIN(builtin_rules, "rules/plainpop.rules");
BUILTIN(builtin_classes, "rules/classification.config");

static void ignore(void *ctx, const struct diag *d)
{
	(void)ctx;
	(void)d;
}

struct ruleset *ruleset_new(const struct rule_variable *vars, size_t n)
{
	struct ruleset *rs = calloc(1, sizeof *rs);

	if (rs == NULL)
		return NULL;
	rs->var = vars;
	rs->n_vars = n;
	if (ruleset_parse_config(rs, RULE_FILE_CLASSES, "classification.config",
				  span_of(builtin_classes, (size_t)(builtin_classes_end - builtin_classes)),
				  ignore, NULL) != 0) {
		ruleset_free(rs);
		return NULL;
	}
	return rs;
}

void ruleset_free(struct ruleset *rs)
{
	if (rs == NULL)
		return;
	arena_fini(&rs->arena);
	free(rs);
}

int ruleset_load_default(struct ruleset *rs, rule_report *report, void *ctx)
{
	return ruleset_parse(rs, "plainpop.rules (built in)",
			     span_of(builtin_rules, (size_t)(builtin_rules_end - builtin_rules)), report, ctx);
}

size_t ruleset_count(const struct ruleset *rs)
{
	return rs->n;
}

const struct signature *ruleset_at(const struct ruleset *rs, size_t i)
{
	return i < rs->n ? &rs->rule[i]->signature : NULL;
}

static bool ends_match(const struct full_rule *r, const struct flow_key *k, enum side source)
{
	enum side destination = side_other(source);

	return port_list_has(&r->source_port, k->port[source]) &&
	       port_list_has(&r->destination_port, k->port[destination]) &&
	       address_list_has(&r->source, k->ip_v, k->addr[source]) &&
	       address_list_has(&r->destination, k->ip_v, k->addr[destination]);
}

static bool fires(const struct full_rule *r, const struct event *e)
{
	size_t i;

	if (r->kind != e->kind)
		return false;
	for (i = 0; i < r->n_tests; i++)
		if (r->test[i].match(&r->test[i], e) == r->test[i].negated)
			return false;
	return ends_match(r, &e->flow, SIDE_CLIENT) || (r->both_ways && ends_match(r, &e->flow, SIDE_SERVER));
}

void ruleset_match(const struct ruleset *rs, enum rule_stage stage, struct rule_subject *subject)
{
	struct event *e = subject->event;
	size_t i;

	if (stage != RULE_SENSOR)
		return;
	e->n_alerts = 0;
	for (i = 0; i < rs->n; i++) {
		if (!fires(rs->rule[i], e))
			continue;
		if (e->n_alerts == EVENT_ALERTS || i > UINT16_MAX) {
			counter_add(COUNTER_DETECT_ALERT_OVERFLOW, 1);
			continue;
		}
		counter_add(COUNTER_DETECT_ALERT, 1);
		e->alerts[e->n_alerts++] = (uint16_t)i;
	}
}

const struct rule_counting *ruleset_counting(const struct ruleset *rs, size_t i)
{
	return i < rs->n && rs->rule[i]->counts ? &rs->rule[i]->counting : NULL;
}
