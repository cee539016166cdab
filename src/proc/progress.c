/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bar on a terminal during a replay: bytes read, rate, time left. As much of it as there is room for. */
#include <stdio.h>
#include <unistd.h>

#include "proc_impl.h"

#define BAR_MIN 10
#define BAR_MAX 40
#define OTHERS (sizeof("[]  100 %  1:00:00 left  99.9 MB/s  ") - 1)
#define LINE 512

static bool drawn;

bool progress_wanted(const struct proc_config *config)
{
	return config->n_interfaces == 0 && !config->quiet && terminal_redraws(STDERR_FILENO);
}

/* ---- the line ---- */

/* "12.3 MB": of three digits the first is none of a fraction. */
static void bytes_text(double n, char out[24])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	size_t i = 0;

	for (; n >= 999.5 && i + 1 < sizeof units / sizeof units[0]; i++)
		n /= 1000;
	snprintf(out, 24, "%.*f %s", i == 0 || n >= 99.95 ? 0 : 1, n, units[i]);
}

/* "1:02:03" or "02:03" */
static void time_text(double seconds, char out[24])
{
	uint64_t s = seconds < 359999 ? (uint64_t)(seconds + 0.5) : 359999;

	if (s >= 3600)
		snprintf(out, 24, "%u:%02u:%02u", (unsigned)(s / 3600), (unsigned)(s / 60 % 60), (unsigned)(s % 60));
	else
		snprintf(out, 24, "%02u:%02u", (unsigned)(s / 60), (unsigned)(s % 60));
}

/* Adds a piece with two blanks in front, if there is room for all of it. */
static void add(char *out, size_t *n, size_t room, const char *piece)
{
	size_t more = strlen(piece);

	if (*n + more + 2 > room)
		return;
	*n += (size_t)snprintf(out + *n, room + 1 - *n, "%s%s", *n > 0 ? "  " : "", piece);
}

static void bar_text(double part, size_t width, char out[BAR_MAX + 3])
{
	size_t full = (size_t)(part * (double)width), i;

	*out++ = '[';
	for (i = 0; i < width; i++)
		*out++ = i < full ? '#' : '.';
	*out++ = ']';
	*out = '\0';
}

/* What is not known has no bar, and no time that is left. */
static void open_end(const struct progress *p, size_t room, char *out, size_t *n)
{
	char name[PRINTABLE_MAX(60)], done[24], text[24], rate[28], took[24];
	double per_second = p->seconds > 0 ? (double)p->done / p->seconds : 0;

	span_printable(span_take(span_str(p->name), 60), name);
	bytes_text((double)p->done, done);
	bytes_text(per_second, text);
	snprintf(rate, sizeof rate, "%s/s", text);
	time_text(p->seconds, took);
	add(out, n, room, done);
	add(out, n, room, rate);
	add(out, n, room, took);
	add(out, n, room, name);
}

size_t progress_text(const struct progress *p, unsigned columns, char *out, size_t size)
{
	double part = p->total > 0 ? (double)p->done / (double)p->total : 0;
	double rate = p->seconds > 0 ? (double)p->done / p->seconds : 0;
	char bar[BAR_MAX + 3], percent[16], amount[64], speed[32] = "", left[32] = "", file[64] = "", text[24];
	size_t room = columns - 1 < size - 1 ? columns - 1 : size - 1, n = 0, others;

	out[0] = '\0';
	part = part < 1 ? part : 1;
	if (p->total == 0) {
		open_end(p, room, out, &n);
		return n;
	}
	snprintf(percent, sizeof percent, "%3.0f %%", 100 * part);
	bytes_text((double)p->total, text);
	snprintf(amount, sizeof amount, "of %s", text);
	bytes_text(rate, text);
	snprintf(speed, sizeof speed, "%s/s", text);
	if (rate > 0) {
		time_text((double)(p->total > p->done ? p->total - p->done : 0) / rate, text);
		snprintf(left, sizeof left, "%s left", text);
	}
	if (p->files > 1)
		snprintf(file, sizeof file, "file %zu of %zu", p->file, p->files);
	/*
	 * The bar has what the others leave, at their longest, so that its end stays where it is; where that is too little, it is
	 * left out, and then they are, the last ones first.
	 */
	others = OTHERS + strlen(amount) + (file[0] != '\0' ? strlen(file) + 2 : 0);
	if (room >= others + BAR_MIN) {
		bar_text(part, room - others < BAR_MAX ? room - others : BAR_MAX, bar);
		add(out, &n, room, bar);
	}
	add(out, &n, room, percent);
	if (left[0] != '\0')
		add(out, &n, room, left);
	add(out, &n, room, speed);
	add(out, &n, room, amount);
	if (file[0] != '\0')
		add(out, &n, room, file);
	return n;
}

/* ---- on the terminal ---- */

void progress_draw(void (*what)(struct progress *p))
{
	static uint64_t began, last;
	uint64_t now = time_steady();
	struct progress p = { .name = "" };
	char line[LINE];

	if (began == 0)
		began = last = now;
	if (now < last + PROGRESS_MS * UINT64_C(1000))
		return;
	last = now;
	p.seconds = (double)(now - began) / 1e6;
	what(&p);
	progress_text(&p, terminal_columns(STDERR_FILENO), line, sizeof line);
	/* In one piece: a message of another process does not come in between. */
	fprintf(stderr, TERMINAL_CLEAR_LINE "%s", line);
	drawn = true;
}

void progress_clear(void)
{
	if (drawn)
		fputs(TERMINAL_CLEAR_LINE, stderr);
	drawn = false;
}

void progress_make_way(void)
{
	static int same = -1; /* asked once: it is a system call, and events are many */

	if (!drawn)
		return;
	if (same < 0)
		same = isatty(STDOUT_FILENO);
	if (same == 1)
		progress_clear();
}
