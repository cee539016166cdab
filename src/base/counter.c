/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plainpop/base.h"

static uint64_t own[COUNTER_MAX];
uint64_t *counter_value = own;

void counter_use(uint64_t values[COUNTER_MAX])
{
	int i;

	for (i = 0; i < COUNTER_MAX; i++)
		values[i] += own[i];
	memset(own, 0, sizeof own);
	counter_value = values;
}

static const struct {
	const char *name, *help;
} counters[COUNTER_MAX] = {
#define COUNTER(id, name, what) { name, what },
#include "plainpop/counters.def"
#undef COUNTER
};

const char *counter_name(enum counter c)
{
	return counters[c].name;
}

const char *counter_help(enum counter c)
{
	return counters[c].help;
}
