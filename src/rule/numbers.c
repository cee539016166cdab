/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which numbers are taken: gid and sid to the rule that has them. Rule sets come with tens of thousands. */
#include <stdlib.h>

#include "impl.h"

#define FIRST_SIZE 256

/* The place of a number, or the free one where it would be. There is always one. */
static size_t place_of(const struct numbers *t, struct full_rule *const *rule, uint32_t gid, uint32_t sid)
{
	/* Fibonacci hashing spreads what counts up, as sids do. */
	size_t at = (size_t)(((uint64_t)gid << 32 ^ sid) * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (t->size - 1);

	while (t->place[at] != 0) {
		const struct signature *s = &rule[t->place[at] - 1]->signature;

		if (s->sid == sid && s->gid == gid)
			break;
		at = (at + 1) & (t->size - 1);
	}
	return at;
}

static bool grow(struct numbers *t, struct full_rule *const *rule)
{
	struct numbers bigger = { .size = t->size == 0 ? FIRST_SIZE : 2 * t->size };
	size_t i;

	bigger.place = calloc(bigger.size, sizeof *bigger.place);
	if (bigger.place == NULL)
		return false;
	for (i = 0; i < t->size; i++)
		if (t->place[i] != 0) {
			const struct signature *s = &rule[t->place[i] - 1]->signature;

			bigger.place[place_of(&bigger, rule, s->gid, s->sid)] = t->place[i];
		}
	free(t->place);
	*t = bigger;
	return true;
}

bool numbers_has(const struct numbers *t, struct full_rule *const *rule, uint32_t gid, uint32_t sid)
{
	return t->size > 0 && t->place[place_of(t, rule, gid, sid)] != 0;
}

bool numbers_add(struct numbers *t, struct full_rule *const *rule, size_t i)
{
	/* At most half full, so that what is looked for is found soon. n counts from 1: 0 is a free place. */
	if (2 * (i + 1) > t->size && !grow(t, rule))
		return false;
	t->place[place_of(t, rule, rule[i]->signature.gid, rule[i]->signature.sid)] = (uint32_t)i + 1;
	return true;
}

void numbers_fini(struct numbers *t)
{
	free(t->place);
}
