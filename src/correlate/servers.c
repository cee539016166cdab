/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of servers. A server that once offered STLS and does not any more may have somebody in between who takes
 * the offer out (RFC 2595 section 6): only who remembers can tell.
 *
 * Evidence counts only where all of the session was seen: what is missing in a capture must not become an accusation.
 */
#include <errno.h>
#include <stdlib.h>

#include "servers.h"

#define HOUR UINT64_C(3600000000) /* µs */
#define DAY (24 * HOUR)
#define ACCEPTED_SESSIONS 10 /* without STLS, of more than one client, over more than a day: so be it */

/* ---- the table ---- */

struct servers *servers_new(void)
{
	struct servers *s = calloc(1, sizeof *s);

	if (s != NULL && hash_random(s->hash_key, sizeof s->hash_key) == 0)
		return s;
	free(s);
	return NULL;
}

static struct server **bucket_of(struct servers *s, const struct server_key *key)
{
	return &s->bucket[hash_keyed(s->hash_key, key, sizeof *key) % SERVERS_BUCKETS];
}

struct server *servers_find(const struct servers *s, const struct server_key *key)
{
	struct server *v = s->bucket[hash_keyed(s->hash_key, key, sizeof *key) % SERVERS_BUCKETS];

	while (v != NULL && memcmp(&v->key, key, sizeof *key) != 0)
		v = v->next;
	return v;
}

static void unlink_age(struct servers *s, struct server *v)
{
	*(v->older != NULL ? &v->older->newer : &s->oldest) = v->newer;
	*(v->newer != NULL ? &v->newer->older : &s->newest) = v->older;
}

static void link_newest(struct servers *s, struct server *v)
{
	v->newer = NULL;
	v->older = s->newest;
	*(s->newest != NULL ? &s->newest->newer : &s->oldest) = v;
	s->newest = v;
}

static void free_server(struct server *v)
{
	free(v->banner);
	free(v->capabilities);
	free(v);
}

static void evict(struct servers *s)
{
	struct server *v = s->oldest, **at = bucket_of(s, &v->key);

	while (*at != v)
		at = &(*at)->next;
	*at = v->next;
	unlink_age(s, v);
	free_server(v);
	s->n--;
	counter_add(COUNTER_SERVERS_EVICTED, 1);
}

struct server *servers_add(struct servers *s, const struct server_key *key)
{
	struct server *v = calloc(1, sizeof *v), **bucket;

	if (v == NULL) {
		counter_add(COUNTER_SERVERS_NO_MEMORY, 1);
		return NULL;
	}
	if (s->n == SERVERS_MAX)
		evict(s);
	v->key = *key;
	v->stripped_flow = UINT64_MAX;
	bucket = bucket_of(s, key);
	v->next = *bucket;
	*bucket = v;
	link_newest(s, v);
	s->n++;
	return v;
}

void servers_free(struct servers *s)
{
	struct server *v, *newer;

	if (s == NULL)
		return;
	for (v = s->oldest; v != NULL; v = newer) {
		newer = v->newer;
		free_server(v);
	}
	free(s->path);
	free(s);
}

void servers_omit_texts(struct servers *s)
{
	s->no_texts = true;
}

/* ---- texts ---- */

/* Makes lines printable, each for itself. out has PRINTABLE_MAX(in.n) bytes. */
static void printable_lines(struct span in, char *out)
{
	while (in.n > 0) {
		const uint8_t *lf = memchr(in.p, '\n', in.n);
		struct span line = span_take(in, lf != NULL ? (size_t)(lf - in.p) : in.n);

		out += span_printable(line, out);
		if (lf != NULL)
			*out++ = '\n';
		in = span_skip(in, lf != NULL ? line.n + 1 : line.n);
	}
	*out = '\0';
}

/* Keeps a text of the event. Most of the time it is the one of the session before, which its hash tells. */
static void learn_text(const struct servers *s, char **text, uint64_t *hash, struct span raw, size_t kept)
{
	char printable[PRINTABLE_MAX(CAPABILITIES_KEPT)];
	uint64_t hash_now = hash_keyed(s->hash_key, raw.p, raw.n);
	size_t n = kept;
	char *copy;

	_Static_assert(BANNER_KEPT <= CAPABILITIES_KEPT, "both must fit");
	if (raw.n == 0 || hash_now == *hash)
		return;
	/* Of bytes that take more room when they are printable, fewer. */
	do {
		printable_lines(span_take(raw, n), printable);
		n /= 2;
	} while (strlen(printable) > kept);
	copy = strdup(printable);
	if (copy == NULL)
		return; /* the one before is better than none */
	free(*text);
	*text = copy;
	*hash = hash_now;
}

/* ---- what is told ---- */

struct teller {
	struct servers *s;
	struct server *server;
	const struct event *event; /* what it is learnt from */
	struct event_known known;  /* before */
	void (*tell)(void *ctx, struct event *e);
	void *ctx;
};

static void set_text(struct event *to, const struct event *from, enum event_text t, const char *known)
{
	if (event_has(from, t))
		event_set(to, t, event_get(from, t));
	else if (known != NULL)
		event_set(to, t, span_str(known));
}

static void tell(const struct teller *t, enum event_server what)
{
	struct event *e = &t->s->event;
	const struct event *from = t->event;

	event_init(e, EVENT_SERVER);
	e->server = what;
	e->known = t->known;
	e->ts = from->ts;
	e->packet = from->packet;
	e->source = from->source;
	e->flow = from->flow;
	e->tunnel = from->tunnel;
	e->flow_id = from->flow_id;
	e->start = from->start;
	e->end = from->end;
	memcpy(e->pkts, from->pkts, sizeof e->pkts);
	memcpy(e->bytes, from->bytes, sizeof e->bytes);
	e->capture = from->capture;
	e->stls = from->stls;
	set_text(e, from, EVENT_BANNER, t->server->banner);
	set_text(e, from, EVENT_CAPABILITIES, t->server->capabilities);
	t->tell(t->ctx, e);
	event_wipe(e); /* with secrets shown an answer may repeat one */
}

/* ---- what is learnt ---- */

/* True when the text has a line that begins with the word STLS. */
static bool lists_stls(struct span capabilities)
{
	while (capabilities.n > 0) {
		const uint8_t *lf = memchr(capabilities.p, '\n', capabilities.n);
		struct span line = span_take(capabilities, lf != NULL ? (size_t)(lf - capabilities.p) : capabilities.n);

		capabilities = span_skip(capabilities, line.n + 1);
		if (span_is(span_word(&line), "STLS"))
			return true;
	}
	return false;
}

static bool offers_stls(const struct event *e)
{
	switch (e->stls) {
	case STLS_OFFERED_UNUSED:
	case STLS_UPGRADED:
	case STLS_FAILED:
	case STLS_INJECTED:
	case STLS_STRIPPED: /* in an answer before, of the same session */
		return true;
	default:
		return lists_stls(event_get(e, EVENT_CAPABILITIES));
	}
}

/* CAPA was answered without STLS, and nothing is missing that would explain it, such as a login before. */
static bool lacks_stls(const struct event *e)
{
	return e->stls == STLS_NOT_OFFERED && !e->capture.midstream && !e->capture.one_sided && e->capture.gap_bytes == 0;
}

static void offered(struct server *v, const struct event *e)
{
	/* A session from before the offer vanished says nothing of what came after. */
	if (v->stls == SERVER_STLS_OFFERED && v->missing.sessions > 0 && e->start < v->missing.since)
		return;
	if (v->stls != SERVER_STLS_OFFERED || e->start < v->offered)
		v->offered = e->start;
	v->stls = SERVER_STLS_OFFERED;
	memset(&v->missing, 0, sizeof v->missing);
	v->told = 0;
}

/* One more session without STLS. When nobody is offered it for long enough, that is how the server is. */
static void count_missing(struct server *v, const struct event *e)
{
	struct server_missing *m = &v->missing;

	if (m->sessions == 0) {
		m->since = e->start;
		m->ip_v = e->flow.ip_v;
		memcpy(m->client, e->flow.addr[SIDE_CLIENT], sizeof m->client);
	} else if (memcmp(m->client, e->flow.addr[SIDE_CLIENT], sizeof m->client) != 0) {
		m->clients = true;
	}
	if (m->sessions < UINT32_MAX)
		m->sessions++;
	if (m->sessions < ACCEPTED_SESSIONS || !m->clients || e->ts <= m->since || e->ts - m->since <= DAY)
		return;
	v->stls = SERVER_STLS_NOT_OFFERED;
	memset(m, 0, sizeof *m);
	v->told = 0;
}

/* The offer of an earlier session is gone. */
static void stripped(const struct teller *t, struct event *e)
{
	struct server *v = t->server;
	bool again = v->stripped_flow == e->flow_id;

	e->stls = STLS_STRIPPED;
	v->stripped_flow = e->flow_id;
	if (!again && (v->told == 0 || e->ts < v->told || e->ts - v->told >= HOUR)) {
		tell(t, SERVER_STRIPPED);
		v->told = e->ts;
	}
	if (e->kind == EVENT_SESSION)
		count_missing(v, e);
}

static void learn_stls(const struct teller *t, struct event *e)
{
	struct server *v = t->server;

	if (offers_stls(e)) {
		offered(v, e);
	} else if (e->stls == STLS_NOT_OFFERED && v->stripped_flow == e->flow_id) {
		stripped(t, e); /* what was said of its login holds for the session, too */
	} else if (lacks_stls(e)) {
		if (v->stls == SERVER_STLS_OFFERED && v->offered < e->start)
			stripped(t, e);
		else if (v->stls == SERVER_STLS_UNKNOWN)
			v->stls = SERVER_STLS_NOT_OFFERED;
	}
}

/*
 * A password or a token that was taken in the clear. Digests are not meant: a server may well take these, as RFC 2595
 * section 2.2 has it, and still never let a password be sent.
 */
static void learn_plaintext(const struct teller *t, const struct event *e)
{
	struct server *v = t->server;

	if (e->kind != EVENT_LOGIN)
		return;
	if (e->outcome == OUTCOME_FAILURE && refusal_of_plaintext(event_get(e, EVENT_RESPONSE)))
		v->plaintext_refused = true;
	if (e->outcome != OUTCOME_SUCCESS || v->plaintext_accepted ||
	    (e->exposure != EXPOSURE_PASSWORD && e->exposure != EXPOSURE_BEARER_TOKEN))
		return;
	v->plaintext_accepted = true;
	if (t->known.first_seen < e->start)
		tell(t, SERVER_PLAINTEXT);
}

static struct server *server_of(struct servers *s, const struct event *e, bool *fresh)
{
	struct server_key key;
	struct server *v;

	memset(&key, 0, sizeof key);
	memcpy(key.addr, e->flow.addr[SIDE_SERVER], sizeof key.addr);
	memcpy(key.vlan, e->flow.vlan, sizeof key.vlan);
	key.port = e->flow.port[SIDE_SERVER];
	key.n_vlan = e->flow.n_vlan;
	key.ip_v = e->flow.ip_v;
	key.tunnel = e->flow.tunnel;
	v = servers_find(s, &key);
	*fresh = v == NULL;
	if (v != NULL) {
		unlink_age(s, v);
		link_newest(s, v);
		return v;
	}
	v = servers_add(s, &key);
	if (v == NULL)
		return NULL;
	v->first_seen = e->start;
	v->last_seen = e->ts;
	v->vni_set = e->tunnel.depth > 0 && e->tunnel.id_set;
	v->vni = e->tunnel.id;
	return v;
}

void servers_event(struct servers *s, struct event *e, void (*told)(void *ctx, struct event *e), void *ctx)
{
	struct teller t = { .s = s, .event = e, .tell = told, .ctx = ctx };
	struct server *v;
	bool fresh;

	if (e->kind != EVENT_LOGIN && e->kind != EVENT_SESSION)
		return;
	v = t.server = server_of(s, e, &fresh);
	if (v == NULL)
		return;
	t.known = (struct event_known){ .first_seen = v->first_seen, .last_seen = v->last_seen,
					.stls_offered = v->stls == SERVER_STLS_OFFERED,
					.plaintext_accepted = v->plaintext_accepted,
					.plaintext_refused = v->plaintext_refused };
	/* Without a file every server is one at the beginning. */
	if (fresh && s->path != NULL)
		tell(&t, SERVER_NEW);
	learn_stls(&t, e);
	learn_plaintext(&t, e);
	if (!s->no_texts) {
		learn_text(s, &v->banner, &v->banner_hash, event_get(e, EVENT_BANNER), BANNER_KEPT);
		learn_text(s, &v->capabilities, &v->capabilities_hash, event_get(e, EVENT_CAPABILITIES),
			   CAPABILITIES_KEPT);
	}
	*(e->kind == EVENT_LOGIN ? &v->logins : &v->sessions) += 1;
	if (e->start < v->first_seen)
		v->first_seen = e->start;
	if (e->ts > v->last_seen)
		v->last_seen = e->ts;
	s->changed = true;
}
