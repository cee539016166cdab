/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of keywords. */
#include "../impl.h"

static const struct keyword *const keywords[] = {
#define KEYWORD(symbol) &keyword_##symbol,
#include "keywords.def"
#undef KEYWORD
#define BUFFER(id, symbol, name, kinds, prefers) &keyword_##symbol,
#include "../buffers.def"
#undef BUFFER
};

#define N_KEYWORDS (sizeof keywords / sizeof keywords[0])
_Static_assert(N_KEYWORDS <= KEYWORDS_MAX, "more keywords than the parser has room for");

unsigned keyword_number(const struct keyword *k)
{
	unsigned i = 0;

	while (i + 1 < N_KEYWORDS && keywords[i] != k)
		i++;
	return i;
}

const struct keyword *keyword_by_name(struct span name)
{
	size_t i;

	for (i = 0; i < N_KEYWORDS; i++)
		if (span_eq(name, span_str(keywords[i]->name)))
			return keywords[i];
	return NULL;
}
