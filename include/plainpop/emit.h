/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * emit: records to lines to wherever they go. A format is a file in src/emit/format/ and a row in
 * formats.def, a sink one in src/emit/sink/ and a row in sinks.def.
 */
#ifndef PLAINPOP_EMIT_H
#define PLAINPOP_EMIT_H

#include "plainpop/event.h"

/* What a record is, one bit each: outputs choose by it. */
enum record_type {
	RECORD_ALERT = 1 << 0,
	RECORD_POP3 = 1 << 1,    /* a login or a session */
	RECORD_ANOMALY = 1 << 2, /* something is odd with the sensor or the traffic */
	RECORD_STATS = 1 << 3,   /* all counters */
};

/* What was counted since the start, by all processes. */
struct stats {
	uint64_t uptime; /* seconds; in a replay of packet time, so that it says the same each time */
	uint64_t counter[COUNTER_MAX];
};

/* Where packets came from: an interface, or a capture file. */
struct emit_source {
	const char *name;
	bool live;
};

struct record {
	enum record_type type;
	const struct event *event;         /* NULL: STATS, or ANOMALY of the sensor itself */
	const struct signature *signature; /* ALERT, */
	const struct alert_counts *counts; /* what it stands for, or NULL, */
	enum signature_action action;      /* and what the rule would have done about it */
	uint64_t ts;                       /* without event: µs since the epoch */
	const char *anomaly;               /* without event: its name, */
	const struct emit_source *source;  /* the interface that it is about, or NULL, */
	uint64_t number;                   /* and of how many it tells; 0: no matter */
	const struct stats *stats;         /* STATS */
};

/* What the formats need to know beside the record. */
struct emit_context {
	const struct emit_source *source; /* indexed by event.source */
	const char *secret_key_id;        /* NULL: no fingerprints */
};

enum output_result {
	OUTPUT_OK,
	OUTPUT_WRONG,       /* the specification makes no sense */
	OUTPUT_UNSUPPORTED, /* it does, but this program can't do it */
	OUTPUT_FAILED,      /* it could not be opened */
};

#define OUTPUT_ERROR_SIZE 512

struct output;

/*
 * Reads `[FORMAT:]TARGET[,types=alert+pop3+...][,host=NAME]` without opening anything. *out is heap, to be given to
 * output_open() or output_close(). On other than OUTPUT_OK err says why.
 */
enum output_result output_parse(const char *spec, struct output **out, char err[OUTPUT_ERROR_SIZE]);

/* Opens it: OUTPUT_OK, or OUTPUT_FAILED with the reason in err. */
enum output_result output_open(struct output *o, char err[OUTPUT_ERROR_SIZE]);

/*
 * Opens the target anew, after it was renamed, say, for output_adopt() in the process that writes. A descriptor of the
 * caller's; -1 when there is nothing to open anew, or with errno when it cannot be opened.
 */
int output_open_again(const struct output *o);
/* A live capture: a pipe that nobody reads must not keep the other outputs waiting. */
void output_hurry(struct output *o);
/* True when it is time to open it anew, as its name has the time in it. */
bool output_is_due(const struct output *o);
/* Writes to this from now on, once what was gathered is written. Takes fd over. */
void output_adopt(struct output *o, int fd);

/* ---- outputs to others, who may be away: a process of their own delivers (ship.h) ---- */

/* True for such an output. */
bool output_ships(const struct output *o);

struct output_job {
	int channel;    /* from the writer: packets, until it is closed */
	int directory;  /* of the spool; -1: none */
	uint64_t max;   /* bytes that may wait */
	bool wait;      /* a replay: nobody is in a hurry */
	void (*beat)(void *ctx); /* called about once a second; or NULL */
	void *beat_ctx;
};

/*
 * The life of such a process, from the first record to the last. How many records were not delivered, be they lost or left
 * in the spool; UINT64_MAX: it could not begin, and why was said.
 */
uint64_t output_ship(struct output *o, const struct output_job *job);
/* In all other processes: what it takes to be let in over there (keys, passwords) is wiped. */
void output_forget(struct output *o);
/* In the writer, whose end of the channel output_adopt() brings: it waits for room, and nothing is dropped. */
void output_wait(struct output *o);

/* ---- outputs of any kind ---- */

/* Takes no records of this type, unless types= has named it. */
void output_only_if_named(struct output *o, enum record_type type);

/* True when it takes records of this type. */
bool output_takes(const struct output *o, enum record_type type);

/* True when it writes to standard output. */
bool output_is_stdout(const struct output *o);

/* Whoever wrote here before was killed, perhaps in the middle of a record: what is to come must not go on in it. */
void output_mend(struct output *o);

/* Where it writes to, as it was given. */
const char *output_target(const struct output *o);

/* True when it writes text for people. */
bool output_is_text(const struct output *o);

/* Writes a record, if the output takes records of its type. */
void output_record(struct output *o, const struct emit_context *ctx, const struct record *r);

/* Writes out what is buffered. False: some of it has to wait, and would be lost with this process. */
bool output_flush(struct output *o);

/* A descriptor: once it can be written to, more can be flushed of what had to wait. -1: nothing waits. */
int output_waits(const struct output *o);

/* True when records have been lost and nothing suggests that it gets better: a closed pipe. */
bool output_dead(const struct output *o);

/* Flushes, closes, frees. How many records could not be written; why was said in the log. */
uint64_t output_close(struct output *o);

/* The counters as one line of JSON, with its newline: the object that EVE has in "stats". Heap; NULL: no memory. */
char *emit_stats(const struct stats *s);

/* A sensor, for emit_metrics(). */
struct metrics_sensor {
	unsigned number;
	const char *interface;   /* any bytes; NULL: it replays */
	bool up;
	uint64_t silent;         /* seconds since its last sign of life; of a live one alone */
	uint64_t flows, memory;  /* sessions open, bytes held for them */
	uint64_t queued;         /* events on their way to the writer */
	const uint64_t *counter; /* COUNTER_MAX of them */
};

/* How it is just now. */
struct metrics {
	const char *version;
	uint64_t uptime;             /* seconds */
	uint64_t rules;              /* loaded */
	bool up, writer_up;
	const struct metrics_sensor *sensor;
	size_t n_sensors;            /* that there should be */
	uint64_t others[COUNTER_MAX]; /* what processes that are no sensors have counted */
};

/*
 * The text that Prometheus reads (exposition format 0.0.4), every counter in it. *n: its length. Heap; NULL: no memory.
 */
char *emit_metrics(const struct metrics *m, size_t *n);

/* A server, or an account on one, for emit_top(). */
struct top_row {
	struct span name;      /* of the account, any bytes; n 0: it is about the server */
	bool name_cut;         /* it is longer */
	const uint8_t *addr;   /* the server's, as in struct flow_key */
	uint8_t ip_v;
	uint16_t port;
	uint64_t logins[OUTCOME_MAX];
	uint64_t last;         /* µs: the latest of them */
};

/* An alert that was told. */
struct top_alert {
	uint64_t ts;           /* µs */
	uint32_t sid;
	uint8_t severity, ip_v;
	uint16_t port[2];      /* indexed by enum side, as the next */
	uint8_t addr[2][16];
	enum event_outcome outcome;
	struct span signature, user; /* any bytes; n 0: none */
};

struct top_rows {
	const struct top_row *row;
	size_t n;
	uint64_t kept, forgotten; /* how many there are, and how often one made room for another */
};

/* What `plainpop top' shows: how it is just now, what was told last, and who is seen most. */
struct top {
	const char *version;
	uint64_t now;          /* µs since 1970 */
	uint64_t clock;        /* µs, by the monotonic clock: two answers apart tell a rate */
	uint64_t run;          /* another number for another run */
	bool live;
	uint64_t rules;        /* loaded */
	uint64_t flows, memory; /* sessions open, bytes held for them */
	const struct emit_source *source;
	size_t n_sources;
	const struct stats *stats;
	const char *order;     /* of the rows */
	const struct top_alert *const *alert; /* the latest first */
	size_t n_alerts;
	struct top_rows servers, accounts;
};

/* That as one line of JSON, with its newline. *n: its length. Heap; NULL: no memory. */
char *emit_top(const struct top *t, size_t *n);

#define COMMUNITY_ID_SIZE 32

/* The Community ID v1 of a TCP flow, seed 0 (https://github.com/corelight/community-id-spec). */
void emit_community_id(const struct flow_key *k, char out[COMMUNITY_ID_SIZE]);

/* The version line of json-c. Static string. */
const char *emit_version(void);
/* Likewise of the i-th library that only some builds have, or that this one has not got it; NULL: no more. */
const char *emit_library(size_t i);

/* The names of the formats, and those of the sinks, that this build has. Static strings. */
const char *emit_formats(void);
const char *emit_sinks(void);

#endif
