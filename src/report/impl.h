/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is kept of all the records that were read. Names are texts, and a text is known by its number, so that two things
 * are the same when two numbers are. All texts are printable (span_printable()) and of bounded length.
 */
#ifndef PLAINPOP_REPORT_IMPL_H
#define PLAINPOP_REPORT_IMPL_H

#include "plainpop/event.h"
#include "plainpop/report.h"

#define NONE UINT32_MAX /* no row, no text */

/* ---- caps; what is beyond them is counted in struct beyond ---- */

#define TEXT_LONGEST 256 /* bytes of a name, a banner, a message */
#define TEXTS_MAX (UINT32_C(256) << 20) /* bytes of all texts */
#define SERVERS_MAX 65536
#define ACCOUNTS_MAX 1000000
#define CLIENTS_MAX 1000000
#define SECRETS_MAX 1000000
#define ATTACKS_MAX 1000
#define RULES_MAX 10000
#define RUNS_MAX 4096
#define SOURCES_MAX 1000
#define MECHANISMS_MAX 31
#define PAIRS_MAX (UINT32_C(16) << 20)  /* of account and client, server and client, secret and account, each */
#define SEEN_MAX (UINT32_C(32) << 20)   /* records by which duplicates are known */
#define LOGINS_MAX (UINT32_C(8) << 20)  /* logins kept one by one, for the curves of attacks */
#define LINE_LONGEST (UINT32_C(1) << 20)
#define DEPTH_MAX 16

/* ---- map.c: from a number to a number ---- */

struct map {
	struct map_slot {
		uint64_t key;
		uint32_t value; /* NONE: free */
	} *slot;
	uint32_t n, size; /* a power of two, or 0 */
	struct hash_key key;
};

bool map_init(struct map *m);
void map_free(struct map *m);
/* Where the value of key stands, to be read and changed; NULL: it has none. Valid until the next map_put(). */
uint32_t *map_get(const struct map *m, uint64_t key);
/* A key that has none yet. False: no memory, or there are max of them. */
bool map_put(struct map *m, uint64_t key, uint32_t value, uint32_t max);

/* ---- text.c ---- */

struct texts {
	char *pool; /* each ended by NUL */
	size_t n, size;
	struct map index; /* from a hash of the text to its place */
	uint8_t hash_key[16]; /* of whatever else is told apart by its bytes, too */
};

/* The number of a text: made printable, and cut where it is too long. NONE: no memory, or too many. */
uint32_t text_keep(struct report *r, struct span s);
/* What the report calls somebody: the text, or a pseudonym that begins with kind ("user"). */
uint32_t text_name(struct report *r, const char *kind, struct span s);
/* "" for NONE. */
const char *text_of(const struct report *r, uint32_t text);

/* ---- curve.c: logins over time, in so few steps that they can be drawn ---- */

/* How a login ended, for whoever counts. */
enum result { RESULT_ACCEPTED, RESULT_REFUSED, RESULT_UNKNOWN, RESULT_MAX };

#define CURVE_STEPS 96

struct curve {
	uint64_t first, step; /* the first step and the length of each, seconds; step 0: nothing was counted */
	uint32_t n[CURVE_STEPS][RESULT_MAX];
};

void curve_add(struct curve *c, uint64_t second, enum result result);
/* When a step begins, µs; never 0. */
uint64_t curve_start(const struct curve *c, size_t step);
/* The steps from the first to the last that has anything. */
size_t curve_steps(const struct curve *c);
/* Of a step, or the highest of all steps: logins of any result. */
uint32_t curve_sum(const struct curve *c, size_t step);
uint32_t curve_highest(const struct curve *c);

/* ---- the model ---- */

/* What somebody has several of: so many rows of such a size. */
#define ROWS(type) \
	struct { type *p; uint32_t n, size; }

struct tally {
	uint32_t of[RESULT_MAX];
};

struct period {
	uint64_t first, last; /* µs; 0: never */
};

enum product {
#define PRODUCT(id, ...) PRODUCT_##id,
#include "products.def"
#undef PRODUCT
	PRODUCT_MAX
};

struct server {
	uint32_t name, banner;
	uint64_t banner_seen; /* the latest counts */
	enum product product;
	uint32_t sessions, stls[STLS_MAX]; /* by verdict */
	struct tally logins;
	struct period period;
	uint32_t clients;
	bool offers;          /* STLS, in a session at least */
	/* once all was read */
	uint32_t exposed, refused, digests; /* accounts */
};

struct account {
	uint32_t name, server, mechanisms;
	struct tally logins;
	uint8_t worst[RESULT_MAX]; /* enum event_exposure */
	bool valid, breached, unlocked; /* refused though right; in the list of breached ones; a guess was right */
	struct period period;
	uint32_t client[4], clients;
};

struct client {
	uint32_t name;
	struct tally logins;
	struct period period;
	uint32_t accounts, servers, unused; /* sessions that did not use the STLS they were offered */
};

/* A password that was accepted, by its fingerprint. */
struct secret {
	uint32_t id;
	uint32_t accounts, first; /* how many, and the first of them in struct reuse */
	bool breached;
};

struct reuse {
	uint32_t account, next;
	uint32_t name; /* once all was read: of the account, with its server */
};

enum attack_kind {
#define ATTACK(id, ...) ATTACK_##id,
#include "attacks.def"
#undef ATTACK
	ATTACK_MAX
};

enum attack_by { BY_ACCOUNT, BY_CLIENT, BY_SERVER };

struct attack {
	enum attack_kind kind;
	enum attack_by by;
	uint32_t subject, next; /* next: of the same subject */
	uint32_t sid, rule, server, client;
	uint32_t alerts, logins, users, secrets, sources;
	struct period period;
	struct tally tally;
	struct curve *curve;
};

struct rule {
	uint32_t sid, text, severity, alerts;
	struct period period;
};

/* A login of its own, for curves. */
struct login {
	uint32_t second, client, account, server;
	uint8_t result;
};

/* The latest counters of one run of plainpop. */
struct run {
	uint64_t began, uptime; /* seconds */
	uint64_t counter[COUNTER_MAX];
};

struct source {
	uint32_t name;
	uint64_t lines, taken, foreign, damaged, again;
};

/* What had to be left out. */
struct beyond {
	uint64_t texts, cut, servers, accounts, clients, secrets, attacks, rules, runs, pairs, seen, logins, sources, mechanisms;
};

struct report {
	struct report_options options;
	struct texts texts;
	ROWS(struct server) server;
	ROWS(struct account) account;
	ROWS(struct client) client;
	ROWS(struct secret) secret;
	ROWS(struct reuse) reuse;
	ROWS(struct attack) attack;
	ROWS(struct rule) rule;
	ROWS(struct login) login;
	ROWS(struct run) run;
	ROWS(struct source) source;
	struct map servers, accounts, clients, secrets, attacks, rules, hosts;
	struct map account_clients, server_clients, secret_accounts;
	struct map seen; /* records: 0, or 1 for a login that only an alert has told */
	uint32_t mechanism[MECHANISMS_MAX], mechanisms;
	struct tally logins;
	struct curve timeline;
	struct period period;
	uint32_t sessions, stls[STLS_MAX];
	uint64_t unread; /* inputs that could not be read, or not to their end */
	uint64_t alerts, of_alerts; /* logins that alerts alone have told */
	uint64_t nameless;          /* logins whose user was not seen */
	uint64_t one_sided, gaps, gap_bytes, midstream, truncated; /* sessions */
	uint64_t anomaly[ANOMALY_MAX], kernel_drops, output_drops, secrets_shown;
	struct beyond beyond;
	bool no_memory;
	/* once all was read */
	uint32_t *servers_by_rank, *accounts_by_rank, *clients_by_rank, *attacks_by_rank, *reuse_by_rank, *rules_by_rank;
	uint32_t groups;  /* passwords of several accounts */
	uint32_t exposed, exposed_servers, refused, tokens, digests, breached, unlocked; /* accounts, but one */
	ROWS(struct advice) advice;
	uint64_t counter[COUNTER_MAX]; /* of all runs */
	ROWS(struct quality) quality;
};

/* Something to do: a row of advice.def that applies. */
struct advice {
	uint32_t row, count;
	enum product product;
};

/* Something that may be missing. what and meaning: static. */
struct quality {
	const char *what, *meaning;
	uint64_t number;
	bool hole; /* it is one, unless the number is 0 */
};

/* All of them together. */
struct source source_sum(const struct report *r);

/* ---- record.c, from JSON to here ---- */

enum taken { TAKEN, FOREIGN, AGAIN, DAMAGED };

struct json_object;
enum taken record_take(struct report *r, struct json_object *o, const char **why);

/* ---- model.c ---- */

/* A session's ends, as texts. */
struct ends {
	struct span client, server, place; /* place: VLANs and networks that part equal addresses; empty: none */
	uint32_t port;
};

/* One that was told by a pop3 record or an alert. */
struct told_login {
	struct ends ends;
	uint64_t ts;
	struct span user, domain, mechanism, secret, key, banner;
	enum result result;
	enum event_exposure exposure;
	bool valid, breached;
};

struct told_session {
	struct ends ends;
	uint64_t ts;
	struct span banner;
	enum event_stls stls;
	bool offers, logins, one_sided, midstream, truncated;
	uint64_t gap_bytes;
	const char *implementation; /* what CAPA says; a product is known by it, too. Or NULL */
};

struct told_alert {
	struct ends ends;
	uint64_t ts, first_seen;
	struct span user, domain, signature;
	uint32_t sid, severity;
	enum attack_kind attack; /* ATTACK_MAX: none */
	uint32_t logins, users, secrets, sources;
};

/* Each takes one. False: no memory. */
bool model_login(struct report *r, const struct told_login *l);
bool model_session(struct report *r, const struct told_session *s);
bool model_alert(struct report *r, const struct told_alert *a);
bool model_stats(struct report *r, struct span host, uint64_t second, uint64_t uptime, const uint64_t counter[COUNTER_MAX]);

/* p with room for one more row behind n of them; as it is where there is no memory. */
void *rows_room(void *p, uint32_t n, uint32_t *size, size_t each);
/* One more row of ROWS(), all zero. NULL: no memory. */
#define ROWS_ADD(rows)                                                                                \
	((rows).p = rows_room((rows).p, (rows).n, &(rows).size, sizeof *(rows).p),                    \
	 (rows).n < (rows).size ? memset(&(rows).p[(rows).n++], 0, sizeof *(rows).p) : NULL)

/* True when the exposure gives away what can be used again as it is. */
static inline bool reusable(uint8_t exposure)
{
	return exposure == EXPOSURE_PASSWORD;
}

/* What an account gave away that may be right: accepted, or not seen to be refused. */
static inline uint8_t account_risk(const struct account *a)
{
	return a->worst[RESULT_ACCEPTED] > a->worst[RESULT_UNKNOWN] ? a->worst[RESULT_ACCEPTED] : a->worst[RESULT_UNKNOWN];
}

/* ---- product.c ---- */

enum product product_of(struct span text);
const char *product_name(enum product p);

/* ---- advice.c, quality.c ---- */

bool advice_find(struct report *r);
bool quality_find(struct report *r);
/* What is to be done, where, and why. Static strings. */
const char *advice_title(const struct advice *a);
const char *advice_text(const struct advice *a);
const char *advice_unit(const struct advice *a);
const char *advice_urgency(const struct advice *a);
const char *advice_section(const struct advice *a);

/* ---- attack.c ---- */

const char *attack_name(enum attack_kind k);
const char *attack_meaning(enum attack_kind k);
/* The kind that goes by this technique of ATT&CK; ATTACK_MAX: none. */
enum attack_kind attack_of(struct span technique);
enum attack_by attack_default_by(enum attack_kind k);
/* The curves. */
bool attack_finish(struct report *r);
/* What it is about: an account, a client or a server. */
uint32_t attack_subject(const struct report *r, const struct attack *a);
/* The name of the server, or NONE: it was one too many. */
uint32_t attack_server(const struct report *r, const struct attack *a);

/* ---- table.c: what HTML, JSON and CSV have in common ---- */

enum table {
#define TABLE(id, ...) TABLE_##id,
#define COLUMN(...)
#include "columns.def"
#undef TABLE
#undef COLUMN
	TABLE_MAX
};

enum cell_kind {
	CELL_TEXT,
	CELL_WORD,   /* one of a few, which stands out */
	CELL_NUMBER,
	CELL_BAR,    /* a number, and how it compares to the others */
	CELL_ID,     /* a number that counts nothing */
	CELL_TIME,
	CELL_LIST,
	CELL_BRIEF,  /* a list of which the page shows the first */
};

#define CELL_LIST_MAX 16

struct cell {
	const char *text;  /* TEXT, WORD; NULL: there is nothing to say */
	const char *class; /* WORD: how it looks: bad, warn, good, plain */
	uint64_t number;   /* NUMBER, BAR, ID, TIME (µs; 0: never) */
	uint32_t item[CELL_LIST_MAX]; /* LIST, BRIEF: texts */
	uint32_t items, more;         /* and how many others there are */
};

struct column {
	const char *key, *title;
	enum cell_kind kind;
	struct cell (*cell)(const struct report *r, size_t row);
};

struct table_about {
	const char *name, *title, *about;
	const struct column *column;
	size_t columns;
	size_t (*rows)(const struct report *r);
};

const struct table_about *table_about(enum table t);
/* What to call a stretch of time: "2026-11-22T03:02:30Z". */
#define STAMP_SIZE 24
const char *stamp(uint64_t us, char out[STAMP_SIZE]);

/* ---- writers ---- */

/* The bytes of a text for each place. */
void html_text(FILE *out, const char *s);
void json_text(FILE *out, const char *s); /* with its quotes; safe within a script element, too */
void csv_text(FILE *out, const char *s);  /* with its quotes; no formula to any spreadsheet */

void json_write(const struct report *r, FILE *out);
void csv_write(const struct report *r, enum table t, FILE *out);
bool html_write(const struct report *r, FILE *out);

/* ---- parts of the page ---- */

/* Bars over time; id: of the element, which is referred to. */
void svg_curve(FILE *out, const struct curve *c, const char *id, const char *title, bool small);
/* Parts of a whole beside one another. */
struct svg_part {
	const char *name, *class;
	uint64_t n;
};
void svg_parts(FILE *out, const struct svg_part *part, size_t n, const char *id, const char *title);
void html_table(const struct report *r, FILE *out, enum table t);
/* What a curve shows, but for the steps with nothing in them, folded away. */
void html_curve(FILE *out, const struct curve *c, const char *title);
void html_number(FILE *out, uint64_t n); /* 1,234,567 */

#endif
