/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plainpop/base.h"

static uint64_t by(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

uint64_t time_steady(void)
{
	return by(CLOCK_MONOTONIC);
}

int64_t time_steady_ms(void)
{
	return (int64_t)(time_steady() / 1000);
}

time_t time_steady_s(void)
{
	return (time_t)(time_steady() / 1000000);
}

uint64_t time_wall(void)
{
	return by(CLOCK_REALTIME);
}
