/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rule files and classification files. Input: a line of classes that begins with "config" and whatever
 * follows it up to an empty line goes to the one, all the rest to the other.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "plainpop/rule.h"

static const struct rule_variable vars[] = {
	{ "HOME_NET", "[192.0.2.0/24,2001:db8::/32]" },
	{ "EXTERNAL_NET", "!$HOME_NET" },
	{ "POP3_PORTS", "[110,1100:1110,!1105]" },
	{ "LOOP", "[$LOOP]" },
};

#define N_VARS (sizeof vars / sizeof vars[0])

static void on_report(void *ctx, const struct diag *d)
{
	int *told = ctx;

	++*told;
	assert(d->line >= 1 && d->column >= 1);
	assert(strcmp(d->file, "fuzz") == 0);
	assert(d->message[0] != '\0' && memchr(d->message, '\0', sizeof d->message) != NULL);
}

static void check_signature(const struct signature *s)
{
	size_t i, j;

	assert(s->sid != 0 && s->gid != 0 && s->msg != NULL && s->category != NULL);
	assert(s->severity >= 1 && s->severity <= 3);
	for (i = 0; i < s->n_metadata; i++) {
		assert(i == 0 || strcmp(s->metadata[i - 1].key, s->metadata[i].key) < 0);
		assert(s->metadata[i].n > 0);
		for (j = 0; j < s->metadata[i].n; j++)
			assert(strlen(s->metadata[i].value[j]) < SIZE_MAX); /* reads it */
	}
	for (i = 0; i < s->n_references; i++)
		assert(strlen(s->reference[i]) < SIZE_MAX);
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* line: some bytes, in place of what crossed. */
static void check_matches(const struct ruleset *rs, struct span line)
{
	static struct event e;
	struct rule_flowbits bits = { { 0 } };
	struct rule_subject subject;
	unsigned kind, i, n;

	for (kind = 0; kind < EVENT_KIND_MAX; kind++) {
		for (i = 0; i < 4; i++) {
			event_init(&e, (enum event_kind)kind);
			e.outcome = (enum event_outcome)(i % OUTCOME_MAX);
			e.stls = (enum event_stls)(2 * i);
			e.flow.ip_v = i % 2 == 0 ? 4 : 6;
			memcpy(e.flow.addr[SIDE_CLIENT], i % 2 == 0 ? "\xc0\0\2\12" : "\x20\1\x0d\xb8", 4);
			memcpy(e.flow.addr[SIDE_SERVER], "\xc6\x33\x64\x19", 4);
			e.flow.port[SIDE_CLIENT] = 49152;
			e.flow.port[SIDE_SERVER] = i == 3 ? 995 : 110;
			if (kind == EVENT_LOGIN)
				event_set(&e, EVENT_MECHANISM, span_str(i % 2 == 0 ? "USER/PASS" : "PLAIN"));
			subject = (struct rule_subject){ .event = &e, .flowbits = &bits, .tcp_flags = (uint8_t)(2 * i),
							 .dsize = i };
			subject.buffer[RULE_BUFFER_RAW] = line;
			subject.buffer[RULE_BUFFER_ARGS] = span_skip(line, 5);
			subject.buffer[RULE_BUFFER_PASSWORD] = span_take(line, 9);
			ruleset_match(rs, RULE_SENSOR, &subject);
			ruleset_match(rs, RULE_WRITER, &subject);
			qsort(e.alerts, e.n_alerts, sizeof e.alerts[0], by_number);
			assert(e.n_alerts <= EVENT_ALERTS);
			for (n = 0; n < e.n_alerts; n++)
				assert(e.alerts[n] < ruleset_count(rs) && (n == 0 || e.alerts[n - 1] < e.alerts[n]));
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rules = span_of(data, size), classes = span_of(NULL, 0);
	struct ruleset *rs = ruleset_new(vars, N_VARS);
	const uint8_t *empty;
	size_t count, i;
	char err[256];
	int wrong, told = 0;

	assert(rs != NULL);
	if (span_starts(rules, "config")) {
		empty = memmem(rules.p, rules.n, "\n\n", 2);
		classes = span_take(rules, empty != NULL ? (size_t)(empty - rules.p) + 1 : rules.n);
		rules = span_skip(rules, classes.n);
	}
	wrong = ruleset_parse_config(rs, RULE_FILE_CLASSES, "fuzz", classes, on_report, &told);
	assert(wrong == told);
	told = 0;
	wrong = ruleset_parse(rs, "fuzz", rules, on_report, &told);
	assert(wrong == told);

	count = ruleset_count(rs);
	for (i = 0; i < count; i++)
		check_signature(ruleset_at(rs, i));
	assert(ruleset_at(rs, count) == NULL);
	if (ruleset_compile(rs, err))
		check_matches(rs, span_take(span_skip(rules, rules.n / 2), 300));

	/* The same once more: every rule's number is taken now. */
	told = 0;
	assert(ruleset_parse(rs, "fuzz", rules, on_report, &told) == wrong + (int)count && told == wrong + (int)count);
	assert(ruleset_count(rs) == count);
	ruleset_free(rs);
	return 0;
}
