/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * correlate: what many events together mean. It stands in the writer, which alone sees every sensor: limits on alerts,
 * logins counted over users, secrets and hosts, who is seen most, and what is known of servers. Bounded in memory; time is
 * that of the packets. Knows fingerprints of secrets, never secrets.
 */
#ifndef PLAINPOP_CORRELATE_H
#define PLAINPOP_CORRELATE_H

#include <stdio.h>

#include "plainpop/rule.h"

/* ---- counts and limits --------------------------------------------------------------------------- */

struct counts;

/* memory: bytes that all counts together may take; the longest unused are forgotten first, and counted. Heap. */
struct counts *counts_new(size_t memory);
void counts_free(struct counts *c);

/*
 * Takes notice of an event, before its alerts are asked for: a failed login counts for pop3.after, whichever rule the event
 * is about. Counts are kept by gid and sid, those of failed logins by what the rules count; so they outlive a reload of the
 * rules.
 */
void counts_observe(struct counts *c, const struct ruleset *rs, const struct event *e);

/*
 * Whether rule number i, which matched the event, is to alert now: suppress, then pop3.after, pop3.new, pop3.distinct,
 * detection_filter, rate_filter and threshold, in this order; what one of them holds back the next do not count. (But
 * pop3.new learns from all that the rule matched.) Fills in what the alert stands for (all 0 where the rule counts nothing)
 * and the action (of the rule, or of its rate_filter; with ACTION_PASS it is not to alert). Where there is no memory to
 * count, a rule that waits for a number does not alert, and a limit does not hold back.
 */
bool counts_alert(struct counts *c, const struct ruleset *rs, size_t i, const struct event *e,
		  struct alert_counts *counts, enum signature_action *action);

/* Bytes held now. */
size_t counts_memory(const struct counts *c);

/* ---- servers ------------------------------------------------------------------------------------- */

struct servers;

/*
 * The table of servers. path: where it is kept across runs, NULL: nowhere, and then no server is "new". A file that is
 * not there is made, so that one that cannot be is found out now. Heap; NULL with a message in err (256 bytes), with
 * the line when the file is damaged: that one is not touched.
 */
struct servers *servers_open(const char *path, char err[256]);

/*
 * The same to look at: what could be read of a file, however damaged; err is then not empty. NULL with a message in err
 * when that is nothing. Is not saved.
 */
struct servers *servers_view(const char *path, char err[256]);

/* Greetings and capabilities are not kept: with --secrets=show they may repeat a password. */
void servers_omit_texts(struct servers *s);

/*
 * Takes notice of a login or session event, before the rules of the writer are matched. Where CAPA was answered without
 * STLS by a server that offered it in a session that began earlier, sets e->stls to STLS_STRIPPED. What it learns it
 * hands to tell, as events of the kind EVENT_SERVER, complete with the flow of e (greeting and capabilities: of e, or else
 * the last ones known) and wiped afterwards:
 *
 *   SERVER_NEW        once, if the table is kept
 *   SERVER_PLAINTEXT  once, of a server known from an earlier session: it took a password or a token in the clear
 *   SERVER_STRIPPED   for the first such session since STLS was offered, then once an hour of packet time
 *
 * After ten sessions of at least two clients over more than a day without an offer, that is taken for the server's own
 * will. Sessions of which something is missing accuse nobody.
 */
void servers_event(struct servers *s, struct event *e, void (*tell)(void *ctx, struct event *e), void *ctx);

/*
 * Writes the file anew when something changed since: a temporary file of mode 0600 beside it, which is then renamed, so
 * that there is always a whole one. 0, or -1 with errno.
 */
int servers_save(struct servers *s);
/*
 * The same in two steps, where who has the table may not open files: it writes to fd what the file is to hold, and who may
 * puts that in the file's place. 0, or -1 with errno.
 */
bool servers_changed(const struct servers *s);
int servers_write(struct servers *s, int fd);
int servers_take(struct servers *s, int fd);
void servers_free(struct servers *s);

/* Writes the table for people, one server a line, the plaintext ones first. Holds no control characters. */
void servers_print(const struct servers *s, FILE *out);

/* ---- who is seen most ---------------------------------------------------------------------------- */

/*
 * Servers, or accounts, by how many logins were seen of each, in a table of fixed size: where there are more of them,
 * whoever has the fewest makes room, and who comes in his place has to be seen as often as he was to stay (Metwally,
 * Agrawal and El Abbadi, "space saving", 2005). So those stay that matter. As long as there are not more, all is exact.
 */
struct frequent;

#define FREQUENT_NAME 64 /* bytes kept of a name; longer ones are told apart all the same */

struct frequent_row {
	uint8_t addr[16]; /* the server's, as in struct flow_key */
	uint16_t port;
	uint8_t ip_v;
	uint8_t name_n;
	bool name_cut;    /* it is longer */
	uint8_t name[FREQUENT_NAME]; /* as it crossed the wire, up to the end of a character */
	uint64_t logins[OUTCOME_MAX]; /* since it has its place: at least so many */
	uint64_t last;    /* µs: the latest of them */
};

enum frequent_order { FREQUENT_LOGINS, FREQUENT_FAILURES, FREQUENT_LATEST, FREQUENT_ORDER_MAX };

/* cap: how many are kept. Heap; NULL: no memory, or no randomness. */
struct frequent *frequent_new(uint32_t cap);
void frequent_free(struct frequent *f);
/* One more login. name: of the account; empty: it is about the server alone. Takes the same time whatever is in it, nearly. */
void frequent_add(struct frequent *f, const struct flow_key *k, struct span name, enum event_outcome outcome, uint64_t ts);
/* All logins of one together. */
uint64_t frequent_sum(const struct frequent_row *r);
/* The first max of them in that order; how many. Valid until the next frequent_add(). */
size_t frequent_first(const struct frequent *f, enum frequent_order order, const struct frequent_row **out, size_t max);
/* How many are kept, and how often one made room. */
uint32_t frequent_kept(const struct frequent *f);
uint64_t frequent_forgotten(const struct frequent *f);

#endif
