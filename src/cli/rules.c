/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules that the settings ask for, and what there is to say of them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bundle.h"
#include "cli_impl.h"

#define PORT_LIST_MAX 1024

static void report_rule(void *ctx, const struct diag *d)
{
	(void)ctx;
	log_error("%s:%u:%u: %s", d->file, d->line, d->column, d->message);
}

/* ---- variables ---- */

struct variables {
	struct rule_variable *v;
	char **name; /* of those given as NAME=LIST: copies */
	size_t n, n_names;
	char ports[PORT_LIST_MAX];
};

/* A later one of the same name takes the place of an earlier one. */
static void set_variable(struct variables *vars, const char *name, const char *value)
{
	size_t i;

	for (i = 0; i < vars->n && strcmp(vars->v[i].name, name) != 0; i++)
		;
	vars->v[i] = (struct rule_variable){ name, value };
	vars->n += i == vars->n ? 1 : 0;
}

static void free_variables(struct variables *vars)
{
	size_t i;

	for (i = 0; i < vars->n_names; i++)
		free(vars->name[i]);
	free(vars->name);
	free(vars->v);
}

static bool make_variables(struct variables *vars, const struct settings *s)
{
	const struct rule_variable own[] = {
		{ "HOME_NET", "[10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7,fe80::/10]" },
		{ "EXTERNAL_NET", "!$HOME_NET" },
		{ "POP3_SERVERS", "any" },
		{ "POP3_PORTS", vars->ports },
	};
	size_t n_own = sizeof own / sizeof own[0], i;
	char *p;

	vars->v = calloc(n_own + s->variables.n, sizeof *vars->v);
	vars->name = calloc(s->variables.n + 1, sizeof *vars->name);
	if (vars->v == NULL || vars->name == NULL)
		return false;
	/* Ranges are written first-last on the command line, first:last in rules. */
	snprintf(vars->ports, sizeof vars->ports, "[%s]", s->ports);
	for (p = vars->ports; *p != '\0'; p++)
		if (*p == '-')
			*p = ':';
	for (i = 0; i < n_own; i++)
		set_variable(vars, own[i].name, own[i].value);
	for (i = 0; i < s->variables.n; i++) {
		const char *text = s->variables.p[i], *equals = strchr(text, '=');

		vars->name[i] = strndup(text, (size_t)(equals - text)); /* options.c has seen that it is there */
		if (vars->name[i] == NULL)
			return false;
		vars->n_names++;
		set_variable(vars, vars->name[i], equals + 1);
	}
	return true;
}

/* ---- loading ---- */

static bool add_file(int fd, enum bundle_part what, const char *path)
{
	if (path == NULL || bundle_add(fd, what, path))
		return true;
	log_error("%s: %s", path, strerror(errno));
	return false;
}

/* Reads all files that the settings name. The bundle, or -1: one could not be read, and that was said. */
static int gather(const struct settings *s)
{
	const struct strings *files = s->rules_only.n > 0 ? &s->rules_only : &s->rules;
	int fd = bundle_new();
	bool ok = fd >= 0;
	size_t i;

	if (!ok)
		log_error("cannot load rules: %s", strerror(errno));
	ok = ok && add_file(fd, BUNDLE_CLASSES, s->classifications) && add_file(fd, BUNDLE_REFERENCES, s->references) &&
	     add_file(fd, BUNDLE_THRESHOLDS, s->thresholds);
	if (ok && s->rules_only.n == 0)
		ok = bundle_add(fd, BUNDLE_DEFAULT, NULL);
	for (i = 0; ok && i < files->n; i++)
		ok = add_file(fd, BUNDLE_RULES, files->p[i]);
	if (ok)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

struct loading {
	struct ruleset *rs;
	const struct settings *settings;
	rule_report *report;
	size_t wrong;
};

static void tell_nobody(void *ctx, const struct diag *d)
{
	(void)ctx;
	(void)d;
}

static bool load_part(void *ctx, enum bundle_part what, const char *name, struct span text)
{
	static const enum rule_file files[] = {
		[BUNDLE_CLASSES] = RULE_FILE_CLASSES,
		[BUNDLE_REFERENCES] = RULE_FILE_REFERENCES,
		[BUNDLE_THRESHOLDS] = RULE_FILE_THRESHOLDS,
	};
	struct loading *l = ctx;
	size_t before = ruleset_count(l->rs);
	int n = 0;

	switch (what) {
	case BUNDLE_CLASSES:
	case BUNDLE_REFERENCES:
	case BUNDLE_THRESHOLDS:
		n = ruleset_parse_config(l->rs, files[what], name, text, l->report, NULL);
		break;
	case BUNDLE_DEFAULT:
		n = ruleset_load_default(l->rs, l->report, NULL);
		break;
	case BUNDLE_RULES:
		n = ruleset_parse(l->rs, name, text, l->report, NULL);
		/* One wrong rule among others is left out; a file of nothing else is not what was meant. */
		if (n > 0 && ruleset_count(l->rs) == before && !l->settings->test) {
			log_error("%s: no rule in it is right", name);
			return false;
		}
		break;
	}
	l->wrong += (size_t)n;
	return true;
}

/* Rules that ask for more than watching. */
static void note_actions(const struct ruleset *rs)
{
	const struct signature *s;
	size_t i, n = 0;

	for (i = 0; (s = ruleset_at(rs, i)) != NULL; i++)
		n += s->action == ACTION_DROP || s->action == ACTION_REJECT ? 1 : 0;
	if (n > 0)
		log_warn("%zu rules ask to drop or reject: plainpop only watches, and alerts", n);
	if (ruleset_skipped(rs) > 0)
		log_info("%zu rules are for other protocols or programs and left out", ruleset_skipped(rs));
}

/* The rules of a bundle, not compiled yet; l->wrong: how many are wrong. NULL: why was said. */
static struct ruleset *read_rules(struct loading *l, int fd, const struct ruleset *old)
{
	struct variables vars = { .n = 0 };
	bool ok;

	if (make_variables(&vars, l->settings))
		l->rs = ruleset_new(vars.v, vars.n);
	ok = l->rs != NULL && (old == NULL || ruleset_inherit(l->rs, old));
	if (!ok)
		log_error("cannot load rules: %s", strerror(errno));
	ok = ok && bundle_read(fd, load_part, l);
	free_variables(&vars);
	if (ok)
		return l->rs;
	ruleset_free(l->rs);
	return NULL;
}

static bool compile(struct ruleset *rs)
{
	char err[256];

	if (ruleset_compile(rs, err))
		return true;
	log_error("cannot use the rules: %s", err);
	return false;
}

struct ruleset *rules_load(const struct settings *s, const struct ruleset *old, size_t *wrong, int *bundle)
{
	struct loading l = { .settings = s, .report = report_rule };
	int fd = gather(s);
	struct ruleset *rs = fd >= 0 ? read_rules(&l, fd, old) : NULL;
	bool ok = rs != NULL;

	*wrong = l.wrong;
	if (ok && l.wrong > 0 && s->strict_rules && !s->test) {
		log_error("%zu rules are wrong, and --strict-rules was given", l.wrong);
		ok = false;
	}
	ok = ok && compile(rs);
	if (ok)
		note_actions(rs);
	if (fd >= 0 && (!ok || bundle == NULL))
		close(fd);
	else if (ok && bundle != NULL)
		*bundle = fd;
	if (!ok) {
		ruleset_free(rs);
		return NULL;
	}
	return rs;
}

struct ruleset *rules_again(const struct settings *s, int bundle, const struct ruleset *old)
{
	struct loading l = { .settings = s, .report = tell_nobody };
	struct ruleset *rs = read_rules(&l, bundle, old);

	if (rs != NULL && compile(rs))
		return rs;
	ruleset_free(rs);
	return NULL;
}

/* ---- telling ---- */

int rules_test(const struct ruleset *rs, size_t wrong)
{
	fprintf(stderr, "plainpop: %zu rules are good, %zu wrong", ruleset_count(rs), wrong);
	if (ruleset_skipped(rs) > 0)
		fprintf(stderr, ", %zu are for other protocols", ruleset_skipped(rs));
	fputc('\n', stderr);
	return wrong > 0 ? EXIT_WRONG : EXIT_DONE;
}

/* Rules are files, and files may be anything. */
static void put_text(const char *text)
{
	struct span s = span_str(text);
	char *out = malloc(PRINTABLE_MAX(s.n));

	if (out == NULL)
		return;
	span_printable(s, out);
	fputs(out, stdout);
	free(out);
}

void rules_list(const struct ruleset *rs)
{
	const struct signature *s;
	size_t i;

	printf("%10s  %4s  %8s  %s\n", "sid", "rev", "severity", "message");
	for (i = 0; (s = ruleset_at(rs, i)) != NULL; i++) {
		printf("%10" PRIu32 "  %4" PRIu32 "  %8u  ", s->sid, s->rev, s->severity);
		put_text(s->msg);
		putchar('\n');
	}
}

static void put_row(const char *name, const char *text)
{
	printf("  %-20s ", name);
	put_text(text);
	putchar('\n');
}

static void explain(const struct ruleset *rs, size_t i)
{
	const struct signature *s = ruleset_at(rs, i);
	char about[256];
	size_t k, v;

	printf("%" PRIu32 ", revision %" PRIu32 ", severity %u: ", s->sid, s->rev, s->severity);
	put_text(s->msg);
	putchar('\n');
	put_row("class", s->category[0] != '\0' ? s->category : "none");
	ruleset_about(rs, i, about);
	put_row("about", about);
	for (k = 0; k < s->n_metadata; k++)
		for (v = 0; v < s->metadata[k].n; v++)
			put_row(v == 0 ? s->metadata[k].key : "", s->metadata[k].value[v]);
	for (k = 0; k < s->n_references; k++)
		put_row(k == 0 ? "see" : "", s->reference[k]);
	put_row("rule", ruleset_text(rs, i));
}

int rules_explain(const struct ruleset *rs, uint32_t sid)
{
	const struct signature *s;
	bool found = false;
	size_t i;

	for (i = 0; (s = ruleset_at(rs, i)) != NULL; i++)
		if (s->sid == sid) {
			explain(rs, i);
			found = true;
		}
	if (!found)
		log_error("--explain %" PRIu32 ": no rule has this number; --list-rules has them all", sid);
	return found ? EXIT_DONE : EXIT_WRONG;
}
