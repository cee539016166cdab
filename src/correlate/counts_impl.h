/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the counts share:
 *
 *   counts.c     the order in which a rule's conditions are asked
 *   key.c        whose events are counted together
 *   table.c      one table for all counts: bounded, the longest unused go first
 *   seen.c       what was seen lately, and when
 *   threshold.c  threshold, detection_filter, rate_filter: windows that begin with an event
 *   distinct.c   pop3.distinct
 *   failures.c   pop3.after
 *   fresh.c      pop3.new
 *
 * Time is that of packets, in µs, and may run backwards: several captures one after another, several sensors. So "within S
 * seconds" is meant in both directions, which keeps neighbours together that came in another order, and begins anew where
 * another capture does.
 */
#ifndef PLAINPOP_CORRELATE_COUNTS_IMPL_H
#define PLAINPOP_CORRELATE_COUNTS_IMPL_H

#include "plainpop/correlate.h"

/* True when two times are at most so many seconds apart. */
static inline bool within(uint64_t a, uint64_t b, uint32_t seconds)
{
	return (a > b ? a - b : b - a) <= seconds * UINT64_C(1000000);
}

/* One more, unless that would be none. */
static inline uint32_t one_more(uint32_t n)
{
	return n < UINT32_MAX ? n + 1 : n;
}

/* ---- key.c ---- */

enum tally_kind {
	TALLY_LIMIT,
	TALLY_THRESHOLD,
	TALLY_BOTH,
	TALLY_BACKOFF,
	TALLY_FILTER,
	TALLY_RATE,
	TALLY_FAILURES,
	TALLY_SOURCES,
	TALLY_DISTINCT, /* with as few lists as there can be; the next ones have one more each */
	TALLY_KIND_MAX = TALLY_DISTINCT + DISTINCT_LISTS - DISTINCT_SECRETS
};

/*
 * What a count is kept under. The hash stands for all that makes it this one: that any two of a million have the same
 * happens once in 37 million runs, and nobody can bring it about who does not know the key of the hash.
 */
struct tally_key {
	uint64_t hash;
	enum tally_kind kind;
};

/* Hashes what outsiders choose: names, secrets, addresses. Another in each run, and in no result. */
struct tally_hash {
	uint8_t key[16];
	struct hash_key words; /* for what has a fixed size */
	const struct event *event; /* at hand */
	uint64_t number; /* another for each event; 0: none */
	/* What was told apart of it, once it was asked for; its user from the beginning, whom many rules ask for. */
	struct {
		uint64_t value;
		bool asked, has;
	} told[DISTINCT_LISTS];
};

/* From here on e is the event at hand. */
void tally_event(struct tally_hash *h, const struct event *e);

/* False: the event has not what is tracked, and does not count. */
bool tally_key(struct tally_key *k, const struct tally_hash *h, enum tally_kind kind, enum rule_track track, uint32_t gid,
	       uint32_t sid, const struct event *e);

/* One of the things that pop3.distinct tells apart, as a number. False: the event has none. */
bool tally_value(uint64_t *value, struct tally_hash *h, enum rule_distinct_what what, const struct event *e);

/* ---- table.c ---- */

struct tally;

#define TALLIES_ASKED 48

struct tally_table {
	struct tally_hash hash;
	struct tally **bucket;
	size_t mask;
	struct tally *newest, *oldest; /* in order of last use */
	size_t memory, cap;            /* bytes */
	struct spares spare[TALLY_KIND_MAX]; /* of each kind; besides that */
	struct tally_key asked[TALLIES_ASKED]; /* what will be looked for */
	size_t n_asked;
};

bool tally_init(struct tally_table *t, size_t cap);
void tally_fini(struct tally_table *t);

/*
 * Says what will be looked for, all of it, before it is: so that it comes from memory together, and not one after another.
 * First tally_ask() for each, then tally_fetch(). What was asked for before is not asked for any more.
 */
void tally_ask_nothing(struct tally_table *t);
void tally_ask(struct tally_table *t, struct tally_key k);
void tally_fetch(const struct tally_table *t);

/* What is kept under the key, or NULL; it is then the last used. Valid until the next call for another key. */
void *tally_find(struct tally_table *t, struct tally_key k);
/* The same; made when it is not there, all zero. NULL: no memory, which is counted. */
void *tally_get(struct tally_table *t, struct tally_key k);

/*
 * Gives an array of the count last found or made another size; others are forgotten for it. False: it stays as it is. An
 * array of nothing is NULL. That there is no memory is counted.
 */
bool tally_resize(struct tally_table *t, void **array, size_t from, size_t to);

/* ---- seen.c ---- */

struct seen {
	uint64_t value, ts; /* of a set: what, and when last. Of a log: how many, and when the first of them */
};

/* The first stands in it: most have no other. */
struct seen_list {
	union {
		struct seen first; /* while room is 0 */
		struct seen *at;
	};
	uint32_t n, room;
};

/* Takes out what is not within so many seconds of now. */
void seen_forget(struct tally_table *t, struct seen_list *l, uint64_t now, uint32_t seconds);
/* Notes a value of a set; where there is no room, in place of the one not seen for longest. True: it was not there. */
bool seen_value(struct tally_table *t, struct seen_list *l, uint64_t value, uint64_t now);
/* Notes one more of a log. Beyond its room neighbours are put together, and then count as long as the elder would. */
void seen_one(struct tally_table *t, struct seen_list *l, uint64_t now);
/* How many a log holds, and the first. */
uint32_t seen_total(const struct seen_list *l);
uint64_t seen_first(const struct seen_list *l);

/* ---- what is kept ---- */

#define PORTS_SIZE (65536 / 8) /* bytes: a bit for each port */

struct window {
	uint64_t start;
	uint64_t first;     /* of those that were held back */
	uint64_t changed;   /* rate_filter: when its action began to stand */
	void *ports;        /* those that unique_on told apart; PORTS_SIZE bytes, or NULL */
	uint32_t count;     /* events in the window; of the type threshold, since its last alert */
	uint32_t n_ports;
	uint32_t held_back; /* events since the last alert */
	uint32_t next;      /* backoff: the number of the next alert */
	bool begun;         /* there is a window */
	bool other_action;  /* rate_filter */
};

struct distinct {
	uint64_t fired;
	bool has_fired;
	unsigned lists; /* as its kind says */
	struct seen_list list[]; /* by enum rule_distinct_what: logins, users and secrets at least */
};

/* How many a count of this kind has, which is one for pop3.distinct. */
static inline unsigned distinct_lists(enum tally_kind kind)
{
	return kind - TALLY_DISTINCT + DISTINCT_SECRETS + 1;
}

enum { FAILED_USERS, FAILED_SECRETS, FAILED_SOURCES, FAILED_MAX };

struct failures {
	struct seen_list log, list[FAILED_MAX];
};

struct sources {
	struct seen_list set;
	uint64_t since;         /* when the key was first seen */
	bool known;             /* it was */
	bool was_known, is_new; /* before the event `noted', which is the last one; and its source */
	uint64_t noted;
};

/* ---- conditions ---- */

struct counts {
	struct tally_table table;
};

/* A rule and the event it matched. */
struct matched {
	const struct signature *signature;
	const struct event *event;
	struct alert_counts *counts;
};

/* Each: true when the rule may still alert. */
enum tally_kind distinct_kind(const struct rule_distinct *d);
bool distinct_alerts(struct tally_table *t, const struct rule_distinct *d, const struct matched *m);
bool failures_alert(struct tally_table *t, const struct rule_after *a, const struct matched *m);
bool fresh_key(struct tally_key *k, const struct tally_hash *h, const struct rule_new *f, const struct event *e);
bool fresh_alerts(struct tally_table *t, const struct rule_new *f, const struct matched *m);
bool filter_alerts(struct tally_table *t, const struct rule_detection_filter *f, const struct matched *m);
enum tally_kind threshold_kind(const struct rule_threshold *th);
bool threshold_alerts(struct tally_table *t, const struct rule_threshold *th, const struct matched *m);

/* The action of the rule now. */
enum signature_action rate_action(struct tally_table *t, const struct rule_rate_filter *r, const struct matched *m);

/* True of a login that the server looked at, and found wrong. */
bool failures_has(const struct event *e);
/* Notes one. */
void failures_note(struct tally_table *t, const struct rule_after *a, const struct event *e);

#endif
