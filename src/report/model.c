/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each record adds to what is known of servers, accounts and clients. */
#include <stdio.h>
#include <stdlib.h>

#include "impl.h"

#define SECOND UINT64_C(1000000)
#define NAME_SIZE 512
#define JITTER 4 /* seconds: a run's beginning is reckoned from two clocks */

static void extend(struct period *p, uint64_t ts)
{
	if (p->first == 0 || ts < p->first)
		p->first = ts;
	if (ts > p->last)
		p->last = ts;
}

/* ---- rows by their names ---- */

/* Two numbers as one key. */
static uint64_t pair(uint32_t a, uint32_t b)
{
	return (uint64_t)a << 32 | b;
}

/* True when the pair is new. One that finds no room is counted, and then it is not. */
static bool pair_is_new(struct report *r, struct map *m, uint32_t a, uint32_t b)
{
	if (a == NONE || b == NONE || map_get(m, pair(a, b)) != NULL)
		return false;
	if (map_put(m, pair(a, b), 0, PAIRS_MAX))
		return true;
	r->beyond.pairs++;
	return false;
}

static struct span with_place(char out[NAME_SIZE], struct span name, const struct ends *e)
{
	int n = snprintf(out, NAME_SIZE, "%.*s%s%.*s%s", (int)name.n, (const char *)name.p, e->place.n > 0 ? " (" : "",
			 (int)e->place.n, e->place.n > 0 ? (const char *)e->place.p : "", e->place.n > 0 ? ")" : "");

	return span_of(out, (size_t)(n < NAME_SIZE ? n : NAME_SIZE - 1));
}

static uint32_t server_of(struct report *r, const struct ends *e)
{
	char address[NAME_SIZE / 2], name[NAME_SIZE];
	bool v6 = e->server.n > 0 && memchr(e->server.p, ':', e->server.n) != NULL;
	uint32_t text, *known;
	struct server *s;
	int n;

	n = snprintf(address, sizeof address, v6 ? "[%.*s]:%u" : "%.*s:%u", (int)e->server.n, (const char *)e->server.p, e->port);
	text = text_keep(r, with_place(name, span_of(address, (size_t)n), e));
	known = text == NONE ? NULL : map_get(&r->servers, text);
	if (known != NULL)
		return *known;
	if (text == NONE || !map_put(&r->servers, text, r->server.n, SERVERS_MAX) || (s = ROWS_ADD(r->server)) == NULL) {
		r->beyond.servers++;
		return NONE;
	}
	s->name = text;
	s->banner = NONE;
	return r->server.n - 1;
}

static uint32_t client_of(struct report *r, const struct ends *e)
{
	char name[NAME_SIZE];
	uint32_t text = text_name(r, "client", with_place(name, e->client, e)), *known;
	struct client *c;

	known = text == NONE ? NULL : map_get(&r->clients, text);
	if (known != NULL)
		return *known;
	if (text == NONE || !map_put(&r->clients, text, r->client.n, CLIENTS_MAX) || (c = ROWS_ADD(r->client)) == NULL) {
		r->beyond.clients++;
		return NONE;
	}
	c->name = text;
	return r->client.n - 1;
}

/* DOMAIN\user where there is a domain. NONE: nobody saw who. */
static uint32_t account_of(struct report *r, uint32_t server, struct span user, struct span domain)
{
	char *whole = NULL;
	uint32_t text, *known;
	struct account *a;

	if (server == NONE || user.n == 0)
		return NONE;
	if (domain.n > 0 && (whole = malloc(domain.n + 1 + user.n)) != NULL) {
		memcpy(whole, domain.p, domain.n);
		whole[domain.n] = '\\';
		memcpy(whole + domain.n + 1, user.p, user.n);
		user = span_of(whole, domain.n + 1 + user.n);
	}
	text = text_name(r, "user", user);
	free(whole);
	known = text == NONE ? NULL : map_get(&r->accounts, pair(server, text));
	if (known != NULL)
		return *known;
	if (text == NONE || !map_put(&r->accounts, pair(server, text), r->account.n, ACCOUNTS_MAX) ||
	    (a = ROWS_ADD(r->account)) == NULL) {
		r->beyond.accounts++;
		return NONE;
	}
	a->name = text;
	a->server = server;
	return r->account.n - 1;
}

/* The bit that stands for a mechanism. */
static uint32_t mechanism_bit(struct report *r, struct span name)
{
	uint32_t text = name.n > 0 ? text_keep(r, name) : NONE, i;

	if (text == NONE)
		return 0;
	for (i = 0; i < r->mechanisms; i++)
		if (r->mechanism[i] == text)
			return UINT32_C(1) << i;
	if (r->mechanisms == MECHANISMS_MAX) {
		r->beyond.mechanisms++;
		return 0;
	}
	r->mechanism[r->mechanisms++] = text;
	return UINT32_C(1) << i;
}

/* ---- sessions and logins ---- */

static void note_banner(struct report *r, struct server *s, struct span banner, uint64_t ts)
{
	enum product p;

	if (banner.n == 0 || ts < s->banner_seen)
		return;
	p = product_of(banner);
	/* A greeting may repeat whom it greets, or hold what names the company. */
	s->banner = text_keep(r, r->options.pseudonyms != NULL ? span_str(product_name(p)) : banner);
	s->banner_seen = ts;
	if (p != PRODUCT_UNKNOWN)
		s->product = p;
}

static void note_clients(struct report *r, uint32_t server, uint32_t client)
{
	if (pair_is_new(r, &r->server_clients, server, client)) {
		r->server.p[server].clients++;
		r->client.p[client].servers++;
	}
}

static void account_add(struct report *r, uint32_t account, uint32_t client, const struct told_login *l)
{
	struct account *a = &r->account.p[account];
	enum result proved = l->valid ? RESULT_ACCEPTED : l->result;

	a->logins.of[l->result]++;
	if (l->exposure > a->worst[proved])
		a->worst[proved] = (uint8_t)l->exposure;
	a->valid |= l->valid;
	a->breached |= l->breached;
	a->mechanisms |= mechanism_bit(r, l->mechanism);
	extend(&a->period, l->ts);
	if (!pair_is_new(r, &r->account_clients, account, client))
		return;
	if (a->clients < sizeof a->client / sizeof a->client[0])
		a->client[a->clients] = client;
	a->clients++;
	r->client.p[client].accounts++;
}

/* The fingerprints of passwords that opened an account: who shares one shares it with whoever listened. */
static void secret_add(struct report *r, uint32_t account, const struct told_login *l)
{
	char id[64];
	uint32_t text, *known, row;
	struct secret *s;
	struct reuse *u;
	int n;

	if (account == NONE || l->secret.n == 0 || l->secret.n > 32 || l->key.n > 16 || !reusable((uint8_t)l->exposure) ||
	    (l->result != RESULT_ACCEPTED && !l->valid))
		return;
	n = snprintf(id, sizeof id, "%.*s/%.*s", (int)l->secret.n, (const char *)l->secret.p, (int)l->key.n,
		     l->key.n > 0 ? (const char *)l->key.p : "");
	text = text_keep(r, span_of(id, (size_t)n));
	known = text == NONE ? NULL : map_get(&r->secrets, text);
	row = known != NULL ? *known : r->secret.n;
	if (known == NULL) {
		if (text == NONE || !map_put(&r->secrets, text, row, SECRETS_MAX) || (s = ROWS_ADD(r->secret)) == NULL) {
			r->beyond.secrets++;
			return;
		}
		s->id = text;
		s->first = NONE;
	}
	s = &r->secret.p[row];
	s->breached |= l->breached;
	if (!pair_is_new(r, &r->secret_accounts, row, account) || (u = ROWS_ADD(r->reuse)) == NULL)
		return;
	*u = (struct reuse){ .account = account, .next = s->first, .name = NONE };
	s->first = r->reuse.n - 1;
	s->accounts++;
}

static void keep_login(struct report *r, const struct told_login *l, uint32_t server, uint32_t client, uint32_t account)
{
	struct login *kept;

	if (r->login.n >= LOGINS_MAX || (kept = ROWS_ADD(r->login)) == NULL) {
		r->beyond.logins++;
		return;
	}
	*kept = (struct login){ .second = (uint32_t)(l->ts / SECOND), .client = client, .account = account, .server = server,
				.result = (uint8_t)l->result };
}

bool model_login(struct report *r, const struct told_login *l)
{
	uint32_t server = server_of(r, &l->ends), client = client_of(r, &l->ends);
	uint32_t account = account_of(r, server, l->user, l->domain);

	r->logins.of[l->result]++;
	curve_add(&r->timeline, l->ts / SECOND, l->result);
	extend(&r->period, l->ts);
	if (server != NONE) {
		r->server.p[server].logins.of[l->result]++;
		extend(&r->server.p[server].period, l->ts);
		note_banner(r, &r->server.p[server], l->banner, l->ts);
	}
	if (client != NONE) {
		r->client.p[client].logins.of[l->result]++;
		extend(&r->client.p[client].period, l->ts);
	}
	note_clients(r, server, client);
	if (account != NONE)
		account_add(r, account, client, l);
	else if (l->user.n == 0)
		r->nameless++;
	secret_add(r, account, l);
	keep_login(r, l, server, client, account);
	return !r->no_memory;
}

bool model_session(struct report *r, const struct told_session *s)
{
	uint32_t server = server_of(r, &s->ends), client = client_of(r, &s->ends);

	r->sessions++;
	r->stls[s->stls]++;
	r->one_sided += s->one_sided;
	r->midstream += s->midstream;
	r->truncated += s->truncated;
	r->gaps += s->gap_bytes > 0;
	r->gap_bytes += s->gap_bytes;
	extend(&r->period, s->ts);
	if (server != NONE) {
		struct server *v = &r->server.p[server];

		v->sessions++;
		v->stls[s->stls]++;
		v->offers |= s->offers;
		extend(&v->period, s->ts);
		note_banner(r, v, s->banner, s->ts);
		if (v->product == PRODUCT_UNKNOWN && s->implementation != NULL)
			v->product = product_of(span_str(s->implementation));
	}
	if (client != NONE) {
		r->client.p[client].unused += s->stls == STLS_OFFERED_UNUSED && s->logins;
		extend(&r->client.p[client].period, s->ts);
	}
	note_clients(r, server, client);
	return !r->no_memory;
}

/* ---- alerts ---- */

static uint32_t rule_of(struct report *r, const struct told_alert *a)
{
	uint32_t *known = map_get(&r->rules, a->sid);
	struct rule *rule;

	if (known != NULL)
		return *known;
	if (!map_put(&r->rules, a->sid, r->rule.n, RULES_MAX) || (rule = ROWS_ADD(r->rule)) == NULL) {
		r->beyond.rules++;
		return NONE;
	}
	rule->sid = a->sid;
	rule->severity = a->severity;
	rule->text = text_keep(r, a->signature);
	return r->rule.n - 1;
}

/* Whose logins these are: many sources have no client in common, but a server. */
static enum attack_by attack_whose(const struct told_alert *a, uint32_t account, uint32_t client, uint32_t *subject)
{
	enum attack_by by = attack_default_by(a->attack);

	if (by == BY_ACCOUNT && account == NONE)
		by = BY_CLIENT;
	if (by == BY_CLIENT && (a->sources > 1 || client == NONE))
		by = BY_SERVER;
	*subject = by == BY_ACCOUNT ? account : client;
	return by;
}

static void most(uint32_t *kept, uint32_t told)
{
	if (told > *kept)
		*kept = told;
}

static void attack_add(struct report *r, const struct told_alert *a, uint32_t rule, uint32_t server, uint32_t client)
{
	uint32_t account = account_of(r, server, a->user, a->domain), subject, *known;
	enum attack_by by = attack_whose(a, account, client, &subject);
	struct attack *t;
	uint64_t key;

	if (by == BY_SERVER)
		subject = server;
	if (rule == NONE || subject == NONE)
		return;
	key = (uint64_t)rule << 34 | (uint64_t)by << 32 | subject;
	known = map_get(&r->attacks, key);
	if (known == NULL && (!map_put(&r->attacks, key, r->attack.n, ATTACKS_MAX) || ROWS_ADD(r->attack) == NULL)) {
		r->beyond.attacks++;
		return;
	}
	t = &r->attack.p[known != NULL ? *known : r->attack.n - 1];
	if (known == NULL)
		*t = (struct attack){ .kind = a->attack, .by = by, .subject = subject, .sid = a->sid, .rule = rule,
				      .server = server, .client = client };
	t->alerts++;
	most(&t->logins, a->logins);
	most(&t->users, a->users);
	most(&t->secrets, a->secrets);
	most(&t->sources, a->sources);
	extend(&t->period, a->ts);
	if (a->first_seen != 0)
		extend(&t->period, a->first_seen);
	if (a->attack == ATTACK_TAKEOVER && account != NONE)
		r->account.p[account].unlocked = true;
}

bool model_alert(struct report *r, const struct told_alert *a)
{
	uint32_t server = server_of(r, &a->ends), client = client_of(r, &a->ends), rule = rule_of(r, a);

	r->alerts++;
	if (rule != NONE) {
		r->rule.p[rule].alerts++;
		extend(&r->rule.p[rule].period, a->ts);
	}
	if (a->attack != ATTACK_MAX)
		attack_add(r, a, rule, server, client);
	return !r->no_memory;
}

/* ---- counters ---- */

/* Counters go up while a run lasts, and the latest are all there is to know of it. */
bool model_stats(struct report *r, struct span host, uint64_t second, uint64_t uptime, const uint64_t counter[COUNTER_MAX])
{
	uint64_t began = second > uptime ? second - uptime : 0, about = began / JITTER;
	uint32_t name = text_name(r, "sensor", host), *known = NULL;
	struct run *run;
	int i;

	for (i = -1; i <= 1 && known == NULL; i++)
		known = map_get(&r->hosts, pair(name, (uint32_t)(about + (uint64_t)(int64_t)i)));
	if (known == NULL) {
		if (!map_put(&r->hosts, pair(name, (uint32_t)about), r->run.n, RUNS_MAX) || (run = ROWS_ADD(r->run)) == NULL) {
			r->beyond.runs++;
			return !r->no_memory;
		}
		run->began = began;
	} else {
		run = &r->run.p[*known];
	}
	if (known == NULL || uptime >= run->uptime) {
		run->uptime = uptime;
		memcpy(run->counter, counter, sizeof run->counter);
	}
	return !r->no_memory;
}
