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
struct sasl_mechanism;

#define SASL_NAME_MAX 20 /* RFC 4422 section 3.1 */

/* The exchange under way in a session. */
struct sasl {
	const struct sasl_mechanism *mechanism; /* NULL: one we do not know */
	struct attempt *attempt;                /* borrowed from the pending AUTH; NULL until something was sent */
	unsigned step;                          /* responses taken */
	bool active;                            /* the client may send a response */
	bool prompted;                          /* the server has asked for one */
	bool complete;                          /* the mechanism needs no more */
	bool step_lost;                         /* responses may have fallen into a gap: which comes next is unknown */
	bool answer_lost;                       /* a gap in the server's side came since */
	bool loose;                             /* attempt hangs on no command and is ours: there were too many */
};

/* One client response, decoded. */
struct sasl_response {
	struct span bytes;
	struct span on_wire; /* as it was sent, in base64 */
	bool cut;            /* its end fell into a gap */
	bool decodable;      /* bytes is what it stands for; otherwise as much as could be decoded */
};

enum sasl_result {
	SASL_MORE, /* another response belongs to the exchange */
	SASL_DONE, /* what follows is a command again, unless the server asks for more */
};

struct sasl_mechanism {
	const char *name;             /* IANA, upper case */
	enum event_exposure exposure; /* what a response gives away */
	/* Takes the client's response number step, from 0, and writes what it says into a. */
	enum sasl_result (*response)(struct pop3 *p, unsigned step, const struct sasl_response *r,
				     struct attempt *a);
};

#define MECHANISM(symbol) extern const struct sasl_mechanism sasl_##symbol;
#include "mechanisms.def"
#undef MECHANISM

/* AUTH with arguments was sent. The pending command is the last one. */
void sasl_begin(struct pop3 *p, struct span args);
/* A client line while an exchange is active. False: it is a command, and the exchange is over. */
bool sasl_line(struct pop3 *p, struct span line);
/* The server sent a continuation ("+ ..."). */
void sasl_prompt(struct pop3 *p);
/* The exchange is over. */
void sasl_end(struct pop3 *p);

#endif
