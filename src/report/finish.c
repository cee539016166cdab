/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Once all is read: who comes first, and how many there are of each. */
#include <stdlib.h>

#include "impl.h"

/* The rows of a table in their order. NULL: no memory. */
static uint32_t *ranks(uint32_t n, int (*compare)(const void *a, const void *b, void *r), struct report *r)
{
	uint32_t *rank = calloc(n > 0 ? n : 1, sizeof *rank), i;

	if (rank == NULL)
		return NULL;
	for (i = 0; i < n; i++)
		rank[i] = i;
	qsort_r(rank, n, sizeof *rank, compare, r);
	return rank;
}

/* Which of two numbers comes first, the higher one. */
static int more(uint64_t a, uint64_t b)
{
	return a > b ? -1 : a < b;
}

static int by_name(const struct report *r, uint32_t a, uint32_t b)
{
	return strcmp(text_of(r, a), text_of(r, b));
}

static uint64_t sum(const struct tally *t)
{
	return (uint64_t)t->of[RESULT_ACCEPTED] + t->of[RESULT_REFUSED] + t->of[RESULT_UNKNOWN];
}

static int compare_servers(const void *a, const void *b, void *ctx)
{
	const struct report *r = ctx;
	const struct server *s = &r->server.p[*(const uint32_t *)a], *t = &r->server.p[*(const uint32_t *)b];
	int c = more(s->exposed, t->exposed);

	c = c != 0 ? c : more(s->digests, t->digests);
	c = c != 0 ? c : more(s->logins.of[RESULT_ACCEPTED], t->logins.of[RESULT_ACCEPTED]);
	c = c != 0 ? c : more(sum(&s->logins), sum(&t->logins));
	return c != 0 ? c : by_name(r, s->name, t->name);
}

/* Names that come from attackers' lists go last, however many there are. */
static int compare_accounts(const void *a, const void *b, void *ctx)
{
	const struct report *r = ctx;
	const struct account *s = &r->account.p[*(const uint32_t *)a], *t = &r->account.p[*(const uint32_t *)b];
	int c = more(sum(&s->logins) > 0, sum(&t->logins) > 0);

	c = c != 0 ? c : more(s->unlocked, t->unlocked);
	c = c != 0 ? c : more(account_risk(s), account_risk(t));
	c = c != 0 ? c : more(s->worst[RESULT_REFUSED], t->worst[RESULT_REFUSED]);
	c = c != 0 ? c : more(s->logins.of[RESULT_ACCEPTED], t->logins.of[RESULT_ACCEPTED]);
	c = c != 0 ? c : by_name(r, s->name, t->name);
	return c != 0 ? c : by_name(r, r->server.p[s->server].name, r->server.p[t->server].name);
}

static int compare_clients(const void *a, const void *b, void *ctx)
{
	const struct report *r = ctx;
	const struct client *s = &r->client.p[*(const uint32_t *)a], *t = &r->client.p[*(const uint32_t *)b];
	int c = more(s->logins.of[RESULT_ACCEPTED], t->logins.of[RESULT_ACCEPTED]);

	c = c != 0 ? c : more(sum(&s->logins), sum(&t->logins));
	return c != 0 ? c : by_name(r, s->name, t->name);
}

static int compare_attacks(const void *a, const void *b, void *ctx)
{
	const struct report *r = ctx;
	const struct attack *s = &r->attack.p[*(const uint32_t *)a], *t = &r->attack.p[*(const uint32_t *)b];
	int c = more(t->kind, s->kind);

	c = c != 0 ? c : more(sum(&s->tally), sum(&t->tally));
	c = c != 0 ? c : more(t->period.first, s->period.first);
	c = c != 0 ? c : more(t->sid, s->sid);
	c = c != 0 ? c : by_name(r, attack_subject(r, s), attack_subject(r, t));
	return c != 0 ? c : by_name(r, attack_server(r, s), attack_server(r, t));
}

/* The name of an account that comes first among those of a password: it stands for the group where numbers are equal. */
static uint32_t first_name(const struct report *r, const struct secret *s)
{
	uint32_t i, first = NONE;

	for (i = s->first; i != NONE; i = r->reuse.p[i].next) {
		uint32_t name = r->account.p[r->reuse.p[i].account].name;

		if (first == NONE || by_name(r, name, first) < 0)
			first = name;
	}
	return first;
}

static int compare_secrets(const void *a, const void *b, void *ctx)
{
	const struct report *r = ctx;
	const struct secret *s = &r->secret.p[*(const uint32_t *)a], *t = &r->secret.p[*(const uint32_t *)b];
	int c = more(s->accounts, t->accounts);

	if (c != 0 || s->accounts < 2)
		return c;
	c = by_name(r, first_name(r, s), first_name(r, t));
	return c != 0 || r->options.passing_key ? c : by_name(r, s->id, t->id);
}

static int compare_rules(const void *a, const void *b, void *ctx)
{
	const struct report *r = ctx;
	const struct rule *s = &r->rule.p[*(const uint32_t *)a], *t = &r->rule.p[*(const uint32_t *)b];
	int c = more(t->severity, s->severity);

	c = c != 0 ? c : more(s->alerts, t->alerts);
	return c != 0 ? c : more(t->sid, s->sid);
}

/* ---- how many ---- */

static void count_account(struct report *r, const struct account *a)
{
	struct server *s = &r->server.p[a->server];
	uint8_t risk = account_risk(a);

	if (sum(&a->logins) == 0)
		return;
	r->breached += a->breached;
	r->unlocked += a->unlocked;
	if (reusable(risk)) {
		r->exposed++;
		s->exposed++;
	} else if (risk == EXPOSURE_BEARER_TOKEN) {
		r->tokens++;
	} else if (risk == EXPOSURE_CRACKABLE_DIGEST) {
		r->digests++;
		s->digests++;
	} else if (reusable(a->worst[RESULT_REFUSED])) {
		r->refused++;
		s->refused++;
	}
}

static void count_all(struct report *r)
{
	uint32_t i;
	int k;

	for (i = 0; i < r->account.n; i++)
		count_account(r, &r->account.p[i]);
	for (i = 0; i < r->server.n; i++)
		r->exposed_servers += r->server.p[i].exposed > 0;
	for (i = 0; i < r->secret.n; i++)
		r->groups += r->secret.p[i].accounts > 1;
	for (i = 0; i < r->run.n; i++)
		for (k = 0; k < COUNTER_MAX; k++)
			r->counter[k] += r->run.p[i].counter[k];
}

/* The same name on two servers is two accounts: those that share a password are called with their servers. */
static void name_reuse(struct report *r)
{
	char name[2 * TEXT_LONGEST];
	uint32_t i, k;
	int n;

	for (i = 0; i < r->secret.n; i++)
		for (k = r->secret.p[i].accounts > 1 ? r->secret.p[i].first : NONE; k != NONE; k = r->reuse.p[k].next) {
			const struct account *a = &r->account.p[r->reuse.p[k].account];

			n = snprintf(name, sizeof name, "%s on %s", text_of(r, a->name), text_of(r, r->server.p[a->server].name));
			r->reuse.p[k].name = text_keep(r, span_of(name, (size_t)n < sizeof name ? (size_t)n : sizeof name - 1));
		}
}

bool report_finish(struct report *r)
{
	count_all(r);
	name_reuse(r);
	r->servers_by_rank = ranks(r->server.n, compare_servers, r);
	r->accounts_by_rank = ranks(r->account.n, compare_accounts, r);
	r->clients_by_rank = ranks(r->client.n, compare_clients, r);
	r->reuse_by_rank = ranks(r->secret.n, compare_secrets, r);
	r->rules_by_rank = ranks(r->rule.n, compare_rules, r);
	if (!attack_finish(r))
		return false;
	r->attacks_by_rank = ranks(r->attack.n, compare_attacks, r);
	return r->servers_by_rank != NULL && r->accounts_by_rank != NULL && r->clients_by_rank != NULL &&
	       r->attacks_by_rank != NULL && r->reuse_by_rank != NULL && r->rules_by_rank != NULL && quality_find(r) &&
	       advice_find(r);
}
