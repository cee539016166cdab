/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules to alerts, and the rules that come with the program. */
#include <stdio.h>
#include <stdlib.h>

#include "impl.h"

BUILTIN(builtin_rules, "rules/plainpop.rules");
BUILTIN(builtin_classes, "rules/classification.config");
BUILTIN(builtin_references, "rules/reference.config");

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
				 BUILTIN_SPAN(builtin_classes), ignore,
				 NULL) != 0 ||
	    ruleset_parse_config(rs, RULE_FILE_REFERENCES, "reference.config",
				 BUILTIN_SPAN(builtin_references),
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
	prefilter_free(rs->prefilter);
	regex_free_all(rs->regex);
	numbers_fini(&rs->numbers);
	arena_fini(&rs->arena);
	free(rs);
}

int ruleset_load_default(struct ruleset *rs, rule_report *report, void *ctx)
{
	return ruleset_parse(rs, "plainpop.rules (built in)",
			     BUILTIN_SPAN(builtin_rules), report, ctx);
}

size_t ruleset_count(const struct ruleset *rs)
{
	return rs->n;
}

const struct signature *ruleset_at(const struct ruleset *rs, size_t i)
{
	return i < rs->n ? &rs->rule[i]->signature : NULL;
}

size_t ruleset_skipped(const struct ruleset *rs)
{
	return rs->skipped;
}

const char *ruleset_text(const struct ruleset *rs, size_t i)
{
	return i < rs->n ? rs->rule[i]->text : NULL;
}

void ruleset_about(const struct ruleset *rs, size_t i, char out[256])
{
	size_t at = 0;
	int k;

	out[0] = '\0';
	for (k = 0; i < rs->n && k < EVENT_KIND_MAX; k++)
		if ((rs->rule[i]->kinds & KIND(k)) != 0)
			at += (size_t)snprintf(out + at, 256 - at, "%s%s events", at > 0 ? ", " : "",
					       event_kind_name((enum event_kind)k));
}

const struct rule_counting *ruleset_counting(const struct ruleset *rs, size_t i)
{
	return i < rs->n && rs->rule[i]->counts ? &rs->rule[i]->counting : NULL;
}

bool ruleset_compile(struct ruleset *rs, char err[256])
{
	return prefilter_build(rs, err);
}

bool ruleset_wants(const struct ruleset *rs, enum event_kind kind, enum rule_stage stage)
{
	return prefilter_wants(rs->prefilter, kind, stage);
}

bool ruleset_wants_line(const struct ruleset *rs, enum event_kind kind, enum rule_stage stage, struct span line)
{
	return prefilter_wants_line(rs->prefilter, kind, stage, line);
}

uint32_t ruleset_anomalies(const struct ruleset *rs)
{
	uint32_t all = 0;
	size_t i;

	for (i = 0; i < rs->n; i++)
		if ((rs->rule[i]->kinds & KIND(EVENT_ANOMALY)) != 0)
			all |= rule_allowed(rs->rule[i], FACT_ANOMALY);
	return all;
}

/* ---- what a rule looks at ---- */

#define STATUS_MAX 5 /* bytes of "-ERR " */

/* The answer as it stood on the wire, out of what an event has of it. Valid until the next call. */
static struct span response_of(const struct event *e)
{
	static uint8_t line[STATUS_MAX + 1024];
	struct span text = span_take(event_get(e, EVENT_RESPONSE), sizeof line - STATUS_MAX);
	size_t n = e->response_ok ? 3 : 4;

	if (!e->response_set)
		return span_of(NULL, 0);
	memcpy(line, e->response_ok ? "+OK" : "-ERR", n);
	if (text.n > 0) {
		line[n++] = ' ';
		memcpy(line + n, text.p, text.n);
		n += text.n;
	}
	return span_of(line, n);
}

/* All buffers of the subject; p NULL where there is none. */
static void gather(const struct rule_subject *s, struct span bytes[RULE_BUFFER_MAX])
{
	static const struct {
		enum rule_buffer buffer;
		enum event_text text;
	} texts[] = {
		{ RULE_BUFFER_COMMAND, EVENT_COMMAND },
		{ RULE_BUFFER_ARGS, EVENT_ARGS },
		{ RULE_BUFFER_BANNER, EVENT_BANNER },
		{ RULE_BUFFER_CAPABILITY, EVENT_CAPABILITIES },
		{ RULE_BUFFER_USER, EVENT_USER },
		{ RULE_BUFFER_MECHANISM, EVENT_MECHANISM },
		{ RULE_BUFFER_TLS_VERSION, EVENT_TLS_VERSION },
	};
	size_t i;

	memcpy(bytes, s->buffer, RULE_BUFFER_MAX * sizeof *bytes);
	for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (bytes[texts[i].buffer].p == NULL && event_has(s->event, texts[i].text))
			bytes[texts[i].buffer] = event_get(s->event, texts[i].text);
	if (bytes[RULE_BUFFER_RESPONSE].p == NULL)
		bytes[RULE_BUFFER_RESPONSE] = response_of(s->event);
}

/* ---- one rule ---- */

static bool ends_match(const struct full_rule *r, const struct flow_key *k, enum side source)
{
	enum side destination = side_other(source);

	return port_list_has(&r->source_port, k->port[source]) &&
	       port_list_has(&r->destination_port, k->port[destination]) &&
	       address_list_has(&r->source, k->ip_v, k->addr[source]) &&
	       address_list_has(&r->destination, k->ip_v, k->addr[destination]);
}

static bool flow_matches(const struct full_rule *r, const struct rule_subject *s)
{
	if (r->from != FROM_ANY && (r->from == FROM_CLIENT) != (s->event->from == SIDE_CLIENT))
		return false;
	return r->established == ESTABLISHED_ANY || (r->established == ESTABLISHED_YES) == s->established;
}

static bool tests_match(const struct full_rule *r, const struct rule_subject *s)
{
	size_t i;

	for (i = 0; i < r->n_tests; i++)
		if (r->test[i].match(&r->test[i], s) == r->test[i].negated)
			return false;
	return true;
}

/* A group on a buffer of several lines holds when it holds for one of them. */
static bool lines_match(const struct byte_group *g, const struct byte_group *base64, struct span bytes)
{
	while (bytes.n > 0) {
		const uint8_t *lf = memchr(bytes.p, '\n', bytes.n);
		struct span line = span_take(bytes, lf != NULL ? (size_t)(lf - bytes.p) : bytes.n);

		if (inspect(g, base64, line))
			return true;
		bytes = span_skip(bytes, lf != NULL ? line.n + 1 : line.n);
	}
	return false;
}

static bool bytes_match(const struct full_rule *r, const struct span bytes[RULE_BUFFER_MAX])
{
	const struct byte_group *base64 = NULL;
	size_t i;

	for (i = 0; i < r->n_groups; i++)
		if (r->group[i].buffer == RULE_BUFFER_BASE64)
			base64 = &r->group[i];
	for (i = 0; i < r->n_groups; i++) {
		const struct byte_group *g = &r->group[i];

		if (g == base64)
			continue;
		if (bytes[g->buffer].p == NULL ||
		    !(g->buffer == RULE_BUFFER_CAPABILITY ? lines_match(g, base64, bytes[g->buffer])
							  : inspect(g, base64, bytes[g->buffer])))
			return false;
	}
	return true;
}

static bool fires(const struct full_rule *r, const struct rule_subject *s, const struct span bytes[RULE_BUFFER_MAX])
{
	const struct event *e = s->event;

	return flow_matches(r, s) && tests_match(r, s) &&
	       (r->any_end || ends_match(r, &e->flow, e->from) ||
		(r->both_ways && ends_match(r, &e->flow, side_other(e->from)))) &&
	       bytes_match(r, bytes);
}

static void change_flowbits(const struct full_rule *r, struct rule_flowbits *bits)
{
	size_t i;

	for (i = 0; bits != NULL && i < r->n_bits; i++) {
		uint64_t *word = &bits->bits[r->bits[i].bit / 64], bit = UINT64_C(1) << r->bits[i].bit % 64;

		switch ((enum flowbit_change)r->bits[i].what) {
		case FLOWBIT_SET:
			*word |= bit;
			break;
		case FLOWBIT_UNSET:
			*word &= ~bit;
			break;
		case FLOWBIT_TOGGLE:
			*word ^= bit;
			break;
		}
	}
}

static void add_alert(struct event *e, size_t i)
{
	if (e->n_alerts == EVENT_ALERTS) {
		counter_add(COUNTER_DETECT_ALERT_OVERFLOW, 1);
		return;
	}
	e->alerts[e->n_alerts++] = (uint32_t)i;
}

/* The candidates whose turn it is. */
static void match_turn(const struct ruleset *rs, const uint32_t *candidate, size_t n, int turn, struct rule_subject *s,
		       uint64_t facts, const struct span bytes[RULE_BUFFER_MAX])
{
	struct event *e = s->event;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct full_rule *r = rs->rule[candidate[i]];

		if ((int)r->turn != turn || (r->excluded & facts) != 0 || !fires(r, s, bytes))
			continue;
		change_flowbits(r, s->flowbits);
		if (r->signature.action == ACTION_PASS)
			e->passed = true;
		else if (!r->noalert)
			add_alert(e, candidate[i]);
	}
}

void ruleset_match(const struct ruleset *rs, enum rule_stage stage, struct rule_subject *s)
{
	struct span bytes[RULE_BUFFER_MAX];
	const uint32_t *candidate;
	uint64_t facts;
	size_t n;
	int turn;

	if (!ruleset_wants(rs, s->event->kind, stage))
		return;
	gather(s, bytes);
	facts = facts_of(s->event);
	candidate = prefilter_candidates(rs->prefilter, s->event->kind, stage, facts, bytes, s->looked, &n);
	/* Where there are no flowbits, all rules are of the last turn. */
	for (turn = rs->n_flowbits > 0 ? TURN_SETS : TURN_READS; turn < TURN_MAX; turn++)
		match_turn(rs, candidate, n, turn, s, facts, bytes);
}

const struct rule_after *ruleset_after(const struct ruleset *rs, size_t i)
{
	return i < rs->n_after ? &rs->after[i] : NULL;
}
