/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options, for the manual pages. */
#include "../src/cli/cli_impl.h"
#include "pages.h"

static bool option_said[OPTION_MAX];

static enum option_id option_by_name(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < OPTION_MAX; i++)
		if (strlen(option_rows[i].name) == n && strncmp(option_rows[i].name, name, n) == 0)
			return (enum option_id)i;
	fault("there is no option %.*s", (int)n, name);
	return OPTION_MAX;
}

/* FILE as file; MiB as it is. */
static void put_argument(const char *argument, size_t n)
{
	bool upper = true;
	size_t i;

	for (i = 0; i < n; i++)
		upper = upper && (argument[i] < 'a' || argument[i] > 'z');
	fputs("Ar ", out);
	for (i = 0; i < n; i++)
		fputc(upper && argument[i] >= 'A' && argument[i] <= 'Z' ? argument[i] - 'A' + 'a' : argument[i], out);
}

/* "a|b" */
static void put_choice(const char *argument)
{
	fputs("Cm ", out);
	for (; *argument != '\0'; argument++)
		fprintf(out, *argument == '|' ? " %c " : "%c", *argument);
}

static void put_option(const struct option_row *o)
{
	const char *equals = o->argument != NULL ? strchr(o->argument, '=') : NULL;
	size_t n = o->argument != NULL ? strlen(o->argument) : 0;

	fputs(" Fl ", out);
	if (o->letter != 0)
		fprintf(out, "%c , ", o->letter);
	fprintf(out, n > 0 ? "-%s " : "-%s", o->name);
	if (n > 0 && strchr(o->argument, '|') != NULL) {
		put_choice(o->argument);
	} else if (equals != NULL) {
		put_argument(o->argument, (size_t)(equals - o->argument));
		fputs(" Ns = Ns ", out);
		put_argument(equals + 1, strlen(equals + 1));
	} else if (n > 3 && strcmp(o->argument + n - 3, "...") == 0) {
		put_argument(o->argument, n - 3);
		fputs(" ...", out);
	} else if (n > 0) {
		put_argument(o->argument, n);
	}
}

void expand_option(const char *rest)
{
	const char *between = ".It";
	enum option_id id;
	size_t n;

	for (; *rest != '\0'; rest += n + (rest[n] == ' ' ? 1 : 0)) {
		n = strcspn(rest, " ");
		id = option_by_name(rest, n);
		if (id == OPTION_MAX)
			return;
		say_once(&option_said[id], option_rows[id].name);
		fputs(between, out);
		put_option(&option_rows[id]);
		between = " ,";
	}
	fputc('\n', out);
}

static bool is_key(const struct option_row *o)
{
	return o->set != NULL && o->kind != KIND_COMMAND;
}

/* What its value is: a choice of words, MiB, seconds, or of what kind. */
static void put_kind(const struct option_row *o)
{
	static const char *const kinds[] = { [KIND_FLAG] = "flag", [KIND_NUMBER] = "number", [KIND_TEXT] = "text", [KIND_LIST] = "list",
					     [KIND_NAMES] = "list" };
	const char *argument = o->argument != NULL ? o->argument : "";

	if (strchr(argument, '|') != NULL)
		put_choice(argument);
	else if (o->kind == KIND_NUMBER && strlen(argument) > 1)
		put_argument(argument, strlen(argument));
	else
		fputs(kinds[o->kind], out);
}

void expand_keys(void)
{
	const struct option_row *o;

	for (o = option_rows; o < option_rows + OPTION_MAX; o++) {
		if (!is_key(o))
			continue;
		fprintf(out, ".It Ic %s Pq ", o->name);
		put_kind(o);
		if (o->preset != NULL)
			fprintf(out, " , default %s %s", *o->preset == '/' ? "Pa" : "Cm", o->preset);
		fputc('\n', out);
		put_sentence(o->help);
	}
}

void expand_groups(void)
{
	const char *between;
	unsigned group;
	size_t i;

	for (group = GROUP_ALONE + 1; group <= GROUP_LOUDNESS; group++) {
		between = ".It\n.Ic ";
		for (i = 0; i < OPTION_MAX; i++) {
			if (option_rows[i].group != group)
				continue;
			fprintf(out, "%s%s", between, option_rows[i].name);
			between = " , ";
		}
		fputc('\n', out);
	}
}

void expand_commands(void)
{
	const char *between = ".Ic ";
	size_t i;

	for (i = 0; i < OPTION_MAX; i++) {
		if (option_rows[i].set == NULL || option_rows[i].kind != KIND_COMMAND)
			continue;
		fprintf(out, "%s%s", between, option_rows[i].name);
		between = " , ";
	}
	fputs(" .\n", out);
}

/* The default of an option. */
void expand_default(const char *name, size_t n)
{
	enum option_id id = option_by_name(name, n);

	if (id != OPTION_MAX && option_rows[id].preset == NULL)
		fault("%.*s has no default", (int)n, name);
	else if (id != OPTION_MAX)
		fputs(option_rows[id].preset, out);
}

void options_said(void)
{
	size_t i;

	for (i = 0; i < OPTION_MAX; i++)
		if (option_rows[i].set != NULL && !option_said[i])
			fault("no page has the option %s", option_rows[i].name);
}
