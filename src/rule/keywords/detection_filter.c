/* SPDX-License-Identifier: GPL-3.0-or-later */
/* detection_filter:track K, count N, seconds S[, unique_on src_port|dst_port]; how many matches it takes to alert at all. */
#include "../counting.h"

static bool read_unique(void *out, struct span value)
{
	struct rule_detection_filter *f = out;

	f->unique_on = span_is(value, "src_port") ? UNIQUE_SRC_PORT : span_is(value, "dst_port") ? UNIQUE_DST_PORT : UNIQUE_NONE;
	return f->unique_on != UNIQUE_NONE;
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct rule_detection_filter *f = &r->counting.filter;
	struct counting_option options[] = {
		COUNTING_TRACK(f->track),
		COUNTING_COUNT(f->count),
		COUNTING_SECONDS(f->seconds, "`seconds' is missing"),
		{ "unique_on", read_unique, f, "unique_on is src_port or dst_port", NULL, false },
	};
	const char *why;
	size_t at;

	(void)rs;
	if (r->counting.threshold.type != THRESHOLD_NONE)
		return "threshold and detection_filter can not stand in one rule";
	why = counting_options(options, sizeof options / sizeof options[0], value, &at);
	if (why == NULL && f->unique_on != UNIQUE_NONE && f->count > UINT16_MAX)
		return "there are not that many ports";
	r->counts = true;
	return why;
}

const struct keyword keyword_detection_filter = { "detection_filter", VALUE_NEEDED, KEYWORD_ONCE, parse, 0, 0 };
