/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings that the command line leaves behind, for main.c to act on. */
#ifndef PLAINPOP_CLI_IMPL_H
#define PLAINPOP_CLI_IMPL_H

#include "plainpop/proc.h"

enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1, /* while running */
	EXIT_WRONG = 2,  /* command line, configuration or rules: nothing was started */
};

#define DEFAULT_PORTS "110,995"
#define DEFAULT_SECRET_KEY "/etc/plainpop/secret.key"
#define DEFAULT_SERVERS "/var/lib/plainpop/servers.json"

struct strings {
	const char **p;
	size_t n;
};

struct settings {
	struct strings read, interface, output, rules, rules_only, variables;
	const char *filter, *filter_file, *ports, *secrets, *secret_key, *breached, *servers, *checksums;
	char *filter_words; /* behind -- or the options; heap */
	const char *classifications, *references, *thresholds;
	uint32_t buffer_size, snaplen; /* MiB, bytes; 0: the default */
	uint32_t explain; /* a sid; 0: none */
	bool test, any_port, version, help, strict_rules, list_rules, immediate, no_promiscuous;
	int verbose; /* below 0: quiet */
};

/* Reads the command line. 0, or -1 when it is wrong; what and where has been said. */
int options_read(int argc, char **argv, struct settings *s);
void options_free(struct settings *s);

/* The help text, from the table. */
void options_help(void);

/* ---- rules.c ---- */

/*
 * The rules that the settings ask for; *wrong: how many could not be used. old: those that they replace, or NULL. NULL
 * when a file could not be read, or nothing is left; why was said.
 */
struct ruleset *rules_load(const struct settings *s, const struct ruleset *old, size_t *wrong);
/* How many are good, for -T. The exit status. */
int rules_test(const struct ruleset *rs, size_t wrong);
/* A line a rule, on standard output. */
void rules_list(const struct ruleset *rs);
/* All there is to say of one. The exit status. */
int rules_explain(const struct ruleset *rs, uint32_t sid);

/* ---- servers.c ---- */

/* `plainpop servers [FILE]`; argv[0] is "servers". The exit status. */
int servers_command(int argc, char **argv);

#endif
