/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SASL inside AUTH (RFC 5034). A mechanism is one file with a struct sasl_mechanism and one row in
 * mechanisms.def; sasl.c runs the exchange and hands it each client response, decoded.
 */
#ifndef PLAINPOP_POP3_SASL_H
#define PLAINPOP_POP3_SASL_H

#include "plainpop/event.h"

struct pop3;
struct attempt;
struct pending;
struct sasl_mechanism;

#define SASL_NAME_MAX 20 /* RFC 4422 section 3.1 */
#define SASL_CHALLENGE_MAX 2048 /* bytes of a challenge that are kept, as it is on the wire */

/* Bytes of our own on the heap, up to BLOB_MAX. */
struct blob {
	struct blob_bytes {
		uint16_t n;
		uint8_t p[];
	} *at; /* NULL: none */
};

#define BLOB_MAX UINT16_MAX

/* The exchange under way in a session. */
struct sasl {
	const struct sasl_mechanism *mechanism;
	struct attempt *attempt;                /* borrowed from the pending AUTH; NULL until something was sent */
	char name[SASL_NAME_MAX + 1];           /* of a mechanism we do not know; "" when it can be none */
	struct blob challenge;                  /* the server's last, as it is on the wire; with secrets shown */
	unsigned step;                          /* number of the response that comes next */
	unsigned lines, prompts;                /* responses on lines of their own, and how often the server asked */
	uint8_t tail;                           /* so few bytes are missing that what follows tells what it was */
	bool active;                            /* the client may send a response */
	bool prompted;                          /* the server has asked for one */
	bool complete;                          /* the mechanism needs no more, */
	bool closing;                           /* and the server has asked for what ends it */
	bool step_lost;                         /* responses may have fallen into a gap: which comes next is unknown */
	bool answer_lost;                       /* a gap in the server's side came since */
	bool loose;                             /* attempt hangs on no command and is ours: there were too many */
	bool initial;                           /* the AUTH line had a response */
	bool beheaded;                          /* the beginning of the next response may be lost */
	bool supposed;                          /* there may have been no AUTH at all, */
	bool certain;                           /* but there was: what was taken for a prompt is one */
	bool unnamed;                           /* the AUTH line was lost: mechanism is a guess, or NULL */
};

/* One client response, decoded. */
struct sasl_response {
	struct span bytes;
	struct span on_wire; /* as it was sent, in base64 */
	bool cut;            /* its end fell into a gap; told to mechanisms that take parts */
	bool beheaded;       /* its beginning may have fallen into one */
	bool decodable;      /* bytes is what it stands for; otherwise as much as could be decoded */
	struct span challenge, challenge_on_wire; /* what it answers; empty when that was none or is not kept */
};

enum sasl_result {
	SASL_MORE, /* another response belongs to the exchange */
	SASL_DONE, /* what follows is a command again, unless the server asks for more */
};

struct sasl_mechanism {
	const char *name;             /* IANA, upper case; NULL: not known */
	enum event_exposure exposure; /* what its responses give away, once the last one is sent */
	bool takes_parts;             /* half a response is of use to it */
	bool ordered;                 /* only its number tells what a response is */
	uint8_t responses;            /* so many does it take, and then comes the answer; 0: that varies */
	bool empty_counts;            /* an empty response is one, too */
	bool security_layer;          /* what follows success may be wrapped (RFC 4422 section 3.7) */
	/* Takes the client's response number step, from 0, and writes what it says into a. */
	enum sasl_result (*response)(struct pop3 *p, unsigned step, const struct sasl_response *r,
				     struct attempt *a);
};

#define MECHANISM(symbol) extern const struct sasl_mechanism sasl_##symbol;
#include "mechanisms.def"
#undef MECHANISM
/* Stands in where the AUTH line was lost. */
extern const struct sasl_mechanism sasl_unnamed;

/* AUTH with arguments was sent. The pending command is the last one. */
void sasl_begin(struct pop3 *p, struct span args);
/* A client line while an exchange is active. False: it is a command, and the exchange is over. */
bool sasl_line(struct pop3 *p, struct span line);
/* The server sent a continuation ("+ ..."); text is what stands behind the plus sign. */
void sasl_prompt(struct pop3 *p, struct span text);
/* True when the server says nothing more to the exchange but its answer. */
bool sasl_answer_next(const struct sasl *s);
/*
 * A client line behind a gap: true when it can be nothing but the response of an exchange that has begun in the gap.
 * whole: its beginning was seen.
 */
bool sasl_recognise(struct pop3 *p, struct span line, bool whole);
/* True when a line is base64 of a text, as names and passwords are. */
bool sasl_resembles(struct span line);
/* n client bytes are missing: what the exchange was waiting for may be among them. */
void sasl_gap(struct pop3 *p, uint64_t n, bool took_line);
/* What follows them up to the next line end. */
void sasl_tail(struct pop3 *p, struct span line);
/* AUTH is answered, which ends the exchange. An outcome makes an attempt even where nothing else was seen. */
void sasl_answer(struct pop3 *p, struct pending *c, bool ok);
/* Its answer was lost, and the response before. */
void sasl_answer_lost(struct pop3 *p, struct pending *c);
/* The exchange is over. */
void sasl_end(struct pop3 *p);

/* ---- between sasl.c and gap.c ---- */

/* An attempt by the exchange's mechanism; its args, which tell the name alone. */
struct attempt *sasl_new_attempt(struct pop3 *p, const struct sasl_mechanism *m, const char *name);
/* The AUTH that the exchange belongs to, or NULL when it could not be kept. */
struct pending *sasl_auth(struct pop3 *p);
/* The attempt of the exchange, made when the first response shows that there is one. */
struct attempt *sasl_attempt(struct pop3 *p);
void sasl_take(struct pop3 *p, struct span line);
/* A loose attempt waits for nothing but the end of its exchange. */
void sasl_settle_loose(struct pop3 *p);
/*
 * What the server asked for is here: the AUTH takes the place of the gap, or of what was taken for a command and
 * was its first response.
 */
bool gap_held_auth(struct pop3 *p, struct span line);
/* Behind a gap: what the server asks for tells which response comes next, or it need not be told. */
void gap_find_step(struct sasl *s, bool told);
/* The exchange goes on behind a gap. */
void gap_resume(struct pop3 *p, struct pending *auth);
/*
 * The server seems to ask for a response, and no AUTH was seen. Lines of a mail begin with "+", too, so what the
 * client says next has to agree.
 */
bool gap_may_hold_auth(struct pop3 *p, struct span text, size_t decoded);
/* {"status":"401",...}: what a server answers a bearer token with (RFC 7628 section 3.2.2). */
bool gap_token_refused(struct span challenge);
/* AUTH was lost, and a token in it; XOAUTH2 or OAUTHBEARER, who knows. */
void gap_token_lost(struct pop3 *p);

/* ---- guess.c: an exchange whose AUTH line was lost ---- */

/* The mechanism that a challenge, decoded, belongs to, and the step it asks for; sasl_unnamed when it may be any. */
const struct sasl_mechanism *guess_by_challenge(struct span challenge, unsigned *step);

/* The mechanism that a response, decoded, belongs to, whatever it answers; NULL when it may be any, or none. */
const struct sasl_mechanism *guess_by_response(struct span response);

#endif
