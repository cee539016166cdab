/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line, by the table options.def. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli_impl.h"

#define LONG_ONLY 256 /* what getopt_long returns for row i without a letter: LONG_ONLY + i */

static void help_option(const struct option_row *o, bool all)
{
	const char *argument = o->argument != NULL ? o->argument : "";
	char left[64];

	if (o->letter != 0)
		snprintf(left, sizeof left, "-%c, --%s %s", o->letter, o->name, argument);
	else
		snprintf(left, sizeof left, "    --%s %s", o->name, argument);
	printf("  %-24s %s", left, all ? o->help : o->brief);
	/* Of a flag, or of what is counted, nobody asks. */
	if (all && o->argument != NULL && o->preset != NULL)
		printf(" (default %s)", o->preset);
	puts(o->set == NULL ? " (not supported yet)" : "");
}

void options_help(bool all)
{
	size_t i;

	puts("plainpop finds POP3 logins whose credentials cross the wire in the clear.\n\n"
	     "  plainpop -r PATH... [options] [-- 'BPF expression']    replay captures\n"
	     "  plainpop -i NAME [options] ['BPF expression']          watch an interface");
	puts(all ? "  plainpop report EVE-FILE... | -r CAPTURE... [-o PATH]  a page of it, JSON, or CSV\n"
		   "  plainpop top [--control PATH] [--once]                 how it is just now\n"
		   "  plainpop ctl [--control PATH] stats | reload | reopen | version | servers | top\n"
		   "  plainpop servers [FILE]                                what is known of servers\n"
		 : "  plainpop report | top | ctl | servers   a page of it; how it is, what it knows\n");
	for (i = 0; i < OPTION_MAX; i++)
		if (all || option_rows[i].brief != NULL)
			help_option(&option_rows[i], all);
	puts("\n  plainpop -r yesterday.pcap.gz                logins in a capture, and a table\n"
	     "  plainpop -i eth1 -o eve.json,types=alert     alerts of an interface, to a file\n"
	     "Exit status 0: done, 1: something failed, 2: nothing was started. man plainpop");
}

/* getopt's short options: "+" so that it stops at words, ":" for our own messages. */
static void short_options(char *out)
{
	size_t i;

	*out++ = '+';
	*out++ = ':';
	for (i = 0; i < OPTION_MAX; i++) {
		if (option_rows[i].letter == 0)
			continue;
		*out++ = (char)option_rows[i].letter;
		if (option_rows[i].argument != NULL)
			*out++ = ':';
	}
	*out = '\0';
}

/* A flag, or what is counted, may also be told its value: --any-port=no. */
static int argument_of(const struct option_row *o)
{
	return o->argument != NULL ? required_argument : o->kind == KIND_COMMAND ? no_argument : optional_argument;
}

static void long_options(struct option *out)
{
	size_t i;

	for (i = 0; i < OPTION_MAX; i++)
		*out++ = (struct option){ .name = option_rows[i].name,
					  .has_arg = argument_of(&option_rows[i]),
					  .val = option_rows[i].letter != 0 ? option_rows[i].letter : LONG_ONLY + (int)i };
	*out = (struct option){ 0 };
}

static bool set_option(struct settings *s, enum option_id id, const char *v)
{
	const struct option_row *o = &option_rows[id];
	const char *equals = v != NULL ? " " : "";

	if (settings_set(s, id, v))
		return true;
	if (o->letter != 0)
		log_error("-%c%s%s: %s", o->letter, equals, v != NULL ? v : "", s->problem);
	else
		log_error("--%s%s%s: %s", o->name, equals, v != NULL ? v : "", s->problem);
	return false;
}

/* The row that getopt_long() means. */
static enum option_id option_of(int value)
{
	size_t i;

	for (i = 0; i + 1 < OPTION_MAX; i++)
		if (value == (option_rows[i].letter != 0 ? option_rows[i].letter : LONG_ONLY + (int)i))
			break;
	return (enum option_id)i;
}

/* One more word of a BPF expression. */
static bool add_filter_word(struct settings *s, const char *word)
{
	size_t have = s->filter_words != NULL ? strlen(s->filter_words) : 0, n = strlen(word);
	char *bigger = realloc(s->filter_words, have + n + 2);

	if (bigger == NULL) {
		log_error("out of memory");
		return false;
	}
	snprintf(bigger + have, n + 2, "%s%s", have > 0 ? " " : "", word);
	s->filter_words = bigger;
	s->given[OPTION_filter] = true;
	return true;
}

static bool bad_option(int value, char **argv)
{
	const char *word = argv[optind - 1], *meant;

	/* getopt names a letter in optopt, and a long option not at all. */
	if (strncmp(word, "--", 2) == 0) {
		meant = value == ':' ? NULL : option_nearest(span_of(word + 2, strcspn(word + 2, "=")));
		log_error("%s: %s%s%s%s", word, value == ':' ? "an argument is missing" : "no such option",
			  meant != NULL ? "; is --" : "", meant != NULL ? meant : "", meant != NULL ? " meant?" : "");
	} else {
		log_error("-%c: %s", optopt, value == ':' ? "an argument is missing" : "no such option");
	}
	log_error("`plainpop --help' lists the options, `plainpop --help-all' all of them");
	return false;
}

bool option_value(const char *name, char **argv, int argc, int *i, const char **value)
{
	size_t n = strlen(name);

	if (strncmp(argv[*i], name, n) != 0 || (argv[*i][n] != '\0' && argv[*i][n] != '='))
		return false;
	if (argv[*i][n] == '=')
		*value = argv[*i] + n + 1;
	else
		*value = *i + 1 < argc ? argv[++*i] : NULL;
	return true;
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/* A word that is no option: part of a filter, where one may stand. */
static bool take_word(struct settings *s, const char *word)
{
	if (s->interface.n == 0) {
		log_error("%s: what is this? captures stand behind -r, a BPF expression behind --", word);
		return false;
	}
	return add_filter_word(s, word);
}

int options_read(int argc, char **argv, struct settings *s)
{
	char letters[2 * OPTION_MAX + 3];
	struct option names[OPTION_MAX + 1];
	int value;

	memset(s, 0, sizeof *s);
	short_options(letters);
	long_options(names);
	for (;;) {
		value = getopt_long(argc, argv, letters, names, NULL);
		if (value == '?' || value == ':')
			return bad_option(value, argv) ? 0 : -1;
		if (value != -1) {
			if (!set_option(s, option_of(value), optarg))
				return -1;
			/* -r takes every word up to the next option. */
			while (value == 'r' && optind < argc && !is_option(argv[optind]))
				if (!set_option(s, OPTION_read, argv[optind++]))
					return -1;
			continue;
		}
		if (optind > 1 && strcmp(argv[optind - 1], "--") == 0)
			break;
		if (optind >= argc)
			return 0;
		if (!take_word(s, argv[optind++]))
			return -1;
	}
	while (optind < argc)
		if (!add_filter_word(s, argv[optind++]))
			return -1;
	return 0;
}
