/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * EVE, as Suricata 8 writes it: what reads Suricata reads this. What plainpop knows beyond it stands in
 * alert.context.pop3, which the published schema leaves open, and in pop3.login and pop3.session.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "../json.h"

/* What records of one flow share, made once for those that follow one another. */
static struct {
	struct flow_key key;
	char address[2][ADDRESS_SIZE];
	char id[COMMUNITY_ID_SIZE];
} shared;

static void share(const struct event *e)
{
	if (memcmp(&shared.key, &e->flow, sizeof shared.key) == 0)
		return;
	shared.key = e->flow;
	emit_address(&e->flow, SIDE_CLIENT, shared.address[SIDE_CLIENT]);
	emit_address(&e->flow, SIDE_SERVER, shared.address[SIDE_SERVER]);
	emit_community_id(&e->flow, shared.id);
}

static void add_time(struct json *j, const char *key, size_t key_n, uint64_t ts)
{
	char text[TIME_SIZE];

	emit_time(ts, 'T', "+0000", text);
	json_add_word(j, key, key_n, text);
}

static void add_text(struct json *j, const char *key, size_t key_n, const struct event *e, enum event_text t)
{
	if (event_has(e, t))
		json_add_text(j, key, key_n, event_get(e, t));
}

static void add_true(struct json *j, const char *key, size_t key_n, bool when)
{
	if (when)
		json_add_bool(j, key, key_n, true);
}

static void add_ends(struct json *j, const struct event *e)
{
	json_add_word(j, KEY("src_ip"), shared.address[SIDE_CLIENT]);
	json_add_number(j, KEY("src_port"), e->flow.port[SIDE_CLIENT]);
	json_add_word(j, KEY("dest_ip"), shared.address[SIDE_SERVER]);
	json_add_number(j, KEY("dest_port"), e->flow.port[SIDE_SERVER]);
}

/* Suricata's keys: the published schema knows no others here. */
static void add_tunnel(struct json *j, const struct tunnel *t)
{
	struct flow_key ends;
	char address[ADDRESS_SIZE];

	if (t->depth == 0)
		return;
	memset(&ends, 0, sizeof ends);
	memcpy(ends.addr, t->addr, sizeof ends.addr);
	ends.ip_v = t->ip_v;
	json_open(j, KEY("tunnel"), '{');
	emit_address(&ends, SIDE_CLIENT, address);
	json_add_word(j, KEY("src_ip"), address);
	json_add_number(j, KEY("src_port"), t->port[SIDE_CLIENT]);
	emit_address(&ends, SIDE_SERVER, address);
	json_add_word(j, KEY("dest_ip"), address);
	json_add_number(j, KEY("dest_port"), t->port[SIDE_SERVER]);
	json_add_word(j, KEY("proto"), event_tunnel_name(t->kind));
	json_add_number(j, KEY("depth"), t->depth);
	json_close(j, '}');
}

/* The virtual network's number; the schema has no place for it in the tunnel. */
static void add_vni(struct json *j, const struct tunnel *t)
{
	if (t->id_set && (t->kind == TUNNEL_VXLAN || t->kind == TUNNEL_VXLAN_GPE || t->kind == TUNNEL_GENEVE ||
			  t->kind == TUNNEL_NVGRE))
		json_add_number(j, KEY("vni"), t->id);
}

/* What every record of a flow begins with. */
static void begin_record(struct json *j, const struct emit_context *ctx, const struct event *e, const char *type)
{
	const struct emit_source *source = &ctx->source[e->source];
	unsigned i;

	share(e);
	json_open(j, NO_KEY, '{');
	add_time(j, KEY("timestamp"), e->ts);
	json_add_number(j, KEY("flow_id"), e->flow_id);
	if (source->live)
		json_add_text(j, KEY("in_iface"), span_str(source->name));
	else
		json_add_number(j, KEY("pcap_cnt"), e->packet);
	json_add_word(j, KEY("event_type"), type);
	if (e->flow.n_vlan > 0) {
		json_open(j, KEY("vlan"), '[');
		for (i = 0; i < e->flow.n_vlan; i++)
			json_add_number(j, NO_KEY, e->flow.vlan[i]);
		json_close(j, ']');
	}
	add_ends(j, e);
	json_add_word(j, KEY("proto"), "TCP");
	json_add_number(j, KEY("ip_v"), e->flow.ip_v);
	json_add_word(j, KEY("community_id"), shared.id);
	add_tunnel(j, &e->tunnel);
	if (!source->live)
		json_add_text(j, KEY("pcap_filename"), span_str(source->name));
}

static void add_stls(struct json *j, const struct event *e)
{
	if (event_stls_name(e->stls) != NULL)
		json_add_word(j, KEY("stls"), event_stls_name(e->stls));
}

static void add_capture(struct json *j, const struct event_capture *c)
{
	if (!c->midstream && c->gap_bytes == 0 && !c->one_sided && !c->truncated)
		return;
	json_open(j, KEY("capture"), '{');
	add_true(j, KEY("midstream"), c->midstream);
	if (c->gap_bytes > 0)
		json_add_number(j, KEY("gap_bytes"), c->gap_bytes);
	add_true(j, KEY("one_sided"), c->one_sided);
	add_true(j, KEY("truncated"), c->truncated);
	json_close(j, '}');
}

static void add_secret(struct json *j, const struct emit_context *ctx, const struct event *e)
{
	char hex[2 * EVENT_SECRET_ID + 1];
	size_t i;

	add_text(j, KEY("password"), e, EVENT_PASSWORD);
	add_true(j, KEY("password_redacted"), e->secret_seen && !event_has(e, EVENT_PASSWORD));
	if (!e->secret_id_set || ctx->secret_key_id == NULL)
		return;
	for (i = 0; i < EVENT_SECRET_ID; i++)
		snprintf(hex + 2 * i, 3, "%02x", e->secret_id[i]);
	json_add_word(j, KEY("secret_id"), hex);
	json_add_word(j, KEY("secret_key_id"), ctx->secret_key_id);
}

/* Suricata's names, in so far as it has them. */
static void add_tls(struct json *j, const struct event *e)
{
	int t;

	for (t = EVENT_TLS_VERSION; t <= EVENT_TLS_ALERT && !event_has(e, (enum event_text)t); t++)
		;
	if (t > EVENT_TLS_ALERT)
		return;
	json_open(j, KEY("tls"), '{');
	add_text(j, KEY("version"), e, EVENT_TLS_VERSION);
	add_text(j, KEY("sni"), e, EVENT_TLS_SNI);
	if (e->kind != EVENT_ANOMALY) { /* there it is Suricata's own object, which has no place for them */
		add_text(j, KEY("alpn"), e, EVENT_TLS_ALPN);
		add_text(j, KEY("cipher"), e, EVENT_TLS_CIPHER);
		add_text(j, KEY("alert"), e, EVENT_TLS_ALERT);
	}
	json_close(j, '}');
}

/* How many an alert stands for. */
static void add_counts(struct json *j, const struct alert_counts *c)
{
	const struct {
		const char *key;
		size_t key_n;
		uint32_t n;
	} numbers[] = {
		{ KEY("count"), c->count },
		{ KEY("distinct_users"), c->users },
		{ KEY("distinct_secrets"), c->secrets },
		{ KEY("distinct_sources"), c->sources },
		{ KEY("distinct_servers"), c->servers },
	};
	size_t i;

	for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		if (numbers[i].n > 0)
			json_add_number(j, numbers[i].key, numbers[i].key_n, numbers[i].n);
	if (c->first_seen > 0)
		add_time(j, KEY("first_seen"), c->first_seen);
}

/* A text of lines, as an array of them. */
static void add_lines(struct json *j, const char *key, size_t key_n, const struct event *e, enum event_text t)
{
	struct span rest;

	if (!event_has(e, t))
		return;
	json_open(j, key, key_n, '[');
	for (rest = event_get(e, t); rest.n > 0;) {
		const uint8_t *lf = memchr(rest.p, '\n', rest.n);
		struct span item = span_take(rest, lf != NULL ? (size_t)(lf - rest.p) : rest.n);

		json_add_text(j, NO_KEY, item);
		rest = span_skip(rest, lf != NULL ? item.n + 1 : item.n);
	}
	json_close(j, ']');
}

/* What the table of servers had of it before. */
static void add_server(struct json *j, const struct event *e)
{
	json_open(j, KEY("server"), '{');
	if (event_server_name(e->server) != NULL)
		json_add_word(j, KEY("state"), event_server_name(e->server));
	add_time(j, KEY("first_seen"), e->known.first_seen);
	add_time(j, KEY("last_seen"), e->known.last_seen);
	json_add_bool(j, KEY("stls_offered"), e->known.stls_offered);
	json_add_bool(j, KEY("plaintext_accepted"), e->known.plaintext_accepted);
	json_add_bool(j, KEY("plaintext_refused"), e->known.plaintext_refused);
	json_close(j, '}');
}

/*
 * What plainpop knows of a login, in pop3.login and alert.context.pop3, or of a session or server, in the latter.
 * A key only where it is known.
 */
static void add_context(struct json *j, const char *key, size_t key_n, const struct emit_context *ctx,
			const struct event *e, const struct record *alert)
{
	json_open(j, key, key_n, '{');
	add_text(j, KEY("user"), e, EVENT_USER);
	add_text(j, KEY("domain"), e, EVENT_DOMAIN);
	add_text(j, KEY("authzid"), e, EVENT_AUTHZID);
	add_text(j, KEY("mechanism"), e, EVENT_MECHANISM);
	if (e->outcome != OUTCOME_NONE) {
		json_add_word(j, KEY("exposure"), event_exposure_name(e->exposure));
		json_add_word(j, KEY("outcome"), event_outcome_name(e->outcome));
	}
	add_text(j, KEY("failure_reason"), e, EVENT_FAILURE_REASON);
	if (e->credential != CREDENTIAL_UNKNOWN)
		json_add_bool(j, KEY("credential_valid"), e->credential == CREDENTIAL_VALID);
	add_secret(j, ctx, e);
	add_true(j, KEY("breached"), e->breached);
	if (event_has(e, EVENT_HASH)) {
		json_add_number(j, KEY("hashcat_mode"), e->hash_mode);
		add_text(j, KEY("hash"), e, EVENT_HASH);
	}
	add_true(j, KEY("undecodable"), e->undecodable);
	add_stls(j, e);
	add_tls(j, e);
	add_vni(j, &e->tunnel);
	add_capture(j, &e->capture);
	if (e->kind == EVENT_SERVER)
		add_server(j, e);
	add_text(j, KEY("banner"), e, EVENT_BANNER);
	if (e->kind == EVENT_SERVER)
		add_lines(j, KEY("capabilities"), e, EVENT_CAPABILITIES);
	if (alert != NULL && alert->counts != NULL)
		add_counts(j, alert->counts);
	if (alert != NULL && (alert->action == ACTION_DROP || alert->action == ACTION_REJECT))
		json_add_word(j, KEY("rule_action"), alert->action == ACTION_DROP ? "drop" : "reject");
	json_close(j, '}');
}

static void add_session(struct json *j, const struct event *e)
{
	json_open(j, KEY("session"), '{');
	add_time(j, KEY("start"), e->start);
	add_time(j, KEY("end"), e->end);
	json_add_number(j, KEY("commands"), e->commands);
	json_add_number(j, KEY("messages"), e->messages);
	json_add_number(j, KEY("retr_bytes"), e->retr_bytes);
	json_add_number(j, KEY("logins"), e->logins);
	if (e->users_only > 0)
		json_add_number(j, KEY("users_only"), e->users_only);
	add_lines(j, KEY("mechanisms_refused"), e, EVENT_MECHANISMS_REFUSED);
	add_stls(j, e);
	add_tls(j, e);
	add_text(j, KEY("banner"), e, EVENT_BANNER);
	add_lines(j, KEY("capabilities"), e, EVENT_CAPABILITIES);
	add_lines(j, KEY("capabilities_after_login"), e, EVENT_CAPABILITIES_AFTER);
	json_add_word(j, KEY("end_reason"), event_end_name(e->end_reason));
	add_vni(j, &e->tunnel);
	add_capture(j, &e->capture);
	json_close(j, '}');
}

static void add_response(struct json *j, const struct event *e)
{
	if (!e->response_set)
		return;
	json_open(j, KEY("response"), '{');
	json_add_bool(j, KEY("success"), e->response_ok);
	json_add_word(j, KEY("status"), e->response_ok ? "OK" : "ERR");
	add_text(j, KEY("header"), e, EVENT_RESPONSE);
	json_close(j, '}');
}

/* The request and its answer, as Suricata tells a POP3 transaction. */
static void add_transaction(struct json *j, const struct event *e)
{
	struct span rest = event_get(e, EVENT_ARGS);

	if (!event_has(e, EVENT_COMMAND)) {
		add_response(j, e);
		return;
	}
	json_open(j, KEY("request"), '{');
	add_text(j, KEY("command"), e, EVENT_COMMAND);
	json_open(j, KEY("args"), '[');
	/* PASS has one argument, spaces and all. */
	if (span_is(event_get(e, EVENT_COMMAND), "PASS"))
		json_add_text(j, NO_KEY, rest);
	else
		while (rest.n > 0)
			json_add_text(j, NO_KEY, span_word(&rest));
	json_close(j, ']');
	json_close(j, '}');
	add_response(j, e);
}

static void add_flow(struct json *j, const struct event *e)
{
	json_open(j, KEY("flow"), '{');
	json_add_number(j, KEY("pkts_toserver"), e->pkts[SIDE_CLIENT]);
	json_add_number(j, KEY("pkts_toclient"), e->pkts[SIDE_SERVER]);
	json_add_number(j, KEY("bytes_toserver"), e->bytes[SIDE_CLIENT]);
	json_add_number(j, KEY("bytes_toclient"), e->bytes[SIDE_SERVER]);
	add_time(j, KEY("start"), e->start);
	add_ends(j, e);
	json_close(j, '}');
}

/* ---- what a rule says, the same in each of its alerts: json-c's, once ---- */

/* Rules are files, and files may be anything: only printable UTF-8 leaves here. Heap; NULL when there is no memory. */
static char *printable(const char *s)
{
	struct span text = span_str(s);
	char *out = malloc(PRINTABLE_MAX(text.n));

	if (out != NULL)
		span_printable(text, out);
	return out;
}

static struct json_object *new_string(const char *s)
{
	char *text = printable(s);
	struct json_object *o = text != NULL ? json_object_new_string(text) : NULL;

	free(text);
	return o;
}

static struct json_object *new_strings(const char **s, size_t n)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_object_array_add(list, new_string(s[i]));
	return list;
}

/* The alert object up to its context, without the closing brace. Heap. */
static char *signature_text(const struct signature *s)
{
	struct json_object *a = json_object_new_object(), *m;
	const char *text;
	char *copy;
	size_t i, n;

	json_object_object_add(a, "action", json_object_new_string("allowed"));
	json_object_object_add(a, "gid", json_object_new_uint64(s->gid));
	json_object_object_add(a, "signature_id", json_object_new_uint64(s->sid));
	json_object_object_add(a, "rev", json_object_new_uint64(s->rev));
	json_object_object_add(a, "signature", new_string(s->msg));
	json_object_object_add(a, "category", new_string(s->category));
	json_object_object_add(a, "severity", json_object_new_int(s->severity));
	if (s->n_metadata > 0) {
		m = json_object_new_object();
		for (i = 0; i < s->n_metadata; i++) {
			char *key = printable(s->metadata[i].key);

			if (key != NULL)
				json_object_object_add(m, key, new_strings(s->metadata[i].value, s->metadata[i].n));
			free(key);
		}
		json_object_object_add(a, "metadata", m);
	}
	if (s->n_references > 0)
		json_object_object_add(a, "references", new_strings(s->reference, s->n_references));
	text = json_object_to_json_string_length(a, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &n);
	copy = text != NULL ? strndup(text, n - 1) : NULL;
	json_object_put(a);
	return copy;
}

#define SIGNATURES 256 /* kept; a power of two */

static const char *signature_of(const struct signature *s)
{
	static struct {
		uint64_t of; /* a serial: another rule may lie where one was before a reload */
		char *text;
	} kept[SIGNATURES];
	size_t i = (s->sid ^ s->sid >> 8) % SIGNATURES;

	if (kept[i].text == NULL || kept[i].of != s->serial) {
		free(kept[i].text);
		kept[i].text = signature_text(s);
		kept[i].of = s->serial;
	}
	return kept[i].text;
}

/* ---- records ---- */

static void add_end(struct json *j, const char *key, size_t key_n, const struct event *e, enum side side)
{
	json_open(j, key, key_n, '{');
	json_add_word(j, KEY("ip"), shared.address[side]);
	json_add_number(j, KEY("port"), e->flow.port[side]);
	json_close(j, '}');
}

/* Who attacks whom, where the rule says it. Its source is whoever sent what it matched. */
static void add_target(struct json *j, const struct event *e, enum signature_target target)
{
	enum side attacked = target == TARGET_SOURCE ? e->from : side_other(e->from);

	if (target == TARGET_NONE)
		return;
	add_end(j, KEY("source"), e, side_other(attacked));
	add_end(j, KEY("target"), e, attacked);
}

static bool has_transaction(const struct event *e)
{
	return e->kind == EVENT_LOGIN || e->kind == EVENT_CLIENT_LINE || e->kind == EVENT_SERVER_LINE;
}

static void alert_record(struct json *j, const struct emit_context *ctx, const struct record *r)
{
	const struct event *e = r->event;
	const char *signature = signature_of(r->signature);

	if (signature == NULL) {
		j->failed = true;
		return;
	}
	begin_record(j, ctx, e, "alert");
	json_add_raw(j, KEY("alert"), span_str(signature));
	add_target(j, e, r->signature->target);
	json_open(j, KEY("context"), '{');
	add_context(j, KEY("pop3"), ctx, e, r);
	json_close(j, '}');
	json_close(j, '}');
	json_add_word(j, KEY("app_proto"), "pop3");
	json_add_word(j, KEY("direction"), e->from == SIDE_CLIENT ? "to_server" : "to_client");
	add_flow(j, e);
	if (has_transaction(e)) {
		json_open(j, KEY("pop3"), '{');
		add_transaction(j, e);
		json_close(j, '}');
	}
	json_close(j, '}');
}

static void pop3_record(struct json *j, const struct emit_context *ctx, const struct event *e)
{
	begin_record(j, ctx, e, "pop3");
	json_open(j, KEY("pop3"), '{');
	if (e->kind == EVENT_LOGIN) {
		add_transaction(j, e);
		add_context(j, KEY("login"), ctx, e, NULL);
	} else {
		add_session(j, e);
	}
	json_close(j, '}');
	json_close(j, '}');
}

/* Of the traffic, or of the sensor itself: then there is no event. */
static void anomaly_record(struct json *j, const struct emit_context *ctx, const struct record *r)
{
	const struct event *e = r->event;

	if (e != NULL) {
		begin_record(j, ctx, e, "anomaly");
	} else {
		json_open(j, NO_KEY, '{');
		add_time(j, KEY("timestamp"), r->ts);
		if (r->interface != NULL)
			json_add_text(j, KEY("in_iface"), span_str(r->interface));
		json_add_word(j, KEY("event_type"), "anomaly");
	}
	json_open(j, KEY("anomaly"), '{');
	if (e != NULL && event_anomaly_protocol(e->anomaly) != NULL)
		json_add_word(j, KEY("app_proto"), event_anomaly_protocol(e->anomaly));
	json_add_word(j, KEY("type"), e != NULL ? event_anomaly_type(e->anomaly) : "applayer");
	json_add_word(j, KEY("event"), e != NULL ? event_anomaly_name(e->anomaly) : r->anomaly);
	if (e == NULL && r->number > 0)
		json_add_number(j, KEY("code"), r->number);
	if (e != NULL && event_anomaly_protocol(e->anomaly) != NULL)
		json_add_word(j, KEY("layer"), "proto_detect");
	json_close(j, '}');
	if (e != NULL)
		add_tls(j, e);
	json_close(j, '}');
}

static void stats_record(struct json *j, const struct record *r)
{
	json_open(j, NO_KEY, '{');
	add_time(j, KEY("timestamp"), r->ts);
	json_add_word(j, KEY("event_type"), "stats");
	stats_add(j, KEY("stats"), r->stats);
	json_close(j, '}');
}

static bool write_record(const struct emit_context *ctx, const struct record *r, struct buffer *out)
{
	struct json j;

	json_begin(&j, out);
	switch (r->type) {
	case RECORD_ALERT:
		alert_record(&j, ctx, r);
		break;
	case RECORD_POP3:
		pop3_record(&j, ctx, r->event);
		break;
	case RECORD_ANOMALY:
		anomaly_record(&j, ctx, r);
		break;
	case RECORD_STATS:
		stats_record(&j, r);
		break;
	}
	return !j.failed && buffer_add(out, "\n", 1);
}

const char *emit_version(void)
{
	return json_c_version();
}

const struct format format_eve = {
	.name = "eve",
	.types = RECORD_ALERT | RECORD_POP3 | RECORD_ANOMALY | RECORD_STATS,
	.defaults = RECORD_ALERT | RECORD_POP3 | RECORD_ANOMALY | RECORD_STATS,
	.write = write_record,
};
