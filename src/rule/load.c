/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files to text, and the lines of the configuration files that rules come with to those who read them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "impl.h"

#define MAX_FILE (64u << 20)

/* The whole of a file. Heap; NULL with errno. */
static uint8_t *read_whole(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rbe");
	uint8_t *text = NULL;
	size_t cap = 0;
	int error = 0;

	*n = 0;
	if (f == NULL)
		return NULL;
	do {
		uint8_t *bigger;

		cap = cap == 0 ? 65536 : 2 * cap;
		bigger = cap <= MAX_FILE ? realloc(text, cap) : NULL;
		if (bigger == NULL) {
			error = cap <= MAX_FILE ? ENOMEM : EFBIG;
			break;
		}
		text = bigger;
		*n += fread(text + *n, 1, cap - *n, f);
		if (ferror(f))
			error = errno;
	} while (*n == cap && error == 0);
	fclose(f);
	if (error != 0) {
		free(text);
		text = NULL;
		errno = error;
	}
	return text;
}

int ruleset_load(struct ruleset *rs, const char *path, rule_report *report, void *ctx)
{
	size_t n;
	uint8_t *text = read_whole(path, &n);
	int wrong;

	if (text == NULL)
		return -1;
	wrong = ruleset_parse(rs, path, span_of(text, n), report, ctx);
	free(text);
	return wrong;
}

int ruleset_load_config(struct ruleset *rs, enum rule_file what, const char *path, rule_report *report, void *ctx)
{
	size_t n;
	uint8_t *text = read_whole(path, &n);
	int wrong;

	if (text == NULL)
		return -1;
	wrong = ruleset_parse_config(rs, what, path, span_of(text, n), report, ctx);
	free(text);
	return wrong;
}

/* Bytes up to the line's end, or to that of the lines it is continued on by `\`. */
static size_t whole_line(struct span text)
{
	size_t n = 0;

	for (;;) {
		const uint8_t *lf = memchr(text.p + n, '\n', text.n - n);
		size_t end = lf != NULL ? (size_t)(lf - text.p) : text.n;
		size_t last = end > n && text.p[end - 1] == '\r' ? end - 1 : end;

		if (lf == NULL || last == n || text.p[last - 1] != '\\')
			return end;
		n = end + 1;
	}
}

/* Makes blanks of what continues lines, so that places stay what they are. */
static void join(uint8_t *line, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++) /* a backslash is before it */
		if (line[i] == '\n') {
			size_t back = line[i - 1] == '\r' ? 2 : 1;

			line[i] = line[i - 1] = ' ';
			if (i >= back)
				line[i - back] = ' ';
		}
}

static const char *read_line(struct ruleset *rs, enum rule_file what, struct span line, size_t *column)
{
	switch (what) {
	case RULE_FILE_CLASSES:
		return class_line(rs, line, column);
	case RULE_FILE_REFERENCES:
		return reference_line(rs, line, column);
	case RULE_FILE_THRESHOLDS:
		break;
	}
	return threshold_line(rs, line, column);
}

/* Where in the text an offset is. */
static void place(struct diag *d, struct span text, size_t at)
{
	size_t i;

	d->column = 1;
	for (i = 0; i < at && i < text.n; i++) {
		d->column++;
		if (text.p[i] == '\n') {
			d->line++;
			d->column = 1;
		}
	}
}

int ruleset_parse_config(struct ruleset *rs, enum rule_file what, const char *name, struct span text,
			 rule_report *report, void *ctx)
{
	unsigned line = 1;
	int wrong = 0;

	while (text.n > 0) {
		size_t n = whole_line(text), i, column = 0;
		uint8_t *copy = malloc(n + 1);
		struct diag d = { .line = line };
		const char *why = "out of memory";

		if (copy != NULL) {
			struct span s;

			memcpy(copy, text.p, n);
			join(copy, n);
			s = trim(span_of(copy, n));
			why = NULL;
			if (s.n > 0 && s.p[0] != '#')
				why = read_line(rs, what, s, &column);
			column += (size_t)(s.p - copy);
			free(copy);
		}
		if (why != NULL) {
			snprintf(d.file, sizeof d.file, "%s", name);
			snprintf(d.message, sizeof d.message, "%s", why);
			place(&d, text, column);
			report(ctx, &d);
			wrong++;
		}
		for (i = 0; i <= n && i < text.n; i++)
			line += text.p[i] == '\n' ? 1 : 0;
		text = span_skip(text, n < text.n ? n + 1 : n);
	}
	return wrong;
}
