/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records for the tests of formats, and the lines that become of them. */
#ifndef PLAINPOP_UNIT_RECORDS_H
#define PLAINPOP_UNIT_RECORDS_H

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "plainpop/emit.h"
#include "unit.h"

#define TS UINT64_C(1767225599123456) /* 2025-12-31T23:59:59.123456 */

static struct emit_source sources[] = { { "some \"where\"/a.pcap", false }, { "eth0", true } };
static struct emit_context context = { sources, NULL };

static const char *category = "Credentials Accepted over Cleartext";
static const char *technique[] = { "T1552", "T1040" }, *tactic[] = { "TA0006" };
static const char *reference[] = { "https://www.rfc-editor.org/rfc/rfc8314" };

/* A rule as the ruleset would keep it. */
static inline struct signature *new_signature(void)
{
	static struct signature_metadata metadata[] = { { "mitre_tactic_id", tactic, 1 },
							{ "mitre_technique_id", technique, 2 } };
	static struct signature s;

	s = (struct signature){ .gid = 1, .sid = 9100000, .rev = 2, .msg = "it \"happened\"", .category = category,
				.severity = 1, .metadata = metadata, .n_metadata = 2, .reference = reference,
				.n_references = 1 };
	return &s;
}

static inline struct event *new_event(enum event_kind kind)
{
	struct event *e = malloc(sizeof *e);

	cr_assert(e != NULL);
	event_init(e, kind);
	e->ts = TS;
	e->packet = 7;
	e->flow_id = (UINT64_C(1) << 51) - 1;
	e->flow.ip_v = 4;
	memcpy(e->flow.addr[SIDE_CLIENT], "\xc0\0\2\x0a", 4);
	memcpy(e->flow.addr[SIDE_SERVER], "\xc6\x33\x64\x19", 4);
	e->flow.port[SIDE_CLIENT] = 49152;
	e->flow.port[SIDE_SERVER] = 110;
	e->start = TS - 2000000;
	e->end = TS;
	e->pkts[SIDE_CLIENT] = 5;
	e->pkts[SIDE_SERVER] = 4;
	e->bytes[SIDE_CLIENT] = 250;
	e->bytes[SIDE_SERVER] = 240;
	return e;
}

static inline struct event *new_login(void)
{
	struct event *e = new_event(EVENT_LOGIN);

	e->outcome = OUTCOME_SUCCESS;
	e->exposure = EXPOSURE_PASSWORD;
	e->stls = STLS_NOT_ASKED;
	e->secret_seen = true;
	event_set(e, EVENT_MECHANISM, SPAN("USER/PASS"));
	event_set(e, EVENT_COMMAND, SPAN("PASS"));
	event_set(e, EVENT_ARGS, SPAN("[redacted]"));
	return e;
}

/* Everything in a file; heap. */
static inline char *contents(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	char *text = calloc(1, 1 << 20);

	cr_assert(f != NULL && text != NULL);
	*n = fread(text, 1, (1 << 20) - 1, f);
	fclose(f);
	return text;
}

/* What comes behind the target of the outputs below, such as ",host=sensor". */
static const char *more = "";

/* The line that a record becomes in some format, checked for what holds for every line; "" when there is none. Heap. */
static inline char *line_of(const char *format, const struct record *r)
{
	char path[] = "/tmp/plainpop-unit-XXXXXX", spec[256], err[OUTPUT_ERROR_SIZE] = "", *line, *again;
	const char *type = r->type == RECORD_ALERT ? "alert" : r->type == RECORD_POP3 ? "pop3" :
			   r->type == RECORD_ANOMALY ? "anomaly" : "stats";
	struct output *o = NULL;
	int fd = mkstemp(path);
	size_t n;

	cr_assert(fd >= 0 && close(fd) == 0);
	snprintf(spec, sizeof spec, "%s:%s,types=%s%s", format, path, type, more);
	cr_assert(output_parse(spec, &o, err) == OUTPUT_OK && output_open(o, err) == OUTPUT_OK, "%s", err);
	output_record(o, &context, r);
	cr_expect(output_close(o) == 0);
	line = contents(path, &n);
	unlink(path);
	if (n == 0)
		return line;
	cr_assert(line[n - 1] == '\n', "%s", line);
	line[--n] = '\0';
	/* One line, valid UTF-8, nothing that a terminal would obey: it is what span_printable() would make of it. */
	again = malloc(PRINTABLE_MAX(n));
	cr_assert(again != NULL);
	cr_expect(span_printable(span_of(line, n), again) == n && strlen(line) == n, "not printable: %s", again);
	free(again);
	return line;
}

/* JSON, strictly. Takes the line. */
static inline struct json_object *parsed_line(char *line)
{
	struct json_tokener *t = json_tokener_new();
	struct json_object *o;

	cr_assert(t != NULL);
	json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(t, line, (int)strlen(line) + 1);
	cr_assert(o != NULL, "%s: %s", json_tokener_error_desc(json_tokener_get_error(t)), line);
	json_tokener_free(t);
	free(line);
	return o;
}

/* Where the dots lead, "[]" to the first of an array; or NULL. */
static inline struct json_object *at_path(struct json_object *o, const char *path)
{
	char part[64];
	size_t n;

	for (; o != NULL && *path != '\0'; path += n + (path[n] == '.' ? 1 : 0)) {
		bool array;

		n = strcspn(path, ".");
		array = n > 2 && path[n - 1] == ']';
		snprintf(part, sizeof part, "%.*s", (int)(array ? n - 2 : n), path);
		o = json_object_is_type(o, json_type_object) ? json_object_object_get(o, part) : NULL;
		if (array)
			o = json_object_is_type(o, json_type_array) ? json_object_array_get_idx(o, 0) : NULL;
	}
	return o;
}

/* A record with JSON to compare with, with ' for " so that it can be read. */
static inline void expect_json_line(const char *format, const struct record *r, const char *want)
{
	struct json_object *have = parsed_line(line_of(format, r)), *wanted;
	char *text = strdup(want), *p;

	cr_assert(text != NULL);
	for (p = text; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	wanted = json_tokener_parse(text);
	cr_assert(wanted != NULL, "the test is wrong: %s", text);
	cr_expect(json_object_equal(have, wanted), "%s\nwanted\n%s",
		  json_object_to_json_string_ext(have, JSON_C_TO_STRING_PRETTY),
		  json_object_to_json_string_ext(wanted, JSON_C_TO_STRING_PRETTY));
	json_object_put(have);
	json_object_put(wanted);
	free(text);
}

/* Names that want to break out. */
static const struct span hostile[] = {
	BYTES("\""),
	BYTES("\\"),
	BYTES("\\\""),
	BYTES("\",\"outcome\":\"failure"),
	BYTES("\\u0000"),
	BYTES("\\x41"),
	BYTES("a\0b"),
	BYTES("\n{\"timestamp\":\"\"}\n"),
	BYTES("\r\n\t\b\f\x1b[2J\x7f"),
	BYTES("\xff\xfe\x80"),
	BYTES("\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf"),
	BYTES("\xed\xa0\x80\xed\xb0\x80"),
	BYTES("\xe2\x80\xae" "ecila\xe2\x80\xac"),
	BYTES("\xc2\x85\xe2\x80\xa8\xe2\x80\xa9"),
	BYTES("h\xc3\xb6hle \xf0\x9f\x98\x80"),
	BYTES("\xc3"),
	BYTES("</script><!--"),
	BYTES("a|b=c \\= \\| \\n d=e|"),
	BYTES(" =x cs1=2 "),
	BYTES(""),
};

#endif
