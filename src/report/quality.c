/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may be missing, so that nobody trusts a hole. */
#include "impl.h"

static uint64_t strangers(const struct report *r)
{
	uint64_t n = 0;
	int i;

	for (i = ANOMALY_TLS; i < ANOMALY_MAX; i++)
		n += i == ANOMALY_PLAINTEXT ? 0 : r->anomaly[i];
	return n;
}

bool quality_find(struct report *r)
{
	const struct quality all[] = {
#define QUALITY(many, is_hole, called, means) { .what = called, .meaning = means, .number = (many), .hole = is_hole },
#include "quality.def"
#undef QUALITY
	};
	struct quality *q;
	size_t i;

	for (i = 0; i < sizeof all / sizeof all[0]; i++) {
		if (all[i].number == 0)
			continue;
		q = ROWS_ADD(r->quality);
		if (q == NULL)
			return false;
		*q = all[i];
	}
	return true;
}
