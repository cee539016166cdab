/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What each option does, wherever it comes from. A value is looked at here, once, so that whoever took it from somewhere
 * can say where that was.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli_impl.h"
#include "plainpop/capture.h"

#define SPOOL_SIZE_MAX (1 << 20) /* MiB: a TiB */
#define MEMORY_MIN 32 /* MiB: more than fragments can take */
#define MEMORY_MAX (16 << 10) /* MiB */
#define STATS_INTERVAL_MAX 86400 /* seconds: a day */
#define FILTER_MAX 65536

static bool __attribute__((format(printf, 2, 3))) wrong(struct settings *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->problem, sizeof s->problem, fmt, ap);
	va_end(ap);
	return false;
}

static bool append(struct settings *s, struct strings *list, const char *v)
{
	const char **bigger = realloc(list->p, (list->n + 1) * sizeof *list->p);

	if (bigger == NULL)
		return wrong(s, "out of memory");
	list->p = bigger;
	list->p[list->n++] = v;
	return true;
}

const char *settings_keep(struct settings *s, const char *text)
{
	char *copy = strdup(text);

	if (copy != NULL && append(s, &s->owned, copy))
		return copy;
	free(copy);
	wrong(s, "out of memory");
	return NULL;
}

static bool set_flag(struct settings *s, bool *flag, const char *v)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off", "on" };
	size_t i;

	for (i = 0; v != NULL && i < sizeof words / sizeof words[0]; i++)
		if (strcmp(v, words[i]) == 0) {
			*flag = i % 2 == 1;
			return true;
		}
	*flag = true;
	return v == NULL || wrong(s, "expected yes or no");
}

/* A file that is to be read. What is in it is looked at later, and it may be a pipe: it is not opened. */
static bool readable(struct settings *s, const char *path)
{
	if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0)
		return true;
	return wrong(s, "%s", strerror(errno));
}

static bool set_file(struct settings *s, const char **path, const char *v)
{
	*path = v;
	return readable(s, v);
}

/* ---- what each option does ---- */

static bool set_read(struct settings *s, const char *v)
{
	return append(s, &s->read, v);
}

static bool set_interface(struct settings *s, const char *v)
{
	return append(s, &s->interface, v);
}

static bool set_output(struct settings *s, const char *v)
{
	char err[OUTPUT_ERROR_SIZE];
	struct output *o;

	if (output_parse(v, &o, err) != OUTPUT_OK)
		return wrong(s, "%s", err);
	output_close(o);
	return append(s, &s->output, v);
}

static bool set_config(struct settings *s, const char *v)
{
	s->config = v;
	return true;
}

static bool set_rules_only(struct settings *s, const char *v)
{
	return readable(s, v) && append(s, &s->rules_only, v);
}

static bool set_rules(struct settings *s, const char *v)
{
	return readable(s, v) && append(s, &s->rules, v);
}

static bool set_variable(struct settings *s, const char *v)
{
	const char *equals = strchr(v, '=');

	if (equals == NULL || equals == v || equals[1] == '\0')
		return wrong(s, "expected NAME=LIST");
	return append(s, &s->variables, v);
}

static bool set_classifications(struct settings *s, const char *v)
{
	return set_file(s, &s->classifications, v);
}

static bool set_references(struct settings *s, const char *v)
{
	return set_file(s, &s->references, v);
}

static bool set_thresholds(struct settings *s, const char *v)
{
	return set_file(s, &s->thresholds, v);
}

static bool set_strict_rules(struct settings *s, const char *v)
{
	return set_flag(s, &s->strict_rules, v);
}

static bool set_list_rules(struct settings *s, const char *v)
{
	return set_flag(s, &s->list_rules, v);
}

static bool set_explain(struct settings *s, const char *v)
{
	char *end;
	unsigned long sid = strtoul(v, &end, 10);

	if (*v < '0' || *v > '9' || *end != '\0' || sid == 0 || sid > UINT32_MAX)
		return wrong(s, "expected the number of a rule");
	s->explain = (uint32_t)sid;
	return true;
}

static bool set_test(struct settings *s, const char *v)
{
	return set_flag(s, &s->test, v);
}

static bool set_ports(struct settings *s, const char *v)
{
	const char *p = v;
	char *end;
	unsigned long first, last;

	s->port_set = (struct port_set){ 0 };
	do {
		first = last = strtoul(p, &end, 10);
		if (*p < '0' || *p > '9')
			goto wrong;
		if (*end == '-') {
			p = end + 1;
			last = strtoul(p, &end, 10);
			if (*p < '0' || *p > '9')
				goto wrong;
		}
		if (first < 1 || last > 65535 || first > last || (*end != ',' && *end != '\0'))
			goto wrong;
		for (; first <= last; first++)
			port_set_add(&s->port_set, (uint16_t)first);
		p = end + 1;
	} while (*end != '\0');
	s->ports = v;
	return true;
wrong:
	return wrong(s, "expected ports such as 110,995,1100-1110");
}

static bool set_any_port(struct settings *s, const char *v)
{
	return set_flag(s, &s->any_port, v);
}

static bool set_secrets(struct settings *s, const char *v)
{
	static const char *const modes[] = { "redact", "fingerprint", "show" };
	int i;

	for (i = 0; i < 3; i++)
		if (strcmp(v, modes[i]) == 0) {
			s->secrets = (enum pop3_secrets)i;
			return true;
		}
	return wrong(s, "expected redact, fingerprint or show");
}

static bool set_secret_key(struct settings *s, const char *v)
{
	s->secret_key = v;
	return true;
}

static bool set_breached(struct settings *s, const char *v)
{
	return set_file(s, &s->breached, v);
}

static bool set_servers(struct settings *s, const char *v)
{
	s->servers = v;
	return true;
}

static bool set_checksums(struct settings *s, const char *v)
{
	s->checksums = strcmp(v, "all") == 0;
	return s->checksums || strcmp(v, "none") == 0 || wrong(s, "expected none or all");
}

static bool valid_filter(struct settings *s, const char *filter)
{
	char err[CAPTURE_ERROR_SIZE];

	return capture_filter_valid(filter, err) || wrong(s, "%s", err);
}

static bool set_filter(struct settings *s, const char *v)
{
	s->filter = v;
	return valid_filter(s, v);
}

/* The expression out of a file, comments (#) left out. */
static bool set_filter_file(struct settings *s, const char *v)
{
	FILE *f = fopen(v, "re");
	size_t n;
	char *p;

	free(s->filter_read);
	s->filter_read = calloc(1, FILTER_MAX);
	if (f == NULL || s->filter_read == NULL) {
		wrong(s, "%s", strerror(errno));
		if (f != NULL)
			fclose(f);
		return false;
	}
	n = fread(s->filter_read, 1, FILTER_MAX, f);
	if (ferror(f))
		wrong(s, "%s", strerror(errno));
	else if (n == FILTER_MAX)
		wrong(s, "longer than %d bytes", FILTER_MAX - 1);
	fclose(f);
	if (s->problem[0] != '\0')
		return false;
	for (p = s->filter_read; *p != '\0'; p++) {
		if (*p == '#')
			memset(p, ' ', strcspn(p, "\n"));
		if (*p == '\n' || *p == '\r')
			*p = ' ';
	}
	return valid_filter(s, s->filter_read);
}

/* A whole number from lowest to highest. */
static bool set_number(struct settings *s, const char *v, uint32_t lowest, uint32_t highest, uint32_t *out)
{
	char *end, why[64];
	unsigned long n;

	errno = 0;
	n = strtoul(v, &end, 10);
	if (*v < '0' || *v > '9' || *end != '\0' || errno != 0 || n < lowest || n > highest) {
		snprintf(why, sizeof why, "expected a number from %u to %u", lowest, highest);
		return wrong(s, "%s", why);
	}
	*out = (uint32_t)n;
	return true;
}

static bool set_buffer_size(struct settings *s, const char *v)
{
	return set_number(s, v, 1, CAPTURE_BUFFER_MAX >> 20, &s->buffer_size);
}

static bool set_snaplen(struct settings *s, const char *v)
{
	return set_number(s, v, CAPTURE_SNAPLEN_MIN, CAPTURE_SNAPLEN, &s->snaplen);
}

static bool set_immediate(struct settings *s, const char *v)
{
	return set_flag(s, &s->immediate, v);
}

static bool set_no_promiscuous(struct settings *s, const char *v)
{
	return set_flag(s, &s->no_promiscuous, v);
}

static bool set_workers(struct settings *s, const char *v)
{
	return set_number(s, v, 1, PROC_SENSORS_MAX, &s->workers);
}

static bool set_memory(struct settings *s, const char *v)
{
	return set_number(s, v, MEMORY_MIN, MEMORY_MAX, &s->memory);
}

static bool set_stats_interval(struct settings *s, const char *v)
{
	return set_number(s, v, 0, STATS_INTERVAL_MAX, &s->stats_interval);
}

static bool set_spool(struct settings *s, const char *v)
{
	s->spool = v;
	return true;
}

static bool set_spool_size(struct settings *s, const char *v)
{
	return set_number(s, v, 1, SPOOL_SIZE_MAX, &s->spool_size);
}

static bool set_control(struct settings *s, const char *v)
{
	s->control = v;
	return true;
}

static bool set_metrics(struct settings *s, const char *v)
{
	char err[256];

	s->metrics = v;
	return exporter_valid(v, err) || wrong(s, "%s", err);
}

static bool set_user(struct settings *s, const char *v)
{
	s->user = v;
	return true;
}

static bool set_group(struct settings *s, const char *v)
{
	s->group = v;
	return true;
}

static bool set_no_sandbox(struct settings *s, const char *v)
{
	return set_flag(s, &s->no_sandbox, v);
}

static bool set_verbose(struct settings *s, const char *v)
{
	char *end;
	long n = 1;

	if (v != NULL) {
		n = strtol(v, &end, 10);
		if (*v < '0' || *v > '9' || *end != '\0' || n > 2)
			return wrong(s, "expected 0, 1 or 2");
	}
	s->verbose += (int)n;
	return true;
}

static bool set_quiet(struct settings *s, const char *v)
{
	bool quiet;

	if (!set_flag(s, &quiet, v))
		return false;
	s->verbose -= quiet ? 1 : 0;
	return true;
}

static bool set_completion(struct settings *s, const char *v)
{
	s->completion = v;
	return completion_print(NULL, v) || wrong(s, "expected bash, zsh or fish");
}

static bool set_version(struct settings *s, const char *v)
{
	return set_flag(s, &s->version, v);
}

static bool set_help(struct settings *s, const char *v)
{
	return set_flag(s, &s->help, v);
}

static bool set_help_all(struct settings *s, const char *v)
{
	return set_flag(s, &s->help_all, v);
}

/* ---- the table ---- */

const struct option_row option_rows[OPTION_MAX] = {
#define OPTION(symbol, letter, name, argument, kind, group, preset, help, brief) \
	{ letter, name, argument, KIND_##kind, GROUP_##group, preset, help, brief, set_##symbol },
#define LATER(symbol, letter, name, argument, kind, group, preset, help, brief) \
	{ letter, name, argument, KIND_##kind, GROUP_##group, preset, help, brief, NULL },
#include "options.def"
#undef OPTION
#undef LATER
};

bool settings_set(struct settings *s, enum option_id id, const char *v)
{
	s->problem[0] = '\0';
	s->given[id] = true;
	if (option_rows[id].set == NULL)
		return wrong(s, "not supported yet");
	return option_rows[id].set(s, v);
}

void settings_preset(struct settings *s)
{
	size_t i;

	for (i = 0; i < OPTION_MAX; i++)
		if (!s->given[i] && option_rows[i].preset != NULL && option_rows[i].kind != KIND_COMMAND)
			settings_set(s, (enum option_id)i, option_rows[i].preset);
}

void settings_free(struct settings *s)
{
	size_t i;

	for (i = 0; i < s->owned.n; i++)
		free((char *)(uintptr_t)s->owned.p[i]);
	free(s->owned.p);
	free(s->read.p);
	free(s->interface.p);
	free(s->output.p);
	free(s->rules.p);
	free(s->rules_only.p);
	free(s->variables.p);
	free(s->filter_read);
	free(s->filter_words);
}
