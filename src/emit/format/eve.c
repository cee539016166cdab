/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * EVE, as Suricata 8 writes it: what reads Suricata reads this. What plainpop knows beyond it stands in
 * alert.context.pop3, which the published schema leaves open, and in pop3.login and pop3.session.
 *
 * The rows of fields.def are compiled into each object that has them, with keys that are ready: a table to walk would
 * cost more than the rest.
 */
#include <json-c/json_c_version.h>
#include <stdlib.h>

#include "../field.h"
#include "../json.h"

/* A value whose kind is known where this is compiled in. */
static inline __attribute__((always_inline)) void add(struct json *j, const char *key, size_t key_n, struct value v,
						      const struct scene *s)
{
	switch (v.kind) {
	case VALUE_NONE:
		break;
	case VALUE_TEXT:
		json_add_text(j, key, key_n, v.bytes);
		break;
	case VALUE_WORD:
		json_add_word(j, key, key_n, v.word);
		break;
	case VALUE_NUMBER:
	case VALUE_ID:
		json_add_number(j, key, key_n, v.number);
		break;
	case VALUE_BOOL:
		json_add_bool(j, key, key_n, v.number != 0);
		break;
	default:
		json_add_value(j, key, key_n, &v, JSON_EVE, s);
		break;
	}
}

static void add_object(struct json *j, const char *key, size_t key_n, const struct scene *s, enum field_set set);

/* The fields of a set, in the order of fields.def. What is of other sets is gone before it runs: set is a constant. */
static inline __attribute__((always_inline)) void add_fields(struct json *j, const struct scene *s, enum field_set set)
{
	const struct event *e = s->event;

#define FIELD(in, id, what, eve, ...) \
	if (SET_##in == set)          \
		add(j, KEY(eve), what, s);
#define OBJECT(in, sub, when, eve)     \
	if (SET_##in == set && (when)) \
		add_object(j, KEY(eve), s, SET_##sub);
#include "../fields.def"
}

/* An object within another, unless there is nothing in it. */
static void add_object(struct json *j, const char *key, size_t key_n, const struct scene *s, enum field_set set)
{
	size_t before = j->out->n;
	bool first = j->first;

	json_open(j, key, key_n, '{');
	switch (set) {
	case SET_TUNNEL:
		add_fields(j, s, SET_TUNNEL);
		break;
	case SET_TLS:
		add_fields(j, s, SET_TLS);
		break;
	case SET_CAPTURE:
		add_fields(j, s, SET_CAPTURE);
		break;
	case SET_SERVER:
		add_fields(j, s, SET_SERVER);
		break;
	case SET_REQUEST:
		add_fields(j, s, SET_REQUEST);
		break;
	case SET_RESPONSE:
		add_fields(j, s, SET_RESPONSE);
		break;
	default: /* no object of another */
		break;
	}
	if (!j->first) {
		json_close(j, '}');
		return;
	}
	j->out->n = before;
	j->first = first;
}

static void begin_record(struct json *j, const struct scene *s)
{
	json_open(j, NO_KEY, '{');
	add_fields(j, s, SET_RECORD);
}

/* ---- alerts ---- */

/* What a rule says is the same in each of its alerts, and written once. NULL: no memory. */
static const struct buffer *signature_of(const struct scene *s)
{
	enum { SIGNATURES = 256 }; /* kept; a power of two */
	static struct {
		uint64_t of; /* a serial: another rule may lie where one was before a reload */
		struct buffer text;
	} kept[SIGNATURES];
	const struct signature *rule = s->signature;
	size_t i = (rule->sid ^ rule->sid >> 8) % SIGNATURES;
	struct buffer *text = &kept[i].text;
	struct json j;

	if (text->n > 0 && kept[i].of == rule->serial)
		return text;
	text->n = 0;
	kept[i].of = rule->serial;
	json_begin(&j, text);
	add_fields(&j, s, SET_SIGNATURE);
	if (!j.failed)
		return text;
	text->n = 0;
	return NULL;
}

static void add_end(struct json *j, const char *key, size_t key_n, const struct scene *s, enum side side)
{
	json_open(j, key, key_n, '{');
	json_add_word(j, KEY("ip"), s->address[side]);
	json_add_number(j, KEY("port"), s->event->flow.port[side]);
	json_close(j, '}');
}

/* Who attacks whom, where the rule says it. Its source is whoever sent what it matched. */
static void add_target(struct json *j, const struct scene *s)
{
	enum signature_target target = s->signature->target;
	enum side from = s->event->from, attacked = target == TARGET_SOURCE ? from : side_other(from);

	if (target == TARGET_NONE)
		return;
	add_end(j, KEY("source"), s, side_other(attacked));
	add_end(j, KEY("target"), s, attacked);
}

static bool has_transaction(const struct event *e)
{
	return e->kind == EVENT_LOGIN || e->kind == EVENT_CLIENT_LINE || e->kind == EVENT_SERVER_LINE;
}

static void alert_record(struct json *j, const struct scene *s)
{
	const struct buffer *signature = signature_of(s);

	if (signature == NULL) {
		j->failed = true;
		return;
	}
	begin_record(j, s);
	json_open(j, KEY("alert"), '{');
	json_add_raw(j, NO_KEY, span_of(signature->p, signature->n));
	add_target(j, s);
	json_open(j, KEY("context"), '{');
	json_open(j, KEY("pop3"), '{');
	add_fields(j, s, SET_LOGIN);
	add_fields(j, s, SET_ALERT);
	json_close(j, '}');
	json_close(j, '}');
	json_close(j, '}');
	json_add_word(j, KEY("app_proto"), "pop3");
	json_add_word(j, KEY("direction"), s->event->from == SIDE_CLIENT ? "to_server" : "to_client");
	json_open(j, KEY("flow"), '{');
	add_fields(j, s, SET_FLOW);
	json_close(j, '}');
	if (has_transaction(s->event)) {
		json_open(j, KEY("pop3"), '{');
		add_fields(j, s, SET_TRANSACTION);
		json_close(j, '}');
	}
	json_close(j, '}');
}

/* ---- other records ---- */

static void pop3_record(struct json *j, const struct scene *s)
{
	begin_record(j, s);
	json_open(j, KEY("pop3"), '{');
	if (s->event->kind == EVENT_LOGIN) {
		add_fields(j, s, SET_TRANSACTION);
		json_open(j, KEY("login"), '{');
		add_fields(j, s, SET_LOGIN);
	} else {
		json_open(j, KEY("session"), '{');
		add_fields(j, s, SET_SESSION);
	}
	json_close(j, '}');
	json_close(j, '}');
	json_close(j, '}');
}

static void anomaly_record(struct json *j, const struct scene *s)
{
	begin_record(j, s);
	json_open(j, KEY("anomaly"), '{');
	add_fields(j, s, SET_ANOMALY);
	json_close(j, '}');
	if (s->event != NULL)
		add_object(j, KEY("tls"), s, SET_TLS);
	json_close(j, '}');
}

static void stats_record(struct json *j, const struct scene *s)
{
	begin_record(j, s);
	stats_add(j, KEY("stats"), s->record->stats);
	json_close(j, '}');
}

static bool write_record(const struct scene *s, struct buffer *out)
{
	struct json j;

	json_begin(&j, out);
	switch (s->record->type) {
	case RECORD_ALERT:
		alert_record(&j, s);
		break;
	case RECORD_POP3:
		pop3_record(&j, s);
		break;
	case RECORD_ANOMALY:
		anomaly_record(&j, s);
		break;
	case RECORD_STATS:
		stats_record(&j, s);
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
