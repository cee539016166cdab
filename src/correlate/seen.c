/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was seen lately. A list is short most of the time, and a thousand at the most: so it is looked through, which is
 * one pass over memory in a row.
 */
#include "counts_impl.h"

#define FIRST_ROOM 4

static bool grow(struct tally_table *t, struct seen_list *l)
{
	uint32_t room = l->room == 0 ? FIRST_ROOM : 2 * l->room;
	void *array = l->at;

	if (l->room >= RULE_DISTINCT_COUNT_MAX)
		return false;
	if (room > RULE_DISTINCT_COUNT_MAX)
		room = RULE_DISTINCT_COUNT_MAX;
	if (!tally_resize(t, &array, l->room * sizeof *l->at, room * sizeof *l->at))
		return false;
	l->at = array;
	l->room = room;
	return true;
}

void seen_forget(struct tally_table *t, struct seen_list *l, uint64_t now, uint32_t seconds)
{
	uint32_t i, kept = 0;
	void *array = l->at;

	for (i = 0; i < l->n; i++)
		if (within(l->at[i].ts, now, seconds))
			l->at[kept++] = l->at[i];
	l->n = kept;
	if (kept > 0 || l->room == 0)
		return;
	tally_resize(t, &array, l->room * sizeof *l->at, 0);
	*l = (struct seen_list){ .at = NULL };
}

bool seen_value(struct tally_table *t, struct seen_list *l, uint64_t value, uint64_t now)
{
	uint32_t i, longest = 0;

	for (i = 0; i < l->n; i++) {
		if (l->at[i].value == value) {
			if (l->at[i].ts < now)
				l->at[i].ts = now;
			return false;
		}
		if (l->at[i].ts < l->at[longest].ts)
			longest = i;
	}
	if (l->n < l->room || grow(t, l))
		l->at[l->n++] = (struct seen){ value, now };
	else if (l->n > 0)
		l->at[longest] = (struct seen){ value, now };
	return true;
}

/* Puts neighbours together. */
static void halve(struct seen_list *l)
{
	uint32_t i, n = 0;

	for (i = 0; i + 1 < l->n; i += 2) {
		struct seen a = l->at[i], b = l->at[i + 1];

		l->at[n++] = (struct seen){ a.value + b.value, a.ts < b.ts ? a.ts : b.ts };
	}
	if (i < l->n)
		l->at[n++] = l->at[i];
	l->n = n;
}

void seen_one(struct tally_table *t, struct seen_list *l, uint64_t now)
{
	if (l->n == l->room && !grow(t, l)) {
		if (l->n == 0)
			return;
		halve(l);
	}
	l->at[l->n++] = (struct seen){ 1, now };
}

uint32_t seen_total(const struct seen_list *l)
{
	uint64_t total = 0;
	uint32_t i;

	for (i = 0; i < l->n; i++)
		total += l->at[i].value;
	return total < UINT32_MAX ? (uint32_t)total : UINT32_MAX;
}

uint64_t seen_first(const struct seen_list *l)
{
	uint64_t first = 0;
	uint32_t i;

	for (i = 0; i < l->n; i++)
		if (i == 0 || l->at[i].ts < first)
			first = l->at[i].ts;
	return first;
}
