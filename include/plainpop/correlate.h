/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * correlate: what many events together mean. It stands in the writer, which alone sees every sensor: limits on alerts,
 * logins counted over users, secrets and hosts, and what is known of servers. Bounded in memory; time is that of the
 * packets. Knows fingerprints of secrets, never secrets.
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
void servers_free(struct servers *s);

/* Writes the table for people, one server a line, the plaintext ones first. Holds no control characters. */
void servers_print(const struct servers *s, FILE *out);

#endif
