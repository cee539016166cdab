/* SPDX-License-Identifier: GPL-3.0-or-later */
/* threshold.config, and options of rules that count: up to the first NUL the file, behind it the options of a rule. */
#include <stdio.h>

#include "fuzz.h"
#include "plainpop/rule.h"

static const struct rule_variable vars[] = {
	{ "HOME_NET", "[192.0.2.0/24,2001:db8::/32]" },
	{ "LOOP", "[$LOOP]" },
};

static void on_report(void *ctx, const struct diag *d)
{
	int *told = ctx;

	++*told;
	assert(d->line >= 1 && d->column >= 1);
	assert(d->message[0] != '\0' && memchr(d->message, '\0', sizeof d->message) != NULL);
}

static void check_counting(const struct rule_counting *c)
{
	unsigned i;

	if (c->threshold.type != THRESHOLD_NONE) {
		assert(c->threshold.count > 0 && c->threshold.track <= TRACK_SECRET);
		assert((c->threshold.type == THRESHOLD_BACKOFF) == (c->threshold.multiplier > 0));
		assert((c->threshold.type == THRESHOLD_BACKOFF) == (c->threshold.seconds == 0));
	}
	assert(c->filter.count == 0 || (c->filter.seconds > 0 && c->filter.track <= TRACK_SECRET));
	assert(c->after.failures == 0 || (c->after.seconds > 0 && c->after.failures <= RULE_DISTINCT_COUNT_MAX));
	assert(!c->fresh.set || c->fresh.seconds > 0);
	assert(c->rate.count == 0 || (c->rate.seconds > 0 && c->rate.action <= ACTION_REJECT));
	for (i = 0; c->distinct.set && i < DISTINCT_MAX; i++) {
		assert(c->distinct.least[i] <= RULE_DISTINCT_COUNT_MAX && c->distinct.least[i] <= c->distinct.most[i]);
		assert(c->distinct.most[i] == UINT32_MAX || c->distinct.most[i] < RULE_DISTINCT_COUNT_MAX);
	}
}

static void check_suppressed(const struct ruleset *rs, size_t i)
{
	static struct event e;

	event_init(&e, EVENT_LOGIN);
	e.flow.ip_v = 4;
	memcpy(e.flow.addr[SIDE_CLIENT], "\xc0\0\2\12", 4);
	ruleset_suppressed(rs, i, &e);
	e.flow.ip_v = 6;
	e.from = SIDE_SERVER;
	ruleset_suppressed(rs, i, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size > 0 ? memchr(data, '\0', size) : NULL;
	struct span file = span_of(data, nul != NULL ? (size_t)(nul - data) : size);
	struct span options = span_skip(span_of(data, size), file.n + 1);
	struct ruleset *rs = ruleset_new(vars, sizeof vars / sizeof vars[0]);
	static char rule[4096];
	int told = 0, wrong;
	size_t i;

	assert(rs != NULL);
	wrong = ruleset_parse_config(rs, RULE_FILE_THRESHOLDS, "fuzz", file, on_report, &told);
	assert(wrong == told);
	wrong = snprintf(rule, sizeof rule,
			 "alert pop3 any any -> any any (msg:\"m\"; sid:1;)\nalert pop3 any any -> any any (msg:\"m\"; gid:2; sid:2;)\n"
			 "alert pop3 any any -> any any (msg:\"m\"; sid:3; %.*s)\n", (int)(options.n < 3000 ? options.n : 3000),
			 (const char *)options.p);
	ruleset_parse(rs, "fuzz", span_of(rule, (size_t)wrong), on_report, &told);
	for (i = 0; i < ruleset_count(rs); i++) {
		if (ruleset_counting(rs, i) != NULL)
			check_counting(ruleset_counting(rs, i));
		check_suppressed(rs, i);
	}
	ruleset_free(rs);
	return 0;
}
