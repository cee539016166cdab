/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Address and port lists as Suricata writes them: any, 10.0.0.0/8, 10.0.0.1-10.0.0.9, 2001:db8::/32,
 * 110, 1000:2000, $HOME_NET, !$HOME_NET, [10.0.0.0/8, !10.1.0.0/16]. A list holds for what one of its
 * plain items has and none of its negated ones; with negated ones alone, for all the rest.
 */
#include <arpa/inet.h>
#include <endian.h>

#include "impl.h"

#define MAX_NESTING 16 /* brackets and variables inside one another */

struct list {
	struct ruleset *rs;
	struct address_list *addresses; /* one of the two */
	struct port_list *ports;
	struct span text;
	size_t at; /* where the fault is */
};

static const char *parse_group(struct list *l, struct span text, bool negated, unsigned depth);

static struct address_number number_of(const uint8_t addr[16])
{
	uint64_t half[2];

	memcpy(half, addr, sizeof half);
	return (struct address_number){ be64toh(half[0]), be64toh(half[1]) };
}

static inline bool is_before(struct address_number a, struct address_number b)
{
	return a.high != b.high ? a.high < b.high : a.low < b.low;
}

static const char *add_addresses(struct list *l, bool negated, int family, const uint8_t first[16],
				 const uint8_t last[16])
{
	struct address_list *out = l->addresses;
	struct address_range *r;

	if (memcmp(first, last, 16) > 0)
		return "the range ends before it begins";
	out->range = arena_grow(&l->rs->arena, out->range, out->n, sizeof *out->range);
	if (out->range == NULL)
		return "out of memory";
	r = &out->range[out->n++];
	r->negated = negated;
	r->ip_v = family == AF_INET ? 4 : 6;
	r->first = number_of(first);
	r->last = number_of(last);
	return NULL;
}

/* An address by itself; its family, or -1. */
static int parse_ip(struct span s, uint8_t addr[16])
{
	char text[INET6_ADDRSTRLEN];

	memset(addr, 0, 16);
	if (s.n >= sizeof text)
		return -1;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (inet_pton(AF_INET, text, addr) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, text, addr) == 1 ? AF_INET6 : -1;
}

static const char *parse_address(struct list *l, struct span s, bool negated)
{
	const uint8_t *mark;
	uint8_t first[16], last[16];
	uint32_t bits, i;
	int family;

	if ((mark = memchr(s.p, '-', s.n)) != NULL) {
		family = parse_ip(span_take(s, (size_t)(mark - s.p)), first);
		if (family < 0 || parse_ip(span_skip(s, (size_t)(mark - s.p) + 1), last) != family)
			return "not a range of addresses";
		return add_addresses(l, negated, family, first, last);
	}
	mark = memchr(s.p, '/', s.n);
	family = parse_ip(mark != NULL ? span_take(s, (size_t)(mark - s.p)) : s, first);
	if (family < 0)
		return "not an address";
	bits = family == AF_INET ? 32 : 128;
	if (mark != NULL && !number(span_skip(s, (size_t)(mark - s.p) + 1), 0, bits, &bits))
		return "not a prefix length";
	memcpy(last, first, 16);
	for (i = bits; i < (family == AF_INET ? 32u : 128u); i++) {
		first[i / 8] &= (uint8_t)~(0x80u >> i % 8);
		last[i / 8] |= (uint8_t)(0x80u >> i % 8);
	}
	return add_addresses(l, negated, family, first, last);
}

static const char *parse_port(struct list *l, struct span s, bool negated)
{
	const uint8_t *colon = memchr(s.p, ':', s.n);
	struct port_list *out = l->ports;
	uint32_t first = 0, last = 65535;
	struct span from, to;

	if (colon == NULL) {
		if (!number(s, 0, 65535, &first))
			return "not a port";
		last = first;
	} else {
		from = span_take(s, (size_t)(colon - s.p));
		to = span_skip(s, (size_t)(colon - s.p) + 1);
		if ((from.n > 0 && !number(from, 0, 65535, &first)) ||
		    (to.n > 0 && !number(to, 0, 65535, &last)) || from.n + to.n == 0)
			return "not a range of ports";
		if (first > last)
			return "the range ends before it begins";
	}
	out->range = arena_grow(&l->rs->arena, out->range, out->n, sizeof *out->range);
	if (out->range == NULL)
		return "out of memory";
	out->range[out->n++] = (struct port_range){ negated, (uint16_t)first, (uint16_t)last };
	return NULL;
}

static const char *parse_any(struct list *l, bool negated)
{
	static const uint8_t zeros[16] = { 0 }, ones4[16] = { 255, 255, 255, 255 };
	uint8_t ones[16];
	const char *why;

	if (negated)
		return "!any is nothing";
	if (l->ports != NULL)
		return parse_port(l, span_str("0:65535"), false);
	memset(ones, 255, sizeof ones);
	why = add_addresses(l, false, AF_INET, zeros, ones4);
	return why != NULL ? why : add_addresses(l, false, AF_INET6, zeros, ones);
}

static const char *parse_variable(struct list *l, struct span name, bool negated, unsigned depth)
{
	size_t i, at = l->at;
	const char *why;

	for (i = 0; i < l->rs->n_vars; i++) {
		if (!span_eq(name, span_str(l->rs->var[i].name)))
			continue;
		why = parse_group(l, span_str(l->rs->var[i].value), negated, depth + 1);
		l->at = at;
		return why;
	}
	return "no such variable";
}

static const char *parse_item(struct list *l, struct span s, bool negated, unsigned depth)
{
	s = trim(s);
	/* Not in a variable's value, which stands elsewhere. */
	if (s.p >= l->text.p && s.p <= l->text.p + l->text.n)
		l->at = (size_t)(s.p - l->text.p);
	while (s.n > 0 && s.p[0] == '!') {
		negated = !negated;
		s = span_ltrim(span_skip(s, 1));
	}
	if (s.n == 0)
		return "something is missing here";
	if (s.p[0] == '$')
		return parse_variable(l, span_skip(s, 1), negated, depth);
	if (s.p[0] == '[') {
		if (s.p[s.n - 1] != ']')
			return "the bracket is not closed";
		if (s.n == 2)
			return "nothing is in it";
		return parse_group(l, span_of(s.p + 1, s.n - 2), negated, depth + 1);
	}
	if (span_is(s, "any"))
		return parse_any(l, negated);
	return l->ports != NULL ? parse_port(l, s, negated) : parse_address(l, s, negated);
}

/* Items between commas that stand outside of brackets. */
static const char *parse_group(struct list *l, struct span text, bool negated, unsigned depth)
{
	size_t i, from = 0;
	int brackets = 0;
	const char *why;

	if (depth > MAX_NESTING)
		return "nested too deeply";
	for (i = 0; i <= text.n; i++) {
		if (i < text.n && text.p[i] == '[')
			brackets++;
		else if (i < text.n && text.p[i] == ']')
			brackets--;
		if (i < text.n && (brackets != 0 || text.p[i] != ','))
			continue;
		why = parse_item(l, span_of(text.p + from, i - from), negated, depth);
		if (why != NULL)
			return why;
		from = i + 1;
	}
	return brackets != 0 ? "the brackets do not match" : NULL;
}

const char *address_list_parse(struct ruleset *rs, struct address_list *out, struct span text, size_t *at)
{
	struct list l = { .rs = rs, .addresses = out, .text = text };
	const char *why = parse_group(&l, text, false, 0);

	*at = l.at < text.n ? l.at : 0;
	return why;
}

const char *port_list_parse(struct ruleset *rs, struct port_list *out, struct span text, size_t *at)
{
	struct list l = { .rs = rs, .ports = out, .text = text };
	const char *why = parse_group(&l, text, false, 0);

	*at = l.at < text.n ? l.at : 0;
	return why;
}

bool address_list_has(const struct address_list *l, uint8_t ip_v, const uint8_t addr[16])
{
	struct address_number a = number_of(addr);
	bool in = false, plain = false;
	size_t i;

	for (i = 0; i < l->n; i++) {
		const struct address_range *r = &l->range[i];
		bool hit = r->ip_v == ip_v && !is_before(a, r->first) && !is_before(r->last, a);

		if (hit && r->negated)
			return false;
		plain |= !r->negated;
		in |= hit;
	}
	return in || !plain;
}

bool port_list_has(const struct port_list *l, uint16_t port)
{
	bool in = false, plain = false;
	size_t i;

	for (i = 0; i < l->n; i++) {
		const struct port_range *r = &l->range[i];
		bool hit = r->first <= port && port <= r->last;

		if (hit && r->negated)
			return false;
		plain |= !r->negated;
		in |= hit;
	}
	return in || !plain;
}
