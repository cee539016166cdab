/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rule files: `action protocol source port direction destination port (option; option: value; ...)`, one
 * a line, `\` before a line's end continues it, `#` begins a comment. A rule that is wrong is named with
 * its place and left out; the others count.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "impl.h"

#define MAX_FILE (64u << 20)

struct parser {
	struct ruleset *rs;
	const char *file;
	const uint8_t *p, *end;
	const uint8_t *line_start;
	unsigned line;
	struct diag diag;
	rule_report *report;
	void *ctx;
};

struct span trim(struct span s)
{
	s = span_ltrim(s);
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

struct span list_item(struct span *list)
{
	const uint8_t *comma = list->n > 0 ? memchr(list->p, ',', list->n) : NULL;
	struct span item = span_take(*list, comma != NULL ? (size_t)(comma - list->p) : list->n);

	*list = span_skip(*list, comma != NULL ? item.n + 1 : item.n);
	return trim(item);
}

bool number(struct span s, uint32_t min, uint32_t max, uint32_t *out)
{
	uint64_t v = 0;
	size_t i;

	if (s.n == 0 || s.n > 10)
		return false;
	for (i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	if (v < min || v > max)
		return false;
	*out = (uint32_t)v;
	return true;
}

const char *unquote(struct ruleset *rs, struct span value)
{
	char *text;
	size_t i, n = 0;

	value = trim(value);
	if (value.n < 2 || value.p[0] != '"' || value.p[value.n - 1] != '"')
		return NULL;
	text = arena_alloc(&rs->arena, value.n);
	if (text == NULL)
		return NULL;
	for (i = 1; i + 1 < value.n; i++) {
		if (value.p[i] == '\\' && i + 2 < value.n)
			i++;
		text[n++] = (char)value.p[i];
	}
	return text;
}

struct rule_test *rule_test_add(struct ruleset *rs, struct full_rule *r)
{
	r->test = arena_grow(&rs->arena, r->test, r->n_tests, sizeof *r->test);
	if (r->test == NULL) {
		r->n_tests = 0;
		return NULL;
	}
	r->test[r->n_tests] = (struct rule_test){ 0 };
	return &r->test[r->n_tests++];
}

const char *enum_test(struct ruleset *rs, struct full_rule *r, struct span value, const char *(*name_of)(int),
		      int count, bool (*match)(const struct rule_test *, const struct event *))
{
	struct rule_test *t = rule_test_add(rs, r);
	int i;

	if (t == NULL)
		return "out of memory";
	t->match = match;
	value = trim(value);
	if (value.n > 0 && value.p[0] == '!') {
		t->negated = true;
		value = span_skip(value, 1);
	}
	if (value.n == 0)
		return "a value is missing";
	while (value.n > 0) {
		struct span item = list_item(&value);

		for (i = 0; i < count; i++)
			if (name_of(i) != NULL && span_is(item, name_of(i)))
				break;
		if (i == count)
			return "no such value";
		t->mask |= 1u << i;
	}
	return NULL;
}

/* ---- places and characters ---- */

/* Says what is wrong and where. Always false. */
static bool fail_at(struct parser *ps, const uint8_t *where, const char *why, struct span what)
{
	struct diag *d = &ps->diag;

	snprintf(d->file, sizeof d->file, "%s", ps->file);
	d->line = ps->line;
	d->column = where >= ps->line_start ? (unsigned)(where - ps->line_start) + 1 : 1;
	if (what.n > 0)
		snprintf(d->message, sizeof d->message, "`%.*s': %s", (int)(what.n < 100 ? what.n : 100),
			 (const char *)what.p, why);
	else
		snprintf(d->message, sizeof d->message, "%s", why);
	ps->report(ps->ctx, d);
	return false;
}

static bool fail(struct parser *ps, const char *why)
{
	return fail_at(ps, ps->p, why, span_of(NULL, 0));
}

/* At a backslash that only continues the line: how many bytes to step over, else 0. */
static size_t continuation(const struct parser *ps, const uint8_t *p)
{
	if (ps->end - p >= 2 && p[0] == '\\' && p[1] == '\n')
		return 2;
	if (ps->end - p >= 3 && p[0] == '\\' && p[1] == '\r' && p[2] == '\n')
		return 3;
	return 0;
}

static bool at_end(const struct parser *ps)
{
	return ps->p >= ps->end || *ps->p == '\n';
}

static void advance(struct parser *ps, size_t n)
{
	for (; n > 0 && ps->p < ps->end; n--)
		if (*ps->p++ == '\n') {
			ps->line++;
			ps->line_start = ps->p;
		}
}

/* Over blanks and continued lines, not over the rule's end. */
static void skip_blanks(struct parser *ps)
{
	for (;;) {
		size_t n = continuation(ps, ps->p);

		if (n == 0 && !at_end(ps) && (*ps->p == ' ' || *ps->p == '\t' || *ps->p == '\r'))
			n = 1;
		if (n == 0)
			return;
		advance(ps, n);
	}
}

/* To the beginning of the next rule. */
static void skip_rule(struct parser *ps)
{
	while (!at_end(ps)) {
		size_t n = continuation(ps, ps->p);

		advance(ps, n > 0 ? n : 1);
	}
	advance(ps, 1);
}

/* A word up to a blank or a parenthesis outside of brackets. */
static struct span take_word(struct parser *ps)
{
	const uint8_t *from;
	int brackets = 0;

	skip_blanks(ps);
	from = ps->p;
	while (!at_end(ps) && continuation(ps, ps->p) == 0) {
		if (*ps->p == '[')
			brackets++;
		else if (*ps->p == ']')
			brackets--;
		else if (brackets <= 0 && (*ps->p == ' ' || *ps->p == '\t' || *ps->p == '\r' || *ps->p == '('))
			break;
		advance(ps, 1);
	}
	return span_of(from, (size_t)(ps->p - from));
}

/* ---- the head ---- */

static bool parse_action(struct parser *ps)
{
	struct span word = take_word(ps);

	if (span_eq(word, span_str("alert")))
		return true;
	if (span_eq(word, span_str("pass")) || span_eq(word, span_str("drop")) || span_eq(word, span_str("reject")))
		return fail_at(ps, word.p, "this action is not supported yet", word);
	return fail_at(ps, word.p, "not an action (alert)", word);
}

static bool parse_protocol(struct parser *ps)
{
	struct span word = take_word(ps);

	if (span_eq(word, span_str("pop3")) || span_eq(word, span_str("tcp")) || span_eq(word, span_str("ip")))
		return true;
	return fail_at(ps, word.p, "not a protocol that can be POP3 (pop3, tcp, ip)", word);
}

static bool parse_addresses(struct parser *ps, struct address_list *out)
{
	struct span word = take_word(ps);
	const char *why;
	size_t at;

	if (word.n == 0)
		return fail(ps, "an address is missing");
	why = address_list_parse(ps->rs, out, word, &at);
	return why == NULL || fail_at(ps, word.p + at, why, word);
}

static bool parse_ports(struct parser *ps, struct port_list *out)
{
	struct span word = take_word(ps);
	const char *why;
	size_t at;

	if (word.n == 0)
		return fail(ps, "a port is missing");
	why = port_list_parse(ps->rs, out, word, &at);
	return why == NULL || fail_at(ps, word.p + at, why, word);
}

static bool parse_direction(struct parser *ps, struct full_rule *r)
{
	struct span word = take_word(ps);

	r->both_ways = span_eq(word, span_str("<>"));
	if (r->both_ways || span_eq(word, span_str("->")))
		return true;
	return fail_at(ps, word.p, "not a direction (-> or <>)", word);
}

/* ---- the options ---- */

/* Bytes up to a `;` that is neither escaped nor quoted. False: there is none. */
static bool take_value(struct parser *ps, struct span *value)
{
	const uint8_t *from = ps->p;
	bool quoted = false;

	while (!at_end(ps)) {
		if (*ps->p == '\\' && ps->end - ps->p >= 2) {
			advance(ps, 2);
			continue;
		}
		if (*ps->p == '"')
			quoted = !quoted;
		if (*ps->p == ';' && !quoted) {
			*value = span_of(from, (size_t)(ps->p - from));
			return true;
		}
		advance(ps, 1);
	}
	return false;
}

static bool parse_option(struct parser *ps, struct full_rule *r, uint32_t *seen)
{
	const uint8_t *start = ps->p;
	struct span name, value = span_of(NULL, 0);
	const struct keyword *k;
	const char *why;
	unsigned line = ps->line;

	while (!at_end(ps) && *ps->p != ':' && *ps->p != ';' && *ps->p != ')')
		advance(ps, 1);
	name = trim(span_of(start, (size_t)(ps->p - start)));
	if (at_end(ps) || *ps->p == ')')
		return fail_at(ps, start, "expected `;' behind the option", name);
	k = keyword_by_name(name);
	if (k == NULL)
		return fail_at(ps, start, "no such keyword", name);
	if (*ps->p == ':') {
		advance(ps, 1);
		if (!take_value(ps, &value))
			return fail_at(ps, start, "expected `;' behind the option", name);
	}
	advance(ps, 1); /* the semicolon */
	if (line != ps->line)
		return fail_at(ps, ps->line_start, "an option must stand on one line", name);
	if (k->takes_value != (value.p != NULL))
		return fail_at(ps, start, k->takes_value ? "a value is missing" : "takes no value", name);
	for (unsigned i = 0; k->once && i < 32; i++) {
		if (keyword_at(i) != k)
			continue;
		if ((*seen >> i & 1) != 0)
			return fail_at(ps, start, "stands here twice", name);
		*seen |= 1u << i;
	}
	why = k->parse(ps->rs, r, value);
	return why == NULL || fail_at(ps, start, why, trim(span_of(start, (size_t)(ps->p - start - 1))));
}

static bool parse_options(struct parser *ps, struct full_rule *r)
{
	uint32_t seen = 0;

	skip_blanks(ps);
	if (at_end(ps) || *ps->p != '(')
		return fail(ps, "expected `('");
	advance(ps, 1);
	for (;;) {
		skip_blanks(ps);
		if (at_end(ps))
			return fail(ps, "the parenthesis is not closed");
		if (*ps->p == ')')
			break;
		if (!parse_option(ps, r, &seen))
			return false;
	}
	advance(ps, 1);
	skip_blanks(ps);
	return at_end(ps) || *ps->p == '#' || fail(ps, "something stands behind the rule");
}

static bool finish(struct parser *ps, struct full_rule *r, const uint8_t *start)
{
	size_t i;

	if (r->signature.sid == 0)
		return fail_at(ps, start, "the rule has no sid", span_of(NULL, 0));
	if (r->signature.msg == NULL)
		return fail_at(ps, start, "the rule has no msg", span_of(NULL, 0));
	for (i = 0; i < ps->rs->n; i++)
		if (ps->rs->rule[i]->signature.sid == r->signature.sid && ps->rs->rule[i]->signature.gid == r->signature.gid)
			return fail_at(ps, start, "another rule has the same sid", span_of(NULL, 0));
	ps->rs->rule = arena_grow(&ps->rs->arena, ps->rs->rule, ps->rs->n, sizeof(struct full_rule *));
	if (ps->rs->rule == NULL) {
		ps->rs->n = 0;
		return fail(ps, "out of memory");
	}
	ps->rs->rule[ps->rs->n++] = r;
	return true;
}

static bool parse_rule(struct parser *ps)
{
	struct full_rule *r = arena_alloc(&ps->rs->arena, sizeof *r);
	const uint8_t *start = ps->p;

	if (r == NULL)
		return fail(ps, "out of memory");
	r->signature.gid = 1;
	r->signature.rev = 1;
	r->signature.severity = 3;
	r->signature.category = "";
	r->kind = EVENT_LOGIN;
	return parse_action(ps) && parse_protocol(ps) && parse_addresses(ps, &r->source) &&
	       parse_ports(ps, &r->source_port) && parse_direction(ps, r) &&
	       parse_addresses(ps, &r->destination) && parse_ports(ps, &r->destination_port) &&
	       parse_options(ps, r) && finish(ps, r, start);
}

int ruleset_parse(struct ruleset *rs, const char *name, struct span text, rule_report *report, void *ctx)
{
	struct parser ps = { .rs = rs, .file = name, .p = text.p, .end = text.p + text.n,
			     .line_start = text.p, .line = 1, .report = report, .ctx = ctx };
	int wrong = 0;

	while (ps.p < ps.end) {
		skip_blanks(&ps);
		if (!at_end(&ps) && *ps.p != '#' && !parse_rule(&ps))
			wrong++;
		skip_rule(&ps);
	}
	return wrong;
}

int ruleset_load(struct ruleset *rs, const char *path, rule_report *report, void *ctx)
{
	FILE *f = fopen(path, "rbe");
	uint8_t *text = NULL;
	size_t n = 0, cap = 0;
	int wrong = -1, saved;

	if (f == NULL)
		return -1;
	do {
		uint8_t *bigger;

		cap = cap == 0 ? 65536 : 2 * cap;
		if (cap > MAX_FILE) {
			errno = EFBIG;
			goto out;
		}
		bigger = realloc(text, cap);
		if (bigger == NULL)
			goto out;
		text = bigger;
		n += fread(text + n, 1, cap - n, f);
	} while (n == cap);
	if (!ferror(f))
		wrong = ruleset_parse(rs, path, span_of(text, n), report, ctx);
out:
	saved = errno;
	free(text);
	fclose(f);
	errno = saved;
	return wrong;
}
