/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whose events are counted together, and what is told apart among them. */
#include "counts_impl.h"

/* Whose events are counted together, and by what. Has no padding: it is hashed as words. */
struct subject {
	uint32_t gid, sid; /* of the rule; where several share it, what they have in common */
	uint8_t kind, track; /* enum tally_kind, enum rule_track */
	uint8_t ip_v, n_vlan;
	uint32_t tunnel;
	uint16_t vlan[FLOW_VLANS];
	uint16_t port;
	uint64_t id; /* of the user or session */
	uint8_t addr[2][16];
};
_Static_assert(sizeof(struct subject) == HASH_WORDS * sizeof(uint64_t), "subject has padding");

/* What it is about; without it, a name and a secret could have the same hash on purpose. */
enum domain { DOMAIN_USER, DOMAIN_SECRET, DOMAIN_PAIR };

static uint64_t hash_as(const struct tally_hash *h, enum domain domain, const void *data, size_t n)
{
	uint8_t key[16];

	memcpy(key, h->key, sizeof key);
	key[0] ^= (uint8_t)domain;
	return hash_keyed(key, data, n);
}

static uint64_t subject_hash(const struct tally_hash *h, const struct subject *s)
{
	uint64_t word[HASH_WORDS];

	memcpy(word, s, sizeof word);
	return hash_words(&h->words, word, HASH_WORDS);
}

/* False: the name is not known. */
static bool user_id(uint64_t *id, const struct tally_hash *h, const struct event *e)
{
	struct span user;
	uint8_t lower[512];
	size_t i;

	if (h->event == e) {
		*id = h->told[DISTINCT_USERS].value;
		return h->told[DISTINCT_USERS].has;
	}
	user = event_get(e, EVENT_USER);
	if (user.n == 0)
		return false;
	user = span_take(user, sizeof lower);
	for (i = 0; i < user.n; i++)
		lower[i] = ascii_lower(user.p[i]);
	*id = hash_as(h, DOMAIN_USER, lower, user.n);
	return true;
}

void tally_event(struct tally_hash *h, const struct event *e)
{
	h->event = NULL;
	h->number++;
	memset(h->told, 0, sizeof h->told);
	h->told[DISTINCT_USERS].asked = true;
	h->told[DISTINCT_USERS].has = user_id(&h->told[DISTINCT_USERS].value, h, e);
	h->event = e;
}

/* Where the hosts of an event are: the same address elsewhere is another host. */
static void set_place(struct subject *s, const struct flow_key *f)
{
	unsigned i;

	s->ip_v = f->ip_v;
	s->tunnel = f->tunnel;
	s->n_vlan = f->n_vlan;
	for (i = 0; i < FLOW_VLANS && i < f->n_vlan; i++)
		s->vlan[i] = f->vlan[i];
}

static void set_host(struct subject *s, unsigned which, const struct event *e, enum side side)
{
	set_place(s, &e->flow);
	memcpy(s->addr[which], e->flow.addr[side], 16);
}

static void set_pair(struct subject *s, const struct event *e)
{
	bool in_order = memcmp(e->flow.addr[0], e->flow.addr[1], 16) < 0;

	set_host(s, 0, e, in_order ? SIDE_CLIENT : SIDE_SERVER);
	set_host(s, 1, e, in_order ? SIDE_SERVER : SIDE_CLIENT);
}

/* False: the event has not what is tracked. */
static bool set_tracked(struct subject *s, const struct tally_hash *h, enum rule_track track, const struct event *e)
{
	switch (track) {
	case TRACK_RULE:
		return true;
	case TRACK_SRC:
		set_host(s, 0, e, e->from);
		return true;
	case TRACK_DST:
		set_host(s, 0, e, side_other(e->from));
		return true;
	case TRACK_BOTH:
		set_pair(s, e);
		return true;
	case TRACK_FLOW:
		s->id = e->flow_id;
		return true;
	case TRACK_USER:
		if (!user_id(&s->id, h, e))
			set_host(s, 0, e, e->from);
		return true;
	case TRACK_ACCOUNT:
		set_host(s, 0, e, SIDE_SERVER);
		s->port = e->flow.port[SIDE_SERVER];
		if (!user_id(&s->id, h, e))
			set_host(s, 1, e, SIDE_CLIENT);
		return true;
	case TRACK_LOGIN:
		set_host(s, 0, e, SIDE_SERVER);
		set_host(s, 1, e, SIDE_CLIENT);
		s->port = e->flow.port[SIDE_SERVER];
		user_id(&s->id, h, e);
		return true;
	case TRACK_SECRET:
		memcpy(s->addr[0], e->secret_id, EVENT_SECRET_ID);
		return e->secret_id_set;
	}
	return false;
}

bool tally_key(struct tally_key *k, const struct tally_hash *h, enum tally_kind kind, enum rule_track track, uint32_t gid,
	       uint32_t sid, const struct event *e)
{
	struct subject s = { .gid = gid, .sid = sid, .kind = (uint8_t)kind, .track = (uint8_t)track };

	if (!set_tracked(&s, h, track, e))
		return false;
	*k = (struct tally_key){ .hash = subject_hash(h, &s), .kind = kind };
	return true;
}

static uint64_t host_id(const struct tally_hash *h, const struct event *e, enum side side, uint16_t port)
{
	struct subject s = { .port = port };

	set_host(&s, 0, e, side);
	return subject_hash(h, &s);
}

static bool pair_id(uint64_t *value, const struct tally_hash *h, const struct event *e)
{
	struct {
		uint64_t user;
		uint8_t secret[EVENT_SECRET_ID];
	} pair;

	if (!e->secret_id_set || !user_id(&pair.user, h, e))
		return false;
	memcpy(pair.secret, e->secret_id, sizeof pair.secret);
	*value = hash_as(h, DOMAIN_PAIR, &pair, sizeof pair);
	return true;
}

static bool value_of(uint64_t *value, const struct tally_hash *h, enum rule_distinct_what what, const struct event *e)
{
	switch (what) {
	case DISTINCT_USERS:
		return user_id(value, h, e);
	case DISTINCT_SECRETS:
		*value = hash_as(h, DOMAIN_SECRET, e->secret_id, EVENT_SECRET_ID);
		return e->secret_id_set;
	case DISTINCT_SOURCES:
		*value = host_id(h, e, SIDE_CLIENT, 0);
		return true;
	case DISTINCT_SERVERS:
		*value = host_id(h, e, SIDE_SERVER, e->flow.port[SIDE_SERVER]);
		return true;
	case DISTINCT_PAIRS:
		return pair_id(value, h, e);
	case DISTINCT_LOGINS: /* each is another */
	case DISTINCT_PAIRS_PER_USER:
	case DISTINCT_PAIRS_PER_SECRET:
	case DISTINCT_LOGINS_PER_PAIR:
	case DISTINCT_MAX:
		break;
	}
	return false;
}

bool tally_value(uint64_t *value, struct tally_hash *h, enum rule_distinct_what what, const struct event *e)
{
	if (h->event != e || what >= DISTINCT_LISTS)
		return value_of(value, h, what, e);
	if (!h->told[what].asked) {
		h->told[what].asked = true;
		h->told[what].has = value_of(&h->told[what].value, h, what, e);
	}
	*value = h->told[what].value;
	return h->told[what].has;
}
