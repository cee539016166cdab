/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * requires:version >= 7.0.3 [< 8 | >= 8.0.1], keyword name, feature name[, ...]; where it is not met the rule is left
 * out, and that is no fault. Versions are Suricata's: the grammar here is that of its version 8.
 */
#include "../impl.h"

#define OUR_VERSION 8000000 /* 8.0.0: three digits each */

/* "7.0.3" */
static bool version(struct span s, uint32_t *out)
{
	uint32_t part;
	unsigned i;

	*out = 0;
	for (i = 0; i < 3; i++) {
		const uint8_t *dot = s.n > 0 ? memchr(s.p, '.', s.n) : NULL;
		struct span digits = span_take(s, dot != NULL ? (size_t)(dot - s.p) : s.n);

		part = 0;
		if (digits.n > 0 && !number(digits, 0, 999, &part))
			return false;
		if (i == 0 && digits.n == 0)
			return false;
		*out = *out * 1000 + part;
		s = span_skip(s, dot != NULL ? digits.n + 1 : digits.n);
	}
	return s.n == 0;
}

/* ">= 7.0.3 < 8": all of it has to hold. False: it is wrong. */
static bool all_hold(struct span s, bool *hold)
{
	*hold = true;
	s = trim(s);
	if (s.n == 0)
		return false;
	while (s.n > 0) {
		bool less = s.p[0] == '<', more = s.p[0] == '>', equal;
		struct span word;
		uint32_t v;

		if (!less && !more)
			return false;
		equal = s.n > 1 && s.p[1] == '=';
		s = span_ltrim(span_skip(s, equal ? 2 : 1));
		word = span_word(&s);
		s = span_ltrim(s);
		if (!version(word, &v))
			return false;
		*hold &= (equal && v == OUR_VERSION) || (less && OUR_VERSION < v) || (more && OUR_VERSION > v);
	}
	return true;
}

/* Alternatives between bars. */
static bool version_holds(struct span s, bool *hold)
{
	bool one, any = false;

	do {
		const uint8_t *bar = s.n > 0 ? memchr(s.p, '|', s.n) : NULL;
		struct span item = span_take(s, bar != NULL ? (size_t)(bar - s.p) : s.n);

		if (!all_hold(item, &one))
			return false;
		any |= one;
		s = span_skip(s, bar != NULL ? item.n + 1 : item.n);
	} while (s.n > 0);
	*hold = any;
	return true;
}

static const char *parse(struct ruleset *rs, struct full_rule *r, struct span value)
{
	bool met = true;

	(void)rs;
	do {
		struct span item = list_item(&value), word = span_word(&item);
		bool hold = false;

		if (span_is(word, "version")) {
			if (!version_holds(item, &hold))
				return "expected version >= number, and perhaps more";
		} else if (span_is(word, "keyword")) {
			hold = keyword_by_name(trim(item)) != NULL;
		} else if (!span_is(word, "feature")) { /* none of Suricata's is here */
			return "expected version, feature or keyword";
		}
		met &= hold;
	} while (value.n > 0);
	r->unwanted = !met; /* only now: what is wrong is not left out silently */
	return NULL;
}

const struct keyword keyword_requires = { "requires", VALUE_NEEDED, KEYWORD_ANYWHERE, parse, 0, 0 };
