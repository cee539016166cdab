/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pop3: the dissector. Pure: bytes of both directions in, events out. No I/O, no clock, no log.
 * RFC 1939, 1734, 2449, 2595, 4616, 5034.
 *
 * Use: push bytes of one side, then call next until it has no more; gap where bytes are missing; end
 * when the session is over, then next once more.
 */
#ifndef PLAINPOP_POP3_H
#define PLAINPOP_POP3_H

#include "plainpop/event.h"

#define POP3_LINE_MAX 16384  /* bytes of a line that are kept; RFC 5034 asks for 12288 of a SASL line */
#define POP3_PENDING_MAX 32  /* commands without an answer that are kept apart */

#define POP3_ATTEMPTS_MAX 1024 /* of a session; beyond, only successful ones are told one by one */

enum pop3_secrets {
	POP3_SECRETS_REDACT,      /* events say that there was a secret */
	POP3_SECRETS_FINGERPRINT, /* and the outputs carry its fingerprint */
	POP3_SECRETS_SHOW,        /* and carry the secret */
};

struct pop3;

/*
 * A line as it crossed, for rules: before anything is made of it, passwords and all. Valid during the call. p is NULL
 * where a part is not there.
 */
struct pop3_line {
	enum side side;
	struct span raw;      /* with its end; bodies of messages are not shown */
	struct span command;  /* the client's first word; of an answer, that of the command that it is to */
	struct span args;     /* what follows it */
	struct span response; /* a status line, from its + or - on */
	struct span banner;   /* the greeting behind its status */
	struct span capability;
	struct span user;     /* of an answer to USER: who */
	uint32_t odd;         /* what is odd with it: 1 << enum event_anomaly, TOO_MANY to UNKNOWN_COMMAND */
	const struct pop3 *session;
};

struct pop3_config {
	enum pop3_secrets secrets;
	/* Writes the fingerprint of a secret, in every mode. NULL: events have none. ctx is given back as it is. */
	void (*fingerprint)(void *ctx, struct span secret, uint8_t out[EVENT_SECRET_ID]);
	/* True when a password (whole, not empty) is known to be in others' hands. NULL: nobody knows. */
	bool (*breached)(void *ctx, struct span secret);
	void *ctx;
	/* Told of each line, when set; user is what pop3_new() was given. */
	void (*line)(void *user, const struct pop3_line *l);
	/* Asked before whether it wants to be told of this one of side, which has its end; NULL: it does. */
	bool (*wants_line)(void *user, enum side side, struct span raw);
};

/* What can be odd with a line, a bit each by enum event_anomaly. */
#define POP3_LINE_ODD                                                                                            \
	(1u << ANOMALY_TOO_MANY | 1u << ANOMALY_LONG_REQUEST | 1u << ANOMALY_LONG_RESPONSE | 1u << ANOMALY_ARGUMENTS | \
	 1u << ANOMALY_UNKNOWN_COMMAND)

/* What is known of a session beforehand, one bit each. */
enum pop3_flag {
	POP3_MIDSTREAM = 1 << 0, /* its beginning was not seen, so there need be no greeting */
	POP3_ANY_PORT = 1 << 1,  /* its port is none of POP3: it may be anything, and that is no anomaly */
	POP3_TLS_PORT = 1 << 2,  /* its port is for TLS from the first byte (RFC 8314) */
};

/* A session; flags of enum pop3_flag. config outlives it; user is for config->line. Heap; NULL when there is no memory. */
struct pop3 *pop3_new(const struct pop3_config *config, unsigned flags, void *user);

/* Whose words these seem to be, where no SYN told who is the client. */
enum pop3_speaker { POP3_SPEAKER_UNKNOWN, POP3_SPEAKER_CLIENT, POP3_SPEAKER_SERVER };
enum pop3_speaker pop3_speaker(struct span first);

/* Gives it back; secrets are wiped. */
void pop3_free(struct pop3 *p);

/* Bytes that side sent, in order. Borrowed until pop3_next() has returned false. */
void pop3_push(struct pop3 *p, enum side side, struct span bytes);

/* n bytes that side sent here are missing. */
void pop3_gap(struct pop3 *p, enum side side, uint64_t n);

/* The session is over. What is still unanswered becomes an event with the outcome unknown. */
void pop3_end(struct pop3 *p, enum event_end reason);

/*
 * The next event out of what was pushed, or false when there is none. Fills in what the dissector knows
 * and leaves the rest of *e (times, addresses, counters of packets) to the caller.
 */
bool pop3_next(struct pop3 *p, struct event *e);

/*
 * The secret of the login that pop3_next() told last, as it was entered; p NULL when it had none, or it was not seen. Valid
 * until the next call of any function for p. Not to be kept.
 */
struct span pop3_secret(const struct pop3 *p);

/* Puts into e what an alert may tell of a line: no secret, and no answer that repeats one, unless secrets are shown. */
void pop3_line_event(const struct pop3_line *l, struct event *e);

/* True when nothing more can come of it: the session is TLS from here on, or no POP3 at all. */
bool pop3_done(const struct pop3 *p);

/* True when the session turned out to be something else. */
bool pop3_is_other(const struct pop3 *p);

/* True when both sides' words leave no doubt that it is POP3: a greeting, or a command and its answer. */
bool pop3_is_sure(const struct pop3 *p);

/*
 * Nothing is expected to be said for a while: gives back what it does not need until then. To be called when pop3_next()
 * has returned false. Where it is now; it may have been before. At rest, only pop3_done(), _is_other(), _is_sure(),
 * _free() and pop3_wake() may be called for it.
 */
struct pop3 *pop3_rest(struct pop3 *p);

/* Goes on, if it was at rest. Where it is now, or NULL, when there is no memory: then it still is where it was. */
struct pop3 *pop3_wake(struct pop3 *p);

/* Bytes of memory that all sessions hold now, what malloc() adds included. */
size_t pop3_held(void);

#endif
