/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plainpop/base.h"

uint64_t counter_value[COUNTER_MAX];

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
