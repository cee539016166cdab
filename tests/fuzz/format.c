/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What leaves the program is text that can do no harm, whatever crossed the wire. Input: ten bytes that
 * choose the record and its numbers, then texts with the byte 0x1e between them, in the order of texts.def
 * and then those of the source and of the rule.
 */
#include <json-c/json.h>
#include <stdlib.h>

#include "../../src/emit/impl.h" /* the formats, without a file behind them */
#include "fuzz.h"

#define SEPARATOR 0x1e

/* The character that s begins with, and its length in *n. UINT32_MAX: not UTF-8 (RFC 3629). */
static uint32_t character(struct span s, size_t *n)
{
	uint32_t c = s.p[0];
	size_t i;

	*n = c < 0x80 ? 1 : (c & 0xe0) == 0xc0 ? 2 : (c & 0xf0) == 0xe0 ? 3 : (c & 0xf8) == 0xf0 ? 4 : 0;
	if (*n == 0 || *n > s.n)
		return UINT32_MAX;
	c &= *n == 1 ? 0x7f : 0xffu >> (*n + 1);
	for (i = 1; i < *n; i++) {
		if (s.p[i] >> 6 != 2)
			return UINT32_MAX;
		c = c << 6 | (s.p[i] & 0x3fu);
	}
	if ((*n == 2 && c < 0x80) || (*n == 3 && c < 0x800) || (*n == 4 && c < 0x10000) || c > 0x10ffff ||
	    (c >= 0xd800 && c < 0xe000))
		return UINT32_MAX;
	return c;
}

static void check_printable(struct span s)
{
	size_t n;

	while (s.n > 0) {
		uint32_t c = character(s, &n);

		assert(c != UINT32_MAX);
		assert(c >= 0x20 && !(c >= 0x7f && c < 0xa0));
		/* Line and paragraph separators; what turns the direction of text around. */
		assert(!(c >= 0x2028 && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069));
		s = span_skip(s, n);
	}
}

/* s as span_printable() has it. Heap. */
static char *printable(struct span s, size_t *n)
{
	char *out = malloc(PRINTABLE_MAX(s.n)); /* of its own, so that a byte too many is seen */

	assert(out != NULL);
	*n = span_printable(s, out);
	assert(*n < PRINTABLE_MAX(s.n) && out[*n] == '\0');
	check_printable(span_of(out, *n));
	return out;
}

static void check_line(struct span line)
{
	assert(line.n > 0 && line.p[line.n - 1] == '\n');
	check_printable(span_take(line, line.n - 1));
}

/* JSON, strictly: one object, up to the newline. */
static struct json_object *parse(struct span line)
{
	struct json_tokener *t = json_tokener_new();
	struct json_object *root;

	assert(t != NULL);
	json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	root = json_tokener_parse_ex(t, (const char *)line.p, (int)line.n);
	assert(json_tokener_get_error(t) == json_tokener_success);
	assert(json_object_is_type(root, json_type_object));
	assert(json_tokener_get_parse_end(t) + 1 >= line.n);
	json_tokener_free(t);
	return root;
}

/* The text at a place such as "user.name" is the event's own. */
static void check_member(struct json_object *o, const char *place, const struct event *e, enum event_text t)
{
	char part[64], *want;
	size_t n;

	if (!event_has(e, t))
		return;
	for (; *place != '\0'; place += n + (place[n] == '.' ? 1 : 0)) {
		n = strcspn(place, ".");
		memcpy(part, place, n);
		part[n] = '\0';
		assert(json_object_object_get_ex(o, part, &o));
	}
	want = printable(event_get(e, t), &n);
	assert((size_t)json_object_get_string_len(o) == n && memcmp(json_object_get_string(o), want, n) == 0);
	free(want);
}

/* Seven fields and pairs of key and value, with no escape that is none; every pair has its key once. */
static void check_cef(struct span line)
{
	unsigned pipes = 0;
	size_t i;

	assert(span_starts(line, "CEF:0|plainpop|plainpop|"));
	for (i = 0; pipes < 7; i++) {
		assert(i < line.n);
		pipes += line.p[i] == '|';
		if (line.p[i] == '\\') {
			i++;
			assert(i < line.n && (line.p[i] == '\\' || line.p[i] == '|'));
		}
	}
	while (i < line.n) {
		size_t key = i;

		for (; i < line.n && line.p[i] != '='; i++)
			assert((line.p[i] >= '0' && line.p[i] <= '9') || (ascii_lower(line.p[i]) >= 'a' && ascii_lower(line.p[i]) <= 'z'));
		assert(i > key && i < line.n);
		for (i++; i < line.n && line.p[i] != '='; i++)
			if (line.p[i] == '\\') {
				i++;
				assert(i < line.n && strchr("\\=n", line.p[i]) != NULL);
			}
		while (i < line.n && line.p[i] != ' ') /* back to the blank in front of the next key */
			i--;
		i += i < line.n;
	}
}

static struct span line_of(const struct format *f, const struct scene *s, struct buffer *out)
{
	out->n = 0;
	assert(f->write(s, out));
	if (out->n > 0) /* OCSF has no sessions */
		check_line(span_of(out->p, out->n));
	return span_of(out->p, out->n > 0 ? out->n - 1 : 0);
}

/* In which each format tells a login's user, and the password that was asked for. */
static const struct {
	const struct format *format;
	const char *user, *password;
} json_formats[] = {
	{ &format_eve, "pop3.login.user", "pop3.login.password" },
	{ &format_ecs, "user.name", "plainpop.password" },
	{ &format_ocsf, "user.name", "unmapped.password" },
};

static void check_record(const struct emit_context *ctx, const struct record *r, const char *type)
{
	bool login = r->type == RECORD_POP3 && r->event->kind == EVENT_LOGIN;
	struct buffer out = { 0 };
	struct scene s;
	size_t i;

	scene_set(&s, ctx, r, type, (r->ts & 1) != 0 ? "sensor-1" : NULL);
	for (i = 0; i < sizeof json_formats / sizeof json_formats[0]; i++) {
		struct json_object *root;
		struct span line;

		if ((json_formats[i].format->types & r->type) == 0)
			continue;
		line = line_of(json_formats[i].format, &s, &out);
		if (line.n == 0)
			continue;
		root = parse(line);
		if (login) {
			check_member(root, json_formats[i].user, r->event, EVENT_USER);
			check_member(root, json_formats[i].password, r->event, EVENT_PASSWORD);
		}
		json_object_put(root);
	}
	if ((format_cef.types & r->type) != 0)
		check_cef(line_of(&format_cef, &s, &out));
	line_of(&format_text, &s, &out);
	buffer_free(&out);
}

/* The next of the texts, without the separator behind it. */
static struct span next_text(struct span *in)
{
	const uint8_t *end = in->n > 0 ? memchr(in->p, SEPARATOR, in->n) : NULL;
	struct span text = span_take(*in, end != NULL ? (size_t)(end - in->p) : in->n);

	*in = span_skip(*in, end != NULL ? text.n + 1 : text.n);
	return text;
}

static const char *next_string(struct span *in, char *out, size_t size)
{
	struct span s = span_take(next_text(in), size - 1);

	if (s.n > 0)
		memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return out;
}

static void fill(struct event *e, struct span *in)
{
	uint8_t kind = take(in), set = take(in), flags = take(in), number = take(in);

	event_init(e, (enum event_kind)(kind % EVENT_KIND_MAX));
	e->outcome = (enum event_outcome)(take(in) % OUTCOME_MAX);
	e->exposure = (enum event_exposure)(take(in) % EXPOSURE_MAX);
	e->stls = (enum event_stls)(take(in) % STLS_MAX);
	e->end_reason = (enum event_end)(take(in) % END_MAX);
	e->server = (enum event_server)(set % SERVER_MAX);
	e->breached = (set & 128) != 0;
	/* From the small to the largest there are. */
	e->ts = e->flow_id = e->start = e->end = e->packet = e->retr_bytes = UINT64_C(0x0101010101010101) * number;
	e->known.first_seen = e->known.last_seen = e->ts;
	e->pkts[SIDE_CLIENT] = e->bytes[SIDE_SERVER] = e->capture.gap_bytes = e->ts >> (kind >> 4);
	e->commands = e->logins = e->messages = (uint32_t)e->ts;
	e->flow.ip_v = (flags & 1) != 0 ? 6 : 4;
	e->flow.n_vlan = (uint8_t)((flags >> 1) % (FLOW_VLANS + 1));
	e->anomaly = (enum event_anomaly)(flags % ANOMALY_MAX);
	e->credential = (enum event_credential)(number % 3);
	memset(e->flow.addr, number, (flags & 1) != 0 ? sizeof e->flow.addr : 4);
	e->tunnel.depth = e->tunnel.kind = (uint8_t)(number % TUNNEL_KIND_MAX);
	e->tunnel.ip_v = e->flow.ip_v;
	memcpy(e->tunnel.addr, e->flow.addr, sizeof e->tunnel.addr);
	e->flow.port[SIDE_CLIENT] = e->flow.port[SIDE_SERVER] = (uint16_t)e->ts;
	e->response_set = (set & 1) != 0;
	e->response_ok = (set & 2) != 0;
	e->secret_seen = (set & 4) != 0;
	e->secret_id_set = (set & 8) != 0;
	e->undecodable = (set & 16) != 0;
	e->capture.midstream = (set & 32) != 0;
	e->capture.truncated = e->capture.one_sided = (set & 64) != 0;
	memset(e->secret_id, number, sizeof e->secret_id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A format may keep what it made of a rule, by its serial: a new text needs another. */
	static struct signature rule;
	static uint64_t serial = 1;
	static struct event e;
	char name[256], msg[256], category[256], key[256], value[256], reference[256], anomaly[] = "clock_back";
	const char *values[1], *references[1];
	struct span in = span_of(data, size), text;
	uint8_t live = take(&in), severity = take(&in);
	struct emit_source source = { .name = name, .live = (live & 1) != 0 };
	struct emit_context ctx = { .source = &source, .secret_key_id = (live & 2) != 0 ? "0123456789abcdef" : NULL };
	struct signature_metadata metadata[] = { { .key = key, .value = values, .n = 1 },
						 { .key = "mitre_technique_id", .value = values, .n = 1 } };
	struct stats stats = { .uptime = live };
	struct alert_counts counts = { 0 };
	int t;

	fill(&e, &in);
	for (t = 0; t < EVENT_TEXT_MAX; t++) {
		text = next_text(&in);
		free(printable(text, &(size_t){ 0 }));
		if (text.n > 0)
			event_set(&e, (enum event_text)t, text);
	}
	next_string(&in, name, sizeof name);
	values[0] = next_string(&in, value, sizeof value);
	references[0] = next_string(&in, reference, sizeof reference);
	next_string(&in, key, sizeof key);
	counts.count = counts.secrets = (uint32_t)e.ts;
	counts.first_seen = e.ts;
	rule = (struct signature){ .serial = serial++, .gid = 1, .sid = 1, .rev = severity, .severity = (uint8_t)(severity % 3 + 1),
				   .msg = next_string(&in, msg, sizeof msg),
				   .category = next_string(&in, category, sizeof category),
				   .metadata = metadata, .n_metadata = 2,
				   .reference = references, .n_references = 1 };

	if (e.kind == EVENT_LOGIN || e.kind == EVENT_SESSION)
		check_record(&ctx, &(struct record){ .type = RECORD_POP3, .ts = live, .event = &e }, "pop3");
	if (e.kind == EVENT_ANOMALY)
		check_record(&ctx, &(struct record){ .type = RECORD_ANOMALY, .ts = live, .event = &e }, "anomaly");
	check_record(&ctx, &(struct record){ .type = RECORD_ALERT, .ts = live, .event = &e, .signature = &rule,
					     .counts = &counts, .action = (enum signature_action)(severity % 4) }, "alert");
	check_record(&ctx, &(struct record){ .type = RECORD_ANOMALY, .ts = e.ts, .anomaly = anomaly, .number = live },
		     "anomaly");
	check_record(&ctx, &(struct record){ .type = RECORD_STATS, .ts = e.ts, .stats = &stats }, "stats");
	event_wipe(&e);
	return 0;
}
