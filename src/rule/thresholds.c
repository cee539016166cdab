/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * threshold.config: what an operator says of rules that others wrote.
 *
 *   suppress gen_id G, sig_id S[, track by_src|by_dst|by_either, ip ADDRESSES]
 *   event_filter gen_id G, sig_id S, type T, track K, count N, seconds S        (also: threshold)
 *   rate_filter gen_id G, sig_id S, track K, count N, seconds S, new_action A, timeout T
 *
 * sig_id 0 is all rules of the group, gen_id 0 with it all rules. Of several lines about a rule the one that names it
 * counts, then the one that names its group; of equals the last. As with Suricata, a line that names no rule leaves those
 * alone that have a threshold or detection_filter of their own.
 */
#include "counting.h"

struct addresses {
	struct ruleset *rs;
	struct address_list list;
	struct span text;
	const char *why;
	size_t at;
};

static bool read_addresses(void *out, struct span value)
{
	struct addresses *a = out;

	a->text = value;
	a->why = value.n == 0 ? "an address is missing" : address_list_parse(a->rs, &a->list, value, &a->at);
	return a->why == NULL;
}

static bool read_suppress_track(void *out, struct span value)
{
	struct suppress *s = out;

	s->track = span_is(value, "by_src") ? SUPPRESS_SRC : span_is(value, "by_dst") ? SUPPRESS_DST :
		   span_is(value, "by_either") ? SUPPRESS_EITHER : SUPPRESS_ALL;
	return s->track != SUPPRESS_ALL;
}

static bool read_action(void *out, struct span value)
{
	static const char *const names[] = {
		[ACTION_ALERT] = "alert", [ACTION_PASS] = "pass", [ACTION_DROP] = "drop", [ACTION_REJECT] = "reject",
	};
	unsigned i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (span_is(value, names[i])) {
			*(enum signature_action *)out = (enum signature_action)i;
			return true;
		}
	return false;
}

#define ABOUT(about)                                                                                           \
	{ "gen_id", counting_read_any, &(about).gid, "gen_id is a number", "`gen_id' is missing", false },     \
	{ "sig_id", counting_read_any, &(about).sid, "sig_id is a number", "`sig_id' is missing", false }

static const char *check_group(const struct rule_group *about)
{
	return about->gid == 0 && about->sid != 0 ? "a sig_id needs its gen_id, which is 1 for most" : NULL;
}

static const char *parse_suppress(struct ruleset *rs, struct span list, size_t *at)
{
	struct suppress s = { .track = SUPPRESS_ALL }, *kept;
	struct addresses a = { .rs = rs };
	struct counting_option options[] = {
		ABOUT(s.about),
		{ "track", read_suppress_track, &s, "track is by_src, by_dst or by_either", NULL, false },
		{ "ip", read_addresses, &a, "not a list of addresses", NULL, false },
	};
	const char *why;

	why = counting_options(options, sizeof options / sizeof options[0], list, at);
	if (a.why != NULL) {
		*at = (size_t)(a.text.p - list.p) + a.at;
		return a.why;
	}
	if (why == NULL && (s.track == SUPPRESS_ALL) != (a.list.n == 0))
		why = "`track' and `ip' go together";
	if (why == NULL)
		why = check_group(&s.about);
	if (why != NULL)
		return why;
	s.addresses = a.list;
	kept = arena_alloc(&rs->arena, sizeof *kept);
	rs->suppress = arena_grow(&rs->arena, rs->suppress, rs->n_suppress, sizeof *rs->suppress);
	if (kept == NULL || rs->suppress == NULL) {
		rs->n_suppress = 0;
		return "out of memory";
	}
	*kept = s;
	rs->suppress[rs->n_suppress++] = kept;
	return NULL;
}

static const char *parse_event_filter(struct ruleset *rs, struct span list, size_t *at)
{
	struct event_filter f = { .about = { 0, 0 } };
	struct rule_threshold *t = &f.threshold;
	struct counting_option options[] = {
		ABOUT(f.about),
		{ "type", counting_read_type, t, "type is limit, threshold, both or backoff", "`type' is missing", false },
		COUNTING_TRACK(t->track),
		COUNTING_COUNT(t->count),
		COUNTING_SECONDS(t->seconds, NULL),
		{ "multiplier", counting_read_number, &t->multiplier, "multiplier is a number from 1", NULL, false },
	};
	const char *why = counting_options(options, sizeof options / sizeof options[0], list, at);

	if (why == NULL)
		why = counting_check_threshold(t);
	if (why == NULL)
		why = check_group(&f.about);
	if (why != NULL)
		return why;
	rs->event_filter = arena_grow(&rs->arena, rs->event_filter, rs->n_event_filters, sizeof f);
	if (rs->event_filter == NULL) {
		rs->n_event_filters = 0;
		return "out of memory";
	}
	rs->event_filter[rs->n_event_filters++] = f;
	return NULL;
}

static const char *parse_rate_filter(struct ruleset *rs, struct span list, size_t *at)
{
	struct rate_filter f = { .about = { 0, 0 } };
	struct rule_rate_filter *r = &f.rate;
	struct counting_option options[] = {
		ABOUT(f.about),
		COUNTING_TRACK(r->track),
		COUNTING_COUNT(r->count),
		COUNTING_SECONDS(r->seconds, "`seconds' is missing"),
		{ "new_action", read_action, &r->action, "new_action is alert, drop, reject or pass", "`new_action' is missing",
		  false },
		{ "timeout", counting_read_any, &r->timeout, "timeout is a number of seconds", "`timeout' is missing", false },
	};
	const char *why = counting_options(options, sizeof options / sizeof options[0], list, at);

	if (why == NULL)
		why = check_group(&f.about);
	if (why != NULL)
		return why;
	rs->rate_filter = arena_grow(&rs->arena, rs->rate_filter, rs->n_rate_filters, sizeof f);
	if (rs->rate_filter == NULL) {
		rs->n_rate_filters = 0;
		return "out of memory";
	}
	rs->rate_filter[rs->n_rate_filters++] = f;
	return NULL;
}

static const struct {
	const char *word;
	const char *(*parse)(struct ruleset *rs, struct span list, size_t *at);
} lines[] = {
	{ "suppress", parse_suppress },
	{ "event_filter", parse_event_filter },
	{ "threshold", parse_event_filter },
	{ "rate_filter", parse_rate_filter },
};

const char *threshold_line(struct ruleset *rs, struct span line, size_t *at)
{
	struct span list = line, word = span_word(&list);
	const char *why;
	size_t i;

	*at = 0;
	for (i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		if (!span_is(word, lines[i].word))
			continue;
		why = lines[i].parse(rs, list, at);
		*at += (size_t)(list.p - line.p);
		return why;
	}
	return "expected suppress, event_filter or rate_filter";
}

/* How closely a line is about a rule: 0 not at all, 1 about all rules, 2 about its group, 3 about this one. */
static unsigned closeness(const struct rule_group *about, const struct signature *s)
{
	if ((about->gid != 0 && about->gid != s->gid) || (about->sid != 0 && about->sid != s->sid))
		return 0;
	return about->sid != 0 ? 3 : about->gid != 0 ? 2 : 1;
}

bool thresholds_apply(struct ruleset *rs, struct full_rule *r)
{
	bool own = r->counting.threshold.type != THRESHOLD_NONE || r->counting.filter.count != 0;
	unsigned close, best = own ? 3 : 1;
	size_t i;

	for (i = 0; i < rs->n_event_filters; i++) {
		close = closeness(&rs->event_filter[i].about, &r->signature);
		if (close < best)
			continue;
		best = close;
		r->counting.threshold = rs->event_filter[i].threshold;
		r->counts = true;
	}
	for (i = 0, best = 1; i < rs->n_rate_filters; i++) {
		close = closeness(&rs->rate_filter[i].about, &r->signature);
		if (close < best)
			continue;
		best = close;
		r->counting.rate = rs->rate_filter[i].rate;
		r->counts = true;
	}
	for (i = 0; i < rs->n_suppress; i++) {
		if (closeness(&rs->suppress[i]->about, &r->signature) == 0)
			continue;
		r->suppress = arena_grow(&rs->arena, r->suppress, r->n_suppress, sizeof *r->suppress);
		if (r->suppress == NULL) {
			r->n_suppress = 0;
			return false;
		}
		r->suppress[r->n_suppress++] = rs->suppress[i];
	}
	return true;
}

bool ruleset_suppressed(const struct ruleset *rs, size_t i, const struct event *e)
{
	const struct flow_key *k = &e->flow;
	const struct full_rule *r;
	size_t l;

	if (i >= rs->n)
		return false;
	r = rs->rule[i];
	for (l = 0; l < r->n_suppress; l++) {
		const struct suppress *s = r->suppress[l];
		bool source = s->track == SUPPRESS_SRC || s->track == SUPPRESS_EITHER;
		bool destination = s->track == SUPPRESS_DST || s->track == SUPPRESS_EITHER;

		if (s->track == SUPPRESS_ALL ||
		    (source && address_list_has(&s->addresses, k->ip_v, k->addr[e->from])) ||
		    (destination && address_list_has(&s->addresses, k->ip_v, k->addr[side_other(e->from)])))
			return true;
	}
	return false;
}
