/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is seen most: exact as long as there is room, and right about who matters when there is none. */
#include <stdio.h>
#include <stdlib.h>

#include "plainpop/correlate.h"
#include "unit.h"

static struct flow_key server(uint32_t number)
{
	struct flow_key k = { .ip_v = 4 };

	memcpy(k.addr[SIDE_SERVER], &number, sizeof number);
	k.port[SIDE_SERVER] = 110;
	return k;
}

static void add(struct frequent *f, uint32_t number, const char *name, enum event_outcome outcome, uint64_t ts)
{
	struct flow_key k = server(number);

	frequent_add(f, &k, span_str(name), outcome, ts);
}

UNIT(frequent, exact)
{
	struct frequent *f = frequent_new(1000);
	const struct frequent_row *row[1000];
	char name[16];
	uint32_t i, k;
	size_t n;

	cr_assert(f != NULL && frequent_first(f, FREQUENT_LOGINS, row, 10) == 0);
	/* Number i is seen i times, in an order in which each becomes the most frequent once. */
	for (k = 1; k <= 1000; k++)
		for (i = k; i <= 1000; i += 97) {
			snprintf(name, sizeof name, "user%u", i);
			add(f, 7, name, i % 2 == 0 ? OUTCOME_SUCCESS : OUTCOME_FAILURE, k);
		}
	cr_expect(frequent_kept(f) == 1000 && frequent_forgotten(f) == 0);
	n = frequent_first(f, FREQUENT_LOGINS, row, 1000);
	cr_assert(n == 1000);
	for (i = 0; i < n; i++) {
		uint32_t number = (uint32_t)atoi((const char *)row[i]->name + 4);
		uint64_t times = (number + 96) / 97;

		cr_expect(frequent_sum(row[i]) == times, "%u: %llu", number, (unsigned long long)frequent_sum(row[i]));
		cr_expect(row[i]->logins[number % 2 == 0 ? OUTCOME_SUCCESS : OUTCOME_FAILURE] == times);
		cr_expect(row[i]->last == number, "the latest");
		cr_expect(i == 0 || frequent_sum(row[i - 1]) >= frequent_sum(row[i]), "in order");
	}
	frequent_free(f);
}

UNIT(frequent, orders)
{
	struct frequent *f = frequent_new(8);
	const struct frequent_row *row[8];

	add(f, 1, "often", OUTCOME_SUCCESS, 10);
	add(f, 1, "often", OUTCOME_SUCCESS, 11);
	add(f, 1, "often", OUTCOME_SUCCESS, 9);
	add(f, 1, "fails", OUTCOME_FAILURE, 20);
	add(f, 1, "fails", OUTCOME_FAILURE, 21);
	add(f, 1, "late", OUTCOME_UNKNOWN, 30);
	cr_assert(frequent_first(f, FREQUENT_LOGINS, row, 8) == 3);
	cr_expect(memcmp(row[0]->name, "often", 5) == 0 && memcmp(row[2]->name, "late", 4) == 0 && row[0]->last == 11);
	cr_assert(frequent_first(f, FREQUENT_FAILURES, row, 2) == 2);
	cr_expect(memcmp(row[0]->name, "fails", 5) == 0 && memcmp(row[1]->name, "often", 5) == 0);
	cr_assert(frequent_first(f, FREQUENT_LATEST, row, 1) == 1);
	cr_expect(memcmp(row[0]->name, "late", 4) == 0);
	cr_expect(frequent_first(f, FREQUENT_LATEST, row, 0) == 0);
	frequent_free(f);
}

/* The same name on another server, and the same server elsewhere, are others. */
UNIT(frequent, apart)
{
	struct frequent *f = frequent_new(8);
	struct flow_key k = server(1);

	frequent_add(f, &k, span_str("alice"), OUTCOME_SUCCESS, 1);
	k.port[SIDE_CLIENT] = 40000;
	frequent_add(f, &k, span_str("alice"), OUTCOME_SUCCESS, 1);
	cr_expect(frequent_kept(f) == 1, "the client does not matter");
	k.port[SIDE_SERVER] = 1110;
	frequent_add(f, &k, span_str("alice"), OUTCOME_SUCCESS, 1);
	k.tunnel = 5;
	frequent_add(f, &k, span_str("alice"), OUTCOME_SUCCESS, 1);
	k.n_vlan = 1;
	frequent_add(f, &k, span_str("alice"), OUTCOME_SUCCESS, 1);
	frequent_add(f, &k, span_str("Alice"), OUTCOME_SUCCESS, 1);
	cr_expect(frequent_kept(f) == 5, "%u", frequent_kept(f));
	frequent_free(f);
}

/* A hundred that are seen again and again, among many that come once: none of the hundred is forgotten. */
UNIT(frequent, full)
{
	struct frequent *f = frequent_new(1024);
	const struct frequent_row *row[100];
	char name[32];
	uint32_t i, real = 0;

	for (i = 0; i < 300000; i++) {
		snprintf(name, sizeof name, "once%u", i);
		add(f, i, name, OUTCOME_FAILURE, i);
		if (i % 5 == 0) {
			snprintf(name, sizeof name, "again%u", i / 5 % 100);
			add(f, 1, name, OUTCOME_SUCCESS, i);
		}
	}
	cr_expect(frequent_kept(f) == 1024 && frequent_forgotten(f) > 200000);
	cr_assert(frequent_first(f, FREQUENT_LOGINS, row, 100) == 100);
	for (i = 0; i < 100; i++) {
		real += memcmp(row[i]->name, "again", 5) == 0;
		cr_expect(frequent_sum(row[i]) <= 600, "never more than there were");
	}
	cr_expect(real == 100, "%u", real);
	frequent_free(f);
}

UNIT(frequent, names)
{
	struct frequent *f = frequent_new(4);
	const struct frequent_row *row[4];
	char name[200];

	/* Cut before a character, and told apart by what is not kept. */
	memset(name, 'x', sizeof name);
	memcpy(name + 62, "\xe2\x82\xac", 3);
	name[100] = '\0';
	add(f, 1, name, OUTCOME_SUCCESS, 2);
	name[99] = 'y';
	add(f, 1, name, OUTCOME_SUCCESS, 1);
	add(f, 1, "\xff\xfe", OUTCOME_SUCCESS, 0);
	cr_assert(frequent_first(f, FREQUENT_LATEST, row, 4) == 3);
	cr_expect(row[0]->name_n == 62 && row[0]->name_cut && row[1]->name_n == 62 && row[1]->name_cut);
	cr_expect(row[2]->name_n == 2 && !row[2]->name_cut);
	frequent_free(f);
}
