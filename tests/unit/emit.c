/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records go through an output to a file, as they do in the program, and are read back with json-c. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "records.h"

#include <criterion/redirect.h> /* counts on criterion.h before it */

/* ---- what an output is told to be ---- */

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

UNIT(emit, output_parse)
{
	static const struct {
		const char *spec;
		enum output_result result;
		const char *message; /* a part of it */
		bool is_stdout, is_text;
	} cases[] = {
		{ "-", OUTPUT_OK, "", true, false },
		{ "eve:-", OUTPUT_OK, "", true, false },
		{ "text:-", OUTPUT_OK, "", true, true },
		{ "eve.json", OUTPUT_OK, "", false, false },
		{ "text:/var/log/plainpop.log", OUTPUT_OK, "", false, true },
		{ "/var/log/with:colon", OUTPUT_OK, "", false, false },
		{ "./odd:name", OUTPUT_OK, "", false, false },
		{ "eve:with:colon", OUTPUT_OK, "", false, false },
		{ "with,comma", OUTPUT_OK, "", false, false },
		{ "-,types=alert", OUTPUT_OK, "", true, false },
		{ "text:-,types=alert+pop3+anomaly", OUTPUT_OK, "", true, true },
		{ "-,types=alert+stats", OUTPUT_OK, "", true, false },
		{ "", OUTPUT_WRONG, "no target", false, false },
		{ "eve:", OUTPUT_WRONG, "no target", false, false },
		{ ",types=alert", OUTPUT_WRONG, "no target", false, false },
		{ "xml:-", OUTPUT_WRONG, "no such format: xml", false, false },
		{ "-,types=", OUTPUT_WRONG, "types", false, false },
		{ "-,types=alerts", OUTPUT_WRONG, "no such type: alerts", false, false },
		{ "-,types=alert+", OUTPUT_OK, "", true, false },
		{ "-,types=+alert", OUTPUT_WRONG, "no such type", false, false },
		{ "-,types=flow", OUTPUT_UNSUPPORTED, "type flow is not supported", false, false },
		{ "-,types=stats+flow", OUTPUT_UNSUPPORTED, "type flow", false, false },
		{ "ecs:-", OUTPUT_OK, "", true, false },
		{ "ocsf:x", OUTPUT_OK, "", false, false },
		{ "cef:-,types=alert+anomaly", OUTPUT_OK, "", true, false },
		{ "cef:syslog:", OUTPUT_OK, "", false, false },
		{ "cef:-,types=stats", OUTPUT_WRONG, "format cef has no stats records", false, false },
		{ "ocsf:-,types=alert+anomaly", OUTPUT_WRONG, "format ocsf has no anomaly records", false, false },
		{ "-,host=sensor-1.example", OUTPUT_OK, "", true, false },
		{ "text:-,host=a,types=alert", OUTPUT_OK, "", true, true },
		{ "text:-,types=alert,host=A9", OUTPUT_OK, "", true, true },
		{ "with,host,types", OUTPUT_OK, "", false, false },
		{ "-,host=", OUTPUT_WRONG, "no host name", false, false },
		{ "-,host=two words", OUTPUT_WRONG, "no host name", false, false },
		{ "-,host=a_b", OUTPUT_WRONG, "no host name", false, false },
		{ "-,host=-a", OUTPUT_WRONG, "no host name", false, false },
		{ "-,host=a-", OUTPUT_WRONG, "no host name", false, false },
		{ "-,host=a..b", OUTPUT_WRONG, "no host name", false, false },
		{ "-,host=a.-b", OUTPUT_WRONG, "no host name", false, false },
		{ "-,host=a.", OUTPUT_WRONG, "no host name", false, false },
		{ "-,host=h\"", OUTPUT_WRONG, "no host name", false, false },
		{ "-,host=" HUNDRED, OUTPUT_OK, "", true, false },
		{ "-,host=" HUNDRED "0", OUTPUT_WRONG, "no host name", false, false },
		{ "-,host=a,host=b", OUTPUT_WRONG, "host= is there twice", false, false },
		{ "-,types=alert,types=pop3", OUTPUT_WRONG, "types= is there twice", false, false },
		{ "unix:/run/x", OUTPUT_OK, "", false, false },
		{ "eve:unix:/run/x", OUTPUT_OK, "", false, false },
		{ "syslog:", OUTPUT_OK, "", false, false },
		{ "syslog+udp://h:514", OUTPUT_OK, "", false, false },
		{ "text:syslog+tls://h:6514", OUTPUT_OK, "", false, true },
		{ "syslog+udp://h:514,facility=nonsense", OUTPUT_WRONG, "facility", false, false },
		{ "cef:unix:/run/x,host=a,types=alert", OUTPUT_OK, "", false, false },
		{ "unix:/run/x,types=alert,types=pop3", OUTPUT_WRONG, "types= is there twice", false, false },
		{ "unix:/run/x,nonsense", OUTPUT_WRONG, "no such option", false, false },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		char err[OUTPUT_ERROR_SIZE] = "";
		struct output *o = NULL;

		cr_expect(output_parse(cases[i].spec, &o, err) == cases[i].result, "%s: %s", cases[i].spec, err);
		cr_expect(strstr(err, cases[i].message) != NULL, "%s: %s", cases[i].spec, err);
		cr_expect((o != NULL) == (cases[i].result == OUTPUT_OK) && (o != NULL) == (err[0] == '\0'), "%s",
			  cases[i].spec);
		if (o != NULL) {
			cr_expect(output_is_stdout(o) == cases[i].is_stdout, "%s", cases[i].spec);
			cr_expect(output_is_text(o) == cases[i].is_text, "%s", cases[i].spec);
		}
		cr_expect(output_close(o) == 0);
	}
}

/* ---- printable ---- */

UNIT(emit, printable)
{
	static const struct {
		struct span in;
		const char *out;
	} cases[] = {
		{ BYTES(""), "" },
		{ BYTES("alice \"bob\" \\ ~"), "alice \"bob\" \\ ~" },
		{ BYTES("\0\1\x1f\x7f"), "\\x00\\x01\\x1f\\x7f" },
		{ BYTES("\r\n\t\x1b[31m"), "\\x0d\\x0a\\x09\\x1b[31m" },
		{ BYTES("h\xc3\xb6hle \xe6\xbc\xa2 \xf0\x9f\x98\x80"), "h\xc3\xb6hle \xe6\xbc\xa2 \xf0\x9f\x98\x80" },
		/* the ends of what UTF-8 can say (RFC 3629) */
		{ BYTES("\xc2\xa0\xdf\xbf"), "\xc2\xa0\xdf\xbf" },
		{ BYTES("\xe0\xa0\x80\xee\x80\x80"), "\xe0\xa0\x80\xee\x80\x80" },
		{ BYTES("\xf0\x90\x80\x80\xf4\x8f\xbf\xbd"), "\xf0\x90\x80\x80\xf4\x8f\xbf\xbd" },
		{ BYTES("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80" },
		{ BYTES("\xf8\x88\x80\x80\x80\xfe\xff"), "\\xf8\\x88\\x80\\x80\\x80\\xfe\\xff" },
		/* no beginning, no end, none at all */
		{ BYTES("\x80\xbf" "a"), "\\x80\\xbf" "a" },
		{ BYTES("\xc3"), "\\xc3" },
		{ BYTES("\xc3(\xe6\xbc("), "\\xc3(\\xe6\\xbc(" },
		{ BYTES("\xf0\x9f\x98"), "\\xf0\\x9f\\x98" },
		/* too many bytes for what they say, and surrogates */
		{ BYTES("\xc0\x80\xc1\xbf"), "\\xc0\\x80\\xc1\\xbf" },
		{ BYTES("\xe0\x80\x8a\xe0\x9f\xbf"), "\\xe0\\x80\\x8a\\xe0\\x9f\\xbf" },
		{ BYTES("\xf0\x80\x80\x8a\xf0\x8f\xbf\xbf"), "\\xf0\\x80\\x80\\x8a\\xf0\\x8f\\xbf\\xbf" },
		{ BYTES("\xed\xa0\x80\xed\xbf\xbf"), "\\xed\\xa0\\x80\\xed\\xbf\\xbf" },
		/* valid, but they turn text round, hide it, or break lines */
		{ BYTES("\xc2\x80\xc2\x85\xc2\x9f"), "\\xc2\\x80\\xc2\\x85\\xc2\\x9f" },
		{ BYTES("\xe2\x80\xae\xe2\x80\xaa"), "\\xe2\\x80\\xae\\xe2\\x80\\xaa" }, /* U+202E, U+202A */
		{ BYTES("\xe2\x81\xa6\xe2\x81\xa9"), "\\xe2\\x81\\xa6\\xe2\\x81\\xa9" }, /* U+2066, U+2069 */
		{ BYTES("\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c"), "\\xe2\\x80\\x8e\\xe2\\x80\\x8f\\xd8\\x9c" },
		{ BYTES("\xe2\x80\x8b\xef\xbb\xbf"), "\\xe2\\x80\\x8b\\xef\\xbb\\xbf" }, /* U+200B, U+FEFF */
		{ BYTES("\xe2\x80\xa8\xe2\x80\xa9"), "\\xe2\\x80\\xa8\\xe2\\x80\\xa9" }, /* U+2028, U+2029 */
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		size_t size = PRINTABLE_MAX(cases[i].in.n), n;
		char *out = malloc(size); /* the sanitizer watches the end */

		cr_assert(out != NULL);
		n = span_printable(cases[i].in, out);
		cr_expect_str_eq(out, cases[i].out, "case %zu: %s", i, out);
		cr_expect(n == strlen(out), "case %zu", i);
		free(out);
	}
}

/* ---- Community ID ---- */

UNIT(emit, community_id)
{
	static const struct {
		const char *client, *server;
		uint16_t ports[2];
		const char *id;
	} cases[] = {
		{ "\x80\xe8\x6e\x78", "\x42\x23\xfa\xcc", { 34855, 80 }, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
		{ "\xc0\0\2\x0a", "\xc6\x33\x64\x19", { 49152, 110 }, "1:XMe51gaIcRrr7e5oNbv8quO+Yyc=" },
		{ "\xcb\0\x71\x0a", "\xc6\x33\x64\x19", { 49152, 110 }, "1:J98/thrcxrpPHCg/b2DD+lHkoCc=" },
		{ "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x10", "\x20\1\x0d\xb8\0\1\0\0\0\0\0\0\0\0\0\x25", { 49152, 110 },
		  "1:9Abv3OId3MgYqtRoTkVoVIK6OAQ=" },
	};
	size_t i;
	unsigned swapped;

	for (i = 0; i < COUNT(cases); i++)
		for (swapped = 0; swapped < 2; swapped++) {
			struct flow_key k = { .ip_v = i == 3 ? 6 : 4 };
			char id[COMMUNITY_ID_SIZE];

			memcpy(k.addr[swapped], cases[i].client, i == 3 ? 16 : 4);
			memcpy(k.addr[1 - swapped], cases[i].server, i == 3 ? 16 : 4);
			k.port[swapped] = cases[i].ports[0];
			k.port[1 - swapped] = cases[i].ports[1];
			emit_community_id(&k, id);
			cr_expect_str_eq(id, cases[i].id, "case %zu, %s: %s", i, swapped != 0 ? "swapped" : "as it is", id);
		}
}

/* ---- records ---- */

/* A record in EVE, parsed. */
static struct json_object *parsed(const struct record *r)
{
	char *line = line_of("eve", r);

	cr_expect(strncmp(line, "{\"timestamp\":\"", 14) == 0, "the time comes first: %s", line);
	return parsed_line(line);
}

static void expect_json(const struct record *r, const char *want)
{
	expect_json_line("eve", r, want);
}

#define ENDS "'src_ip': '192.0.2.10', 'src_port': 49152, 'dest_ip': '198.51.100.25', 'dest_port': 110"
#define HEAD(type)                                                                                         \
	"'timestamp': '2025-12-31T23:59:59.123456+0000', 'flow_id': 2251799813685247, 'event_type': '" type \
	"', " ENDS ", 'proto': 'TCP', 'ip_v': 4, 'community_id': '1:XMe51gaIcRrr7e5oNbv8quO+Yyc='"
#define OFFLINE "'pcap_cnt': 7, 'pcap_filename': 'some \\'where\\'/a.pcap'"

UNIT(emit, login)
{
	struct event *e = new_login();
	const struct record r = { .type = RECORD_POP3, .event = e };

	event_set(e, EVENT_USER, SPAN("alice"));
	event_set(e, EVENT_RESPONSE, SPAN("Logged in."));
	e->response_set = e->response_ok = true;
	expect_json(&r, "{" HEAD("pop3") ", " OFFLINE ", 'pop3': {"
		    "'request': {'command': 'PASS', 'args': ['[redacted]']},"
		    "'response': {'success': true, 'status': 'OK', 'header': 'Logged in.'},"
		    "'login': {'user': 'alice', 'mechanism': 'USER/PASS', 'exposure': 'password',"
		    "'outcome': 'success', 'password_redacted': true, 'stls': 'not_asked'}}}");
	free(e);
}

/* Every key that a login can have. */
UNIT(emit, login_with_everything)
{
	struct event *e = new_event(EVENT_LOGIN);
	const struct record r = { .type = RECORD_POP3, .event = e };
	size_t i;

	e->source = 1;
	e->outcome = OUTCOME_FAILURE;
	e->exposure = EXPOSURE_PASSWORD;
	e->stls = STLS_OFFERED_UNUSED;
	e->secret_seen = e->undecodable = e->response_set = e->secret_id_set = true;
	for (i = 0; i < EVENT_SECRET_ID; i++)
		e->secret_id[i] = (uint8_t)(0x11 * i);
	e->capture = (struct event_capture){ .gap_bytes = 5, .midstream = true, .one_sided = true, .truncated = true };
	e->flow.n_vlan = 2;
	e->flow.vlan[0] = 100;
	e->flow.vlan[1] = 4094;
	e->tunnel = (struct tunnel){ .addr = { { 203, 0, 113, 1 }, { 203, 0, 113, 2 } }, .port = { 50000, 4789 },
				     .kind = TUNNEL_VXLAN, .depth = 2, .ip_v = 4, .id = 7, .id_set = true };
	event_set(e, EVENT_MECHANISM, SPAN("PLAIN"));
	event_set(e, EVENT_USER, SPAN("alice"));
	event_set(e, EVENT_AUTHZID, SPAN("boss"));
	event_set(e, EVENT_COMMAND, SPAN("AUTH"));
	event_set(e, EVENT_ARGS, SPAN("PLAIN [redacted]"));
	event_set(e, EVENT_RESPONSE, SPAN(""));
	event_set(e, EVENT_BANNER, SPAN("ready"));
	context.secret_key_id = "0123456789abcdef";
	expect_json(&r, "{" HEAD("pop3") ", 'in_iface': 'eth0', 'vlan': [100, 4094], 'tunnel': {'src_ip': '203.0.113.1',"
		    "'src_port': 50000, 'dest_ip': '203.0.113.2', 'dest_port': 4789, 'proto': 'vxlan', 'depth': 2}, 'pop3': {"
		    "'request': {'command': 'AUTH', 'args': ['PLAIN', '[redacted]']},"
		    "'response': {'success': false, 'status': 'ERR', 'header': ''},"
		    "'login': {'user': 'alice', 'authzid': 'boss', 'mechanism': 'PLAIN', 'exposure': 'password',"
		    "'outcome': 'failure', 'password_redacted': true,"
		    "'secret_id': '00112233445566778899aabbccddeeff', 'secret_key_id': '0123456789abcdef',"
		    "'undecodable': true, 'stls': 'offered_unused',"
		    "'vni': 7, 'capture': {'midstream': true, 'gap_bytes': 5, 'one_sided': true, 'truncated': true},"
		    "'banner': 'ready'}}}");
	free(e);
}

/* Shown secrets; an unknown outcome; and a fingerprint under a key that is not to be told is none. */
UNIT(emit, login_shown)
{
	struct event *e = new_event(EVENT_LOGIN);
	const struct record r = { .type = RECORD_POP3, .event = e };

	e->outcome = OUTCOME_UNKNOWN;
	e->exposure = EXPOSURE_PASSWORD;
	e->secret_seen = e->secret_id_set = true;
	event_set(e, EVENT_MECHANISM, SPAN("USER/PASS"));
	event_set(e, EVENT_COMMAND, SPAN("PASS"));
	event_set(e, EVENT_ARGS, SPAN("two  words "));
	event_set(e, EVENT_PASSWORD, SPAN("two  words "));
	expect_json(&r, "{" HEAD("pop3") ", " OFFLINE ", 'pop3': {"
		    "'request': {'command': 'PASS', 'args': ['two  words ']},"
		    "'login': {'mechanism': 'USER/PASS', 'exposure': 'password', 'outcome': 'unknown',"
		    "'password': 'two  words '}}}");
	free(e);
}

#define ALERT                                                                                                   \
	"'action': 'allowed', 'gid': 1, 'signature_id': 9100000, 'rev': 2, 'signature': 'it \\'happened\\'',"  \
	"'category': 'Credentials Accepted over Cleartext', 'severity': 1,"                                     \
	"'metadata': {'mitre_tactic_id': ['TA0006'], 'mitre_technique_id': ['T1552', 'T1040']},"                \
	"'references': ['https://www.rfc-editor.org/rfc/rfc8314']"
#define FLOW                                                                                              \
	"'flow': {'pkts_toserver': 5, 'pkts_toclient': 4, 'bytes_toserver': 250, 'bytes_toclient': 240,"  \
	"'start': '2025-12-31T23:59:57.123456+0000', " ENDS "}"

UNIT(emit, alert)
{
	struct event *e = new_login();
	const struct record r = { .type = RECORD_ALERT, .event = e, .signature = new_signature() };

	event_set(e, EVENT_USER, SPAN("alice"));
	expect_json(&r, "{" HEAD("alert") ", " OFFLINE ", 'alert': {" ALERT ", 'context': {'pop3': {"
		    "'user': 'alice', 'mechanism': 'USER/PASS', 'exposure': 'password', 'outcome': 'success',"
		    "'password_redacted': true, 'stls': 'not_asked'}}},"
		    "'app_proto': 'pop3', 'direction': 'to_server', " FLOW ","
		    "'pop3': {'request': {'command': 'PASS', 'args': ['[redacted]']}}}");
	free(e);
}

UNIT(emit, alert_of_a_session)
{
	struct event *e = new_event(EVENT_SESSION);
	const struct record r = { .type = RECORD_ALERT, .event = e, .signature = new_signature() };

	e->stls = STLS_NOT_OFFERED;
	expect_json(&r, "{" HEAD("alert") ", " OFFLINE ", 'alert': {" ALERT ", 'context': {'pop3': {"
		    "'stls': 'not_offered'}}}, 'app_proto': 'pop3', 'direction': 'to_server', " FLOW "}");
	free(e);
}

UNIT(emit, session)
{
	struct event *e = new_event(EVENT_SESSION);
	const struct record r = { .type = RECORD_POP3, .event = e };

	e->commands = 5;
	e->messages = 2;
	e->logins = 1;
	e->retr_bytes = UINT64_C(1) << 40;
	e->stls = STLS_REFUSED;
	e->outcome = OUTCOME_SUCCESS;
	e->end_reason = END_FIN;
	event_set(e, EVENT_BANNER, SPAN("ready\xff"));
	event_set(e, EVENT_CAPABILITIES, SPAN("USER\nSASL PLAIN\nX-\"ODD\""));
	expect_json(&r, "{" HEAD("pop3") ", " OFFLINE ", 'pop3': {'session': {"
		    "'start': '2025-12-31T23:59:57.123456+0000', 'end': '2025-12-31T23:59:59.123456+0000',"
		    "'commands': 5, 'messages': 2, 'retr_bytes': 1099511627776, 'logins': 1, 'stls': 'refused',"
		    "'banner': 'ready\\\\xff', 'capabilities': ['USER', 'SASL PLAIN', 'X-\\'ODD\\''],"
		    "'end_reason': 'fin'}}}");
	free(e);
}

UNIT(emit, anomaly)
{
	const struct record r = { .type = RECORD_ANOMALY, .ts = TS, .anomaly = "secrets_shown" };
	struct json_object *o = parsed(&r), *anomaly = json_object_object_get(o, "anomaly");

	cr_expect_str_eq(json_object_get_string(json_object_object_get(o, "timestamp")), "2025-12-31T23:59:59.123456+0000");
	cr_expect_str_eq(json_object_get_string(json_object_object_get(o, "event_type")), "anomaly");
	cr_expect_str_eq(json_object_get_string(json_object_object_get(anomaly, "event")), "secrets_shown");
	cr_expect_str_eq(json_object_get_string(json_object_object_get(anomaly, "type")), "applayer");
	json_object_put(o);
}

static const char *get(struct json_object *o, const char *key)
{
	return json_object_get_string(json_object_object_get(o, key));
}

/* Records of several flows in turns: what is kept from one to the next must not stick. */
UNIT(emit, addresses)
{
	static const struct {
		uint8_t ip_v;
		const char *bytes, *client;
	} cases[] = {
		{ 4, "\0\0\0\0", "0.0.0.0" },
		{ 4, "\xff\xff\xff\xff", "255.255.255.255" },
		{ 6, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "::" },
		{ 6, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x10", "2001:db8::10" },
		{ 4, "\x0a\x64\1\x09", "10.100.1.9" },
		{ 6, "\xfe\x80\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", "fe80::ffff:ffff:ffff:ffff" },
	};
	char ids[COUNT(cases)][COMMUNITY_ID_SIZE];
	size_t i, k;

	for (i = 0; i < COUNT(cases); i++) {
		struct event *e = new_login();
		const struct record r = { .type = RECORD_POP3, .event = e };
		struct json_object *o;

		memset(&e->flow.addr, 0, sizeof e->flow.addr);
		e->flow.ip_v = cases[i].ip_v;
		memcpy(e->flow.addr[SIDE_CLIENT], cases[i].bytes, cases[i].ip_v == 4 ? 4 : 16);
		o = parsed(&r);
		cr_expect_str_eq(get(o, "src_ip"), cases[i].client);
		cr_expect_str_eq(get(o, "dest_ip"), cases[i].ip_v == 4 ? "0.0.0.0" : "::");
		snprintf(ids[i], sizeof ids[i], "%s", get(o, "community_id"));
		for (k = 0; k < i; k++)
			cr_expect_str_neq(ids[i], ids[k], "flows %zu and %zu", i, k);
		json_object_put(o);
		free(e);
	}
}

UNIT(emit, times)
{
	static const struct {
		uint64_t ts;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000000+0000" },
		{ 1, "1970-01-01T00:00:00.000001+0000" },
		{ 951782399999999, "2000-02-28T23:59:59.999999+0000" },
		{ 951782400000000, "2000-02-29T00:00:00.000000+0000" },
		{ 951782400000001, "2000-02-29T00:00:00.000001+0000" },
		{ 4107542400000000, "2100-03-01T00:00:00.000000+0000" },
		{ 0, "1970-01-01T00:00:00.000000+0000" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		const struct record r = { .type = RECORD_ANOMALY, .ts = cases[i].ts, .anomaly = "x" };
		struct json_object *o = parsed(&r);

		cr_expect_str_eq(get(o, "timestamp"), cases[i].text);
		json_object_put(o);
	}
}

/* ---- names that want to break out ---- */

/* True when line has ="text" in it, with each quote of text as \x22. */
static bool holds_quoted(const char *line, const char *text)
{
	const char *at = strstr(line, "=\"");

	for (; at != NULL; at = strstr(at + 1, "=\"")) {
		const char *l = at + 2, *t = text;

		while (*t != '\0') {
			if (*t == '"' ? strncmp(l, "\\x22", 4) != 0 : *l != *t)
				break;
			l += *t == '"' ? 4 : 1;
			t++;
		}
		if (*t == '\0' && *l == '"')
			return true;
	}
	return false;
}

static void expect_name(struct span name)
{
	struct event *e = new_login();
	const struct record r = { .type = RECORD_ALERT, .event = e, .signature = new_signature() };
	struct json_object *o, *login;
	char *printable = malloc(PRINTABLE_MAX(name.n)), *line;

	cr_assert(printable != NULL);
	span_printable(name, printable);
	event_set(e, EVENT_USER, name);
	event_set(e, EVENT_BANNER, span_take(name, 256));
	o = parsed(&r);
	login = json_object_object_get(json_object_object_get(json_object_object_get(o, "alert"), "context"), "pop3");
	cr_expect_str_eq(get(login, "user"), printable);
	cr_expect_str_eq(get(login, "outcome"), "success");
	json_object_put(o);
	line = line_of("text", &r);
	/* A quote in a name would end the field, and what follows could pass for another. */
	cr_expect(holds_quoted(line, printable), "%s", line);
	free(line);
	free(printable);
	free(e);
}

UNIT(emit, hostile_names)
{
	uint8_t bytes[512];
	size_t i;

	for (i = 0; i < COUNT(hostile); i++)
		expect_name(hostile[i]);
	for (i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)i;
	expect_name(span_of(bytes, sizeof bytes));
	memset(bytes, 0xff, sizeof bytes);
	expect_name(span_of(bytes, sizeof bytes));
	memset(bytes, '"', sizeof bytes);
	expect_name(span_of(bytes, sizeof bytes));
	memset(bytes, '\\', sizeof bytes);
	expect_name(span_of(bytes, sizeof bytes));
}

/* The longest secret that can be shown, at its worst. */
UNIT(emit, longest)
{
	static uint8_t secret[16384];
	struct event *e = new_login();
	const struct record r = { .type = RECORD_POP3, .event = e };
	struct json_object *o;

	memset(secret, 0, sizeof secret);
	event_set(e, EVENT_PASSWORD, span_of(secret, sizeof secret));
	o = parsed(&r);
	cr_expect(strlen(get(json_object_object_get(json_object_object_get(o, "pop3"), "login"), "password")) ==
		  4 * sizeof secret);
	json_object_put(o);
	free(e);
}

/* ---- stats ---- */

static size_t leaves(struct json_object *o)
{
	struct json_object_iter i;
	size_t n = 0;

	if (!json_object_is_type(o, json_type_object))
		return 1;
	json_object_object_foreachC(o, i)
		n += leaves(i.val);
	return n;
}

/* How often a text stands in another. */
static size_t occurrences(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

/* Each counter once, where its name says, whatever the order of the table. */
static void expect_counters(struct json_object *o, const struct stats *s)
{
	int i;

	cr_expect(leaves(o) == COUNTER_MAX + 1, "%zu", leaves(o));
	cr_expect(json_object_get_uint64(at_path(o, "uptime")) == s->uptime);
	for (i = 0; i < COUNTER_MAX; i++) {
		struct json_object *value = at_path(o, counter_name((enum counter)i));

		cr_expect(json_object_is_type(value, json_type_int) && json_object_get_uint64(value) == s->counter[i],
			  "%s", counter_name((enum counter)i));
	}
}

UNIT(emit, stats)
{
	struct stats s = { .uptime = 3600 };
	const struct record r = { .type = RECORD_STATS, .ts = TS, .stats = &s };
	struct json_object *o;
	char *line;
	int i;

	for (i = 0; i < COUNTER_MAX; i++)
		s.counter[i] = UINT64_MAX - (uint64_t)i; /* as large as they get */
	o = parsed(&r);
	cr_expect(json_object_object_length(o) == 3);
	cr_expect_str_eq(get(o, "event_type"), "stats");
	cr_expect_str_eq(get(o, "timestamp"), "2025-12-31T23:59:59.123456+0000");
	expect_counters(json_object_object_get(o, "stats"), &s);
	json_object_put(o);
	line = emit_stats(&s);
	cr_assert(line != NULL);
	o = json_tokener_parse(line);
	expect_counters(o, &s);
	json_object_put(o);
	/* An object that comes twice would hide what its first one holds. */
	cr_expect(occurrences(line, "\"capture\":{") == 1 && occurrences(line, "\"app_layer\":{") == 1);
	cr_expect(line[strlen(line) - 1] == '\n' && occurrences(line, "\n") == 1);
	free(line);
	s.counter[COUNTER_CAPTURE_DROPS] = 17;
	line = line_of("text", &r);
	cr_expect(strstr(line, "2025-12-31 23:59:59.123456  stats uptime=3600 ") == line, "%s", line);
	cr_expect(strstr(line, " dropped=17 ") != NULL, "%s", line);
	free(line);
}

/* Stats of a replay are for who asks. */
UNIT(emit, only_if_named)
{
	static const struct {
		const char *spec;
		bool before, after;
	} cases[] = {
		{ "-", true, false }, { "-,types=stats", true, true }, { "-,types=alert", false, false }, { "text:-", false, false },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		char err[OUTPUT_ERROR_SIZE] = "";
		struct output *o = NULL;

		cr_assert(output_parse(cases[i].spec, &o, err) == OUTPUT_OK, "%s", err);
		cr_expect(output_takes(o, RECORD_STATS) == cases[i].before, "%s", cases[i].spec);
		output_only_if_named(o, RECORD_STATS);
		cr_expect(output_takes(o, RECORD_STATS) == cases[i].after, "%s", cases[i].spec);
		cr_expect(output_close(o) == 0);
	}
}

/* ---- the file ---- */

static struct output *opened(const char *spec)
{
	char err[OUTPUT_ERROR_SIZE] = "";
	struct output *o = NULL;

	cr_assert(output_parse(spec, &o, err) == OUTPUT_OK && output_open(o, err) == OUTPUT_OK, "%s: %s", spec, err);
	return o;
}

/* Types are chosen, whole lines are appended, and nothing is lost. */
UNIT(emit, file)
{
	static const struct {
		const char *options;
		size_t lines; /* for an alert, a login, an anomaly, and stats */
	} cases[] = {
		{ "", 4 }, { ",types=alert", 1 }, { ",types=pop3+anomaly", 2 }, { ",types=stats", 1 },
	};
	struct event *e = new_login();
	const struct record records[] = {
		{ .type = RECORD_ALERT, .event = e, .signature = new_signature() },
		{ .type = RECORD_POP3, .event = e },
		{ .type = RECORD_ANOMALY, .ts = TS, .anomaly = "x" },
		{ .type = RECORD_STATS, .ts = TS, .stats = &(const struct stats){ .uptime = 1 } },
	};
	size_t i, k, n, lines = 0, want = 0;
	char dir[] = "/tmp/plainpop-unit-XXXXXX", path[64], spec[128], *text, *p;
	struct stat st;

	cr_assert(mkdtemp(dir) != NULL);
	snprintf(path, sizeof path, "%s/eve.json", dir);
	umask(0);
	for (i = 0; i < COUNT(cases); i++) {
		struct output *o;

		snprintf(spec, sizeof spec, "%s%s", path, cases[i].options);
		o = opened(spec);
		for (k = 0; k < COUNT(records); k++)
			output_record(o, &context, &records[k]);
		want += cases[i].lines;
		output_flush(o);
		cr_expect(!output_dead(o));
		cr_expect(output_close(o) == 0);
	}
	text = contents(path, &n);
	for (p = text; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	cr_expect(lines == want && text[n - 1] == '\n', "%zu lines", lines);
	cr_expect(counter_value[COUNTER_OUTPUT_RECORDS] == want && counter_value[COUNTER_OUTPUT_DROPPED] == 0);
	cr_expect(stat(path, &st) == 0 && (st.st_mode & 0777) == 0640, "it names accounts: not for everybody");
	free(text);
	free(e);
	unlink(path);
	rmdir(dir);
}

/* Text for people holds alerts unless told otherwise. */
UNIT(emit, text)
{
	struct event *e = new_login();
	const struct record alert = { .type = RECORD_ALERT, .event = e, .signature = new_signature() };
	const struct record login = { .type = RECORD_POP3, .event = e };
	char path[] = "/tmp/plainpop-unit-XXXXXX", spec[64], *line;
	struct output *o;
	int fd = mkstemp(path);
	size_t n;

	cr_assert(fd >= 0 && close(fd) == 0);
	event_set(e, EVENT_USER, SPAN("alice"));
	line = line_of("text", &alert);
	cr_expect(strstr(line, "2025-12-31 23:59:59.123456") == line, "%s", line);
	cr_expect(strstr(line, "192.0.2.10:49152 -> 198.51.100.25:110") != NULL, "%s", line);
	cr_expect(strstr(line, "alice") != NULL && strstr(line, "it \"happened\"") != NULL, "%s", line);
	free(line);
	snprintf(spec, sizeof spec, "text:%s", path);
	o = opened(spec);
	output_record(o, &context, &login);
	cr_expect(output_close(o) == 0);
	line = contents(path, &n);
	cr_expect(n == 0, "%s", line);
	free(line);
	free(e);
	unlink(path);
}

/* What could not be written is counted, every record of it. */
UNIT(emit, full_disk)
{
	struct event *e = new_login();
	const struct record r = { .type = RECORD_POP3, .event = e };
	struct output *o;
	int i;

	cr_redirect_stderr(); /* it says so there, too */
	o = opened("/dev/full");
	for (i = 0; i < 5; i++)
		output_record(o, &context, &r);
	output_flush(o);
	cr_expect(counter_value[COUNTER_OUTPUT_DROPPED] == 5);
	for (i = 0; i < 2000; i++) /* more than is gathered before it is written */
		output_record(o, &context, &r);
	cr_expect(output_close(o) == 2005);
	cr_expect(counter_value[COUNTER_OUTPUT_DROPPED] == 2005 && counter_value[COUNTER_OUTPUT_RECORDS] == 0);
	free(e);
}

UNIT(emit, not_opened)
{
	static const char *const specs[] = { "/no/such/directory/eve.json", "/tmp", "eve:/dev/null/x" };
	size_t i;

	for (i = 0; i < COUNT(specs); i++) {
		char err[OUTPUT_ERROR_SIZE] = "";
		struct output *o = NULL;

		cr_assert(output_parse(specs[i], &o, err) == OUTPUT_OK);
		cr_expect(output_open(o, err) == OUTPUT_FAILED && strchr(err, ':') != NULL, "%s: %s", specs[i], err);
		cr_expect(output_close(o) == 0);
	}
	cr_expect(emit_version()[0] != '\0');
}
