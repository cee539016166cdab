/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of this room share:
 *
 *   arena.c      memory that is given back all at once
 *   address.c    address and port lists, with variables
 *   parser.c     rule files to rules, with the place of whatever is wrong
 *   classes.c    classification.config
 *   ruleset.c    rules to alerts
 *   keywords/    the options in a rule's parentheses, a file each and a row in keywords.def
 */
#ifndef PLAINPOP_RULE_IMPL_H
#define PLAINPOP_RULE_IMPL_H

#include "plainpop/rule.h"

/* ---- arena.c ---- */

struct arena {
	struct arena_chunk *chunk;
};

/* n zeroed bytes that live as long as the arena, or NULL. */
void *arena_alloc(struct arena *a, size_t n);
/* A string of its own. */
const char *arena_string(struct arena *a, struct span s);
/* Room for one more of size bytes behind an array of n; grows by doubling. NULL: no memory. */
void *arena_grow(struct arena *a, void *array, size_t n, size_t size);
void arena_fini(struct arena *a);

/* ---- lists of addresses and ports ---- */

struct address_range {
	bool negated;
	uint8_t ip_v;
	uint8_t first[16], last[16]; /* inclusive; IPv4 in the first four bytes */
};

struct port_range {
	bool negated;
	uint16_t first, last;
};

struct address_list {
	struct address_range *range;
	size_t n; /* 0: any */
};

struct port_list {
	struct port_range *range;
	size_t n;
};

/* A line of threshold.config: suppress gen_id G, sig_id S, track by_src|by_dst, ip ADDRESSES. */
struct suppress {
	uint32_t gid, sid; /* sid 0: all of the group; gid 0: all */
	enum { SUPPRESS_ALL, SUPPRESS_SRC, SUPPRESS_DST, SUPPRESS_EITHER } track;
	struct address_list addresses;
};

/* A rule as it is matched: what an alert says, then what has to be true. */
struct rule_test {
	bool (*match)(const struct rule_test *t, const struct event *e);
	bool negated;
	uint32_t mask;      /* tests on enumerators: a bit each */
	const char **word;  /* tests on words */
	size_t n;
};

struct full_rule {
	struct signature signature;
	struct address_list source, destination;
	struct port_list source_port, destination_port;
	bool both_ways; /* <> */
	bool priority_set, event_set;
	enum event_kind kind;
	struct rule_test *test;
	size_t n_tests;
	struct rule_counting counting;
	bool counts; /* counting says something */
	const char *text;
};

struct class {
	const char *name, *description;
	uint8_t priority;
};

struct ruleset {
	struct arena arena;
	const struct rule_variable *var;
	size_t n_vars;
	struct class *class;
	size_t n_classes;
	struct suppress *suppress;
	size_t n_suppress;
	struct full_rule **rule;
	size_t n;
	size_t skipped;
};

/* ---- address.c ---- */

/* Why a list is wrong: static text, or NULL when it is not. *at: where in the text, if there. */
const char *address_list_parse(struct ruleset *rs, struct address_list *out, struct span text, size_t *at);
const char *port_list_parse(struct ruleset *rs, struct port_list *out, struct span text, size_t *at);
bool address_list_has(const struct address_list *l, uint8_t ip_v, const uint8_t addr[16]);
bool port_list_has(const struct port_list *l, uint16_t port);

/* ---- keywords ---- */

struct keyword {
	const char *name;
	bool takes_value;
	bool once; /* may stand in a rule only once */
	/* Reads the value into r. NULL, or why it is wrong (static text). */
	const char *(*parse)(struct ruleset *rs, struct full_rule *r, struct span value);
};

#define KEYWORD(symbol) extern const struct keyword keyword_##symbol;
#include "keywords/keywords.def"
#undef KEYWORD

const struct keyword *keyword_by_name(struct span name);
/* Number i of the table, from 0; NULL behind the last. */
const struct keyword *keyword_at(unsigned i);

/* Adds a test to r. NULL: no memory. */
struct rule_test *rule_test_add(struct ruleset *rs, struct full_rule *r);

/* For values that are lists: cuts the next item off *list at a comma, without blanks around it. */
struct span list_item(struct span *list);
/* s without blanks at either end. */
struct span trim(struct span s);
/* The text of "quoted" with its escapes resolved, in the arena; NULL when it is not quoted or out of memory. */
const char *unquote(struct ruleset *rs, struct span value);
/* A decimal number from min to max. */
bool number(struct span s, uint32_t min, uint32_t max, uint32_t *out);

/*
 * For keywords whose value is a list of enumerators, "[!]name[,name...]": adds a test with their bits.
 * name_of gives the names of 0 to count-1, NULL where there is none.
 */
const char *enum_test(struct ruleset *rs, struct full_rule *r, struct span value, const char *(*name_of)(int),
		      int count, bool (*match)(const struct rule_test *, const struct event *));

/* ---- classes.c ---- */

const struct class *class_by_name(const struct ruleset *rs, struct span name);

#endif
