/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was seen lately. A list is short most of the time, and a thousand at the most: so it is looked through, which is
 * one pass over memory in a row.
 */
#include "counts_impl.h"

#define FIRST_ROOM 4

static struct seen *items(struct seen_list *l)
{
	return l->room > 0 ? l->at : &l->first;
}

/* Room for one more. */
static bool grow(struct tally_table *t, struct seen_list *l)
{
	uint32_t room = l->room == 0 ? FIRST_ROOM : 2 * l->room;
	struct seen first = l->first;
	void *array = l->room > 0 ? l->at : NULL;

	if (l->room >= RULE_DISTINCT_COUNT_MAX)
		return false;
	if (room > RULE_DISTINCT_COUNT_MAX)
		room = RULE_DISTINCT_COUNT_MAX;
	if (!tally_resize(t, &array, l->room * sizeof *l->at, room * sizeof *l->at))
		return false;
	l->at = array;
	if (l->room == 0)
		l->at[0] = first;
	l->room = room;
	return true;
}

/* Puts another behind the last. False: there is no room. */
static bool append(struct tally_table *t, struct seen_list *l, struct seen x)
{
	if (l->n >= (l->room > 0 ? l->room : 1) && !grow(t, l))
		return false;
	items(l)[l->n++] = x;
	return true;
}

void seen_forget(struct tally_table *t, struct seen_list *l, uint64_t now, uint32_t seconds)
{
	struct seen *at = items(l);
	uint32_t i, kept = 0;
	void *array = at;

	for (i = 0; i < l->n; i++)
		if (within(at[i].ts, now, seconds))
			at[kept++] = at[i];
	l->n = kept;
	if (kept > 0 || l->room == 0)
		return;
	tally_resize(t, &array, l->room * sizeof *at, 0);
	*l = (struct seen_list){ .n = 0 };
}

bool seen_value(struct tally_table *t, struct seen_list *l, uint64_t value, uint64_t now)
{
	struct seen *at = items(l);
	uint32_t i, longest = 0;

	for (i = 0; i < l->n; i++) {
		if (at[i].value == value) {
			if (at[i].ts < now)
				at[i].ts = now;
			return false;
		}
		if (at[i].ts < at[longest].ts)
			longest = i;
	}
	if (!append(t, l, (struct seen){ value, now }))
		items(l)[longest] = (struct seen){ value, now };
	return true;
}

/* Puts neighbours together. */
static void halve(struct seen_list *l)
{
	struct seen *at = items(l);
	uint32_t i, n = 0;

	for (i = 0; i + 1 < l->n; i += 2)
		at[n++] = (struct seen){ at[i].value + at[i + 1].value, at[i].ts < at[i + 1].ts ? at[i].ts : at[i + 1].ts };
	if (i < l->n)
		at[n++] = at[i];
	l->n = n;
}

void seen_one(struct tally_table *t, struct seen_list *l, uint64_t now)
{
	const struct seen one = { 1, now };

	if (append(t, l, one))
		return;
	if (l->n > 1) {
		halve(l);
		append(t, l, one);
	} else {
		l->first.value++; /* there is no memory for a second one */
	}
}

uint32_t seen_total(const struct seen_list *l)
{
	const struct seen *at = l->room > 0 ? l->at : &l->first;
	uint64_t total = 0;
	uint32_t i;

	for (i = 0; i < l->n; i++)
		total += at[i].value;
	return total < UINT32_MAX ? (uint32_t)total : UINT32_MAX;
}

uint64_t seen_first(const struct seen_list *l)
{
	const struct seen *at = l->room > 0 ? l->at : &l->first;
	uint64_t first = 0;
	uint32_t i;

	for (i = 0; i < l->n; i++)
		if (i == 0 || at[i].ts < first)
			first = at[i].ts;
	return first;
}
