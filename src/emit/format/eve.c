/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * EVE, as Suricata 8 writes it: what reads Suricata reads this. What plainpop knows beyond it stands in
 * alert.context.pop3, which the published schema leaves open, and in pop3.login and pop3.session.
 */
#include <json-c/json.h>
#include <stdio.h>

#include "../impl.h"

/* Keys are string constants and each is added once: json-c need neither copy nor look for them. */
#define NEW_KEY (JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY)

#define TEXT_MAX 16640 /* the largest cap in texts.def */

static void add(struct json_object *o, const char *key, struct json_object *v)
{
	json_object_object_add_ex(o, key, v, NEW_KEY);
}

static void add_string(struct json_object *o, const char *key, const char *s)
{
	add(o, key, json_object_new_string(s));
}

static void add_number(struct json_object *o, const char *key, uint64_t n)
{
	add(o, key, json_object_new_uint64(n));
}

static void add_true(struct json_object *o, const char *key, bool when)
{
	if (when)
		add(o, key, json_object_new_boolean(1));
}

static struct json_object *new_text(struct span s)
{
	char text[PRINTABLE_MAX(TEXT_MAX)];
	size_t n = emit_printable(span_take(s, TEXT_MAX), text);
	struct json_object *v = json_object_new_string_len(text, (int)n);

	explicit_bzero(text, n);
	return v;
}

static void add_text(struct json_object *o, const char *key, const struct event *e, enum event_text t)
{
	if (event_has(e, t))
		add(o, key, new_text(event_get(e, t)));
}

static void add_time(struct json_object *o, const char *key, uint64_t ts)
{
	char text[TIME_SIZE];

	emit_time(ts, 'T', "+0000", text);
	add_string(o, key, text);
}

/* What every record of a flow begins with. */
static struct json_object *new_record(const struct emit_context *ctx, const struct event *e, const char *type)
{
	const struct emit_source *source = &ctx->source[e->source];
	char address[2][ADDRESS_SIZE], id[COMMUNITY_ID_SIZE], name[PRINTABLE_MAX(512)];
	struct json_object *o = json_object_new_object(), *vlan;
	unsigned i;

	emit_address(&e->flow, SIDE_CLIENT, address[SIDE_CLIENT]);
	emit_address(&e->flow, SIDE_SERVER, address[SIDE_SERVER]);
	emit_community_id(&e->flow, id);
	emit_printable(span_take(span_str(source->name), 512), name);

	add_time(o, "timestamp", e->ts);
	add_number(o, "flow_id", e->flow_id);
	if (source->live)
		add_string(o, "in_iface", name);
	else
		add_number(o, "pcap_cnt", e->packet);
	add_string(o, "event_type", type);
	if (e->flow.n_vlan > 0) {
		vlan = json_object_new_array_ext(FLOW_VLANS);
		for (i = 0; i < e->flow.n_vlan; i++)
			json_object_array_add(vlan, json_object_new_int(e->flow.vlan[i]));
		add(o, "vlan", vlan);
	}
	add_string(o, "src_ip", address[SIDE_CLIENT]);
	add_number(o, "src_port", e->flow.port[SIDE_CLIENT]);
	add_string(o, "dest_ip", address[SIDE_SERVER]);
	add_number(o, "dest_port", e->flow.port[SIDE_SERVER]);
	add_string(o, "proto", "TCP");
	add_number(o, "ip_v", e->flow.ip_v);
	add_string(o, "community_id", id);
	if (!source->live)
		add_string(o, "pcap_filename", name);
	return o;
}

static void add_capture(struct json_object *o, const struct event_capture *c)
{
	struct json_object *v;

	if (!c->midstream && c->gap_bytes == 0 && !c->one_sided && !c->truncated)
		return;
	v = json_object_new_object();
	add_true(v, "midstream", c->midstream);
	if (c->gap_bytes > 0)
		add_number(v, "gap_bytes", c->gap_bytes);
	add_true(v, "one_sided", c->one_sided);
	add_true(v, "truncated", c->truncated);
	add(o, "capture", v);
}

static void add_secret(struct json_object *o, const struct emit_context *ctx, const struct event *e)
{
	char hex[2 * EVENT_SECRET_ID + 1];
	size_t i;

	add_text(o, "password", e, EVENT_PASSWORD);
	add_true(o, "password_redacted", e->secret_seen && !event_has(e, EVENT_PASSWORD));
	if (!e->secret_id_set || ctx->secret_key_id == NULL)
		return;
	for (i = 0; i < EVENT_SECRET_ID; i++)
		snprintf(hex + 2 * i, 3, "%02x", e->secret_id[i]);
	add_string(o, "secret_id", hex);
	add_string(o, "secret_key_id", ctx->secret_key_id);
}

/* What plainpop knows of a login: pop3.login, and alert.context.pop3. A key only where it is known. */
static struct json_object *new_login(const struct emit_context *ctx, const struct event *e)
{
	struct json_object *o = json_object_new_object();

	add_text(o, "user", e, EVENT_USER);
	add_text(o, "authzid", e, EVENT_AUTHZID);
	add_text(o, "mechanism", e, EVENT_MECHANISM);
	add_string(o, "exposure", event_exposure_name(e->exposure));
	add_string(o, "outcome", event_outcome_name(e->outcome));
	add_secret(o, ctx, e);
	add_true(o, "undecodable", e->undecodable);
	if (event_stls_name(e->stls) != NULL)
		add_string(o, "stls", event_stls_name(e->stls));
	add_capture(o, &e->capture);
	add_text(o, "banner", e, EVENT_BANNER);
	return o;
}

/* What stands in the context of an alert about a session. */
static struct json_object *new_session_context(const struct event *e)
{
	struct json_object *o = json_object_new_object();

	if (e->outcome != OUTCOME_NONE) {
		add_string(o, "exposure", event_exposure_name(e->exposure));
		add_string(o, "outcome", event_outcome_name(e->outcome));
	}
	if (event_stls_name(e->stls) != NULL)
		add_string(o, "stls", event_stls_name(e->stls));
	add_capture(o, &e->capture);
	add_text(o, "banner", e, EVENT_BANNER);
	return o;
}

static struct json_object *new_session(const struct event *e)
{
	struct json_object *o = json_object_new_object(), *list;
	struct span rest;

	add_time(o, "start", e->start);
	add_time(o, "end", e->end);
	add_number(o, "commands", e->commands);
	add_number(o, "messages", e->messages);
	add_number(o, "retr_bytes", e->retr_bytes);
	add_number(o, "logins", e->logins);
	if (event_stls_name(e->stls) != NULL)
		add_string(o, "stls", event_stls_name(e->stls));
	add_text(o, "banner", e, EVENT_BANNER);
	if (event_has(e, EVENT_CAPABILITIES)) {
		list = json_object_new_array();
		for (rest = event_get(e, EVENT_CAPABILITIES); rest.n > 0;) {
			const uint8_t *lf = memchr(rest.p, '\n', rest.n);
			struct span item = span_take(rest, lf != NULL ? (size_t)(lf - rest.p) : rest.n);

			json_object_array_add(list, new_text(item));
			rest = span_skip(rest, lf != NULL ? item.n + 1 : item.n);
		}
		add(o, "capabilities", list);
	}
	add_string(o, "end_reason", event_end_name(e->end_reason));
	add_capture(o, &e->capture);
	return o;
}

/* The request and its answer, as Suricata tells a POP3 transaction. */
static void add_transaction(struct json_object *o, const struct event *e)
{
	struct json_object *request, *response, *args;
	struct span rest = event_get(e, EVENT_ARGS);

	if (e->kind != EVENT_LOGIN)
		return;
	request = json_object_new_object();
	add_text(request, "command", e, EVENT_COMMAND);
	args = json_object_new_array_ext(2);
	/* PASS has one argument, spaces and all. */
	if (span_is(event_get(e, EVENT_COMMAND), "PASS"))
		json_object_array_add(args, new_text(rest));
	else
		while (rest.n > 0)
			json_object_array_add(args, new_text(span_word(&rest)));
	add(request, "args", args);
	add(o, "request", request);
	if (!e->response_set)
		return;
	response = json_object_new_object();
	add(response, "success", json_object_new_boolean(e->response_ok));
	add_string(response, "status", e->response_ok ? "OK" : "ERR");
	add_text(response, "header", e, EVENT_RESPONSE);
	add(o, "response", response);
}

static void add_flow(struct json_object *o, const struct event *e)
{
	struct json_object *f = json_object_new_object();
	char address[2][ADDRESS_SIZE];

	emit_address(&e->flow, SIDE_CLIENT, address[SIDE_CLIENT]);
	emit_address(&e->flow, SIDE_SERVER, address[SIDE_SERVER]);
	add_number(f, "pkts_toserver", e->pkts[SIDE_CLIENT]);
	add_number(f, "pkts_toclient", e->pkts[SIDE_SERVER]);
	add_number(f, "bytes_toserver", e->bytes[SIDE_CLIENT]);
	add_number(f, "bytes_toclient", e->bytes[SIDE_SERVER]);
	add_time(f, "start", e->start);
	add_string(f, "src_ip", address[SIDE_CLIENT]);
	add_string(f, "dest_ip", address[SIDE_SERVER]);
	add_number(f, "src_port", e->flow.port[SIDE_CLIENT]);
	add_number(f, "dest_port", e->flow.port[SIDE_SERVER]);
	add(o, "flow", f);
}

static struct json_object *new_strings(const char **s, size_t n)
{
	struct json_object *list = json_object_new_array_ext((int)n);
	size_t i;

	for (i = 0; i < n; i++)
		json_object_array_add(list, json_object_new_string(s[i]));
	return list;
}

static struct json_object *alert_record(const struct emit_context *ctx, const struct event *e,
					const struct signature *s)
{
	struct json_object *o = new_record(ctx, e, "alert"), *a = json_object_new_object(), *m, *pop3;
	size_t i;

	add_string(a, "action", "allowed");
	add_number(a, "gid", s->gid);
	add_number(a, "signature_id", s->sid);
	add_number(a, "rev", s->rev);
	add_string(a, "signature", s->msg);
	add_string(a, "category", s->category);
	add_number(a, "severity", s->severity);
	if (s->n_metadata > 0) {
		m = json_object_new_object();
		for (i = 0; i < s->n_metadata; i++)
			add(m, s->metadata[i].key, new_strings(s->metadata[i].value, s->metadata[i].n));
		add(a, "metadata", m);
	}
	if (s->n_references > 0)
		add(a, "references", new_strings(s->reference, s->n_references));
	m = json_object_new_object();
	add(m, "pop3", e->kind == EVENT_LOGIN ? new_login(ctx, e) : new_session_context(e));
	add(a, "context", m);
	add(o, "alert", a);
	add_string(o, "app_proto", "pop3");
	add_string(o, "direction", "to_server");
	add_flow(o, e);
	if (e->kind == EVENT_LOGIN) {
		pop3 = json_object_new_object();
		add_transaction(pop3, e);
		add(o, "pop3", pop3);
	}
	return o;
}

static struct json_object *pop3_record(const struct emit_context *ctx, const struct event *e)
{
	struct json_object *o = new_record(ctx, e, "pop3"), *pop3 = json_object_new_object();

	if (e->kind == EVENT_LOGIN) {
		add_transaction(pop3, e);
		add(pop3, "login", new_login(ctx, e));
	} else {
		add(pop3, "session", new_session(e));
	}
	add(o, "pop3", pop3);
	return o;
}

static struct json_object *anomaly_record(const struct record *r)
{
	struct json_object *o = json_object_new_object(), *a = json_object_new_object();

	add_time(o, "timestamp", r->ts);
	add_string(o, "event_type", "anomaly");
	add_string(a, "type", "applayer");
	add_string(a, "event", r->anomaly);
	add(o, "anomaly", a);
	return o;
}

static bool write_record(const struct emit_context *ctx, const struct record *r, struct buffer *out)
{
	struct json_object *o = NULL;
	const char *line;
	size_t n;
	bool ok;

	switch (r->type) {
	case RECORD_ALERT:
		o = alert_record(ctx, r->event, r->signature);
		break;
	case RECORD_POP3:
		o = pop3_record(ctx, r->event);
		break;
	case RECORD_ANOMALY:
		o = anomaly_record(r);
		break;
	}
	line = json_object_to_json_string_length(o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &n);
	ok = line != NULL && buffer_add(out, line, n) && buffer_add(out, "\n", 1);
	json_object_put(o);
	return ok;
}

const char *emit_version(void)
{
	return json_c_version();
}

const struct format format_eve = {
	.name = "eve",
	.types = RECORD_ALERT | RECORD_POP3 | RECORD_ANOMALY,
	.defaults = RECORD_ALERT | RECORD_POP3 | RECORD_ANOMALY,
	.write = write_record,
};
