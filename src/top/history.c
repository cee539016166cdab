/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rates: over the last ten seconds, as what is rare would else be nothing in most seconds and much in one. */
#include "impl.h"

void history_add(struct history *h, const struct model *m)
{
	bool goes_on = h->n > 0 && h->run == m->run && m->clock > h->at[h->n - 1].clock;
	int i;

	for (i = 0; i < COUNTER_MAX && goes_on; i++)
		goes_on = m->counter[i] >= h->at[h->n - 1].counter[i];
	if (!goes_on)
		h->n = 0;
	if (h->n == HISTORY) {
		memmove(h->at, h->at + 1, (HISTORY - 1) * sizeof h->at[0]);
		h->n--;
	}
	h->run = m->run;
	h->at[h->n].clock = m->clock;
	memcpy(h->at[h->n].counter, m->counter, sizeof m->counter);
	h->n++;
}

double history_rate(const struct history *h, enum counter c)
{
	size_t last = h->n - 1;

	if (h->n < 2)
		return -1;
	return (double)(h->at[last].counter[c] - h->at[0].counter[c]) * 1e6 / (double)(h->at[last].clock - h->at[0].clock);
}
