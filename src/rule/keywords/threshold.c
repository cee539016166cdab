/* SPDX-License-Identifier: GPL-3.0-or-later */
/* threshold:type limit|threshold|both|backoff, track K, count N, seconds S (backoff: multiplier M); how often to alert. */
#include "../counting.h"

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct rule_threshold *t = &r->counting.threshold;
	struct counting_option options[] = {
		{ "type", counting_read_type, t, "type is limit, threshold, both or backoff", "`type' is missing", false },
		COUNTING_TRACK(t->track),
		COUNTING_COUNT(t->count),
		COUNTING_SECONDS(t->seconds, NULL),
		{ "multiplier", counting_read_number, &t->multiplier, "multiplier is a number from 1", NULL, false },
	};
	const char *why;
	size_t at;

	(void)rs;
	/* Suricata does not have them together either. */
	if (r->counting.filter.count != 0)
		return "threshold and detection_filter can not stand in one rule";
	why = counting_options(options, sizeof options / sizeof options[0], value, &at);
	r->counts = true;
	return why != NULL ? why : counting_check_threshold(t);
}

const struct keyword keyword_threshold = { "threshold", VALUE_NEEDED, KEYWORD_ONCE, parse, 0, 0 };
