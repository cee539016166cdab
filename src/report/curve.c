/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Logins over time, counted while they come, when nobody knows yet how long it will be: when time does not fit any more,
 * steps are put together to longer ones.
 */
#include "impl.h"

/* Each a multiple of the one before, so that a step goes into a longer one as a whole. */
static const uint64_t steps[] = {
	1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10800, 21600, 43200, 86400, UINT64_C(7) * 86400, UINT64_C(28) * 86400,
	UINT64_C(364) * 86400, UINT64_C(3640) * 86400,
};
#define LONGEST (steps[sizeof steps / sizeof steps[0] - 1])

static uint64_t longer(uint64_t step)
{
	size_t i;

	for (i = 0; steps[i] < step; i++)
		;
	return steps[i + 1];
}

static bool empty(const struct curve *c, size_t i)
{
	return curve_sum(c, i) == 0;
}

static void coarsen(struct curve *c)
{
	struct curve fine = *c;
	uint64_t ratio;
	size_t i, to;
	int k;

	*c = (struct curve){ .step = longer(fine.step) };
	ratio = c->step / fine.step;
	c->first = fine.first / ratio;
	for (i = 0; i < CURVE_STEPS; i++) {
		to = (size_t)((fine.first + i) / ratio - c->first);
		for (k = 0; k < RESULT_MAX; k++)
			c->n[to][k] += fine.n[i][k];
	}
}

/* Moves everything n steps to the right. False: something would fall off. */
static bool shift(struct curve *c, uint64_t n)
{
	size_t i;

	if (n >= CURVE_STEPS)
		return false;
	for (i = CURVE_STEPS - (size_t)n; i < CURVE_STEPS; i++)
		if (!empty(c, i))
			return false;
	memmove(c->n + n, c->n, (CURVE_STEPS - (size_t)n) * sizeof c->n[0]);
	memset(c->n, 0, (size_t)n * sizeof c->n[0]);
	c->first -= n;
	return true;
}

void curve_add(struct curve *c, uint64_t second, enum result result)
{
	uint64_t at;

	if (c->step == 0) {
		c->step = steps[0];
		c->first = second;
	}
	for (;;) {
		at = second / c->step;
		if (at >= c->first ? at - c->first < CURVE_STEPS : shift(c, c->first - at))
			break;
		if (c->step == LONGEST)
			return; /* thousand years: times that no record has */
		coarsen(c);
	}
	c->n[at - c->first][result]++;
}

uint64_t curve_start(const struct curve *c, size_t step)
{
	uint64_t us = (c->first + step) * c->step * 1000000;

	return us > 0 ? us : 1;
}

size_t curve_steps(const struct curve *c)
{
	size_t n = CURVE_STEPS;

	while (n > 0 && empty(c, n - 1))
		n--;
	return n;
}

uint32_t curve_sum(const struct curve *c, size_t step)
{
	uint32_t sum = 0;
	int k;

	for (k = 0; k < RESULT_MAX; k++)
		sum += c->n[step][k];
	return sum;
}

uint32_t curve_highest(const struct curve *c)
{
	uint32_t highest = 0;
	size_t i;

	for (i = 0; i < CURVE_STEPS; i++)
		if (curve_sum(c, i) > highest)
			highest = curve_sum(c, i);
	return highest;
}
