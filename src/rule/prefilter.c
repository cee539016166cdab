/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which rules are worth a look: of each rule one literal, the longest that is no word of POP3's own, goes into a vectorscan database for its kind of
 * event, and the rule is looked at where that is found. Rules without a literal are looked at every time: those that
 * ask of the event alone, mostly, such as the program's own.
 */
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>

#include "impl.h"

#define STAGES 2
#define LITERAL_MAX 256 /* bytes: vectorscan refuses long ones, and so much of one is rare enough */

struct table {
	hs_database_t *db; /* NULL: no rule has a literal */
	uint32_t *always;  /* rules without one, in order, */
	uint64_t *excluded; /* and the facts that each excludes */
	size_t n_always;
	uint32_t *member;  /* rules, those with the same literal side by side */
	uint32_t *first;   /* of each literal: where its rules begin; one more at the end */
	size_t shortest;   /* literal, bytes */
	uint32_t buffers;  /* that the literals are from, a bit each */
	bool wanted;
	bool begins[UINT8_MAX + 1]; /* of lines: what one has to begin with for any rule to match */
};

struct prefilter {
	struct table table[EVENT_KIND_MAX][STAGES];
	hs_scratch_t *scratch;
	uint32_t *candidate; /* room for every rule */
	size_t n_candidates;
	uint32_t *seen;      /* the round in which a rule was found last */
	uint32_t round;
	size_t n_rules;
	const struct table *at; /* that is looked through */
};

/* Whether the bytes of this buffer are looked through for this kind of event. */
static bool looked_through(enum rule_buffer b, uint32_t kinds)
{
	/* The answer to a command does not hold the command, nor the user. */
	if ((b == RULE_BUFFER_COMMAND || b == RULE_BUFFER_USER) && (kinds & KIND(EVENT_SERVER_LINE)) != 0)
		return false;
	return b != RULE_BUFFER_BASE64;
}

static uint32_t length_of(const struct byte_test *t)
{
	return t->fast_n > 0 ? t->fast_n : t->n;
}

/* Found in every session, and so worth little: the words of POP3 itself. */
static bool everywhere(const struct byte_test *t)
{
	static const char *const words[] = { "+OK",  "-ERR", "USER", "PASS", "STAT", "LIST", "RETR", "DELE", "NOOP", "RSET",
					     "QUIT", "TOP",  "UIDL", "APOP", "CAPA", "AUTH", "STLS", "PLAIN", "LOGIN" };
	struct span s = span_trim(span_of(t->bytes, t->n));
	size_t i;

	for (i = 0; i < sizeof words / sizeof words[0]; i++)
		if (span_is(s, words[i]))
			return true;
	return false;
}

/* What of it is looked for. vectorscan takes one that begins with NUL for an empty one; without that it is found as well. */
static struct span sought(const struct byte_test *t)
{
	struct span s = span_of(t->bytes + (t->fast_n > 0 ? t->fast_at : 0), length_of(t));

	while (s.n > 0 && s.p[0] == 0)
		s = span_skip(s, 1);
	return span_take(s, LITERAL_MAX);
}

/* How much finding it says. */
static uint32_t worth(const struct byte_test *t)
{
	return t->fast ? UINT32_MAX : everywhere(t) ? 1 : length_of(t);
}

/* The literal to look for, and in which buffer. NULL: there is none. */
static const struct byte_test *literal_of(const struct full_rule *r, enum rule_buffer *buffer)
{
	const struct byte_test *best = NULL;
	size_t i, k;

	for (i = 0; i < r->n_groups; i++)
		for (k = 0; k < r->group[i].n; k++) {
			const struct byte_test *t = &r->group[i].test[k];

			if (t->kind != BYTES_CONTENT || t->negated || !looked_through(r->group[i].buffer, r->kinds) ||
			    sought(t).n == 0)
				continue;
			if (best == NULL || worth(t) > worth(best)) {
				best = t;
				*buffer = r->group[i].buffer;
			}
		}
	return best;
}

static int on_literal(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *ctx)
{
	struct prefilter *p = ctx;
	uint32_t i;

	(void)from;
	(void)to;
	(void)flags;
	for (i = p->at->first[id]; i < p->at->first[id + 1]; i++) {
		uint32_t rule = p->at->member[i];

		if (p->seen[rule] == p->round)
			continue;
		p->seen[rule] = p->round;
		p->candidate[p->n_candidates++] = rule;
	}
	return 0;
}

/* A rule and what it is found by. */
struct literal {
	const char *bytes;
	size_t n;
	unsigned flags;
	uint32_t rule;
};

static int by_bytes(const struct literal *a, const struct literal *b)
{
	int r = a->n < b->n ? -1 : a->n > b->n;

	if (r == 0)
		r = memcmp(a->bytes, b->bytes, a->n);
	return r != 0 ? r : a->flags < b->flags ? -1 : a->flags > b->flags;
}

static int by_bytes_and_rule(const void *x, const void *y)
{
	const struct literal *a = x, *b = y;
	int r = by_bytes(a, b);

	return r != 0 ? r : a->rule < b->rule ? -1 : a->rule > b->rule;
}

static bool compile(struct prefilter *p, struct table *t, const char **bytes, const size_t *n, const unsigned *flags,
		    const unsigned *id, unsigned count, char err[256])
{
	hs_compile_error_t *why = NULL;

	if (hs_compile_lit_multi(bytes, flags, id, n, count, HS_MODE_BLOCK, NULL, &t->db, &why) != HS_SUCCESS) {
		snprintf(err, 256, "vectorscan: %s", why != NULL ? why->message : "cannot compile the literals");
		hs_free_compile_error(why);
		return false;
	}
	if (hs_alloc_scratch(t->db, &p->scratch) == HS_SUCCESS)
		return true;
	snprintf(err, 256, "vectorscan: out of memory");
	return false;
}

/* Each literal once: vectorscan takes forever over thousands of the same. */
static bool table_build(struct prefilter *p, struct table *t, struct literal *l, size_t n, char err[256])
{
	const char **bytes = calloc(n + 1, sizeof *bytes);
	size_t *length = calloc(n + 1, sizeof *length), i;
	unsigned *flags = calloc(n + 1, sizeof *flags), *id = calloc(n + 1, sizeof *id), count = 0;
	bool ok;

	t->member = calloc(n + 1, sizeof *t->member);
	t->first = calloc(n + 2, sizeof *t->first);
	ok = bytes != NULL && length != NULL && flags != NULL && id != NULL && t->member != NULL && t->first != NULL;
	if (!ok)
		snprintf(err, 256, "out of memory");
	qsort(l, n, sizeof *l, by_bytes_and_rule);
	for (i = 0; ok && i < n; i++) {
		t->member[i] = l[i].rule;
		if (i > 0 && by_bytes(&l[i - 1], &l[i]) == 0)
			continue;
		t->first[count] = (uint32_t)i;
		bytes[count] = l[i].bytes;
		length[count] = l[i].n;
		flags[count] = l[i].flags;
		id[count] = count;
		count++;
	}
	if (ok)
		t->first[count] = (uint32_t)n;
	ok = ok && (count == 0 || compile(p, t, bytes, length, flags, id, count, err));
	free(bytes);
	free(length);
	free(flags);
	free(id);
	return ok;
}

/* Notes what a line has to begin with for the rule to match. */
static void note_beginning(struct table *t, const struct full_rule *r)
{
	size_t i, k;
	unsigned c;

	for (i = 0; i < r->n_groups; i++)
		for (k = 0; k < r->group[i].n; k++) {
			const struct byte_test *b = &r->group[i].test[k];

			/* Both buffers begin where the line does. */
			if (r->group[i].buffer != RULE_BUFFER_RAW && r->group[i].buffer != RULE_BUFFER_RESPONSE)
				continue;
			if (b->kind != BYTES_CONTENT || b->negated || !b->at_start || b->n == 0)
				continue;
			t->begins[b->bytes[0]] = true;
			for (c = 0; b->nocase && c <= UINT8_MAX; c++)
				t->begins[c] |= ascii_lower((uint8_t)c) == ascii_lower(b->bytes[0]);
			return;
		}
	memset(t->begins, true, sizeof t->begins);
}

static bool table_fill(struct prefilter *p, const struct ruleset *rs, enum event_kind kind, enum rule_stage stage,
		       char err[256])
{
	struct table *t = &p->table[kind][stage];
	struct literal *l = calloc(rs->n + 1, sizeof *l);
	size_t i, n = 0;
	bool ok;

	t->always = calloc(rs->n + 1, sizeof *t->always);
	t->excluded = calloc(rs->n + 1, sizeof *t->excluded);
	ok = l != NULL && t->always != NULL && t->excluded != NULL;
	if (!ok)
		snprintf(err, 256, "out of memory");
	for (i = 0; ok && i < rs->n; i++) {
		const struct full_rule *r = rs->rule[i];
		enum rule_buffer buffer = RULE_BUFFER_RAW;
		const struct byte_test *literal;

		if ((r->kinds & KIND(kind)) == 0 || r->stage != stage)
			continue;
		t->wanted = true;
		note_beginning(t, r);
		literal = literal_of(r, &buffer);
		if (literal == NULL) {
			t->excluded[t->n_always] = r->excluded;
			t->always[t->n_always++] = (uint32_t)i;
			continue;
		}
		/* All that a line has is in it as it stands. */
		t->buffers |= 1u << ((KIND(kind) & KINDS_LINES) != 0 ? RULE_BUFFER_RAW : buffer);
		if (n == 0 || sought(literal).n < t->shortest)
			t->shortest = sought(literal).n;
		l[n++] = (struct literal){
			.bytes = (const char *)sought(literal).p,
			.n = sought(literal).n,
			.flags = HS_FLAG_SINGLEMATCH | (literal->nocase ? HS_FLAG_CASELESS : 0),
			.rule = (uint32_t)i,
		};
	}
	ok = ok && table_build(p, t, l, n, err);
	free(l);
	return ok;
}

bool prefilter_build(struct ruleset *rs, char err[256])
{
	struct prefilter *p = calloc(1, sizeof *p);
	int kind, stage;

	prefilter_free(rs->prefilter);
	rs->prefilter = p;
	if (p != NULL) {
		p->n_rules = rs->n;
		p->candidate = calloc(rs->n + 1, sizeof *p->candidate);
		p->seen = calloc(rs->n + 1, sizeof *p->seen);
	}
	if (p == NULL || p->candidate == NULL || p->seen == NULL) {
		snprintf(err, 256, "out of memory");
		return false;
	}
	for (kind = 0; kind < EVENT_KIND_MAX; kind++)
		for (stage = 0; stage < STAGES; stage++)
			if (!table_fill(p, rs, (enum event_kind)kind, (enum rule_stage)stage, err))
				return false;
	return true;
}

void prefilter_free(struct prefilter *p)
{
	int kind, stage;

	if (p == NULL)
		return;
	for (kind = 0; kind < EVENT_KIND_MAX; kind++)
		for (stage = 0; stage < STAGES; stage++) {
			hs_free_database(p->table[kind][stage].db);
			free(p->table[kind][stage].always);
			free(p->table[kind][stage].excluded);
			free(p->table[kind][stage].member);
			free(p->table[kind][stage].first);
		}
	hs_free_scratch(p->scratch);
	free(p->candidate);
	free(p->seen);
	free(p);
}

bool prefilter_wants(const struct prefilter *p, enum event_kind kind, enum rule_stage stage)
{
	return p != NULL && p->table[kind][stage].wanted;
}

/* None is a candidate yet. */
static void begin(struct prefilter *p, const struct table *t)
{
	p->n_candidates = 0;
	p->at = t;
	if (t->db != NULL && ++p->round == 0) { /* all the way round: what was seen then is not now */
		memset(p->seen, 0, p->n_rules * sizeof *p->seen);
		p->round = 1;
	}
}

static void look_through(struct prefilter *p, struct span s)
{
	/* Most of what is said in POP3 is shorter than what rules look for. */
	if (p->at->db != NULL && s.n > 0 && s.n >= p->at->shortest)
		hs_scan(p->at->db, (const char *)s.p, (unsigned)s.n, 0, p->scratch, on_literal, p);
}

bool prefilter_wants_line(struct prefilter *p, enum event_kind kind, enum rule_stage stage, struct span line)
{
	const struct table *t;

	if (p == NULL || line.n == 0)
		return false;
	t = &p->table[kind][stage];
	if (!t->begins[line.p[0]])
		return false;
	begin(p, t);
	look_through(p, line);
	return p->n_candidates > 0 || t->n_always > 0;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

const uint32_t *prefilter_candidates(struct prefilter *p, enum event_kind kind, enum rule_stage stage, uint64_t facts,
				     const struct span bytes[RULE_BUFFER_MAX], bool looked, size_t *n)
{
	const struct table *t = &p->table[kind][stage];
	size_t i, found;
	int b;

	if (!looked)
		begin(p, t);
	for (b = 0; !looked && b < RULE_BUFFER_MAX; b++)
		if ((t->buffers >> b & 1) != 0)
			look_through(p, bytes[b]);
	found = p->n_candidates;
	for (i = 0; i < t->n_always; i++)
		if ((t->excluded[i] & facts) == 0)
			p->candidate[p->n_candidates++] = t->always[i];
	if (found > 0)
		qsort(p->candidate, p->n_candidates, sizeof *p->candidate, by_number);
	*n = p->n_candidates;
	return p->candidate;
}
