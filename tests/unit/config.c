/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The configuration file: what is taken, what is refused and where, and who wins. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../src/cli/cli_impl.h"
#include "unit.h"

/* Everything that was reported: "LINE:COLUMN: message", a line each. */
static char reports[16384];

static void on_report(void *ctx, const struct diag *d)
{
	size_t n = strlen(reports);

	cr_assert(ctx == reports && strcmp(d->file, "unit") == 0);
	snprintf(reports + n, sizeof reports - n, "%u:%u: %s\n", d->line, d->column, d->message);
}

static size_t parse(struct settings *s, struct span text)
{
	reports[0] = '\0';
	return config_parse(s, "unit", text, on_report, reports);
}

/* The settings of a command line, in a static array of words that ends with NULL. */
static void command_line(struct settings *s, const char *const *words)
{
	char *argv[16] = { (char *)(uintptr_t) "plainpop" };
	int argc = 1;

	for (; *words != NULL; words++)
		argv[argc++] = (char *)(uintptr_t)*words;
	optind = 0;
	cr_assert(options_read(argc, argv, s) == 0);
}

/* ---- what is refused, and where ---- */

static const struct {
	struct span text;
	const char *reports;
} refused[] = {
	/* Not YAML, or not UTF-8. */
	{ BYTES("ports: 1\n  a: [b"), "2:4: mapping values are not allowed in this context\n" },
	{ BYTES("ports: '110"),
	  "1:12: while scanning a quoted scalar, found unexpected end of stream\n" },
	{ BYTES("ports: 1\n# \xc3\xa4\xff"), "2:4: invalid leading UTF-8 octet\n" },
	{ BYTES("ports: \xed\xa0\x80"), "1:8: invalid Unicode character\n" },
	{ BYTES("ports: 1\0001"), "1:9: control characters are not allowed\n" },
	{ BYTES("\xff\xfep\0"), "1:1: invalid leading UTF-8 octet\n" },
	/* Not keys and values. */
	{ BYTES("- ports"), "1:1: expected keys and values, such as ports: 110\n" },
	{ BYTES("110"), "1:1: expected keys and values, such as ports: 110\n" },
	{ BYTES("ports: 1\n---\nports: 2"), "2:1: a second document\n" },
	{ BYTES("? [ports]\n: 1"), "1:3: expected a key and its value, such as ports: 110\n" },
	/* Keys. */
	{ BYTES("ports: 1\nprots: 2\nany_port: yes"), "2:1: prots: no such key; is ports meant?\n3:1: any_port: no such key; is any-port meant?\n" },
	{ BYTES("\"po\\0rts\": 1"), "1:1: po\\x00rts: no such key; is ports meant?\n" },
	{ BYTES("ports: 1\nworkers: 1\nports: 1"), "3:1: ports: already set in line 1\n" },
	{ BYTES("<<: {ports: 1}"), "1:1: <<: no such key; plainpop.yaml(5) has them all\n" },
	{ BYTES("help: yes\ntest: yes\nconfig: x"), "1:1: help: only for the command line\n"
	  "2:1: test: only for the command line\n3:1: config: only for the command line\n" },
	/* What YAML can do, and may not. */
	{ BYTES("ports: &a 1"), "1:8: no anchors or aliases here; a text that begins with & or * is put into quotes\n" },
	{ BYTES("ports: 1\nread: [*a, *a]"),
	  "2:8: no anchors or aliases here; a text that begins with & or * is put into quotes\n"
	  "2:12: no anchors or aliases here; a text that begins with & or * is put into quotes\n" },
	{ BYTES("ports: !!str 1"), "1:8: no tags here; a text that begins with ! is put into quotes\n" },
	{ BYTES("read: !!binary [a]"), "1:7: no tags here; a text that begins with ! is put into quotes\n" },
	/* Values of another kind. */
	{ BYTES("ports: [110, 995]"), "1:8: ports: expected one text\n" },
	{ BYTES("ports: {a: b}"), "1:8: ports: expected a text or a list of texts\n" },
	{ BYTES("output: [a, [b]]\nread: [{a: b}]"), "1:13: output: expected a text\n2:8: read: expected a text\n" },
	{ BYTES("any-port: maybe"), "1:11: any-port: expected yes or no\n" },
	{ BYTES("any-port: 1"), "1:11: any-port: expected yes or no\n" },
	{ BYTES("ports: 1\nstrict-rules: [yes]"), "2:15: strict-rules: expected yes or no\n" },
	{ BYTES("workers: many"), "1:10: workers: expected a whole number\n" },
	{ BYTES("workers: 99999999999999999999"), "1:10: workers: expected a whole number\n" },
	{ BYTES("ports:\nany-port:"), "1:7: ports: nothing is said; without the key it has its default\n"
	  "2:10: any-port: nothing is said; without the key it has its default\n" },
	{ BYTES("ports: ~"), "1:8: ports: nothing is said; without the key it has its default\n" },
	{ BYTES("read: [a, null]"), "1:11: read: nothing is said; without the key it has its default\n" },
	{ BYTES("ports: \"1\\0\""), "1:8: ports: a NUL in a text\n" },
	/* Values that their options do not take: as on the command line, in the order of the file. */
	{ BYTES("secrets: tell\nports: 0\nchecksums: some"),
	  "1:10: secrets tell: expected redact, fingerprint or show\n"
	  "2:8: ports 0: expected ports such as 110,995,1100-1110\n3:12: checksums some: expected none or all\n" },
	{ BYTES("variable:\n  - A=1\n  - B"), "3:5: variable B: expected NAME=LIST\n" },
	{ BYTES("rules: [nowhere.rules]"), "1:9: rules nowhere.rules: No such file or directory\n" },
	{ BYTES("rules: nowhere.rules"), "1:8: rules nowhere.rules: No such file or directory\n" },
	{ BYTES("verbose: -1\nworkers: 0"), "1:10: verbose -1: expected 0, 1 or 2\n"
	  "2:10: workers 0: expected a number from 1 to 64\n" },
	{ BYTES("filter: host host"), "1:9: filter host host: can't parse filter expression: syntax error; pcap-filter(7) has the grammar\n" },
	{ BYTES("output: xml:-"),
	  "1:9: output xml:-: no such format: xml (eve, ecs, ocsf, cef, text; a file of that name is ./xml:-)\n" },
};

UNIT(config, refused)
{
	size_t i;

	for (i = 0; i < COUNT(refused); i++) {
		struct settings s = { 0 };
		size_t wrong = parse(&s, refused[i].text), lines = 0;
		const char *p;

		for (p = reports; (p = strchr(p, '\n')) != NULL; p++)
			lines++;
		cr_expect_str_eq(reports, refused[i].reports, "row %zu:\n%s", i, reports);
		cr_expect(wrong == lines, "row %zu: %zu are wrong", i, wrong);
		settings_free(&s);
	}
}

UNIT(config, not_supported_yet)
{
	char text[128], expected[128];
	size_t i;

	for (i = 0; i < OPTION_MAX; i++) {
		struct settings s = { 0 };

		if (option_rows[i].set != NULL)
			continue;
		snprintf(text, sizeof text, "%s: x", option_rows[i].name);
		snprintf(expected, sizeof expected, "1:1: %s: not supported yet\n", option_rows[i].name);
		cr_expect(parse(&s, span_str(text)) == 1);
		cr_expect_str_eq(reports, expected);
		settings_free(&s);
	}
}

UNIT(config, bounds)
{
	static char text[1 << 20];
	struct settings s = { 0 };
	size_t i, n;

	/* Deep, wide, long: told shortly, and soon. */
	memset(text, '[', 100000);
	cr_expect(parse(&s, span_of(text, 100000)) == 1);
	memcpy(text, "read: ", 6);
	cr_expect(parse(&s, span_of(text, 100000)) == 1);
	cr_expect_str_eq(reports, "1:8: read: expected a text\n");
	for (n = 0; n + 4 < sizeof text; n += 4)
		memcpy(text + n, "a: \n", 4);
	cr_expect(parse(&s, span_of(text, n)) > 1000 && strlen(reports) < 2000);
	cr_expect(strstr(reports, "21:1: and more is wrong\n") != NULL);
	n = (size_t)snprintf(text, sizeof text, "read:\n");
	for (i = 0; i < 5000; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "- x\n");
	cr_expect(parse(&s, span_of(text, n)) == 1);
	cr_expect_str_eq(reports, "4098:3: more than 4096 entries\n");
	cr_expect(s.read.n == 0);
	settings_free(&s);
}

/* ---- what is taken ---- */

UNIT(config, empty)
{
	static const struct span texts[] = { BYTES(""), BYTES("# nothing\n"), BYTES("---\n"), BYTES("--- ~\n...\n"),
					     BYTES("{}"), BYTES("\xef\xbb\xbf# BOM\n"), BYTES("%YAML 1.1\n---\n") };
	size_t i, k;

	for (i = 0; i < COUNT(texts); i++) {
		struct settings s = { 0 };

		cr_expect(parse(&s, texts[i]) == 0, "row %zu: %s", i, reports);
		for (k = 0; k < OPTION_MAX; k++)
			cr_expect(!s.given[k]);
		settings_free(&s);
	}
}

UNIT(config, values)
{
	struct settings s = { 0 };
	size_t wrong = parse(&s, SPAN("read: [a.pcap, 'b c.pcap', \"\\u00e4\"]\r\n"
				      "output:\r\n  - text:-\r\n  - eve.json,types=alert\r\n"
				      "variable:\n- HOME_NET=[10.0.0.0/8,!10.1.0.0/16]\n- EXTERNAL_NET=!$HOME_NET\n"
				      "ports: 110,1100-1102\nany-port: on\nstrict-rules: 'no'\nquiet: false\n"
				      "checksums: all\nsecrets: show\nsecret-key: /k\nservers: s.json\n"
				      "filter: >-\n  host 192.0.2.1\n  or port 110\nverbose: 2\nworkers: 1\n"));

	cr_assert(wrong == 0, "%s", reports);
	cr_assert(s.read.n == 3 && s.output.n == 2 && s.variables.n == 2 && s.interface.n == 0);
	cr_expect_str_eq(s.read.p[1], "b c.pcap");
	cr_expect_str_eq(s.read.p[2], "\xc3\xa4");
	cr_expect_str_eq(s.output.p[1], "eve.json,types=alert");
	cr_expect_str_eq(s.variables.p[0], "HOME_NET=[10.0.0.0/8,!10.1.0.0/16]");
	cr_expect_str_eq(s.variables.p[1], "EXTERNAL_NET=!$HOME_NET");
	cr_expect(port_set_has(&s.port_set, 1101) && !port_set_has(&s.port_set, 995));
	cr_expect(s.any_port && !s.strict_rules && s.checksums && s.secrets == POP3_SECRETS_SHOW && s.verbose == 2);
	cr_expect_str_eq(s.filter, "host 192.0.2.1 or port 110");
	settings_free(&s);
}

UNIT(config, one_text_for_a_list)
{
	struct settings s = { 0 };

	cr_assert(parse(&s, SPAN("interface: eth1\nvariable: A=any\nports: 110")) == 0, "%s", reports);
	cr_assert(s.interface.n == 1 && s.variables.n == 1);
	cr_expect_str_eq(s.interface.p[0], "eth1");
	cr_expect_str_eq(s.ports, "110");
	cr_assert(parse(&s, SPAN("read: []")) == 0 && s.read.n == 0, "%s", reports);
	settings_free(&s);
}

/* ---- who wins ---- */

UNIT(config, command_line_wins)
{
	const char *const words[] = { "-p", "1110", "--secrets=redact", "-o", "-", "--any-port=no",
				      "--variable", "A=2", "-r", "x.pcap", NULL };
	struct settings s;

	command_line(&s, words);
	cr_assert(parse(&s, SPAN("ports: '110'\nsecrets: show\noutput: [a, b]\nany-port: yes\ninterface: eth1\n"
				 "variable: [A=1, B=3]\nchecksums: all")) == 0, "%s", reports);
	cr_expect_str_eq(s.ports, "1110");
	cr_expect(s.secrets == POP3_SECRETS_REDACT && !s.any_port && s.checksums);
	cr_expect(s.output.n == 1 && s.read.n == 1 && s.interface.n == 0);
	cr_assert(s.variables.n == 2);
	cr_expect_str_eq(s.variables.p[0], "A=2");
	cr_expect_str_eq(s.variables.p[1], "B=3");
	settings_free(&s);
}

UNIT(config, groups)
{
	static const struct {
		const char *words[4], *text;
	} rows[] = {
		{ { "-i", "eth1" }, "read: [a]\ninterface: [b, c]" },
		{ { "-r", "a" }, "read: [b, c]\ninterface: d" },
		{ { "-i", "eth1", "tcp" }, "filter: udp" },
		{ { "-r", "a", "-fudp" }, "filter-file: /nowhere" },
		{ { "-S", "/dev/null" }, "rules: /nowhere" },
		{ { "-s", "/dev/null" }, "rules-only: /nowhere" },
		{ { "-q" }, "verbose: 2" },
		{ { "-v" }, "quiet: yes" },
	};
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		struct settings s;

		command_line(&s, rows[i].words);
		cr_expect(parse(&s, span_str(rows[i].text)) == 0, "row %zu: %s", i, reports);
		cr_expect(s.read.n + s.interface.n <= 1 && s.filter_read == NULL, "row %zu", i);
		cr_expect(s.rules.n + s.rules_only.n <= 1 && abs(s.verbose) <= 1, "row %zu", i);
		cr_expect(s.filter == NULL || s.filter_words == NULL, "row %zu", i);
		settings_free(&s);
	}
}

UNIT(config, presets)
{
	struct settings s = { 0 };

	settings_preset(&s);
	cr_expect_str_eq(s.ports, "110,995");
	cr_expect_str_eq(s.secret_key, DEFAULT_SECRET_KEY);
	cr_expect(s.secrets == POP3_SECRETS_REDACT && !s.checksums && !s.any_port && !s.strict_rules && s.verbose == 0);
	cr_expect(s.problem[0] == '\0' && s.config == NULL);
	settings_free(&s);
}

/* ---- what goes with the program, and has to have all of it ---- */

static char *whole_file(const char *path)
{
	char *text = calloc(1, 1 << 20);
	FILE *f = fopen(path, "r");

	cr_assert(text != NULL && f != NULL, "%s", path);
	fread(text, 1, (1 << 20) - 1, f);
	fclose(f);
	return text;
}

/* Sets the sample's key alone, which may be commented out. What is wrong, if anything. */
static const char *sample_alone(const char *line)
{
	char text[4096] = "";
	struct settings s = { 0 };
	size_t n = 0, len;
	bool first = true;

	for (; *line != '\0'; line += len + (line[len] == '\n' ? 1 : 0)) {
		bool off = *line == '#';

		len = strcspn(line, "\n");
		if (!first && strncmp(line + (off ? 1 : 0), "  - ", 4) != 0)
			break;
		first = false;
		n += (size_t)snprintf(text + n, sizeof text - n, "%.*s\n", (int)len - (off ? 1 : 0), line + (off ? 1 : 0));
	}
	parse(&s, span_str(text));
	settings_free(&s);
	return reports;
}

UNIT(config, sample)
{
	char *text = whole_file("samples/plainpop.yaml");
	struct settings s = { 0 };
	size_t i;

	cr_expect(parse(&s, span_str(text)) == 0, "%s", reports);
	cr_expect(s.interface.n == 1 && s.output.n == 1);
	settings_free(&s);
	for (i = 0; i < OPTION_MAX; i++) {
		const struct option_row *o = &option_rows[i];
		char off[64], on[64], preset[128];
		const char *line, *problem;

		snprintf(on, sizeof on, "\n%s:", o->name);
		snprintf(off, sizeof off, "\n#%s:", o->name);
		line = strstr(text, off) != NULL ? strstr(text, off) : strstr(text, on);
		if (o->kind == KIND_COMMAND || o->set == NULL) {
			cr_expect(line == NULL, "%s is not for the file", o->name);
			continue;
		}
		cr_expect(line != NULL, "%s is not in the sample", o->name);
		if (line == NULL)
			continue;
		cr_expect(strstr(line + 1, off) == NULL && strstr(line + 1, on) == NULL, "%s is there twice", o->name);
		snprintf(preset, sizeof preset, "\n#%s: %s\n", o->name, o->preset);
		cr_expect(o->preset == NULL || strncmp(line, preset, strlen(preset)) == 0, "%s: not its default", o->name);
		problem = sample_alone(line + 1);
		cr_expect(problem[0] == '\0' || strstr(problem, "No such file or directory\n") != NULL ||
				  strstr(problem, "not in this build") != NULL,
			  "%s: %s", o->name, problem);
	}
	free(text);
}

UNIT(config, completion)
{
	static const char *const shells[] = { "bash", "zsh", "fish" };
	static const char *const forms[] = { "--%s", "--%s", "-l %s" };
	size_t i, k;

	for (i = 0; i < COUNT(shells); i++) {
		char *text = NULL, name[64];
		size_t n;
		FILE *f = open_memstream(&text, &n);

		cr_assert(f != NULL && completion_print(f, shells[i]));
		fclose(f);
		for (k = 0; k < OPTION_MAX; k++) {
			snprintf(name, sizeof name, forms[i], option_rows[k].name);
			cr_expect((strstr(text, name) != NULL) == (option_rows[k].set != NULL), "%s: %s", shells[i], name);
		}
		free(text);
	}
	cr_expect(!completion_print(NULL, "csh"));
}
