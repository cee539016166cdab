/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pop3.after: how many logins failed before. They are counted apart from the rules, once for all rules that track the same
 * for as long: what fails is rarely what a rule with pop3.after is about.
 */
#include "counts_impl.h"
#include "servers.h"

/* A mailbox in use, a server in trouble, or one that wants TLS first, is no guess. */
bool failures_has(const struct event *e)
{
	return e->kind == EVENT_LOGIN && e->outcome == OUTCOME_FAILURE && e->credential != CREDENTIAL_VALID &&
	       !span_starts(event_get(e, EVENT_FAILURE_REASON), "SYS/") &&
	       !refusal_of_plaintext(event_get(e, EVENT_RESPONSE));
}

static const enum rule_distinct_what lists[FAILED_MAX] = {
	[FAILED_USERS] = DISTINCT_USERS, [FAILED_SECRETS] = DISTINCT_SECRETS, [FAILED_SOURCES] = DISTINCT_SOURCES
};

/* gid 0 is no rule's. */
static bool key_of(struct tally_key *k, const struct tally_table *t, const struct rule_after *a, const struct event *e)
{
	return tally_key(k, &t->hash, TALLY_FAILURES, a->track, 0, a->seconds, e);
}

void failures_note(struct tally_table *t, const struct rule_after *a, const struct event *e)
{
	struct tally_key k;
	struct failures *f;
	uint64_t value;
	unsigned i;

	if (!key_of(&k, t, a, e) || (f = tally_get(t, k)) == NULL)
		return;
	seen_forget(t, &f->log, e->ts, a->seconds);
	seen_one(t, &f->log, e->ts);
	for (i = 0; i < FAILED_MAX; i++) {
		seen_forget(t, &f->list[i], e->ts, a->seconds);
		if (tally_value(&value, &t->hash, lists[i], e))
			seen_value(t, &f->list[i], value, e->ts);
	}
}

bool failures_alert(struct tally_table *t, const struct rule_after *a, const struct matched *m)
{
	const struct event *e = m->event;
	struct tally_key k;
	struct failures *f;
	uint32_t n;
	unsigned i;

	if (!key_of(&k, t, a, e) || (f = tally_find(t, k)) == NULL)
		return false;
	seen_forget(t, &f->log, e->ts, a->seconds);
	for (i = 0; i < FAILED_MAX; i++)
		seen_forget(t, &f->list[i], e->ts, a->seconds);
	n = seen_total(&f->log);
	/* The event itself was noticed, but did not come before. */
	if (n > 0 && failures_has(e))
		n--;
	if (n < a->failures || f->list[FAILED_USERS].n < a->users || f->list[FAILED_SECRETS].n < a->secrets ||
	    f->list[FAILED_SOURCES].n < a->sources)
		return false;
	*m->counts = (struct alert_counts){ .count = one_more(n), .first_seen = seen_first(&f->log) };
	/* Of the failed ones: what was accepted is one of them or another. */
	if (a->users > 0 || a->secrets > 0 || a->sources > 0) {
		m->counts->users = f->list[FAILED_USERS].n;
		m->counts->secrets = f->list[FAILED_SECRETS].n;
		m->counts->sources = f->list[FAILED_SOURCES].n;
	}
	return true;
}
