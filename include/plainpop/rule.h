/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rule: what becomes an alert. Rules in the grammar of Suricata are read into one arena, which does not
 * change once it is compiled; events are matched against it. What rules say of many events together
 * (threshold, pop3.distinct, ...) is only read here, and done in the room correlate.
 */
#ifndef PLAINPOP_RULE_H
#define PLAINPOP_RULE_H

#include "plainpop/event.h"

/* `$NAME` in rules. value is an address or port list in the rule grammar. */
struct rule_variable {
	const char *name, *value;
};

struct ruleset;

/* Told of everything that is wrong in a rule file; the rule concerned is left out. */
typedef void rule_report(void *ctx, const struct diag *d);

/* An empty ruleset that knows the variables (borrowed for the time of loading). Heap; NULL: no memory. */
struct ruleset *ruleset_new(const struct rule_variable *vars, size_t n);
void ruleset_free(struct ruleset *rs);

/*
 * For a reload, before anything is loaded into rs: flowbits keep the numbers that they have in old, so that those of the
 * sessions under way stay what they are. False: no memory.
 */
bool ruleset_inherit(struct ruleset *rs, const struct ruleset *old);

/*
 * Adds the rules of a file, or those that come with the program. Returns how many were wrong, each told
 * to report, or -1 with errno when the file cannot be read.
 */
int ruleset_load(struct ruleset *rs, const char *path, rule_report *report, void *ctx);
int ruleset_load_default(struct ruleset *rs, rule_report *report, void *ctx);

/* The same with text at hand; name stands for it in reports. For tests and fuzzing, too. */
int ruleset_parse(struct ruleset *rs, const char *name, struct span text, rule_report *report, void *ctx);

/* ---- what goes with rules ------------------------------------------------------------------------ */

/* The files that rule sets come with. Load them before the rules. */
enum rule_file {
	RULE_FILE_CLASSES,    /* classification.config: "config classification: name,description,priority" */
	RULE_FILE_REFERENCES, /* reference.config: "config reference: name prefix" */
	RULE_FILE_THRESHOLDS, /* threshold.config: suppress, event_filter, rate_filter */
};

/* Reads one of them; returns as ruleset_load() and ruleset_parse() do. The program's own are known from the start. */
int ruleset_load_config(struct ruleset *rs, enum rule_file what, const char *path, rule_report *report, void *ctx);
int ruleset_parse_config(struct ruleset *rs, enum rule_file what, const char *name, struct span text,
			 rule_report *report, void *ctx);

/* ---- limits and counts: read here, kept by the room correlate -------------------------------------- */

/*
 * Whose events are counted together. The source is the end that sent it (of a login, the client), the destination the
 * other. Hosts of different VLANs or tunnels are different hosts.
 */
enum rule_track {
	TRACK_RULE,    /* all */
	TRACK_SRC,
	TRACK_DST,
	TRACK_BOTH,    /* source and destination, whichever is which */
	TRACK_FLOW,    /* one session */
	TRACK_USER,    /* one user name (ASCII letters in either case), on whatever server; where it is not known, the source */
	TRACK_ACCOUNT, /* one user name on one server; where the name is not known, the client on that server */
	TRACK_LOGIN,   /* the same from one client */
	TRACK_SECRET,  /* one secret, by its fingerprint; an event without does not count */
};

/*
 * threshold:type T, track K, count N, seconds S; and event_filter, which stands in its place. As Suricata 8 does it: a
 * window begins with an event, and holds those up to and including S seconds from it.
 *
 *   limit      the first N events of a window alert
 *   threshold  every Nth of a window does
 *   both       the Nth of a window does, and no more of it
 *   backoff    number N of the session, N * M, N * M * M, ...
 */
struct rule_threshold {
	enum { THRESHOLD_NONE, THRESHOLD_LIMIT, THRESHOLD_THRESHOLD, THRESHOLD_BOTH, THRESHOLD_BACKOFF } type;
	enum rule_track track;
	uint32_t count, seconds, multiplier; /* multiplier: backoff */
};

/*
 * detection_filter:track K, count N, seconds S[, unique_on src_port|dst_port]; all events of a window alert but its first
 * N; with unique_on, all from where more than N different ports were seen. count 0: none.
 */
struct rule_detection_filter {
	enum rule_track track;
	uint32_t count, seconds;
	enum { UNIQUE_NONE, UNIQUE_SRC_PORT, UNIQUE_DST_PORT } unique_on;
};

/* What is counted apart; and, of two of these numbers, how often the second goes into the first. */
enum rule_distinct_what {
	DISTINCT_LOGINS,
	DISTINCT_USERS,
	DISTINCT_SECRETS,
	DISTINCT_SOURCES,
	DISTINCT_SERVERS,
	DISTINCT_PAIRS, /* a user and a secret: who tries a list of stolen ones tries each pair once */
	DISTINCT_LISTS,
	DISTINCT_PAIRS_PER_USER = DISTINCT_LISTS,
	DISTINCT_PAIRS_PER_SECRET,
	DISTINCT_LOGINS_PER_PAIR,
	DISTINCT_MAX
};

#define RULE_DISTINCT_COUNT_MAX 1000 /* the largest number pop3.distinct can wait for */

/*
 * pop3.distinct:track K, users >=10, secrets <=3, seconds S; fires when events of the rule within S seconds have as many
 * different ones as it says, and then not again for that key until S seconds have passed. An event that lacks what the
 * rule names (no user name was seen, no secret) does not count: of what is not known, no number says how few it is.
 *
 * pairs_per_user, pairs_per_secret and logins_per_pair are means: >=N, at least N for each; <=N, at most. They tell attacks
 * apart that try as many users and as many secrets in another way.
 */
struct rule_distinct {
	bool set;
	enum rule_track track;
	uint32_t seconds;
	uint32_t least[DISTINCT_MAX]; /* 0: does not matter */
	uint32_t most[DISTINCT_MAX];  /* below RULE_DISTINCT_COUNT_MAX; UINT32_MAX: does not matter */
	uint32_t counted;             /* a bit for each below DISTINCT_LISTS that these take, for themselves or for a mean */
};

/* Which two numbers a mean is of; of a number that is none, nothing. */
extern const struct rule_distinct_mean {
	enum rule_distinct_what of, per;
} rule_distinct_mean[DISTINCT_MAX];

static inline bool rule_distinct_names(const struct rule_distinct *d, unsigned what)
{
	return d->least[what] > 0 || d->most[what] != UINT32_MAX;
}

/*
 * pop3.after:track K, failures N, users U, secrets P, sources Q, seconds S; what the rule is about counts only when at least N
 * failed logins of the same key, with U users, P secrets and from Q sources (if it says so), came within the S seconds before. All failed logins
 * count, whether the rule is about them or not; but not those that the server did not look into ([SYS/TEMP], or for want
 * of TLS), or refused although the password was right.
 */
struct rule_after {
	enum rule_track track;
	uint32_t failures, seconds; /* failures 0: none */
	uint32_t users, secrets, sources; /* 0: does not matter */
};

/*
 * pop3.new:source, track K, learn L, seconds S; the source address is one that this key was not seen with in the last S
 * seconds, and the key itself is known for at least L seconds; with `first', where it was never seen, too. What the rule
 * is about is what is learnt: by all rules that track the same for as long, over events of the same sort and outcome.
 */
struct rule_new {
	bool set;
	bool first; /* the first source of a key is new */
	enum rule_track track;
	uint32_t learn, seconds;
};

/* rate_filter of threshold.config: once a window has more than N events (Suricata counts so), another action for so long. */
struct rule_rate_filter {
	enum rule_track track;
	uint32_t count, seconds, timeout; /* count 0: none */
	enum signature_action action;
};

/* All that a rule says of many events. */
struct rule_counting {
	struct rule_threshold threshold;
	struct rule_detection_filter filter;
	struct rule_distinct distinct;
	struct rule_after after;
	struct rule_new fresh;
	struct rule_rate_filter rate;
};

/* What rule number i says of many events. NULL: nothing, each one counts. */
const struct rule_counting *ruleset_counting(const struct ruleset *rs, size_t i);

/*
 * The counts of failed logins that the rules with pop3.after need between them: number i of those whose track and seconds
 * differ, from 0; NULL behind the last.
 */
const struct rule_after *ruleset_after(const struct ruleset *rs, size_t i);

/* True when a suppress line of threshold.config silences rule number i for this event. */
bool ruleset_suppressed(const struct ruleset *rs, size_t i, const struct event *e);

/* ---- matching ------------------------------------------------------------------------------------ */

/* Where a rule looks for bytes. */
enum rule_buffer {
	RULE_BUFFER_RAW,        /* the line, with its end */
	RULE_BUFFER_COMMAND,
	RULE_BUFFER_ARGS,
	RULE_BUFFER_RESPONSE,   /* a status line, from its + or - on, without its end */
	RULE_BUFFER_BANNER,     /* the greeting behind its status */
	RULE_BUFFER_CAPABILITY, /* a line of the answer to CAPA */
	RULE_BUFFER_USER,
	RULE_BUFFER_PASSWORD,   /* of a login: password or token. Only in the sensor, and never kept */
	RULE_BUFFER_MECHANISM,
	RULE_BUFFER_TLS_VERSION,
	RULE_BUFFER_BASE64,     /* what base64_decode made */
	RULE_BUFFER_MAX
};

#define RULE_FLOWBITS 512 /* different names in all rules together */

/* The flowbits of a session; all zero at its beginning. */
struct rule_flowbits {
	uint64_t bits[RULE_FLOWBITS / 64];
};

/* What is matched. */
struct rule_subject {
	struct event *event;    /* kind, ends, and the texts that buffers come from; gets the alerts */
	struct span buffer[RULE_BUFFER_MAX]; /* what the event does not hold; p NULL: ask the event */
	struct rule_flowbits *flowbits; /* NULL in the writer */
	bool established;       /* a handshake, or data, was seen */
	uint8_t tcp_flags;      /* of the packet at hand, */
	uint32_t dsize;         /* and its payload, bytes */
	bool looked;            /* of a line: ruleset_wants_line() was asked of it, and nothing of any rule since then */
};

/*
 * Where rules are matched. Those that look at secrets, lines, packets or flowbits are for the sensor, which alone has
 * these. The others are for the writer, which knows of servers what a sensor does not.
 */
enum rule_stage { RULE_SENSOR, RULE_WRITER };

/* To be called once, when all is loaded; nothing is added afterwards. False: no memory, or why in err (256 bytes). */
bool ruleset_compile(struct ruleset *rs, char err[256]);

/* True when some rule is about events of this kind in this stage. */
bool ruleset_wants(const struct ruleset *rs, enum event_kind kind, enum rule_stage stage);

/* The anomalies that some rule is about, a bit each by enum event_anomaly. */
uint32_t ruleset_anomalies(const struct ruleset *rs);

/* For events that are lines. False: none of these rules matches this one, so there is no need to make an event of it. */
bool ruleset_wants_line(const struct ruleset *rs, enum event_kind kind, enum rule_stage stage, struct span line);

/*
 * Adds to subject->event->alerts which rules of the stage fire: in the order of loading, but for those that set flowbits,
 * which come first.
 */
void ruleset_match(const struct ruleset *rs, enum rule_stage stage, struct rule_subject *subject);

/* ---- what there is ------------------------------------------------------------------------------- */

size_t ruleset_count(const struct ruleset *rs);
/* Rules for other protocols, and those whose `requires` is not met: left out, and not wrong. */
size_t ruleset_skipped(const struct ruleset *rs);
/* Rule number i, from 0, in the order of loading; NULL behind the last. */
const struct signature *ruleset_at(const struct ruleset *rs, size_t i);
/* What rule number i is about, in words: "logins", "commands and responses". */
void ruleset_about(const struct ruleset *rs, size_t i, char out[256]);
/* The text of rule number i as it was read, on one line. */
const char *ruleset_text(const struct ruleset *rs, size_t i);

#endif
