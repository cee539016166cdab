/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What somebody may have meant who misspelt an option or a key. */
#include "cli_impl.h"

#define WORD_MAX 32
#define FAR 3 /* so many letters that are wrong, missing, too many or swapped make another word */

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	return a < b ? (a < c ? a : c) : (b < c ? b : c);
}

/* How many letters have to be changed to make b of a. Both are at most WORD_MAX long. */
static unsigned distance(struct span a, struct span b)
{
	unsigned row[3][WORD_MAX + 1];
	unsigned *now = row[1], *last = row[0], *before = row[2], *spare;
	size_t i, k;

	for (k = 0; k <= b.n; k++)
		last[k] = (unsigned)k;
	for (i = 0; i < a.n; i++) {
		now[0] = (unsigned)i + 1;
		for (k = 0; k < b.n; k++) {
			now[k + 1] = least(now[k] + 1, last[k + 1] + 1, last[k] + (a.p[i] != b.p[k]));
			if (i > 0 && k > 0 && a.p[i] == b.p[k - 1] && a.p[i - 1] == b.p[k])
				now[k + 1] = least(now[k + 1], before[k - 1] + 1, now[k + 1]);
		}
		spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[b.n];
}

const char *option_nearest(struct span word)
{
	unsigned best = FAR, d;
	const char *name = NULL;
	size_t i;

	if (word.n > WORD_MAX)
		return NULL;
	for (i = 0; i < OPTION_MAX; i++) {
		struct span other = span_str(option_rows[i].name);

		if (other.n > WORD_MAX || other.n >= word.n + FAR || word.n >= other.n + FAR)
			continue;
		d = distance(word, other);
		/* Of a short word not everything is like it. */
		if (d < best && 2 * d < other.n) {
			best = d;
			name = option_rows[i].name;
		}
	}
	return name;
}
