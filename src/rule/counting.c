/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the keywords that count and threshold.config have in common: lists of options, and their values. */
#include "counting.h"

static const char *const tracks[] = {
	[TRACK_RULE] = "by_rule", [TRACK_SRC] = "by_src",   [TRACK_DST] = "by_dst",         [TRACK_BOTH] = "by_both",
	[TRACK_FLOW] = "by_flow", [TRACK_USER] = "by_user", [TRACK_ACCOUNT] = "by_account", [TRACK_LOGIN] = "by_login",
	[TRACK_SECRET] = "by_secret",
};

static const char *const types[] = {
	[THRESHOLD_LIMIT] = "limit",
	[THRESHOLD_THRESHOLD] = "threshold",
	[THRESHOLD_BOTH] = "both",
	[THRESHOLD_BACKOFF] = "backoff",
};

bool counting_read_track(void *out, struct span value)
{
	unsigned i;

	for (i = 0; i < sizeof tracks / sizeof tracks[0]; i++)
		if (span_is(value, tracks[i])) {
			*(enum rule_track *)out = (enum rule_track)i;
			return true;
		}
	return false;
}

bool counting_read_type(void *out, struct span value)
{
	struct rule_threshold *t = out;
	unsigned i;

	for (i = THRESHOLD_LIMIT; i < sizeof types / sizeof types[0]; i++)
		if (span_is(value, types[i])) {
			t->type = i;
			return true;
		}
	return false;
}

bool counting_read_number(void *out, struct span value)
{
	return number(value, 1, UINT32_MAX, out);
}

bool counting_read_any(void *out, struct span value)
{
	return number(value, 0, UINT32_MAX, out);
}

const char *counting_check_threshold(const struct rule_threshold *t)
{
	if (t->type != THRESHOLD_BACKOFF)
		return t->seconds == 0 ? "`seconds' is missing" :
		       t->multiplier != 0 ? "`multiplier' is for the type backoff" : NULL;
	if (t->track != TRACK_FLOW)
		return "the type backoff tracks by_flow";
	return t->multiplier == 0 ? "`multiplier' is missing" :
	       t->seconds != 0 ? "the type backoff has no `seconds'" : NULL;
}

/* Cuts the next option off *list, at a comma outside of brackets. */
static struct span take_option(struct span *list)
{
	struct span option;
	size_t i;
	int brackets = 0;

	for (i = 0; i < list->n && (list->p[i] != ',' || brackets > 0); i++)
		brackets += list->p[i] == '[' ? 1 : list->p[i] == ']' ? -1 : 0;
	option = span_take(*list, i);
	*list = span_skip(*list, i);
	return option;
}

static bool in_name(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static const char *read_option(struct counting_option *o, size_t n, struct span option)
{
	struct counting_option *found = NULL;
	size_t i, length = 0;
	struct span name;

	while (length < option.n && in_name(option.p[length]))
		length++;
	name = span_take(option, length);
	for (i = 0; i < n && (found == NULL || found->seen); i++)
		if (span_is(name, o[i].name))
			found = &o[i];
	if (found == NULL)
		return option.n == 0 ? "an option is missing" : "no such option";
	if (found->seen)
		return "an option stands here twice";
	found->seen = true;
	return found->read(found->out, trim(span_skip(option, length))) ? NULL : found->wrong;
}

const char *counting_options(struct counting_option *o, size_t n, struct span list, size_t *at)
{
	const uint8_t *start = list.p;
	const char *why;
	size_t i;

	for (;;) {
		struct span option = trim(take_option(&list));

		*at = option.p != NULL ? (size_t)(option.p - start) : 0;
		why = read_option(o, n, option);
		if (why != NULL)
			return why;
		if (list.n == 0)
			break;
		list = span_skip(list, 1); /* the comma */
	}
	*at = 0;
	for (i = 0; i < n; i++)
		if (!o[i].seen && o[i].missing != NULL)
			return o[i].missing;
	return NULL;
}
