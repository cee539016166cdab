/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pop3.new:source, track K, learn L, seconds S[, first]; an address that this user or server was not seen with before. With
 * `first', it may never have been seen with any.
 */
#include "../counting.h"

static bool read_nothing(void *out, struct span value)
{
	(void)out;
	return value.n == 0;
}

static bool read_first(void *out, struct span value)
{
	*(bool *)out = true;
	return value.n == 0;
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	struct rule_new *f = &r->counting.fresh;
	struct counting_option options[] = {
		{ "source", read_nothing, NULL, "nothing stands behind `source'", "expected what is new: `source'", false },
		{ "first", read_first, &f->first, "nothing stands behind `first'", NULL, false },
		COUNTING_TRACK(f->track),
		{ "learn", counting_read_any, &f->learn, "learn is a number of seconds", "`learn' is missing", false },
		COUNTING_SECONDS(f->seconds, "`seconds' is missing"),
	};
	size_t at;
	const char *why = counting_options(options, sizeof options / sizeof options[0], value, &at);

	(void)rs;
	f->set = true;
	r->counts = true;
	if (why == NULL && (f->track == TRACK_SRC || f->track == TRACK_BOTH || f->track == TRACK_FLOW))
		return "what is tracked has but one source";
	return why;
}

const struct keyword keyword_pop3_new = { "pop3.new", VALUE_NEEDED, KEYWORD_ONCE, parse, 0, KIND(EVENT_LOGIN) };
