/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of columns.def, cell by cell. */
#include <stdio.h>

#include "impl.h"

static struct cell cell_text(const struct report *r, uint32_t text)
{
	return (struct cell){ .text = text == NONE ? NULL : text_of(r, text) };
}

/* Our own. */
static struct cell cell_words(const char *words)
{
	return (struct cell){ .text = words[0] != '\0' ? words : NULL };
}

static struct cell cell_word(const char *word, const char *class)
{
	return (struct cell){ .text = word, .class = class };
}

static struct cell cell_number(uint64_t n)
{
	return (struct cell){ .number = n };
}

static struct cell cell_time(uint64_t us)
{
	return (struct cell){ .number = us };
}

/* What is to be said first of a server, the worst. */
static struct cell cell_verdict(const struct server *s)
{
	if (s->stls[STLS_STRIPPED] > 0)
		return cell_word("stripped", "bad");
	if (s->stls[STLS_INJECTED] > 0)
		return cell_word("injected", "bad");
	if (s->offers)
		return s->stls[STLS_OFFERED_UNUSED] + s->stls[STLS_NOT_ASKED] > 0 ? cell_word("offered, not required", "warn")
										  : cell_word("offered and used", "good");
	if (s->stls[STLS_REFUSED] > 0)
		return cell_word("refused", "bad");
	if (s->stls[STLS_NOT_OFFERED] > 0)
		return cell_word("not offered", "bad");
	if (s->stls[STLS_FAILED] > 0)
		return cell_word("failed", "warn");
	return s->stls[STLS_NOT_ASKED] > 0 ? cell_word("nobody asked", "warn") : cell_word("not known", "plain");
}

static struct cell cell_exposure(const struct account *a)
{
	static const struct {
		const char *word, *class;
	} words[EXPOSURE_MAX] = {
		[EXPOSURE_NONE] = { "nothing", "plain" },          [EXPOSURE_IDENTITY] = { "name", "plain" },
		[EXPOSURE_SCRAM] = { "SCRAM", "plain" },           [EXPOSURE_CRACKABLE_DIGEST] = { "crackable digest", "warn" },
		[EXPOSURE_BEARER_TOKEN] = { "bearer token", "bad" }, [EXPOSURE_PASSWORD] = { "password", "bad" },
	};
	uint8_t risk = account_risk(a), x = risk > 0 ? risk : a->worst[RESULT_REFUSED];

	return cell_word(words[x].word, risk > 0 ? words[x].class : "plain");
}

static struct cell cell_outcome(const struct account *a)
{
	if (a->logins.of[RESULT_ACCEPTED] > 0)
		return cell_word("accepted", "bad");
	if (a->valid)
		return cell_word("right, but mailbox in use", "bad");
	return a->logins.of[RESULT_UNKNOWN] > 0 ? cell_word("answer not seen", "warn") : cell_word("refused", "plain");
}

static struct cell cell_note(const struct account *a)
{
	if (a->unlocked)
		return cell_word(a->breached ? "opened by guessing, breached" : "opened by guessing", "bad");
	return cell_word(a->breached ? "breached" : NULL, "bad");
}

static struct cell cell_mechanisms(const struct report *r, uint32_t bits)
{
	struct cell c = { 0 };
	uint32_t i;

	for (i = 0; i < r->mechanisms; i++) {
		if ((bits >> i & 1) == 0)
			continue;
		if (c.items < CELL_LIST_MAX)
			c.item[c.items++] = r->mechanism[i];
		else
			c.more++;
	}
	return c;
}

static struct cell cell_clients(const struct report *r, const struct account *a)
{
	struct cell c = { 0 };
	uint32_t known = sizeof a->client / sizeof a->client[0];

	while (c.items < a->clients && c.items < known) {
		c.item[c.items] = r->client.p[a->client[c.items]].name;
		c.items++;
	}
	c.more = a->clients - c.items;
	return c;
}

static struct cell cell_by(enum attack_by by)
{
	return cell_words(by == BY_ACCOUNT ? "account" : by == BY_CLIENT ? "client" : "server");
}

/* The latest names of a group; which they are depends on the order of the records alone. */
static struct cell cell_group(const struct report *r, const struct secret *s)
{
	struct cell c = { 0 };
	uint32_t i;

	for (i = s->first; i != NONE && c.items < CELL_LIST_MAX; i = r->reuse.p[i].next)
		c.item[c.items++] = r->reuse.p[i].name;
	c.more = s->accounts - c.items;
	return c;
}

/* Where the key is kept by somebody who may want to look for it. */
static struct cell cell_fingerprint(const struct report *r, const struct secret *s)
{
	if (r->options.passing_key || r->options.pseudonyms != NULL)
		return (struct cell){ 0 };
	return cell_text(r, s->id);
}

static size_t accounts_with_logins(const struct report *r)
{
	uint32_t n = r->account.n;

	/* Those that only alerts have named stand at the end. */
	while (n > 0) {
		const struct account *a = &r->account.p[r->accounts_by_rank[n - 1]];

		if (a->logins.of[RESULT_ACCEPTED] + a->logins.of[RESULT_REFUSED] + a->logins.of[RESULT_UNKNOWN] > 0)
			break;
		n--;
	}
	return n;
}

/* ---- the tables ---- */

#define ROW_SERVERS const struct server *s = &r->server.p[r->servers_by_rank[i]]
#define ROW_STLS ROW_SERVERS
#define ROW_ACCOUNTS const struct account *a = &r->account.p[r->accounts_by_rank[i]]
#define ROW_CLIENTS const struct client *c = &r->client.p[r->clients_by_rank[i]]
#define ROW_ATTACKS const struct attack *t = &r->attack.p[r->attacks_by_rank[i]]
#define ROW_REUSE const struct secret *s = &r->secret.p[r->reuse_by_rank[i]]
#define ROW_TIMELINE const size_t s = i
#define ROW_ALERTS const struct rule *u = &r->rule.p[r->rules_by_rank[i]]
#define ROW_QUALITY const struct quality *q = &r->quality.p[i]
#define ROW_SOURCES const struct source *o = &r->source.p[i]
#define ROW_ADVICE const struct advice *d = &r->advice.p[i]
#define USED_SERVERS s
#define USED_STLS s
#define USED_ACCOUNTS a
#define USED_CLIENTS c
#define USED_ATTACKS t
#define USED_REUSE s
#define USED_TIMELINE s
#define USED_ALERTS u
#define USED_QUALITY q
#define USED_SOURCES o
#define USED_ADVICE d

#define TABLE(...)
#define COLUMN(table, key, title, kind, value)                                            \
	static struct cell cell_of_##table##_##key(const struct report *r, size_t i)      \
	{                                                                                 \
		ROW_##table;                                                              \
		(void)USED_##table;                                                       \
		return value;                                                             \
	}
#include "columns.def"
#undef TABLE
#undef COLUMN

#define TABLE(id, name, rows, ...)                       \
	static size_t rows_of_##id(const struct report *r) \
	{                                                \
		return rows;                             \
	}
#define COLUMN(...)
#include "columns.def"
#undef TABLE
#undef COLUMN

static const struct column columns[] = {
#define TABLE(...)
#define COLUMN(table, key, heading, type, value) { #key, heading, CELL_##type, cell_of_##table##_##key },
#include "columns.def"
#undef TABLE
#undef COLUMN
};

/* Of which table each of them is. */
static const enum table column_of[] = {
#define TABLE(...)
#define COLUMN(table, ...) TABLE_##table,
#include "columns.def"
#undef TABLE
#undef COLUMN
};

static struct table_about tables[TABLE_MAX] = {
#define TABLE(id, called, rows_, heading, is) { .name = called, .title = heading, .about = is, .rows = rows_of_##id },
#define COLUMN(...)
#include "columns.def"
#undef TABLE
#undef COLUMN
};

const struct table_about *table_about(enum table t)
{
	size_t i;

	if (tables[t].columns == 0)
		for (i = 0; i < sizeof columns / sizeof columns[0]; i++) {
			if (column_of[i] != t)
				continue;
			if (tables[t].columns++ == 0)
				tables[t].column = &columns[i];
		}
	return &tables[t];
}

const char *report_table(size_t i)
{
	return i < TABLE_MAX ? tables[i].name : NULL;
}

const char *stamp(uint64_t us, char out[STAMP_SIZE])
{
	time_t t = (time_t)(us / 1000000);
	struct tm tm;

	if (us == 0 || gmtime_r(&t, &tm) == NULL || strftime(out, STAMP_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		out[0] = '\0';
	return out;
}
