/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What holds for every format: whatever crossed the wire, a line says it and nothing else. */
#include <arpa/inet.h>
#include "records.h"

#include "../../src/emit/field.h"
#include "../../src/emit/impl.h"
#include "../../src/emit/json.h"

/* ---- the table ---- */

/* A place that is another's beginning would be an object and a value; two in one record would be a key twice. */
static bool clash(const struct field *a, const struct field *b, enum field_name name)
{
	const char *x = a->name[name], *y = b->name[name];
	size_t n;

	if (x == NULL || y == NULL)
		return false;
	n = strlen(x);
	return strncmp(x, y, n) == 0 && (y[n] == '.' || (y[n] == '\0' && a->set == b->set));
}

/* The longest part between the dots. */
static size_t longest_part(const char *path)
{
	size_t n, longest = 0;

	for (; path != NULL && *path != '\0'; path += n + (path[n] == '.' ? 1 : 0)) {
		n = strcspn(path, ".");
		longest = n > longest ? n : longest;
	}
	return longest;
}

UNIT(emit, fields)
{
	size_t i, k;
	int name;

	for (i = 0; i < FIELDS; i++) {
		cr_expect(fields[i].name[NAME_EVE] != NULL && fields[i].set < SET_MAX);
		for (name = 0; name < NAME_MAX; name++) {
			cr_expect(longest_part(fields[i].name[name]) <= JSON_KEY_MAX - 3);
			for (k = 0; k < FIELDS; k++)
				cr_expect(k == i || !clash(&fields[i], &fields[k], (enum field_name)name), "%s and %s",
					  fields[i].name[name], fields[k].name[name]);
		}
	}
}

/* ---- names that want to break out ---- */

/* Where a hostile text is put, and where it has to come out again; NULL: that format does not tell it there. */
static const struct {
	enum event_text text;
	const char *eve, *ecs, *ocsf, *cef;
} places[] = {
	{ EVENT_USER, "pop3.login.user", "user.name", "user.name", "duser" },
	{ EVENT_DOMAIN, "pop3.login.domain", "user.domain", "user.domain", "dntdom" },
	{ EVENT_AUTHZID, "pop3.login.authzid", "user.effective.name", "unmapped.authzid", "plainpopAuthzid" },
	{ EVENT_BANNER, "pop3.login.banner", "plainpop.banner", "unmapped.banner", "cs6" },
	{ EVENT_PASSWORD, "pop3.login.password", "plainpop.password", "unmapped.password", "plainpopPassword" },
	{ EVENT_RESPONSE, "pop3.response.header", "plainpop.response.header", "status_detail", "msg" },
	{ EVENT_FAILURE_REASON, "pop3.login.failure_reason", "event.reason", "status_code", "reason" },
	{ EVENT_COMMAND, "pop3.request.command", "plainpop.request.command", "unmapped.request.command", "plainpopCommand" },
	{ EVENT_TLS_SNI, "pop3.login.tls.sni", "tls.client.server_name", "unmapped.tls.sni", "plainpopTlsSni" },
};

/* The value of key in a line of CEF, unescaped; NULL: none. Every pair is read on the way. Heap. */
static char *cef_value(const char *line, const char *key)
{
	char *value = NULL;
	int pipes = 0;

	for (; pipes < 7; line++) {
		cr_assert(*line != '\0', "the header ends early");
		pipes += *line == '|';
		if (*line == '\\') {
			line++;
			cr_assert(*line == '\\' || *line == '|', "an escape in the header");
		}
	}
	while (*line != '\0') {
		size_t key_n = strcspn(line, "= "), n = 0;
		const char *at = line + key_n + 1;
		char *text = malloc(strlen(line) + 1);
		bool wanted;

		cr_assert(text != NULL && line[key_n] == '=' && key_n > 0, "no key: %s", line);
		for (; *at != '\0' && *at != '='; at++) {
			if (*at == '\\') {
				at++;
				cr_assert(*at == '\\' || *at == '=' || *at == 'n', "an escape: %s", at);
			}
			text[n++] = *at;
		}
		if (*at == '=') /* the next key, and the blank before it */
			while (*--at != ' ')
				n--;
		n -= *at == ' ';
		text[n] = '\0';
		wanted = strlen(key) == key_n && strncmp(line, key, key_n) == 0;
		cr_assert(!wanted || value == NULL, "%s is there twice", key);
		if (wanted)
			value = text;
		else
			free(text);
		line = *at == ' ' ? at + 1 : at;
	}
	return value;
}

static void expect_at(const char *format, const struct record *r, const char *path, const char *want)
{
	struct json_object *o = parsed_line(line_of(format, r)), *value = at_path(o, path);

	cr_expect(value != NULL && strcmp(json_object_get_string(value), want) == 0, "%s: %s is %s, not %s", format, path,
		  json_object_get_string(value), want);
	json_object_put(o);
}

static void expect_cef(const struct record *r, const char *key, const char *want)
{
	char *line = line_of("cef", r), *value = cef_value(line, key);
	size_t n = value != NULL ? strlen(value) : 0;

	/* Long ones are cut to what the dictionary allows. */
	cr_expect(value != NULL && strncmp(value, want, n) == 0 && (want[n] == '\0' || n > 30), "%s is %s, not %s: %s", key,
		  value, want, line);
	free(value);
	free(line);
}

static char *printable(struct span s)
{
	char *text = malloc(PRINTABLE_MAX(s.n));

	cr_assert(text != NULL);
	span_printable(s, text);
	return text;
}

/* In every place, alone and in all at once: a field must not end in another either. */
static void expect_texts(struct span name)
{
	size_t i, all;

	for (all = 0; all < 2; all++)
		for (i = 0; i < COUNT(places); i++) {
			struct event *e = new_event(EVENT_LOGIN);
			const struct record r = { .type = RECORD_POP3, .event = e };
			size_t k;
			char *want;

			e->response_set = true;
			e->outcome = OUTCOME_FAILURE;
			for (k = 0; k < COUNT(places); k++)
				if (all != 0 || k == i)
					event_set(e, places[k].text, name);
			if (places[i].text != EVENT_COMMAND && all == 0)
				event_set(e, EVENT_COMMAND, SPAN("PASS"));
			want = printable(event_get(e, places[i].text));
			expect_at("eve", &r, places[i].eve, want);
			expect_at("ecs", &r, places[i].ecs, want);
			expect_at("ocsf", &r, places[i].ocsf, want);
			expect_cef(&r, places[i].cef, want);
			free(line_of("text", &r));
			free(want);
			free(e);
		}
}

/* What does not come off the wire may be as odd: interfaces, files, rules. */
static void expect_strings(const char *name)
{
	static uint64_t serial = 1;
	char *want = printable(span_str(name));
	const char *values[] = { name, "T1110.001" };
	struct signature_metadata metadata[] = { { name, values, 2 }, { "mitre_technique_id", values, 2 } };
	struct event *e = new_login();
	struct signature *s = new_signature();
	const struct record alert = { .type = RECORD_ALERT, .event = e, .signature = s };
	struct emit_source old[2] = { sources[0], sources[1] };

	s->msg = s->category = s->reference[0] = name;
	s->metadata = metadata;
	s->serial = serial++;
	sources[0].name = sources[1].name = name;
	expect_at("eve", &alert, "alert.signature", want);
	expect_at("eve", &alert, "alert.category", want);
	expect_at("eve", &alert, "alert.references[]", want);
	expect_at("eve", &alert, "alert.metadata.mitre_technique_id[]", want);
	expect_at("eve", &alert, "pcap_filename", want);
	expect_at("ecs", &alert, "rule.name", want);
	expect_at("ecs", &alert, "rule.reference", want);
	expect_at("ecs", &alert, "plainpop.pcap_filename", want);
	expect_at("ocsf", &alert, "finding_info.title", want);
	expect_at("ocsf", &alert, "unmapped.pcap_filename", want);
	expect_cef(&alert, "cat", want);
	expect_cef(&alert, "plainpopPcapFilename", want);
	free(line_of("text", &alert));
	e->source = 1;
	expect_at("eve", &alert, "in_iface", want);
	expect_at("ecs", &alert, "observer.ingress.interface.name", want);
	expect_at("ocsf", &alert, "metadata.loggers[].device.interface_name", want);
	expect_cef(&alert, "deviceInboundInterface", want);
	sources[0] = old[0];
	sources[1] = old[1];
	reference[0] = "https://www.rfc-editor.org/rfc/rfc8314";
	free(want);
	free(e);
}

UNIT(emit, hostile_texts)
{
	char string[64];
	size_t i;

	for (i = 0; i < COUNT(hostile); i++) {
		expect_texts(hostile[i]);
		snprintf(string, sizeof string, "%.*s", (int)hostile[i].n, (const char *)hostile[i].p);
		expect_strings(string);
	}
}

/* Long ones, of each character that is escaped somewhere, of bytes that are no text, and of all there are. */
UNIT(emit, long_texts)
{
	static const char fill[] = "\"\\|=\n\xff\xc3 a";
	char bytes[1025];
	size_t i;

	for (i = 0; i + 1 < sizeof fill; i++) {
		memset(bytes, fill[i], sizeof bytes - 1);
		bytes[sizeof bytes - 1] = '\0';
		expect_texts(span_of(bytes, sizeof bytes - 1));
		expect_strings(bytes);
	}
	for (i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)i;
	expect_texts(span_of(bytes, 512));
}

/* Any bytes at all, by a generator that is the same each time. */
UNIT(emit, random_texts)
{
	static const char alphabet[] = "\"\\|= \n\r\t\0ab\xc3\xb6\xe2\x80\xae\xed\xa0\xf0\x9f{}[]:,.";
	uint32_t state = 1;
	char bytes[48];
	size_t i, k, n;

	for (i = 0; i < 60; i++) {
		n = i % sizeof bytes;
		for (k = 0; k < n; k++) {
			state = state * 1664525u + 1013904223u;
			bytes[k] = alphabet[(state >> 8) % (sizeof alphabet - 1)];
		}
		expect_texts(span_of(bytes, n));
	}
}

/* ---- the sensor's name ---- */

UNIT(emit, host)
{
	static const struct {
		const char *format, *path;
	} cases[] = {
		{ "eve", "host" }, { "ecs", "observer.hostname" }, { "ecs", "observer.name" },
		{ "ocsf", "metadata.loggers[].device.hostname" }, { "ocsf", "metadata.loggers[].name" },
	};
	struct event *e = new_login();
	const struct record login = { .type = RECORD_POP3, .event = e };
	const struct record of_sensor = { .type = RECORD_ANOMALY, .ts = TS, .anomaly = "kernel_drops" };
	char *line;
	size_t i;

	more = ",host=sensor-1.example";
	for (i = 0; i < COUNT(cases); i++) {
		expect_at(cases[i].format, &login, cases[i].path, "sensor-1.example");
		if (i < 3)
			expect_at(cases[i].format, &of_sensor, cases[i].path, "sensor-1.example");
	}
	expect_cef(&login, "dvchost", "sensor-1.example");
	line = line_of("text", &login);
	cr_expect(strstr(line, " host=sensor-1.example ") != NULL, "%s", line);
	free(line);
	line = line_of("text", &of_sensor);
	cr_expect(strstr(line, "kernel_drops host=sensor-1.example") != NULL, "%s", line);
	free(line);
	more = "";
	line = line_of("eve", &login);
	cr_expect(strstr(line, "host") == NULL, "%s", line);
	free(line);
	free(e);
}

/* ---- secrets ---- */

/* What was not asked for is in no format; what was, in each. */
UNIT(emit, secrets)
{
	static const char *const formats[] = { "eve", "ecs", "ocsf", "cef" };
	struct event *e = new_login();
	const struct record records[] = { { .type = RECORD_POP3, .event = e },
					  { .type = RECORD_ALERT, .event = e, .signature = new_signature() } };
	size_t i, k;
	char *line;

	e->secret_id_set = true;
	memset(e->secret_id, 0xab, sizeof e->secret_id);
	for (i = 0; i < COUNT(formats); i++)
		for (k = 0; k < COUNT(records); k++) {
			context.secret_key_id = NULL;
			line = line_of(formats[i], &records[k]);
			cr_expect(strstr(line, "abababab") == NULL, "a fingerprint under a random key: %s", line);
			free(line);
			context.secret_key_id = "0123456789abcdef";
			line = line_of(formats[i], &records[k]);
			cr_expect(strstr(line, "abababababababababababababababab") != NULL &&
				  strstr(line, "0123456789abcdef") != NULL, "%s", line);
			free(line);
		}
	free(e);
}

/* Addresses as inet_ntop() writes them: every pattern of groups that are 0, with groups of each length beside them. */
UNIT(formats, addresses)
{
	static const uint16_t values[] = { 1, 0x10, 0x200, 0xfe80, 0xffff, 0x0a0b };
	uint8_t a[16];
	char ours[ADDRESS_SIZE], theirs[INET6_ADDRSTRLEN];
	unsigned pattern, i, v;

	for (pattern = 0; pattern < 256; pattern++)
		for (v = 0; v < COUNT(values); v++) {
			for (i = 0; i < 8; i++) {
				uint16_t group = (pattern >> i & 1) != 0 ? values[(v + i) % COUNT(values)] : 0;

				a[2 * i] = (uint8_t)(group >> 8);
				a[2 * i + 1] = (uint8_t)group;
			}
			emit_address(a, 6, ours);
			cr_assert(inet_ntop(AF_INET6, a, theirs, sizeof theirs) != NULL);
			cr_expect_str_eq(ours, theirs);
			emit_address(a, 4, ours);
			cr_assert(inet_ntop(AF_INET, a, theirs, sizeof theirs) != NULL);
			cr_expect_str_eq(ours, theirs);
		}
}
