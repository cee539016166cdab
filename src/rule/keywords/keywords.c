/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of keywords. */
#include "../impl.h"

static const struct keyword *const keywords[] = {
#define KEYWORD(symbol) &keyword_##symbol,
#include "keywords.def"
#undef KEYWORD
};

#define N_KEYWORDS (sizeof keywords / sizeof keywords[0])

const struct keyword *keyword_at(unsigned i)
{
	return i < N_KEYWORDS ? keywords[i] : NULL;
}

const struct keyword *keyword_by_name(struct span name)
{
	size_t i;

	for (i = 0; i < N_KEYWORDS; i++)
		if (span_eq(name, span_str(keywords[i]->name)))
			return keywords[i];
	return NULL;
}
