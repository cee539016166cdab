/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Makes the manual pages: pages FOLDER PAGE.in..., each to FOLDER/PAGE. A line that begins with @ stands for what the
 * program has in a table, so that nobody writes it twice:
 *
 *   @option NAME...   heads of options, as in options.def
 *   @keys, @groups, @commands
 *                     those that are keys of the file, with kind, default and help; those of which one takes the place
 *                     of the others; those that are for the command line alone
 *   @keyword NAME...  the head of a rule keyword, with its arguments, and which events have it
 *   @field SET KEY    the head of a field of fields.def; what other formats call it goes behind the text below it
 *   @format NAME, @takes NAME
 *                     its head; which records it takes
 *   @mechanisms, @counters
 *   @anomalies records|rules
 *
 * and @{NAME} in a line for the default of an option. A row that no page has is an error, and so are a target that outputs
 * have and a port that tunnels have which plainpop.8 does not name: then nothing is written.
 */
#include <ctype.h>
#include <err.h>
#include <stdarg.h>
#include <stdlib.h>

#include "pages.h"

#define PAGES_MAX 16

/* Tables that are said at one place, as a whole. */
enum { KEYS, GROUPS, COMMANDS, MECHANISMS, COUNTERS, ANOMALIES, ANOMALIES_OF_RULES, WHOLE_MAX };
static const char *const wholes[WHOLE_MAX] = {
	"keys", "groups", "commands", "mechanisms", "counters", "anomalies records", "anomalies rules"
};

static bool whole_said[WHOLE_MAX];

FILE *out;
static const char *page; /* its name, */
static unsigned line;    /* and the line at hand */
static unsigned faults;

void __attribute__((format(printf, 1, 2))) fault(const char *fmt, ...)
{
	va_list ap;

	if (line > 0)
		fprintf(stderr, "%s:%u: ", page, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	faults++;
}

void say_once(bool *said, const char *name)
{
	if (*said)
		fault("%s is there twice", name);
	*said = true;
}

void put_sentence(const char *text)
{
	if (*text == '.' || *text == '\'' || *text == '@')
		fputs("\\&", out);
	else if (*text != '\0')
		fputc(toupper((unsigned char)*text++), out);
	for (; *text != '\0'; text++)
		fprintf(out, *text == '\\' ? "\\e" : "%c", *text);
	fputs(".\n", out);
}

/* ---- lines ---- */

static void expand_whole(const char *name)
{
	size_t i;

	for (i = 0; i < WHOLE_MAX && strcmp(wholes[i], name) != 0; i++)
		;
	if (i == WHOLE_MAX) {
		fault("there is no @%s", name);
		return;
	}
	say_once(&whole_said[i], name);
	switch (i) {
	case KEYS: expand_keys(); break;
	case GROUPS: expand_groups(); break;
	case COMMANDS: expand_commands(); break;
	case MECHANISMS: expand_mechanisms(); break;
	case COUNTERS: expand_counters(); break;
	default: expand_anomalies(i == ANOMALIES_OF_RULES);
	}
}

static const char *behind(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0 ? text + strlen(start) : NULL;
}

static void expand(const char *text)
{
	const char *rest;

	if ((rest = behind(text, "option ")) != NULL)
		expand_option(rest);
	else if ((rest = behind(text, "keyword ")) != NULL)
		expand_keyword(rest);
	else if ((rest = behind(text, "field ")) != NULL)
		expand_field(rest);
	else if ((rest = behind(text, "format ")) != NULL)
		expand_format(rest, false);
	else if ((rest = behind(text, "takes ")) != NULL)
		expand_format(rest, true);
	else
		expand_whole(text);
}

/* A line as it is, but for defaults. */
static void copy(const char *text)
{
	const char *at, *end;

	while ((at = strstr(text, "@{")) != NULL && (end = strchr(at, '}')) != NULL) {
		fwrite(text, 1, (size_t)(at - text), out);
		expand_default(at + 2, (size_t)(end - at) - 2);
		text = end + 1;
	}
	fprintf(out, "%s\n", text);
}

static void make_page(void)
{
	FILE *in = fopen(page, "re");
	char *text = NULL;
	size_t room = 0;
	ssize_t n;

	if (in == NULL)
		err(1, "%s", page);
	for (line = 1; (n = getline(&text, &room, in)) > 0; line++) {
		text[strcspn(text, "\n")] = '\0';
		if (strcmp(text, ".El") == 0 || behind(text, "@field ") != NULL)
			end_field();
		if (text[0] == '@' && text[1] != '{')
			expand(text + 1);
		else
			copy(text);
	}
	line = 0;
	free(text);
	fclose(in);
}

/* ---- all of it ---- */

/* FOLDER/NAME for .../NAME.in */
static void write_page(const char *folder, const char *from, const char *text)
{
	const char *name = strrchr(from, '/') != NULL ? strrchr(from, '/') + 1 : from;
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%.*s", folder, (int)(strlen(name) - strlen(".in")), name);
	f = fopen(path, "we");
	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		err(1, "%s", path);
}

int main(int argc, char **argv)
{
	char *text[PAGES_MAX] = { NULL }, *all = NULL;
	size_t size[PAGES_MAX], n;
	FILE *whole = open_memstream(&all, &n);
	int i;

	if (argc < 3 || argc - 2 > PAGES_MAX || whole == NULL)
		errx(2, "usage: pages FOLDER PAGE.in...");
	for (i = 2; i < argc; i++) {
		page = argv[i];
		out = open_memstream(&text[i - 2], &size[i - 2]);
		if (out == NULL)
			err(1, NULL);
		make_page();
		fclose(out);
		fputs(text[i - 2], whole);
	}
	fclose(whole);
	options_said();
	tables_said(all);
	for (i = 0; i < WHOLE_MAX; i++)
		if (!whole_said[i])
			fault("no page has @%s", wholes[i]);
	for (i = 2; i < argc; i++) {
		if (faults == 0)
			write_page(argv[1], argv[i], text[i - 2]);
		free(text[i - 2]);
	}
	free(all);
	return faults == 0 ? 0 : 1;
}
