/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attacks, as the alerts of rules call them, and the logins they were made of. */
#include <stdlib.h>

#include "impl.h"

#define SECOND UINT64_C(1000000)
#define AROUND 3600 /* seconds: rules tell an attack once an hour, and it began before the first of that */

static const struct {
	const char *technique, *name, *meaning;
	enum attack_by by;
} kinds[ATTACK_MAX] = {
#define ATTACK(id, mitre, whose, called, what) { mitre, called, what, BY_##whose },
#include "attacks.def"
#undef ATTACK
};

const char *attack_name(enum attack_kind k)
{
	return kinds[k].name;
}

const char *attack_meaning(enum attack_kind k)
{
	return kinds[k].meaning;
}

enum attack_kind attack_of(struct span technique)
{
	int i;

	for (i = 0; i < ATTACK_MAX; i++)
		if (span_eq(technique, span_str(kinds[i].technique)))
			break;
	return (enum attack_kind)i;
}

enum attack_by attack_default_by(enum attack_kind k)
{
	return kinds[k].by;
}

uint32_t attack_subject(const struct report *r, const struct attack *a)
{
	switch (a->by) {
	case BY_ACCOUNT:
		return r->account.p[a->subject].name;
	case BY_CLIENT:
		return r->client.p[a->subject].name;
	case BY_SERVER:
		break;
	}
	return r->server.p[a->subject].name;
}

uint32_t attack_server(const struct report *r, const struct attack *a)
{
	return a->server != NONE ? r->server.p[a->server].name : NONE;
}

static uint64_t subject_key(enum attack_by by, uint32_t subject)
{
	return (uint64_t)by << 32 | subject;
}

/* Counts a login with all attacks on, or by, this subject: what an office does all day is not the attack behind its address. */
static void count(struct report *r, const struct map *first, enum attack_by by, uint32_t subject, const struct login *l)
{
	const uint32_t *at = subject == NONE ? NULL : map_get(first, subject_key(by, subject));
	uint32_t i;

	for (i = at != NULL ? *at : NONE; i != NONE; i = r->attack.p[i].next) {
		struct attack *a = &r->attack.p[i];

		if ((uint64_t)l->second + AROUND < a->period.first / SECOND || l->second > a->period.last / SECOND + AROUND)
			continue;
		a->tally.of[l->result]++;
		curve_add(a->curve, l->second, (enum result)l->result);
	}
}

/* Which attacks there are on each subject: chains through attack.next. */
static bool chain(struct report *r, struct map *first)
{
	uint32_t i, *at;
	uint64_t key;

	for (i = 0; i < r->attack.n; i++) {
		struct attack *a = &r->attack.p[i];

		a->curve = calloc(1, sizeof *a->curve);
		if (a->curve == NULL)
			return false;
		key = subject_key(a->by, a->subject);
		at = map_get(first, key);
		a->next = at != NULL ? *at : NONE;
		if (at != NULL)
			*at = i;
		else if (!map_put(first, key, i, NONE))
			return false;
	}
	return true;
}

bool attack_finish(struct report *r)
{
	struct map first;
	uint32_t i;
	bool ok = map_init(&first) && chain(r, &first);

	for (i = 0; ok && r->attack.n > 0 && i < r->login.n; i++) {
		const struct login *l = &r->login.p[i];

		count(r, &first, BY_ACCOUNT, l->account, l);
		count(r, &first, BY_CLIENT, l->client, l);
		count(r, &first, BY_SERVER, l->server, l);
	}
	map_free(&first);
	return ok;
}
