/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Charts, drawn here: the page loads nothing. Each has a title and says in words what it shows. */
#include "impl.h"

/* In units of the view box. */
struct canvas {
	unsigned width, height, left, right, top, bottom;
};

static const struct canvas large = { 960, 240, 52, 8, 12, 30 }, little = { 320, 64, 0, 0, 2, 2 };

static const struct {
	enum result result;
	const char *class;
} layers[] = { { RESULT_ACCEPTED, "accepted" }, { RESULT_UNKNOWN, "unknown" }, { RESULT_REFUSED, "refused" } };

static double plot_width(const struct canvas *c)
{
	return c->width - c->left - c->right;
}

static double plot_height(const struct canvas *c)
{
	return c->height - c->top - c->bottom;
}

/* A round number not below n, to end the scale with, of which a fourth (of 2 a half) is a whole number, too. */
static uint64_t round_up(uint64_t n)
{
	static const unsigned small[] = { 2, 4, 8, 12, 16, 20, 40, 60, 80 }, steps[] = { 1, 2, 4, 5, 8, 10 };
	uint64_t unit = 100;
	size_t i;

	for (i = 0; i < sizeof small / sizeof small[0]; i++)
		if (n <= small[i])
			return small[i];
	while (unit * 10 < n)
		unit *= 10;
	for (i = 0; steps[i] * unit < n; i++)
		;
	return steps[i] * unit;
}

/* What to call the beginning of a step: no finer than the step is. */
static void tick_label(uint64_t second, uint64_t step, uint64_t span, char *out, size_t size)
{
	const char *form = step >= 86400 * UINT64_C(28) ? "%Y-%m" : step >= 86400 ? "%b %e"
			   : span > 86400 ? "%b %e %H:%M" : step >= 60 ? "%H:%M" : "%H:%M:%S";
	time_t t = (time_t)second;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || strftime(out, size, form, &tm) == 0)
		out[0] = '\0';
}

static void draw_grid(FILE *out, const struct canvas *v, uint64_t highest)
{
	unsigned lines = highest >= 4 ? 4 : 2, i;

	for (i = 0; i <= lines; i++) {
		double y = v->top + plot_height(v) * (1 - (double)i / lines);

		fprintf(out, "<line class=\"grid\" x1=\"%u\" x2=\"%u\" y1=\"%.1f\" y2=\"%.1f\"/>", v->left, v->width - v->right, y, y);
		fprintf(out, "<text class=\"tick end\" x=\"%u\" y=\"%.1f\">", v->left - 8, y + 4);
		html_number(out, highest * i / lines);
		fputs("</text>", out);
	}
}

static void draw_ticks(FILE *out, const struct canvas *v, const struct curve *c, size_t steps, size_t slots)
{
	size_t every = slots > 6 ? (slots + 5) / 6 : 1, i;
	char label[32];

	for (i = 0; i < steps; i += every) {
		tick_label((c->first + i) * c->step, c->step, steps * c->step, label, sizeof label);
		fprintf(out, "<text class=\"tick\" x=\"%.1f\" y=\"%u\">%s</text>",
			v->left + plot_width(v) * (double)i / (double)slots, v->height - 8, label);
	}
}

static void draw_bars(FILE *out, const struct canvas *v, const struct curve *c, size_t steps, size_t slots, uint64_t highest)
{
	double slot = plot_width(v) / (double)slots, gap = slot > 6 ? 1.5 : slot > 3 ? 0.6 : 0.2;
	size_t i, k;

	for (i = 0; i < steps; i++) {
		double y = v->height - v->bottom;

		for (k = 0; k < sizeof layers / sizeof layers[0]; k++) {
			double h = plot_height(v) * c->n[i][layers[k].result] / (double)highest;

			if (h <= 0)
				continue;
			h = h < 0.8 ? 0.8 : h; /* one of thousands is still to be seen */
			y -= h;
			fprintf(out, "<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"/>", layers[k].class,
				v->left + slot * (double)i + gap / 2, y, slot - gap, h);
		}
	}
}

static void describe(const struct curve *c, size_t steps, FILE *out)
{
	char from[STAMP_SIZE], to[STAMP_SIZE];

	fprintf(out, "%zu steps of %llu seconds from %s to %s; at most %u logins in one.", steps, (unsigned long long)c->step,
		stamp(curve_start(c, 0), from), stamp(curve_start(c, steps), to), curve_highest(c));
}

void svg_curve(FILE *out, const struct curve *c, const char *id, const char *title, bool small)
{
	const struct canvas *v = small ? &little : &large;
	size_t steps = curve_steps(c), least = small ? 32 : 24, slots = steps > least ? steps : least;
	uint64_t highest = small ? curve_highest(c) : round_up(curve_highest(c));

	if (steps == 0)
		return;
	fprintf(out, "<svg class=\"chart%s\" role=\"img\" viewBox=\"0 0 %u %u\" aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">",
		small ? " small" : "", v->width, v->height, id, id, id);
	html_text(out, title);
	fprintf(out, "</title><desc id=\"%s-d\">", id);
	describe(c, steps, out);
	fputs("</desc>", out);
	if (!small) {
		draw_grid(out, v, highest);
		draw_ticks(out, v, c, steps, slots);
	} else {
		fprintf(out, "<line class=\"axis\" x1=\"0\" x2=\"%u\" y1=\"%u\" y2=\"%u\"/>", v->width, v->height - 2, v->height - 2);
	}
	draw_bars(out, v, c, steps, slots, highest);
	fputs("</svg>\n", out);
}

void svg_parts(FILE *out, const struct svg_part *part, size_t n, const char *id, const char *title)
{
	uint64_t all = 0;
	double x = 0, width;
	size_t i;

	for (i = 0; i < n; i++)
		all += part[i].n;
	if (all == 0)
		return;
	fprintf(out, "<svg class=\"parts\" role=\"img\" viewBox=\"0 0 960 28\" preserveAspectRatio=\"none\" "
		     "aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">%s</title><desc id=\"%s-d\">", id, id, id, title, id);
	for (i = 0; i < n; i++)
		if (part[i].n > 0)
			fprintf(out, "%s: %llu. ", part[i].name, (unsigned long long)part[i].n);
	fputs("</desc>", out);
	for (i = 0; i < n; i++) {
		width = 960.0 * (double)part[i].n / (double)all;
		if (part[i].n > 0)
			fprintf(out, "<rect class=\"%s\" x=\"%.2f\" y=\"0\" width=\"%.2f\" height=\"28\"/>", part[i].class, x,
				width > 2 ? width - 1 : width);
		x += width;
	}
	fputs("</svg>\n<ul class=\"legend\">", out);
	for (i = 0; i < n; i++) {
		if (part[i].n == 0)
			continue;
		fprintf(out, "<li><span class=\"key %s\"></span>%s <b>", part[i].class, part[i].name);
		html_number(out, part[i].n);
		fputs("</b></li>", out);
	}
	fputs("</ul>\n", out);
}
