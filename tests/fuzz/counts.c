/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counts and limits, under sequences of events. Input: a byte for the memory, then six bytes an event: which rule,
 * how often, who, where, what, and how time goes on. The same sequence must come out the same though the table's key is
 * another.
 */
#include <stdio.h>

#include "fuzz.h"
#include "plainpop/correlate.h"

#define RULE(options, sid) "alert pop3 any any -> any any (msg:\"m\"; " options " sid:" #sid ";)\n"

static const char rules[] =
	RULE("threshold:type limit, track by_src, count 2, seconds 60;", 1)
	RULE("threshold:type threshold, track by_user, count 3, seconds 10;", 2)
	RULE("threshold:type both, track by_account, count 2, seconds 4294967295;", 3)
	RULE("threshold:type backoff, track by_flow, count 1, multiplier 2;", 4)
	RULE("detection_filter:track by_dst, count 3, seconds 30;", 5)
	RULE("detection_filter:track by_both, count 2, seconds 30, unique_on src_port;", 6)
	RULE("pop3.distinct:track by_src, users >=3, secrets <=2, pairs_per_user <=2, logins_per_pair >=1, seconds 60;", 7)
	RULE("pop3.distinct:track by_secret, sources >=2, servers >=1, logins >=4, seconds 5;", 8)
	RULE("pop3.after:track by_login, failures 2, users 1, secrets 1, sources 1, seconds 60;", 9)
	RULE("pop3.after:track by_src, failures 1000, seconds 4294967295;", 10)
	RULE("pop3.new:source, track by_user, learn 5, first, seconds 600;", 11)
	RULE("pop3.distinct:track by_rule, users >=1000, seconds 4294967295; threshold:type limit, track by_rule, count 1, seconds 1;",
	     12);

static const char config[] =
	"rate_filter gen_id 1, sig_id 5, track by_src, count 2, seconds 10, new_action pass, timeout 3\n"
	"rate_filter gen_id 1, sig_id 1, track by_rule, count 2, seconds 10, new_action drop, timeout 3\n"
	"suppress gen_id 1, sig_id 2, track by_src, ip 3.0.0.0\n";

static struct ruleset *rs;
static size_t n_rules;

static void on_report(void *ctx, const struct diag *d)
{
	(void)ctx;
	fprintf(stderr, "%u:%u: %s\n", d->line, d->column, d->message);
	assert(false);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	rs = ruleset_new(NULL, 0);
	assert(rs != NULL);
	ruleset_parse_config(rs, RULE_FILE_THRESHOLDS, "config", span_str(config), on_report, NULL);
	ruleset_parse(rs, "rules", span_str(rules), on_report, NULL);
	n_rules = ruleset_count(rs);
	return 0;
}

static void set_event(struct event *e, struct span *in, uint64_t *now)
{
	/* µs; a step, a few seconds, hours, to and fro */
	static const int64_t steps[] = { 0, 1, 900000, 1000001, 5000000, 60000000, 3600000000, -1, -2000000, -61000000, -86400000000 };
	uint8_t who = take(in), where = take(in), what = take(in);
	char name[4];

	*now += (uint64_t)steps[take(in) % (sizeof steps / sizeof steps[0])];
	event_init(e, what % 8 == 0 ? EVENT_SESSION : EVENT_LOGIN);
	e->ts = *now;
	e->outcome = what & 16 ? OUTCOME_FAILURE : OUTCOME_SUCCESS;
	e->from = what & 32 ? SIDE_SERVER : SIDE_CLIENT;
	e->flow.ip_v = what & 64 ? 6 : 4;
	e->flow.n_vlan = what & 128 ? 1 : 0;
	e->flow.addr[SIDE_CLIENT][0] = where;
	e->flow.addr[SIDE_SERVER][0] = where / 16;
	e->flow.port[SIDE_CLIENT] = (uint16_t)(where * 257u);
	e->flow_id = where;
	if (who % 16 != 0) {
		snprintf(name, sizeof name, "%u", who % 64u);
		event_set(e, EVENT_USER, span_str(name));
	}
	e->secret_id_set = who / 64 != 0;
	e->secret_id[0] = who / 64;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct event e;
	struct span in = span_of(data, size);
	size_t memory = (size_t)take(&in) << 8;
	struct counts *a = counts_new(memory), *b = counts_new(memory);
	uint64_t now = UINT64_C(1700000000000000);
	unsigned left = 1500; /* events; or nothing is learnt from inputs but that they take long */

	assert(a != NULL && b != NULL);
	while (in.n > 0 && left > 0) {
		size_t rule = take(&in) % n_rules;
		unsigned repeat = take(&in);
		struct alert_counts one, other;
		enum signature_action action, other_action;

		set_event(&e, &in, &now);
		for (repeat = repeat == 255 ? 64 : 1; repeat > 0 && left > 0; repeat--, left--) {
			bool alert;

			counts_observe(a, rs, &e);
			counts_observe(b, rs, &e);
			alert = counts_alert(a, rs, rule, &e, &one, &action);
			assert(alert == counts_alert(b, rs, rule, &e, &other, &other_action));
			assert(memcmp(&one, &other, sizeof one) == 0 && action == other_action);
			assert(!alert || action != ACTION_PASS);
			assert(counts_memory(a) == counts_memory(b));
			assert(counts_memory(a) <= memory || memory < 256);
		}
	}
	counts_free(a);
	counts_free(b);
	return 0;
}
