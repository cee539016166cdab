/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line, by the table options.def. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli_impl.h"

static bool append(struct strings *list, const char *s)
{
	const char **bigger = realloc(list->p, (list->n + 1) * sizeof *list->p);

	if (bigger == NULL) {
		log_error("out of memory");
		return false;
	}
	list->p = bigger;
	list->p[list->n++] = s;
	return true;
}

/* ---- what each option does ---- */

static bool set_read(struct settings *s, const char *v)
{
	return append(&s->read, v);
}

static bool set_interface(struct settings *s, const char *v)
{
	return append(&s->interface, v);
}

static bool set_output(struct settings *s, const char *v)
{
	return append(&s->output, v);
}

static bool set_rules_only(struct settings *s, const char *v)
{
	return append(&s->rules_only, v);
}

static bool set_rules(struct settings *s, const char *v)
{
	return append(&s->rules, v);
}

static bool set_variable(struct settings *s, const char *v)
{
	const char *equals = strchr(v, '=');

	if (equals == NULL || equals == v || equals[1] == '\0') {
		log_error("--variable %s: expected NAME=LIST", v);
		return false;
	}
	return append(&s->variables, v);
}

static bool set_classifications(struct settings *s, const char *v)
{
	s->classifications = v;
	return true;
}

static bool set_references(struct settings *s, const char *v)
{
	s->references = v;
	return true;
}

static bool set_thresholds(struct settings *s, const char *v)
{
	s->thresholds = v;
	return true;
}

static bool set_strict_rules(struct settings *s, const char *v)
{
	(void)v;
	return s->strict_rules = true;
}

static bool set_list_rules(struct settings *s, const char *v)
{
	(void)v;
	return s->list_rules = true;
}

static bool set_explain(struct settings *s, const char *v)
{
	char *end;
	unsigned long sid = strtoul(v, &end, 10);

	if (*v < '0' || *v > '9' || *end != '\0' || sid == 0 || sid > UINT32_MAX) {
		log_error("--explain %s: expected the number of a rule", v);
		return false;
	}
	s->explain = (uint32_t)sid;
	return true;
}

static bool set_any_port(struct settings *s, const char *v)
{
	(void)v;
	s->any_port = true;
	return true;
}

static bool set_test(struct settings *s, const char *v)
{
	(void)v;
	return s->test = true;
}

static bool set_ports(struct settings *s, const char *v)
{
	s->ports = v;
	return true;
}

static bool set_secrets(struct settings *s, const char *v)
{
	s->secrets = v;
	return true;
}

static bool set_secret_key(struct settings *s, const char *v)
{
	s->secret_key = v;
	return true;
}

static bool set_breached(struct settings *s, const char *v)
{
	s->breached = v;
	return true;
}

static bool set_servers(struct settings *s, const char *v)
{
	s->servers = v;
	return true;
}

static bool set_checksums(struct settings *s, const char *v)
{
	s->checksums = v;
	return true;
}

static bool set_filter(struct settings *s, const char *v)
{
	s->filter = v;
	return true;
}

static bool set_filter_file(struct settings *s, const char *v)
{
	s->filter_file = v;
	return true;
}

/* A whole number from lowest to highest. False when it is none; why has been said. */
static bool number(const char *name, const char *v, uint32_t lowest, uint32_t highest, uint32_t *out)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(v, &end, 10);
	if (*v < '0' || *v > '9' || *end != '\0' || errno != 0 || n < lowest || n > highest) {
		log_error("--%s %s: expected a number from %u to %u", name, v, lowest, highest);
		return false;
	}
	*out = (uint32_t)n;
	return true;
}

static bool set_buffer_size(struct settings *s, const char *v)
{
	return number("buffer-size", v, 1, CAPTURE_BUFFER_MAX >> 20, &s->buffer_size);
}

static bool set_snaplen(struct settings *s, const char *v)
{
	return number("snaplen", v, CAPTURE_SNAPLEN_MIN, CAPTURE_SNAPLEN, &s->snaplen);
}

static bool set_immediate(struct settings *s, const char *v)
{
	(void)v;
	return s->immediate = true;
}

static bool set_no_promiscuous(struct settings *s, const char *v)
{
	(void)v;
	return s->no_promiscuous = true;
}

static bool set_workers(struct settings *s, const char *v)
{
	char *end;
	long n = strtol(v, &end, 10);

	(void)s;
	if (*v == '\0' || *end != '\0' || n < 1) {
		log_error("-w %s: expected a number of sensor processes", v);
		return false;
	}
	if (n > 1)
		log_error("-w %s: more than one sensor process is not supported yet", v);
	return n == 1;
}

static bool set_verbose(struct settings *s, const char *v)
{
	(void)v;
	s->verbose++;
	return true;
}

static bool set_quiet(struct settings *s, const char *v)
{
	(void)v;
	s->verbose--;
	return true;
}

static bool set_version(struct settings *s, const char *v)
{
	(void)v;
	return s->version = true;
}

static bool set_help(struct settings *s, const char *v)
{
	(void)v;
	return s->help = true;
}

/* ---- the table ---- */

static const struct {
	int letter;
	const char *name, *argument, *help;
	bool (*set)(struct settings *, const char *); /* NULL: not supported yet */
} options[] = {
#define OPTION(symbol, letter, name, argument, help) { letter, name, argument, help, set_##symbol },
#define LATER(letter, name, argument, help) { letter, name, argument, help, NULL },
#include "options.def"
#undef OPTION
#undef LATER
};

#define N_OPTIONS (sizeof options / sizeof options[0])
#define LONG_ONLY 256 /* what getopt_long returns for row i without a letter: LONG_ONLY + i */

static const char *const subcommands[] = { "report", "top", "ctl" };

void options_help(void)
{
	size_t i;

	puts("plainpop finds POP3 logins whose credentials cross the wire in the clear.\n\n"
	     "    plainpop [options] -r PATH... [-- 'BPF expression']\n"
	     "    plainpop [options] -i INTERFACE ['BPF expression']\n"
	     "    plainpop servers [FILE]\n");
	for (i = 0; i < N_OPTIONS; i++) {
		char left[40];

		if (options[i].letter != 0)
			snprintf(left, sizeof left, "-%c, --%s %s", options[i].letter, options[i].name,
				 options[i].argument != NULL ? options[i].argument : "");
		else
			snprintf(left, sizeof left, "    --%s %s", options[i].name,
				 options[i].argument != NULL ? options[i].argument : "");
		printf("  %-24s %s%s\n", left, options[i].help,
		       options[i].set == NULL ? " (not supported yet)" : "");
	}
	puts("\nExamples:\n"
	     "    plainpop -r yesterday.pcap              logins in a capture, as text on a terminal\n"
	     "    plainpop -r captures/ -o alerts.json    a directory of captures, EVE to a file\n"
	     "    plainpop -i eth1 -o /var/log/plainpop/eve.json,types=alert\n"
	     "\n"
	     "Exit status: 0 done, 1 something failed while running, 2 the command line or the rules are wrong.\n"
	     "plainpop(8) says more.");
}

/* getopt's short options: "+" so that it stops at words, ":" for our own messages. */
static void short_options(char *out)
{
	size_t i;

	*out++ = '+';
	*out++ = ':';
	for (i = 0; i < N_OPTIONS; i++) {
		if (options[i].letter == 0)
			continue;
		*out++ = (char)options[i].letter;
		if (options[i].argument != NULL)
			*out++ = ':';
	}
	*out = '\0';
}

static void long_options(struct option *out)
{
	size_t i;

	for (i = 0; i < N_OPTIONS; i++)
		*out++ = (struct option){ .name = options[i].name,
					  .has_arg = options[i].argument != NULL ? required_argument : no_argument,
					  .val = options[i].letter != 0 ? options[i].letter : LONG_ONLY + (int)i };
	*out = (struct option){ 0 };
}

static bool set_option(struct settings *s, int value, const char *argument)
{
	size_t i;

	for (i = 0; i < N_OPTIONS; i++) {
		if (value != (options[i].letter != 0 ? options[i].letter : LONG_ONLY + (int)i))
			continue;
		if (options[i].set != NULL)
			return options[i].set(s, argument);
		log_error("--%s is not supported yet", options[i].name);
		return false;
	}
	return false;
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
	return true;
}

static bool bad_option(int value, char **argv)
{
	const char *word = argv[optind - 1];

	/* getopt names a letter in optopt, and a long option not at all. */
	if (strncmp(word, "--", 2) == 0)
		log_error("%s: %s", word, value == ':' ? "an argument is missing" : "no such option");
	else
		log_error("-%c: %s", optopt, value == ':' ? "an argument is missing" : "no such option");
	log_error("`plainpop --help' lists the options");
	return false;
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/* A word that is no option: part of a filter, where one may stand. */
static bool take_word(struct settings *s, const char *word)
{
	size_t i;

	for (i = 0; s->read.n + s->interface.n == 0 && i < sizeof subcommands / sizeof subcommands[0]; i++)
		if (strcmp(word, subcommands[i]) == 0) {
			log_error("plainpop %s is not supported yet", word);
			return false;
		}
	if (s->interface.n == 0) {
		log_error("%s: what is this? captures stand behind -r, a BPF expression behind --", word);
		return false;
	}
	return add_filter_word(s, word);
}

int options_read(int argc, char **argv, struct settings *s)
{
	char letters[2 * N_OPTIONS + 3];
	struct option names[N_OPTIONS + 1];
	int value;

	memset(s, 0, sizeof *s);
	short_options(letters);
	long_options(names);
	for (;;) {
		value = getopt_long(argc, argv, letters, names, NULL);
		if (value == '?' || value == ':')
			return bad_option(value, argv) ? 0 : -1;
		if (value != -1) {
			if (!set_option(s, value, optarg))
				return -1;
			/* -r takes every word up to the next option. */
			while (value == 'r' && optind < argc && !is_option(argv[optind]))
				if (!append(&s->read, argv[optind++]))
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

void options_free(struct settings *s)
{
	free(s->read.p);
	free(s->interface.p);
	free(s->output.p);
	free(s->rules.p);
	free(s->rules_only.p);
	free(s->variables.p);
	free(s->filter_words);
}
