/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of options, as the keywords that count and the lines of threshold.config have them. */
#ifndef PLAINPOP_RULE_COUNTING_H
#define PLAINPOP_RULE_COUNTING_H

#include "impl.h"

/*
 * An option in a list such as "type limit, track by_src, count 1, seconds 60". Its reader gets what stands behind the
 * name; false: that is wrong.
 */
struct counting_option {
	const char *name;
	bool (*read)(void *out, struct span value);
	void *out;
	const char *wrong;   /* static texts: the value is wrong; */
	const char *missing; /* the option is not there. NULL: it need not be */
	bool seen;
};

/*
 * Reads a list of options in any order, each as often as it is in o at most. NULL, or why it is wrong (static text), with
 * *at the offset of the option concerned.
 */
const char *counting_options(struct counting_option *o, size_t n, struct span list, size_t *at);

/* Readers. */
bool counting_read_track(void *out, struct span value);    /* enum rule_track */
bool counting_read_type(void *out, struct span value);     /* struct rule_threshold: its type */
bool counting_read_number(void *out, struct span value);   /* uint32_t, from 1 */
bool counting_read_any(void *out, struct span value);      /* uint32_t, from 0 */

/* What more is to be said of a threshold that was read; 0 stands for what was not given. */
const char *counting_check_threshold(const struct rule_threshold *t);

#define COUNTING_TRACK(field)                                                                                          \
	{ "track", counting_read_track, &(field),                                                                      \
	  "track is by_src, by_dst, by_both, by_rule, by_flow, by_user, by_account, by_login or by_secret", "`track' is missing", false }
#define COUNTING_COUNT(field)                                                                                          \
	{ "count", counting_read_number, &(field), "count is a number from 1", "`count' is missing", false }
#define COUNTING_SECONDS(field, missing)                                                                               \
	{ "seconds", counting_read_number, &(field), "seconds is a number from 1", missing, false }

#endif
