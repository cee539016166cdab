/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line of `plainpop report`: its own options, and those of a replay, which go on as they are. */
#include <stdio.h>
#include <stdlib.h>

#include "request.h"

/* Options of a run that make sense in front of a report, and go on to it as they are. */
static const enum option_id passed_on[] = {
	OPTION_read,       OPTION_rules_only,  OPTION_rules,       OPTION_variable, OPTION_classifications, OPTION_references,
	OPTION_thresholds, OPTION_strict_rules, OPTION_ports,      OPTION_any_port, OPTION_secrets,         OPTION_secret_key,
	OPTION_breached,   OPTION_servers,     OPTION_checksums,   OPTION_filter,   OPTION_filter_file,     OPTION_workers,
	OPTION_memory,     OPTION_user,        OPTION_group,       OPTION_no_sandbox, OPTION_verbose,       OPTION_quiet,
	OPTION_config,
};

bool words_push(struct strings *s, const char *word)
{
	const char **bigger = realloc(s->p, (s->n + 2) * sizeof *s->p);

	if (bigger == NULL) {
		log_error("out of memory");
		return false;
	}
	s->p = bigger;
	s->p[s->n++] = word;
	s->p[s->n] = NULL;
	return true;
}

void request_free(struct request *q)
{
	free(q->file.p);
	free(q->run.p);
}

void request_help(void)
{
	size_t i;

	puts("plainpop report makes one page of what plainpop has recorded, or of captures.\n\n"
	     "    plainpop report EVE-FILE... -o report.html\n"
	     "    plainpop report [options of a replay] -r CAPTURE... -o report.html [-- 'BPF expression']\n\n"
	     "  -o, --output FILE        report.html, report.json or report.csv; - for standard output\n"
	     "      --format FORMAT      html, json or csv, where the name does not tell\n"
	     "      --table NAME         which table CSV has (default accounts):");
	printf("                          ");
	for (i = 0; report_table(i) != NULL; i++)
		printf(" %s", report_table(i));
	puts("\n      --pseudonyms         users, clients, sensors and files by pseudonyms\n"
	     "      --secret-key FILE    the key of pseudonyms (and, with -r, of fingerprints), so that reports agree\n"
	     "  -h, --help               this help\n\n"
	     "EVE files may be compressed with gzip or zstd; - is standard input. plainpop-report(1) says more.");
}

/* ---- the command line ---- */

/* The row of an option of plainpop's that this word names, or OPTION_MAX; *value: what stands behind its letter or =. */
static enum option_id option_named(const char *word, const char **value)
{
	size_t i, n;

	*value = NULL;
	for (i = 0; i < OPTION_MAX; i++) {
		const struct option_row *o = &option_rows[i];

		if (strncmp(word, "--", 2) == 0) {
			n = strlen(o->name);
			if (strncmp(word + 2, o->name, n) != 0 || (word[2 + n] != '\0' && word[2 + n] != '='))
				continue;
			*value = word[2 + n] == '=' ? word + 3 + n : NULL;
			return (enum option_id)i;
		}
		if (o->letter != 0 && word[1] == (char)o->letter) {
			*value = word[2] != '\0' ? word + 2 : NULL;
			return (enum option_id)i;
		}
	}
	return OPTION_MAX;
}

static bool goes_on(enum option_id id)
{
	size_t i;

	for (i = 0; i < sizeof passed_on / sizeof passed_on[0]; i++)
		if (passed_on[i] == id)
			return true;
	return false;
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/* An option of the run that replays, with its value. */
static bool read_passed(struct request *q, int argc, char **argv, int *i)
{
	const char *word = argv[*i], *value;
	enum option_id id = option_named(word, &value);
	bool with_value;

	if (id == OPTION_MAX || !goes_on(id)) {
		log_error("plainpop report: %s: %s", word, id == OPTION_MAX ? "no such option; see plainpop report --help"
									      : "has no meaning for a report");
		return false;
	}
	with_value = option_rows[id].argument != NULL;
	if (with_value && value == NULL && *i + 1 >= argc) {
		log_error("plainpop report: %s: an argument is missing", word);
		return false;
	}
	if (!words_push(&q->run, word))
		return false;
	if (with_value && value == NULL) {
		value = argv[++*i];
		if (!words_push(&q->run, value))
			return false;
	}
	if (id == OPTION_secret_key)
		q->secret_key = value;
	else if (id == OPTION_verbose || id == OPTION_quiet)
		log_set_level(id == OPTION_verbose ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR);
	else
		q->replays = word;
	if (id == OPTION_secrets)
		q->secrets = value;
	if (id != OPTION_read)
		return true;
	q->replay = true;
	while (*i + 1 < argc && !is_option(argv[*i + 1]))
		if (!words_push(&q->run, argv[++*i]))
			return false;
	return true;
}

/* One word, and what belongs to it. */
static bool read_word(struct request *q, int argc, char **argv, int *i)
{
	const char *word = argv[*i];

	if (!is_option(word))
		return words_push(&q->file, word);
	if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
		q->help = true;
		return true;
	}
	if (strcmp(word, "--pseudonyms") == 0) {
		q->pseudonyms = true;
		return true;
	}
	if (strncmp(word, "-o", 2) == 0 && word[2] != '\0') {
		q->out = word + 2;
		return true;
	}
	if (!option_value("-o", argv, argc, i, &q->out) && !option_value("--output", argv, argc, i, &q->out) &&
	    !option_value("--format", argv, argc, i, &q->format) && !option_value("--table", argv, argc, i, &q->table))
		return read_passed(q, argc, argv, i);
	if (argv[*i] == word && strchr(word, '=') == NULL) {
		log_error("plainpop report: %s: an argument is missing", word);
		return false;
	}
	return true;
}

static bool ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

static bool find_form(struct request *q)
{
	static const char *const forms[] = { [REPORT_HTML] = "html", [REPORT_JSON] = "json", [REPORT_CSV] = "csv" };
	char suffix[8];
	size_t i;

	if (q->format == NULL && strcmp(q->out, "-") == 0)
		q->format = q->table != NULL ? "csv" : "html";
	for (i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		snprintf(suffix, sizeof suffix, ".%s", forms[i]);
		if (q->format != NULL ? strcmp(q->format, forms[i]) == 0 : ends_in(q->out, suffix)) {
			q->form = (enum report_form)i;
			return true;
		}
	}
	if (q->format != NULL)
		log_error("plainpop report: --format %s: expected html, json or csv", q->format);
	else
		log_error("plainpop report: -o %s: which form? a name in .html, .json or .csv tells, or --format", q->out);
	return false;
}

static bool find_table(struct request *q)
{
	size_t i;

	if (q->table != NULL && q->form != REPORT_CSV) {
		log_error("plainpop report: --table: CSV alone has one table; HTML and JSON have all");
		return false;
	}
	if (q->table == NULL)
		q->table = "accounts";
	for (i = 0; report_table(i) != NULL; i++)
		if (strcmp(report_table(i), q->table) == 0)
			return true;
	log_error("plainpop report: --table %s: no such table; plainpop report --help lists them", q->table);
	return false;
}

bool request_read(struct request *q, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (!read_word(q, argc, argv, &i))
			return false;
	for (; q->replay && i < argc; i++)
		if (!words_push(&q->run, argv[i]))
			return false;
	for (i++; i < argc; i++)
		if (!words_push(&q->file, argv[i]))
			return false;
	if (q->help)
		return true;
	if (q->replay == (q->file.n > 0)) {
		log_error(q->replay ? "plainpop report: %s: either captures (-r) or EVE files"
				    : "plainpop report: of what? EVE files, or -r and captures; see plainpop report --help",
			  q->replay ? q->file.p[0] : "");
		return false;
	}
	if (!q->replay && q->replays != NULL) {
		log_error("plainpop report: %s: only for a replay (-r)", q->replays);
		return false;
	}
	if (q->secrets != NULL && strcmp(q->secrets, "show") == 0) {
		log_error("plainpop report: --secrets=show: a report never holds a password");
		return false;
	}
	if (q->out == NULL) {
		log_error("plainpop report: where to? -o report.html (or .json, .csv; - for standard output)");
		return false;
	}
	return find_form(q) && find_table(q);
}
