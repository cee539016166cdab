/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of this room share:
 *
 *   load.c       files to text, and the three kinds of configuration lines to those who read them
 *   parser.c     rule files to rules, with the place of whatever is wrong
 *   value.c      the pieces that the values of options are made of
 *   address.c    address and port lists, with variables
 *   classes.c    classification.config, references.c reference.config, thresholds.c threshold.config
 *   counting.c   what thresholds.c shares with the keywords that count, see counting.h
 *   keywords/    the options in a rule's parentheses, a file each and a row in keywords.def
 *   buffers.def  where bytes are looked for, a row each
 *   scope.c      which events a rule is about, by what it asks for
 *   inspect.c    content, pcre and their kin against bytes
 *   prefilter.c  which rules are worth a look, by one literal each
 *   ruleset.c    events to alerts
 *   numbers.c    which gid and sid are taken
 *   arena.c      memory that is given back all at once
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

/* An address as a number, so that it is compared at once; IPv4 in the first four bytes. */
struct address_number {
	uint64_t high, low;
};

struct address_range {
	bool negated;
	uint8_t ip_v;
	struct address_number first, last; /* inclusive */
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

/* Which rules a line of threshold.config is about. */
struct rule_group {
	uint32_t gid, sid; /* sid 0: all of the group; gid 0: all */
};

/* A line of threshold.config: suppress gen_id G, sig_id S, track by_src|by_dst, ip ADDRESSES. */
struct suppress {
	struct rule_group about;
	enum { SUPPRESS_ALL, SUPPRESS_SRC, SUPPRESS_DST, SUPPRESS_EITHER } track;
	struct address_list addresses;
};

/* Others: event_filter and rate_filter. */
struct event_filter {
	struct rule_group about;
	struct rule_threshold threshold;
};

struct rate_filter {
	struct rule_group about;
	struct rule_rate_filter rate;
};

/* ---- a rule, as it is matched ---- */

/* One condition on the event as a whole. */
struct rule_test {
	bool (*match)(const struct rule_test *t, const struct rule_subject *s);
	bool negated;
	uint32_t mask;      /* tests on enumerators that are no facts: a bit each */
	const char **word;  /* tests on words */
	size_t n;
	uint32_t first, last; /* tests on numbers, inclusive */
	uint8_t buffer;     /* tests on words: of which */
	uint16_t *number;   /* tests on flowbits */
	bool each_negated;
};

struct regex; /* inspect.c */

/* One condition on bytes. `relative`: to the end of what the one before it found. */
struct byte_test {
	enum { BYTES_CONTENT, BYTES_PCRE, BYTES_ISDATAAT, BYTES_SIZE, BYTES_BASE64, BYTES_NUMBER } kind;
	bool negated, relative;
	/* content */
	const uint8_t *bytes;
	uint32_t n;
	bool nocase, at_start, at_end;
	bool distance_set, within_set, offset_set, depth_set;
	int32_t distance;
	uint32_t within, offset, depth; /* depth from the beginning of the buffer, once the rule is read */
	bool fast;               /* fast_pattern: */
	uint32_t fast_at, fast_n; /* these of its bytes; fast_n 0: all */
	/* pcre */
	struct regex *regex;
	/* isdataat; base64_decode: how far to skip */
	uint32_t at;
	/* bsize; base64_decode: last is how much to decode */
	uint32_t first, last;
	/* byte_test: n bytes at distance from the beginning or the match before */
	uint8_t compare; /* enum number_compare */
	uint8_t base;    /* of digits; 0: a binary number */
	bool little;
	uint64_t value, mask;
};

enum number_compare { NUMBER_EQUAL, NUMBER_LESS, NUMBER_MORE, NUMBER_AT_MOST, NUMBER_AT_LEAST, NUMBER_AND, NUMBER_XOR };

/* The conditions on one buffer, in the order in which they stand. */
struct byte_group {
	enum rule_buffer buffer;
	struct byte_test *test;
	size_t n;
};

enum flowbit_change { FLOWBIT_SET, FLOWBIT_UNSET, FLOWBIT_TOGGLE };

struct flowbit_action {
	uint8_t what; /* enum flowbit_change */
	uint16_t bit;
};

#define KIND(k) (1u << (k))
#define KINDS_LINES (KIND(EVENT_CLIENT_LINE) | KIND(EVENT_SERVER_LINE))
#define KINDS_ALL ((1u << EVENT_KIND_MAX) - 1)

struct full_rule {
	struct signature signature;
	struct address_list source, destination;
	struct port_list source_port, destination_port;
	bool both_ways; /* <> */
	bool any_end;   /* any any -> any any */
	bool noalert;
	bool packets;   /* the protocol is tcp-pkt */
	bool is_pop3;   /* the protocol is pop3 */
	bool priority_set;
	bool unwanted;  /* its `requires` is not met */
	enum { FROM_ANY, FROM_CLIENT, FROM_SERVER } from;
	enum { ESTABLISHED_ANY, ESTABLISHED_YES, ESTABLISHED_NO } established;

	uint32_t kinds;   /* of events that it is about, a bit each; while it is read: that it can be about, */
	uint32_t prefers; /* those that its keywords are mostly about, */
	uint32_t asked;   /* and those that pop3.event asks for */
	enum rule_stage stage;

	uint64_t excluded; /* facts, with which no event is what it is about */
	struct rule_test *test;
	size_t n_tests;
	struct byte_group *group;
	size_t n_groups;
	size_t group_now; /* that the next content is for; SIZE_MAX: the line itself */
	struct flowbit_action *bits;
	size_t n_bits;
	bool uses_flowbits;
	enum { TURN_SETS, TURN_BOTH, TURN_READS, TURN_MAX } turn; /* what it does with flowbits; those that set them go first */
	struct rule_counting counting;
	bool counts; /* counting says something */
	const struct suppress **suppress; /* lines about it */
	size_t n_suppress;
	const char *text;
};

/* ---- numbers.c ---- */

/* The numbers of the rules: a hash table of places in the array of rules, from 1; 0 is free. */
struct numbers {
	uint32_t *place;
	size_t size; /* a power of two, or 0 */
};

/* Whether one of the rules has the number. */
bool numbers_has(const struct numbers *t, struct full_rule *const *rule, uint32_t gid, uint32_t sid);
/* Notes that of rule[i], the last one, which no other has. False: no memory. */
bool numbers_add(struct numbers *t, struct full_rule *const *rule, size_t i);
void numbers_fini(struct numbers *t);

struct class {
	const char *name, *description;
	uint8_t priority;
};

struct reference_type {
	const char *name, *prefix;
};

#define RULES_MAX 1000000 /* more are refused */

struct ruleset {
	struct arena arena;
	const struct rule_variable *var;
	size_t n_vars;
	struct class *class;
	size_t n_classes;
	struct reference_type *reference;
	size_t n_references;
	struct suppress **suppress;
	size_t n_suppress;
	struct event_filter *event_filter;
	size_t n_event_filters;
	struct rate_filter *rate_filter;
	size_t n_rate_filters;
	struct rule_after *after; /* of all rules, those that differ in what is counted */
	size_t n_after;
	struct full_rule **rule;
	size_t n;
	struct numbers numbers;
	size_t skipped;
	const char **flowbit; /* names; the place is the bit */
	size_t n_flowbits;
	struct regex *regex;  /* all of them, to be given back */
	struct prefilter *prefilter;
};

/* ---- address.c ---- */

/* Why a list is wrong: static text, or NULL when it is not. *at: where in the text, if there. */
const char *address_list_parse(struct ruleset *rs, struct address_list *out, struct span text, size_t *at);
const char *port_list_parse(struct ruleset *rs, struct port_list *out, struct span text, size_t *at);
bool address_list_has(const struct address_list *l, uint8_t ip_v, const uint8_t addr[16]);
bool port_list_has(const struct port_list *l, uint16_t port);

/* ---- value.c: what the values of options are made of ---- */

/* Cuts the next item off *list at a comma, without blanks around it. */
struct span list_item(struct span *list);
/* s without blanks at either end. */
struct span trim(struct span s);
/* A decimal number from min to max. */
bool number(struct span s, uint32_t min, uint32_t max, uint32_t *out);
/* The same with a sign. */
bool number_signed(struct span s, int32_t *out);
/* The number that s begins with, its digits of that base. How many there are; 0: none, or too large a number. */
size_t number_in(struct span s, unsigned base, uint64_t *out);
/* "5", "<5", ">5", "<=5", ">=5", "=5", "3<>9" and "3-9" (between, ends left out), as a range with both ends. */
bool number_range(struct span s, uint32_t *first, uint32_t *last);
/* Cuts a `!` off the front. */
bool negation(struct span *s);
/* What stands between double quotes, escapes and all; p NULL: no quotes. */
struct span quoted(struct span value);
/* The text of "quoted" with its escapes resolved, in the arena; NULL when it is not quoted or out of memory. */
const char *unquote(struct ruleset *rs, struct span value);

/* ---- keywords ---- */

enum keyword_value { VALUE_NONE, VALUE_NEEDED, VALUE_OPTIONAL };
/* Where it may stand in a rule: KEYWORD_BEHIND_CONTENT is for those that change the content in front of them. */
enum keyword_place { KEYWORD_ANYWHERE, KEYWORD_ONCE, KEYWORD_BEHIND_CONTENT };

struct keyword {
	const char *name;
	uint8_t value; /* enum keyword_value */
	uint8_t place; /* enum keyword_place */
	/* Reads the value into r; value.p is NULL without one. NULL, or why it is wrong (static text). */
	const char *(*parse)(struct ruleset *rs, struct full_rule *r, struct span value);
	uint32_t kinds;   /* events that it can be asked of, KIND() each; 0: all */
	uint32_t prefers; /* and those that it is mostly about; 0: it does not matter */
};

#define KEYWORD(symbol) extern const struct keyword keyword_##symbol;
#include "keywords/keywords.def"
#undef KEYWORD
#define BUFFER(id, symbol, name, kinds, prefers) extern const struct keyword keyword_##symbol;
#include "buffers.def"
#undef BUFFER

#define KEYWORDS_MAX 128

const struct keyword *keyword_by_name(struct span name);
/* Its place in the table, below KEYWORDS_MAX. */
unsigned keyword_number(const struct keyword *k);

/* Adds a test to r. NULL: no memory. */
struct rule_test *rule_test_add(struct ruleset *rs, struct full_rule *r);
/* Adds a condition on the buffer at hand. NULL: no memory. */
struct byte_test *byte_test_add(struct ruleset *rs, struct full_rule *r);
/* The content that a KEYWORD_BEHIND_CONTENT is for: the last condition on the buffer at hand; NULL when that is none. */
struct byte_test *content_at_hand(const struct full_rule *r);
/* What follows is about another buffer. False: no memory. */
bool buffer_select(struct ruleset *rs, struct full_rule *r, enum rule_buffer buffer);
/* Narrows down which events the rule can be about. */
void rule_about(struct full_rule *r, uint32_t kinds, uint32_t prefers);

/* ---- facts.c ---- */

/* FACT(ID, field of the event, how many values it can have) */
#define RULE_FACTS                                          \
	FACT(OUTCOME, outcome, OUTCOME_MAX)                 \
	FACT(EXPOSURE, exposure, EXPOSURE_MAX)              \
	FACT(STLS, stls, STLS_MAX)                          \
	FACT(SERVER, server, SERVER_MAX)                    \
	FACT(CREDENTIAL, credential, CREDENTIAL_VALID + 1u) \
	FACT(ANOMALY, anomaly, ANOMALY_MAX)

enum rule_fact {
#define FACT(id, field, values) FACT_##id,
	RULE_FACTS
#undef FACT
	FACT_MAX
};

/* The bit of each one's first value: the last of the one before, and the next. */
enum {
#define FACT(id, field, values) FACT_FIRST_##id, FACT_LAST_##id = FACT_FIRST_##id + (int)(values) - 1,
	RULE_FACTS
#undef FACT
	FACT_BITS
};
_Static_assert(FACT_BITS <= 64, "more values than bits");

/* Those of an event. */
uint64_t facts_of(const struct event *e);
/* How many values there are of one. */
unsigned facts_count(enum rule_fact f);
/* The rule is only about events with one of these values, a bit each. */
void rule_allows(struct full_rule *r, enum rule_fact f, uint32_t values);
/* The values that it is about. */
uint32_t rule_allowed(const struct full_rule *r, enum rule_fact f);

/*
 * For keywords whose value is a list of an enumerator's names, "[!]name[,name...]". name_of gives the name of each value,
 * NULL where it has none.
 */
const char *enum_test(struct full_rule *r, struct span value, const char *(*name_of)(int), enum rule_fact f);

/* ---- buffers.def ---- */

/* The keyword of a buffer: its word, and with a value a list of words that it may be. */
const char *buffer_keyword(struct ruleset *rs, struct full_rule *r, struct span value, enum rule_buffer buffer);

/* ---- scope.c ---- */

/* Settles which events a rule is about, once it is read. NULL, or why there are none. */
const char *scope_settle(struct full_rule *r);

/* ---- configuration lines: NULL, or why one is wrong, and *column, from 0, where ---- */

const char *class_line(struct ruleset *rs, struct span line, size_t *column);
const char *reference_line(struct ruleset *rs, struct span line, size_t *column);
const char *threshold_line(struct ruleset *rs, struct span line, size_t *column);
/* What the lines read up to now say of a rule; to be called once, when it is whole. False: no memory. */
bool thresholds_apply(struct ruleset *rs, struct full_rule *r);

const struct class *class_by_name(const struct ruleset *rs, struct span name);
const struct reference_type *reference_by_name(const struct ruleset *rs, struct span name);

/* ---- inspect.c ---- */

/* Compiles a regular expression; options are those of pcre2_compile(). NULL, with why in err (static). */
struct regex *regex_new(struct ruleset *rs, struct span pattern, uint32_t options, const char **err);
void regex_free_all(struct regex *r);

/* True when the group agrees with the bytes; base64: what a base64_data group has to agree with, or NULL. */
bool inspect(const struct byte_group *g, const struct byte_group *base64, struct span bytes);

/* ---- prefilter.c ---- */

/* Built over the rules of rs. False: why in err (256 bytes). */
bool prefilter_build(struct ruleset *rs, char err[256]);
void prefilter_free(struct prefilter *p);
bool prefilter_wants(const struct prefilter *p, enum event_kind kind, enum rule_stage stage);
/* As ruleset_wants_line(). */
bool prefilter_wants_line(struct prefilter *p, enum event_kind kind, enum rule_stage stage, struct span line);
/*
 * The rules that may match, in order: their numbers, valid until the next call. facts are the event's, and no rule that
 * excludes one is among them. bytes gives the buffers that are looked through, by enum rule_buffer; looked: as in struct
 * rule_subject.
 */
const uint32_t *prefilter_candidates(struct prefilter *p, enum event_kind kind, enum rule_stage stage, uint64_t facts,
				     const struct span bytes[RULE_BUFFER_MAX], bool looked, size_t *n);

#endif
