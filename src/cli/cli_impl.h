/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings that command line and configuration file leave behind, for main.c to act on. */
#ifndef PLAINPOP_CLI_IMPL_H
#define PLAINPOP_CLI_IMPL_H

#include <stdio.h>

#include "plainpop/proc.h"

enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1, /* while running */
	EXIT_WRONG = 2,  /* command line, configuration or rules: nothing was started */
};

#define DEFAULT_CONFIG "/etc/plainpop/plainpop.yaml"
#define DEFAULT_SECRET_KEY "/etc/plainpop/secret.key"
#define DEFAULT_CONTROL "/run/plainpop/control"
#define DEFAULT_SERVERS "/var/lib/plainpop/servers.json"

/* ---- options: the table ---- */

enum option_id {
#define OPTION(symbol, ...) OPTION_##symbol,
#define LATER(symbol, ...) OPTION_##symbol,
#include "options.def"
#undef OPTION
#undef LATER
	OPTION_MAX
};

/* What a value is, which in the file makes a difference. */
enum option_kind {
	KIND_FLAG,    /* yes or no */
	KIND_NUMBER,  /* without an argument (-v) it counts how often it is given */
	KIND_TEXT,
	KIND_LIST,    /* repeatable; the command line's replaces the file's */
	KIND_NAMES,   /* NAME=..., repeatable; the command line's replace those of the same name */
	KIND_COMMAND, /* for the command line alone */
};

/* Options that say the same thing in different ways: one of them on the command line takes all of them out of the file. */
enum option_group {
	GROUP_ALONE, /* none but itself */
	GROUP_INPUT,
	GROUP_RULES,
	GROUP_FILTER,
	GROUP_LOUDNESS,
};

struct settings;

struct option_row {
	int letter; /* 0: none */
	const char *name, *argument;
	enum option_kind kind;
	enum option_group group;
	const char *preset; /* what it is when nobody says; NULL: unset */
	const char *help;
	const char *brief; /* the same in few words, for --help; NULL: it is not among the options that are used most */
	/* False: why not is in s->problem. NULL: not supported yet. v: NULL only where argument is. */
	bool (*set)(struct settings *s, const char *v);
};

extern const struct option_row option_rows[OPTION_MAX];

/* ---- settings ---- */

struct strings {
	const char **p;
	size_t n;
};

struct settings {
	struct strings read, interface, output, rules, rules_only, variables;
	struct strings owned; /* texts on the heap that the others borrow */
	const char *filter, *ports, *secret_key, *breached, *servers, *config, *completion;
	char *filter_read, *filter_words; /* from a file; behind -- or the options. Heap */
	const char *classifications, *references, *thresholds;
	struct port_set port_set; /* the same as ports */
	enum pop3_secrets secrets;
	uint32_t buffer_size, snaplen; /* MiB, bytes; 0: the default */
	uint32_t memory, spool_size;   /* MiB */
	uint32_t workers;              /* 0: the default */
	uint32_t stats_interval; /* seconds; 0: none by the clock */
	uint32_t explain; /* a sid; 0: none */
	const char *user, *group, *control, *spool, *metrics;
	bool no_sandbox, test, any_port, version, help, help_all, strict_rules, list_rules, checksums, immediate, no_promiscuous;
	int verbose; /* below 0: quiet */
	bool given[OPTION_MAX]; /* by the command line, or the file */
	char problem[640];
};

/* Sets one option. False: s->problem says what is wrong with v. */
bool settings_set(struct settings *s, enum option_id id, const char *v);
/* A copy of the text that lives as long as the settings. NULL: no memory, and s->problem says so. */
const char *settings_keep(struct settings *s, const char *text);
/* What is not given yet gets the value that it has in the table. */
void settings_preset(struct settings *s);
void settings_free(struct settings *s);

/* ---- options.c: the command line ---- */

/* Reads the command line into empty settings. 0, or -1 when it is wrong; what and where has been said. */
int options_read(int argc, char **argv, struct settings *s);
/* The help text, from the table: on one screen of 80 columns what is used most, or all. */
void options_help(bool all);

/*
 * For subcommands: whether word *i is this option, "--name VALUE" or "--name=VALUE". *value: NULL where it is missing; else
 * *i is then at the last word of both.
 */
bool option_value(const char *name, char **argv, int argc, int *i, const char **value);

/* ---- nearest.c ---- */

/* The option that is spelt most like word; NULL: none is. */
const char *option_nearest(struct span word);

/* ---- completion.c ---- */

/* The script for one shell (bash, zsh, fish). False: another name. out: NULL only asks for that. */
bool completion_print(FILE *out, const char *shell);

/* ---- config.c: the file ---- */

typedef void config_report(void *ctx, const struct diag *d);

/*
 * Reads the file that the settings name, or the default one if it is there and nothing is to be replayed, and sets what
 * the command line leaves open. 0, or -1 when something is wrong; what and where has been said.
 */
int config_read(struct settings *s);
/* The same with text at hand; name stands for it in reports. Returns how many things are wrong. */
size_t config_parse(struct settings *s, const char *name, struct span text, config_report *report, void *ctx);

/* ---- outline.c: where things stand in the file ---- */

struct place {
	unsigned line, column; /* from 1; column in characters */
};

struct outline {
	bool empty; /* no key at all */
	struct outline_key {
		bool there, list;
		struct place at;
		struct place *value; /* one, or those of the list's entries; heap */
		size_t n;
	} key[OPTION_MAX];
};

/*
 * Fills an outline of a text in YAML, and refuses what has no place in a configuration: whatever is not a mapping of known
 * keys, each once, to texts or lists of texts; anchors, aliases, tags, several documents, NUL. Returns how many things are
 * wrong, each told to report.
 */
size_t outline_read(struct outline *o, const char *name, struct span text, config_report *report, void *ctx);
void outline_free(struct outline *o);

/* ---- rules.c ---- */

/*
 * The rules that the settings ask for; *wrong: how many could not be used. old: those that they replace, or NULL. NULL
 * when a file could not be read, or nothing is left; why was said. bundle, unless NULL: a file of all that was read, the
 * caller's, for rules_again().
 */
struct ruleset *rules_load(const struct settings *s, const struct ruleset *old, size_t *wrong, int *bundle);
/* The same rules once more, out of a bundle that rules_load() left. NULL: no memory. */
struct ruleset *rules_again(const struct settings *s, int bundle, const struct ruleset *old);
/* How many are good, for -T. The exit status. */
int rules_test(const struct ruleset *rs, size_t wrong);
/* A line a rule, on standard output. */
void rules_list(const struct ruleset *rs);
/* All there is to say of one. The exit status. */
int rules_explain(const struct ruleset *rs, uint32_t sid);

/* ---- servers.c ---- */

/* `plainpop servers [FILE]`; argv[0] is "servers". The exit status. */
int servers_command(int argc, char **argv);

/* ---- ctl.c ---- */

/* `plainpop ctl [--control PATH] COMMAND`; argv[0] is "ctl". The exit status. */
int ctl_command(int argc, char **argv);

/* ---- report.c ---- */

/* `plainpop report ...`; argv[0] is "report". The exit status. */
int report_command(int argc, char **argv);

/* ---- top.c ---- */

/* `plainpop top [--control PATH] [--once]`; argv[0] is "top". The exit status. */
int top_command(int argc, char **argv);

#endif
