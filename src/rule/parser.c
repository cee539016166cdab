/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rule files: `action protocol source port direction destination port (option; option: value; ...)`, one
 * a line, `\` before a line's end continues it, `#` begins a comment. A rule that is wrong is named with
 * its place and left out; the others count.
 */
#include <stdio.h>

#include "impl.h"

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

static bool parse_action(struct parser *ps, struct full_rule *r)
{
	static const struct {
		const char *word;
		enum signature_action action;
	} actions[] = {
		{ "alert", ACTION_ALERT },
		{ "pass", ACTION_PASS },
		{ "drop", ACTION_DROP },
		{ "reject", ACTION_REJECT },
		{ "rejectsrc", ACTION_REJECT },
		{ "rejectdst", ACTION_REJECT },
		{ "rejectboth", ACTION_REJECT },
	};
	struct span word = take_word(ps);
	size_t i;

	for (i = 0; i < sizeof actions / sizeof actions[0]; i++)
		if (span_eq(word, span_str(actions[i].word))) {
			r->signature.action = actions[i].action;
			return true;
		}
	return fail_at(ps, word.p, "not an action (alert, pass, drop, reject)", word);
}

/* What Suricata knows and POP3 cannot be. */
static bool other_protocol(struct span word)
{
	static const char *const names[] = {
		"udp", "icmp", "icmpv4", "icmpv6", "sctp", "ipv4", "ipv6", "ip4", "ip6", "ether", "arp", "pkthdr", "http",
		"http1", "http2", "tls", "ssl", "ssh", "smtp", "imap", "ftp", "ftp-data", "dns", "doh2", "mdns", "llmnr",
		"smb", "dcerpc", "nfs", "krb5", "ikev2", "ike", "ntp", "dhcp", "snmp", "tftp", "sip", "rfb", "rdp", "mqtt",
		"modbus", "dnp3", "enip", "telnet", "websocket", "quic", "ldap", "pgsql", "mysql", "bittorrent-dht", "template",
		"file", "nntp", "irc", "redis", "netbios-ssn", "msn", "jabber",
	};
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (span_eq(word, span_str(names[i])))
			return true;
	return false;
}

static bool parse_protocol(struct parser *ps, struct full_rule *r)
{
	struct span word = take_word(ps);

	r->is_pop3 = span_eq(word, span_str("pop3"));
	r->packets = span_eq(word, span_str("tcp-pkt"));
	if (r->is_pop3 || r->packets || span_eq(word, span_str("tcp")) || span_eq(word, span_str("tcp-stream")) ||
	    span_eq(word, span_str("ip")))
		return true;
	r->unwanted = other_protocol(word);
	return !r->unwanted && fail_at(ps, word.p, "not a protocol (pop3, tcp, tcp-pkt, tcp-stream, ip)", word);
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

/* Over one byte, or over what continues the line. */
static void step_over(struct parser *ps)
{
	size_t n = continuation(ps, ps->p);

	advance(ps, n > 0 ? n : 1);
}

/* What was read from `from` on, without what continues lines; p NULL: out of memory. */
static struct span joined(struct parser *ps, const uint8_t *from, unsigned line)
{
	const uint8_t *p = from;
	uint8_t *copy;
	size_t n = 0;

	if (line == ps->line)
		return span_of(from, (size_t)(ps->p - from));
	copy = arena_alloc(&ps->rs->arena, (size_t)(ps->p - from) + 1);
	while (copy != NULL && p < ps->p) {
		size_t step = continuation(ps, p);

		if (step == 0)
			copy[n++] = *p;
		p += step > 0 ? step : 1;
	}
	return span_of(copy, n);
}

/* Bytes up to a `;` that is neither escaped nor quoted. False: there is none. */
static bool take_value(struct parser *ps, struct span *value)
{
	const uint8_t *from = ps->p;
	unsigned line = ps->line;
	bool quoted = false;

	while (!at_end(ps)) {
		if (*ps->p == '\\' && ps->end - ps->p >= 2 && continuation(ps, ps->p) == 0) {
			advance(ps, 2);
			continue;
		}
		if (*ps->p == '"')
			quoted = !quoted;
		if (*ps->p == ';' && !quoted) {
			*value = joined(ps, from, line);
			return value->p != NULL;
		}
		step_over(ps);
	}
	return false;
}

/* Whether the keyword may stand here. NULL, or why not. */
static const char *admit(const struct keyword *k, bool has_value, bool *seen)
{
	if (k->value == VALUE_NEEDED && !has_value)
		return "a value is missing";
	if (k->value == VALUE_NONE && has_value)
		return "takes no value";
	if (k->place == KEYWORD_ONCE && *seen)
		return "stands here twice";
	*seen = true;
	return NULL;
}

/* Where an option begins: what is wrong with it is told there, though it may go on in the next line. */
struct place {
	const uint8_t *at, *line_start;
	unsigned line;
};

static bool fail_option(struct parser *ps, const struct place *begin, const char *why, struct span what)
{
	struct place here = { ps->p, ps->line_start, ps->line };

	ps->line = begin->line;
	ps->line_start = begin->line_start;
	fail_at(ps, begin->at, why, what);
	ps->line = here.line;
	ps->line_start = here.line_start;
	return false;
}

static bool parse_option(struct parser *ps, struct full_rule *r, bool *seen)
{
	struct place begin = { ps->p, ps->line_start, ps->line };
	struct span name, value = span_of(NULL, 0), whole;
	const struct keyword *k;
	const char *why;

	while (!at_end(ps) && *ps->p != ':' && *ps->p != ';' && *ps->p != ')')
		step_over(ps);
	name = trim(joined(ps, begin.at, begin.line));
	if (at_end(ps) || *ps->p == ')')
		return fail_option(ps, &begin, "expected `;' behind the option", name);
	k = keyword_by_name(name);
	if (k == NULL)
		return fail_option(ps, &begin, "no such keyword; plainpop-rules(5) has them all", name);
	if (*ps->p == ':') {
		advance(ps, 1);
		if (!take_value(ps, &value))
			return fail_option(ps, &begin, "expected `;' behind the option", name);
	}
	whole = trim(joined(ps, begin.at, begin.line));
	advance(ps, 1); /* the semicolon */
	why = admit(k, value.p != NULL, &seen[keyword_number(k)]);
	if (why != NULL)
		return fail_option(ps, &begin, why, name);
	rule_about(r, k->kinds, k->prefers);
	if (k->place == KEYWORD_BEHIND_CONTENT && content_at_hand(r) == NULL)
		return fail_option(ps, &begin, "there is no content in front of it", whole);
	why = k->parse(ps->rs, r, value);
	return why == NULL || fail_option(ps, &begin, why, whole);
}

static bool parse_options(struct parser *ps, struct full_rule *r)
{
	bool seen[KEYWORDS_MAX] = { false };

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
		if (!parse_option(ps, r, seen))
			return false;
		if (r->unwanted)
			return true;
	}
	advance(ps, 1);
	skip_blanks(ps);
	return at_end(ps) || *ps->p == '#' || fail(ps, "something stands behind the rule");
}

/* The rule's own text on one line. */
static const char *text_of(struct parser *ps, const uint8_t *start)
{
	return (const char *)joined(ps, start, 0).p; /* a copy, and so with a zero behind it */
}

static bool finish(struct parser *ps, struct full_rule *r, const uint8_t *start)
{
	struct ruleset *rs = ps->rs;
	struct full_rule **rules;
	const char *why = scope_settle(r);

	if (why != NULL)
		return fail_at(ps, start, why, span_of(NULL, 0));
	if (r->signature.sid == 0)
		return fail_at(ps, start, "the rule has no sid", span_of(NULL, 0));
	if (r->signature.msg == NULL)
		return fail_at(ps, start, "the rule has no msg", span_of(NULL, 0));
	if (numbers_has(&rs->numbers, rs->rule, r->signature.gid, r->signature.sid))
		return fail_at(ps, start, "another rule has the same sid", span_of(NULL, 0));
	if (rs->n == RULES_MAX)
		return fail_at(ps, start, "too many rules", span_of(NULL, 0));
	r->text = text_of(ps, start);
	rules = arena_grow(&rs->arena, rs->rule, rs->n, sizeof *rules);
	if (rules == NULL)
		return fail(ps, "out of memory");
	rs->rule = rules;
	rs->rule[rs->n] = r;
	if (!thresholds_apply(rs, r) || !numbers_add(&rs->numbers, rs->rule, rs->n))
		return fail(ps, "out of memory");
	rs->n++;
	return true;
}

/* The head and the options. False: it was wrong, and that was told, or it is not for us. */
static bool parse_parts(struct parser *ps, struct full_rule *r)
{
	return parse_action(ps, r) && parse_protocol(ps, r) && parse_addresses(ps, &r->source) &&
	       parse_ports(ps, &r->source_port) && parse_direction(ps, r) && parse_addresses(ps, &r->destination) &&
	       parse_ports(ps, &r->destination_port) && parse_options(ps, r) && !r->unwanted;
}

static bool parse_rule(struct parser *ps)
{
	static uint64_t serial;
	struct full_rule *r = arena_alloc(&ps->rs->arena, sizeof *r);
	const uint8_t *start = ps->p;

	if (r == NULL)
		return fail(ps, "out of memory");
	r->signature.serial = ++serial;
	r->signature.gid = 1;
	r->signature.rev = 1;
	r->signature.severity = 3;
	r->signature.category = "";
	r->kinds = KINDS_ALL;
	r->group_now = SIZE_MAX;
	if (parse_parts(ps, r))
		return finish(ps, r, start);
	ps->rs->skipped += r->unwanted ? 1 : 0;
	return r->unwanted;
}

int ruleset_parse(struct ruleset *rs, const char *name, struct span text, rule_report *report, void *ctx)
{
	struct parser ps = { .rs = rs, .file = name, .p = text.p, .end = text.p + text.n,
			     .line_start = text.p, .line = 1, .report = report, .ctx = ctx };
	int wrong = 0;

	/* What some editors put in front of UTF-8. */
	if (span_starts(text, "\xef\xbb\xbf"))
		ps.p = ps.line_start += 3;
	while (ps.p < ps.end) {
		skip_blanks(&ps);
		if (!at_end(&ps) && *ps.p != '#' && !parse_rule(&ps))
			wrong++;
		skip_rule(&ps);
	}
	return wrong;
}

