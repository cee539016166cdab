/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Conditions on bytes, one after another, as Suricata takes them: each content is looked for from the beginning, or
 * from where the one before it was found; where a later one that hangs on it fails, the next place is tried. A budget
 * bounds the trying, so that no line makes a rule take long.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "impl.h"

#define BUDGET 3000       /* conditions looked at for one buffer of one rule; Suricata's number */
#define MATCH_LIMIT 10000 /* steps of PCRE2 */
#define DEPTH_LIMIT 1000
#define DECODED_MAX 4096  /* bytes that base64_decode makes at the most */

struct regex {
	struct regex *next;
	pcre2_code *code;
	pcre2_match_data *data;
};

struct inspection {
	const struct byte_group *group, *base64;
	struct span bytes;
	unsigned budget;
};

enum verdict { NO, YES, NEVER };

static pcre2_match_context *limits(void)
{
	static pcre2_match_context *context;

	if (context == NULL && (context = pcre2_match_context_create(NULL)) != NULL) {
		pcre2_set_match_limit(context, MATCH_LIMIT);
		pcre2_set_depth_limit(context, DEPTH_LIMIT);
	}
	return context;
}

struct regex *regex_new(struct ruleset *rs, struct span pattern, uint32_t options, const char **err)
{
	static char why[160];
	struct regex *r = calloc(1, sizeof *r);
	PCRE2_SIZE at;
	int code = 0;

	*err = "out of memory";
	if (r == NULL || limits() == NULL)
		goto fail;
	/* \C could stop between the bytes of nothing: there is no UTF here. It is refused because it is never meant. */
	r->code = pcre2_compile(pattern.p, pattern.n, options | PCRE2_NEVER_BACKSLASH_C, &code, &at, NULL);
	if (r->code == NULL) {
		pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof why);
		*err = why;
		goto fail;
	}
	r->data = pcre2_match_data_create(1, NULL);
	if (r->data == NULL)
		goto fail;
	/* Where code may not be made at run time it is interpreted. */
	pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE);
	r->next = rs->regex;
	rs->regex = r;
	return r;
fail:
	if (r != NULL)
		pcre2_code_free(r->code);
	free(r);
	return NULL;
}

void regex_free_all(struct regex *r)
{
	while (r != NULL) {
		struct regex *next = r->next;

		pcre2_match_data_free(r->data);
		pcre2_code_free(r->code);
		free(r);
		r = next;
	}
}

/* The first place of t's bytes at or behind from and before to; -1: none. */
static ptrdiff_t find(const struct byte_test *t, struct span s, size_t from, size_t to)
{
	const uint8_t *hit;
	size_t i, k;

	if (to > s.n)
		to = s.n;
	if (from > to || to - from < t->n)
		return -1;
	if (!t->nocase) {
		hit = memmem(s.p + from, to - from, t->bytes, t->n);
		return hit != NULL ? hit - s.p : -1;
	}
	for (i = from; i + t->n <= to; i++) {
		for (k = 0; k < t->n && ascii_lower(s.p[i + k]) == ascii_lower(t->bytes[k]); k++)
			;
		if (k == t->n)
			return (ptrdiff_t)i;
	}
	return -1;
}

/* Where t may begin and must have ended, before is the end of what came before it. */
static void window(const struct byte_test *t, size_t n, size_t before, size_t *from, size_t *to)
{
	int64_t begin = 0, end = (int64_t)n;

	if (t->distance_set || t->within_set) {
		begin = (int64_t)before + t->distance;
		if (t->within_set && begin + t->within < end)
			end = begin + t->within;
		if (begin < 0)
			begin = 0;
	}
	if (t->offset_set && t->offset > begin)
		begin = t->offset;
	if (t->depth_set && (int64_t)t->offset + t->depth < end)
		end = (int64_t)t->offset + t->depth;
	if (t->at_start && t->n < end)
		end = t->n;
	*from = (size_t)begin;
	*to = end > 0 ? (size_t)end : 0;
}

static enum verdict step(struct inspection *in, size_t i, size_t before);

/* A later condition counts from where this one was found: the next one that does, if none before it is found elsewhere. */
static bool hangs_on_it(const struct inspection *in, size_t next)
{
	for (; next < in->group->n; next++) {
		const struct byte_test *t = &in->group->test[next];

		if (t->relative)
			return true;
		if (!t->negated && (t->kind == BYTES_CONTENT || t->kind == BYTES_PCRE))
			return false;
	}
	return false;
}

static enum verdict content(struct inspection *in, const struct byte_test *t, size_t i, size_t before)
{
	size_t from, to;
	ptrdiff_t at;
	enum verdict v;

	window(t, in->bytes.n, before, &from, &to);
	if (t->at_end && to == in->bytes.n && to >= t->n && from < to - t->n)
		from = to - t->n; /* nowhere else */
	for (;;) {
		at = t->at_end && to < in->bytes.n ? -1 : find(t, in->bytes, from, to);
		if (t->negated)
			return at < 0 ? step(in, i + 1, before) : NO;
		if (at < 0)
			return t->relative ? NO : NEVER;
		v = step(in, i + 1, (size_t)at + t->n);
		if (v != NO)
			return v;
		if (!hangs_on_it(in, i + 1))
			return t->relative ? NO : NEVER;
		from = (size_t)at + 1;
	}
}

static enum verdict pcre(struct inspection *in, const struct byte_test *t, size_t i, size_t before)
{
	struct span s = span_skip(in->bytes, t->relative ? (before < in->bytes.n ? before : in->bytes.n) : 0);
	size_t from = 0, skipped = in->bytes.n - s.n, begin, end;
	enum verdict v;
	int r;

	for (;;) {
		r = pcre2_match(t->regex->code, s.p, s.n, from, 0, t->regex->data, limits());
		if (r < 0 && r != PCRE2_ERROR_NOMATCH) {
			counter_add(COUNTER_DETECT_PCRE_LIMIT, 1);
			return NEVER;
		}
		if (t->negated)
			return r < 0 ? step(in, i + 1, before) : NO;
		if (r < 0)
			return t->relative ? NO : NEVER;
		begin = pcre2_get_ovector_pointer(t->regex->data)[0];
		end = pcre2_get_ovector_pointer(t->regex->data)[1];
		v = step(in, i + 1, skipped + end);
		if (v != NO || !hangs_on_it(in, i + 1))
			return v;
		/* As Suricata does: the next match may overlap this one. \K can make one begin behind its end. */
		if (begin < from)
			begin = from;
		if (begin >= s.n)
			return NO;
		from = begin + 1;
	}
}

static enum verdict base64(struct inspection *in, const struct byte_test *t, size_t i, size_t before)
{
	struct inspection inner = { .group = in->base64, .budget = in->budget };
	struct span s = span_skip(in->bytes, t->relative ? (before < in->bytes.n ? before : in->bytes.n) : 0);
	uint8_t out[DECODED_MAX];
	enum verdict v = NO;
	size_t n = 0;

	s = span_take(span_skip(s, t->at < s.n ? t->at : s.n), t->last);
	/* As much as there is of it: what follows is somebody else's. */
	while (s.n > 0 && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	base64_decode(s, out, sizeof out, &n);
	if (n > 0 && in->base64 != NULL) {
		inner.bytes = span_of(out, n);
		v = step(&inner, 0, 0);
	}
	explicit_bzero(out, n);
	if (v == NEVER)
		v = NO;
	return v == YES || (n > 0 && in->base64 == NULL) ? step(in, i + 1, before) : v;
}

/* The number that t looks at. False: there is none. */
static bool number_at(const struct byte_test *t, struct span bytes, size_t before, uint64_t *v)
{
	int64_t at = (t->relative ? (int64_t)before : 0) + t->distance;
	struct span s;
	size_t i;

	if (at < 0 || (uint64_t)at + t->n > bytes.n)
		return false;
	s = span_take(span_skip(bytes, (size_t)at), t->n);
	if (t->base != 0) {
		s = span_ltrim(s);
		if (number_in(s, t->base, v) == 0)
			return false;
	} else {
		for (*v = 0, i = 0; i < s.n; i++)
			*v = *v << 8 | s.p[t->little ? s.n - 1 - i : i];
	}
	/* As Suricata has it, the number is that of the masked bits. */
	*v &= t->mask;
	if (t->mask != UINT64_MAX)
		*v >>= __builtin_ctzll(t->mask);
	return true;
}

static bool compares(const struct byte_test *t, uint64_t v)
{
	switch ((enum number_compare)t->compare) {
	case NUMBER_EQUAL:
		return v == t->value;
	case NUMBER_LESS:
		return v < t->value;
	case NUMBER_MORE:
		return v > t->value;
	case NUMBER_AT_MOST:
		return v <= t->value;
	case NUMBER_AT_LEAST:
		return v >= t->value;
	case NUMBER_AND:
		return (v & t->value) != 0;
	case NUMBER_XOR:
		break;
	}
	return (v ^ t->value) != 0;
}

static enum verdict step(struct inspection *in, size_t i, size_t before)
{
	const struct byte_test *t;
	uint64_t v;
	bool ok = false;

	if (i == in->group->n)
		return YES;
	t = &in->group->test[i]; /* not before: a buffer that nothing is asked of has no tests */
	if (in->budget-- == 0) {
		in->budget = 0;
		counter_add(COUNTER_DETECT_INSPECT_LIMIT, 1);
		return NEVER;
	}
	switch (t->kind) {
	case BYTES_CONTENT:
		return content(in, t, i, before);
	case BYTES_PCRE:
		return pcre(in, t, i, before);
	case BYTES_BASE64:
		return base64(in, t, i, before);
	case BYTES_ISDATAAT:
		ok = t->relative ? (uint64_t)before + t->at <= in->bytes.n : t->at < in->bytes.n;
		break;
	case BYTES_NUMBER:
		/* What is not there compares in no way, and not in none either. */
		ok = number_at(t, in->bytes, before, &v) ? compares(t, v) : t->negated;
		break;
	case BYTES_SIZE:
		ok = in->bytes.n >= t->first && in->bytes.n <= t->last;
		break;
	}
	if (ok == t->negated)
		return t->relative ? NO : NEVER;
	return step(in, i + 1, before);
}

bool inspect(const struct byte_group *g, const struct byte_group *base64, struct span bytes)
{
	struct inspection in = { .group = g, .base64 = base64, .bytes = bytes, .budget = BUDGET };

	return step(&in, 0, 0) == YES;
}
