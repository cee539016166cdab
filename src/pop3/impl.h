/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of this room share:
 *
 *   pop3.c     the way through: bytes to lines, lines to whoever they are for
 *   heap.c     memory of sessions, and how much it is
 *   line.c     lines, however they are cut, and the end of a message
 *   command.c  what the client says
 *   reply.c    what the server says, and to which command
 *   tell.c     lines, as rules want to see them
 *   attempt.c  a login attempt, from its first byte to its event
 *   loss.c     what is supposed after a gap
 *   rest.c     what is given back while nothing is said
 *   sasl/      the mechanisms, a file each
 */
#ifndef PLAINPOP_POP3_IMPL_H
#define PLAINPOP_POP3_IMPL_H

#include <stddef.h>

#include "plainpop/pop3.h"
#include "sasl/sasl.h"

enum command {
	COMMAND_UNKNOWN,
#define COMMAND(id, word, what, shape, least, most) COMMAND_##id,
#include "commands.def"
#undef COMMAND
	COMMAND_GAP, /* however many commands fell into a gap */
};

enum shape { SHAPE_SINGLE, SHAPE_BODY, SHAPE_LISTING, SHAPE_LISTING_BARE, SHAPE_CAPABILITIES };

enum phase {
	PHASE_TALK,     /* lines, both ways */
	PHASE_TLS_NEXT, /* STLS was answered +OK: the next bytes are TLS, or it failed */
	PHASE_TLS,      /* opaque, but for the handshake */
	PHASE_WRAPPED,  /* opaque: a SASL security layer */
	PHASE_OTHER,    /* not POP3; what else is still to be told */
	PHASE_DONE,     /* nothing more to be told of it */
};

/* A line that has begun. */
struct line {
	uint8_t *buf; /* NULL: nothing is in flight */
	size_t n, cap;
	bool over;    /* it was longer than POP3_LINE_MAX: the rest is gone */
	bool spare_cr; /* a CR stood behind POP3_LINE_MAX bytes */
	bool done;    /* it is whole and was lent out */
};

/* A command that waits for its answer. */
struct pending {
	const struct sasl_mechanism *mechanism; /* AUTH */
	/* The login it carries, if any; owned. Of a COMMAND_GAP: the login of the USER before it. */
	struct attempt *attempt;
	enum command command : 8;
	uint8_t answers;         /* COMMAND_GAP: how many came, up to 2, */
	bool first_ok : 1;       /* and what the first one said */
	bool bare : 1;           /* it had no argument */
	bool holed : 1;          /* AUTH: what the server asked for is behind a gap, or in it, */
	bool response_lost : 1;  /* and in it for sure */
	bool maybe_lost : 1;     /* something is in a gap; if the answer is lost as well, that was it */
	bool response : 1;       /* a GAP or no command: a response was sent, it seems, and no AUTH was seen */
	bool xmit : 1;           /* XTND XMIT */
	bool cut : 1;            /* its end fell into a gap */
	bool evidence : 1;       /* sent when an attempt was in doubt: its answer tells */
};

#define HEAD_MAX 96 /* bytes of a line that show what protocol it is of */
#define LINE_END 2 /* bytes: CR LF */
#define LOGIN_MIN 16 /* bytes of "USER x" and "PASS x" with CR LF */
#define RETR_MIN 8 /* of "RETR 1" */

#define OLD_SECRETS 8
#define OLD_SECRET_MAX 64

/* What gaps have left open; loss.c. */
struct loss {
	uint64_t cut_gap;    /* of so many bytes is the gap that the client line at hand lost its end in */
	uint64_t gap;        /* bytes of the client that are missing since it last spoke, */
	uint64_t bytes;      /* and in all */
	const struct sasl_mechanism *exchange; /* of one of the doubts, which may go on: its responses are no new login */
	struct attempt *user; /* of a USER whose PASS was lost, and its answer, too */
	struct attempt *doubtful; /* its answer was lost: what the server allows next may tell */
	uint32_t late;       /* answers that may still come, to logins told as unknown */
	uint32_t doubts;     /* logins whose outcome is not known, and no answer turned up that may be theirs */
	bool of[2];          /* a gap in that side, ever */
	uint8_t pass_tail;   /* bytes of what may be the PASS of a USER: too few to be sure */
	bool server_gap : 1; /* the server's side is at a gap: nothing came since, nor did the client speak */
	bool cut : 1;        /* the client line at hand lost its end in a gap */
	bool blind : 1;      /* commands before it fell into a gap and are not answered yet: nor can it be */
	bool text : 1;       /* lines of the server may be text of an answer whose command was lost */
	bool late_closing : 1; /* the answer that is late comes only behind the end of its exchange, an empty line */
};

/*
 * A session. Most of the time nothing is said in it, and then it has no more than the beginning of this, up to the last
 * part that is not all zero: see pop3_rest().
 */
struct pop3 {
	/* ---- what every session has, as long as it lasts ---- */

	const struct pop3_config *config;
	void *user_ctx;      /* as given to pop3_new(), and so were the flags */
	struct blob banner;
	struct blob capabilities[2]; /* before login, and after it */
	struct blob old_secrets; /* of logins before, lest a later answer repeat one: each behind its length */
	uint64_t retr_bytes;
	uint32_t commands, logins, messages;

	uint16_t kept;       /* so many bytes of this there are now */
	unsigned flags : 3;
	enum phase phase : 3;
	enum event_end end_reason : 4;
	enum shape shape : 3; /* of the answer under way: SINGLE when none is */
	enum { DOT_START, DOT_SEEN, DOT_CR, DOT_NO } dot : 2; /* in a BODY: how much of ".\r\n" this line is so far */
	enum { CAPA_NOT_ASKED, CAPA_ASKED, CAPA_ANSWERED } capa : 2;
	enum event_stls stls : 4; /* what STLS came to; STLS_UNKNOWN while it was not tried */
	enum event_anomaly anomaly : 8; /* to be told; ANOMALY_MAX: none */
	enum event_outcome best_outcome : 4;
	enum event_exposure worst_exposure : 4;

	bool midstream : 1, greeted : 1;
	bool answered : 1;   /* a line of the server was looked at, */
	bool status_seen : 1; /* one with a status, */
	bool asked : 1;      /* a prompt, and what it asked for, */
	bool odd : 1;        /* one that POP3 does not have */
	bool confirmed : 1;  /* it is POP3 */
	bool spoke : 1;      /* the client sent a command that POP3 has, */
	bool known_command : 1; /* one that not every protocol has, */
	bool own_command : 1; /* or even one that no other protocol has */
	bool may_wrap : 1;   /* a security layer was agreed on, perhaps */
	bool authenticated : 1;
	bool truncated : 1;
	bool ended : 1, session_told : 1;
	bool anomaly_told : 1;
	bool shape_doubtful : 1; /* a gap fell into it: its end may have been missed */
	bool counted : 1;    /* the BODY under way is a message, not the TOP of one */
	bool client_message : 1; /* XTND XMIT: the client sends lines up to a dot */
	bool user_set : 1;
	bool user_last : 1;  /* it was the client's last command, */
	bool user_refused : 1; /* and the server would not have it */
	bool stls_listed : 1;
	bool capa_late : 1;  /* told after a login */
	bool capa_holed : 1; /* lines of it are missing */
	bool stls_once : 1;  /* it was listed before, */
	bool stls_gone : 1;  /* and then it was not */
	bool stls_sent : 1;  /* STLS was asked for */
	bool injected : 1;   /* plaintext behind STLS or its answer (CVE-2011-0411), */
	bool within_injected : 1; /* and a line of it is not whole */
	bool tls_over : 1;   /* no more is to be learnt of it */
	bool early_tls : 1;  /* the client did not wait for the answer to STLS */
	bool implicit_tls : 1; /* from the first byte */
	/* Indexed by side. */
	bool seen[2];        /* a byte of that side */
	bool judged[2];      /* its first byte that is no blank was looked at */
	bool skip_line[2];   /* the next line may have lost its beginning in a gap */

	/* ---- what some have ---- */

	struct loss loss;
	struct tls_peek *tls;        /* in PHASE_TLS; owned */
	struct head { uint8_t bytes[HEAD_MAX]; uint8_t n; bool whole; } *head; /* in PHASE_OTHER: of each side */
	struct blob user;    /* of the last USER, until it is used up */
	struct blob refused; /* mechanisms, a newline between them */
	struct attempt *ready, *ready_last; /* their events are to be told, */
	uint32_t untold;                    /* so many */
	uint32_t untracked;  /* commands beyond the cap whose answers are still to come */
	uint32_t extra_answers; /* to come before those of the commands that wait */
	uint32_t users_only;

	/* ---- what there is while something is said ---- */

	uint32_t first_pending, n_pending;
	struct sasl sasl;
	struct line line[2];
	struct span in[2];   /* pushed and not looked at yet */
	struct span raw;     /* the line at hand with its end */
	struct attempt *told; /* the one told last: its secret is asked for yet */
	struct pending pending[POP3_PENDING_MAX];
};

#define HEADS (2 * sizeof(struct head)) /* bytes behind pop3.head */

#define POP3_ALWAYS offsetof(struct pop3, loss)
#define POP3_SOMETIMES offsetof(struct pop3, first_pending)
#define POP3_BUSY offsetof(struct pop3, pending)

_Static_assert(POP3_ALWAYS <= 88, "a session at rest has grown");
_Static_assert(ANOMALY_MAX < 256 && END_MAX <= 16, "these have not enough bits");

/* ---- line.c ---- */

/* Replaces b's bytes by a copy, wiping the old. False: no memory, and b is empty. */
bool blob_set(struct blob *b, struct span bytes);
/* Puts more behind what it has, which is something; BLOB_MAX bytes in all at most. False: no memory, and it is as it was. */
bool blob_add(struct blob *b, uint8_t between, struct span bytes);
void blob_drop(struct blob *b);
static inline void blob_free(struct blob *b)
{
	if (b->at != NULL) /* most have none */
		blob_drop(b);
}
static inline struct span blob_span(const struct blob *b)
{
	return b->at != NULL ? span_of(b->at->p, b->at->n) : span_of(NULL, 0);
}

bool line_cut(struct pop3 *p, enum side side, struct span *line);
/* The next whole line of side without its end, or false when it is not there yet. Valid until the next call. */
static inline bool line_take(struct pop3 *p, enum side side, struct span *line)
{
	/* Most of the time it is the other side that has something. */
	return (p->in[side].n > 0 || p->line[side].done) && line_cut(p, side, line);
}
/* Forgets the line in flight. */
void line_drop(struct pop3 *p, enum side side);
/* Eats server bytes of a message up to its final dot. True when that was reached. */
bool body_take(struct pop3 *p);

/* ---- heap.c ---- */

/* As malloc() and free(), for all that sessions hold, which is wiped; n: more than 0, and the same for both. */
void *heap_new(size_t n);
void heap_free(void *p, size_t n);

/* ---- rest.c ---- */

/* The whole of p, of which there is as much as it needed at rest. */
void rest_copy(struct pop3 *whole, const struct pop3 *p);

/* ---- tell.c ---- */

/* Shows the line at hand to whoever asked for lines, before anything is made of it. */
void tell_client_line(const struct pop3 *p, struct span line);
void tell_server_line(const struct pop3 *p, struct span line);

/* ---- command.c ---- */

void command_line(struct pop3 *p, struct span line);
/* True when s is hexadecimal digits, at least one. */
bool is_hex(struct span s);
/* The time stamp of a greeting, <...@...>, wherever it stands in it (RFC 1939 section 7); empty when there is none. */
struct span time_stamp(struct span banner);
/* True when a server allows it in the TRANSACTION state alone. */
bool command_needs_login(enum command c);
enum shape command_shape(const struct pending *c);
/* Its word in upper case; "" when it has none. */
const char *command_word(enum command c);
/* The command a line begins with. */
enum command command_of(struct span line);
/* Forgets all unanswered commands; attempts among them become events with the outcome unknown. */
void pending_flush(struct pop3 *p);
struct pending *pending_front(struct pop3 *p);
/* The one number i from the front; the caller knows that there are as many. */
static inline struct pending *pending_at(struct pop3 *p, unsigned i)
{
	return &p->pending[(p->first_pending + i) % POP3_PENDING_MAX];
}
void pending_pop(struct pop3 *p);
/* An AUTH of which only the server's prompt was seen. False: no room. */
bool pending_auth(struct pop3 *p);

/* Logs in, or may. */
bool command_logs_in(enum command c);
struct pending *pending_last(struct pop3 *p);
/* A new last entry, or beyond, which nobody will see, when there are too many. */
struct pending *pending_push(struct pop3 *p, struct pending *beyond);

/* ---- loss.c: what is supposed after a gap ---- */

/* n bytes of side are missing. */
void loss_gap(struct pop3 *p, enum side side, uint64_t n);
/*
 * The client's line at hand goes on into a gap, as it does where packets were captured in part. Half a password is
 * still one. True when there was such a line.
 */
bool cut_line(struct pop3 *p, uint64_t gap);
/* The rest of a line that has its beginning in a gap, or a line behind one: what it may have been. */
void pending_tail(struct pop3 *p, struct span line);
void pending_response(struct pop3 *p, struct span line);
/* True when a client line can be the response of an exchange of which nothing was seen, and nothing told. */
bool first_response(const struct pop3 *p, struct span line);
/* A command is here: whoever sends one has read the answers to those in the gap. */
void close_gap(struct pop3 *p, enum command next);
/* PASS was sent behind a gap: so another USER was in that. */
void drop_users(struct pop3 *p);
/* True when commands fell into a gap, how many nobody knows, and were not answered yet. */
bool behind_gap(const struct pop3 *p);
/* An answer to what fell into a gap. */
void gap_answered(struct pop3 *p, struct pending *gap, bool ok, struct span text);
/* The capture begins with an answer: perhaps to a login. */
void begun_at_answer(struct pop3 *p, bool ok, struct span text);
/* True for what servers say to who has just logged in; to whom they would not let in. */
bool welcomes(struct span text);
bool refuses_login(struct span text);
/* An answer such as none but a login has, and nothing seen that it could be the answer to. */
void tell_lost(struct pop3 *p, bool ok, struct span text);
/* Somebody is logged in. text: the number that shows it. */
void lost_login(struct pop3 *p, struct span text);
/* A login of which nothing was seen but that it was tried. */
void nameless_login(struct pop3 *p, enum event_outcome outcome, struct span text);
/* What the answer to the gap behind USER was will not be seen. */
void hold_user(struct pop3 *p, struct pending *gap);
/* These are told, if there are any: the attempt of a USER whose PASS was lost; */
void settle_lost_user(struct pop3 *p);
/* the one whose answer was lost; */
void settle_doubtful(struct pop3 *p, enum event_outcome outcome);
/* a response that was seen and belongs to nothing else. */
void settle_response(struct pop3 *p, struct pending *c);

/* ---- reply.c ---- */

void reply_line(struct pop3 *p, struct span line);
enum event_stls stls_verdict(const struct pop3 *p);

/* ---- protocol.c ---- */

/* It is no POP3: what it is shows, at the latest, when a line of either side is whole. */
void protocol_begin(struct pop3 *p, enum side side, struct span head, bool whole);
/* More bytes of it. */
void protocol_push(struct pop3 *p, enum side side, struct span bytes);
/* No more will come: makes up its mind. */
void protocol_end(struct pop3 *p);
/* True when a line begins with a command that other protocols have, and POP3 has not. */
bool protocol_foreign(struct span line);

/* ---- attempt.c ---- */

/* mechanism is copied; NULL: it is not known. exposure is what it gives away once a secret was sent. */
struct attempt *attempt_new(const char *mechanism, enum event_exposure exposure);
void attempt_free(struct attempt *a);
/* Who logs in. */
void attempt_user(struct attempt *a, struct span user);
void attempt_authzid(struct attempt *a, struct span authzid);
void attempt_domain(struct attempt *a, struct span domain);
/* It turned out which one it is. */
void attempt_mechanism(struct attempt *a, const char *mechanism, enum event_exposure exposure);
/* It gives away more than its mechanism should. */
void attempt_exposes(struct attempt *a, enum event_exposure exposure);
void attempt_forget_user(struct attempt *a);
bool attempt_has_user(const struct attempt *a);
bool attempt_has_secret(const struct attempt *a);
/* What proves that the client knows the secret: it must not be repeated, but it is not the secret. */
void attempt_digest(struct attempt *a, struct span on_wire);
/* The same in the words that a server would repeat it in. */
void attempt_proof(struct attempt *a, struct span proof);
/* A secret was sent and not seen, or not whole. on_wire is what there is of it, or empty. */
void attempt_lost(struct attempt *a, struct span on_wire);

/* A response with a NUL where a name is due: one of PLAIN in the wrong place, password and all. */
void attempt_misplaced(struct pop3 *p, struct attempt *a, const struct sasl_response *r);

/* A piece of a hash line: bytes as they are, or in hexadecimal. */
struct hash_part {
	struct span bytes;
	bool hex;
};

/* With secrets shown: the line for an offline auditor, in the form that hashcat has under number mode. */
void attempt_hash(const struct pop3 *p, struct attempt *a, uint32_t mode, const struct hash_part *part, size_t n);
/* The secret, and how it stood on the wire where that differs. */
void attempt_secret(struct pop3 *p, struct attempt *a, struct span secret, struct span on_wire);
/* The SASL data were not what the mechanism prescribes. */
void attempt_undecodable(struct attempt *a);
/* What is known of it is not all. */
void attempt_cut(struct attempt *a);
/* The command that carried it. With a secret in args, args is shown only where secrets are. */
void attempt_command(struct pop3 *p, struct attempt *a, const char *command, struct span args,
		     const char *redacted_args);
/* Its outcome is known, or will not be: queues it for pop3_next(). answer.p is NULL when none was seen. */
void attempt_settle(struct pop3 *p, struct attempt *a, enum event_outcome outcome, struct span answer);
/* How many secrets an answer is cleaned of, and what counts: see attempt.c. True when text has one that was sent before. */
bool secrets_told(const struct pop3 *p, struct span text);
/* The same, and those that wait for an answer. */
bool any_secret_told(const struct pop3 *p, struct span text);
/* The next one queued, now the caller's to free, or NULL. */
struct attempt *attempt_pop_ready(struct pop3 *p);
void attempt_event(struct pop3 *p, const struct attempt *a, struct event *e);

#endif
