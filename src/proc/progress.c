/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bar on a terminal during a replay: bytes read, rate, time left. Drawn ten times a second at most. */
#include <stdio.h>

#include "proc_impl.h"

#define WIDTH 30

static bool drawn;

void progress_draw(const char *name, uint64_t input, uint64_t done, uint64_t total)
{
	static uint64_t current = UINT64_MAX;
	static double began, last;
	char bar[WIDTH + 1];
	double now = (double)time_steady() / 1e6, rate;
	size_t i, full;

	if (input != current) {
		current = input;
		began = last = now;
	}
	if (now - last < 0.1)
		return;
	last = now;
	rate = (double)done / (now - began);
	if (total == 0 || rate <= 0) {
		fprintf(stderr, "\r\033[K%s: %.1f MB, %.1f MB/s", name, (double)done / 1e6, rate / 1e6);
	} else {
		full = (size_t)((double)WIDTH * (double)done / (double)total);
		for (i = 0; i < WIDTH; i++)
			bar[i] = i < full ? '#' : '.';
		bar[WIDTH] = '\0';
		fprintf(stderr, "\r\033[K[%s] %3.0f %% of %.1f MB, %.1f MB/s, %.0f s left", bar,
			100.0 * (double)done / (double)total, (double)total / 1e6, rate / 1e6,
			(double)(total > done ? total - done : 0) / rate);
	}
	drawn = true;
}

void progress_clear(void)
{
	if (drawn)
		fprintf(stderr, "\r\033[K");
	drawn = false;
}
