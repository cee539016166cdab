/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text for people: a line an alert, a login or a session. */
#include <stdio.h>

#include "../impl.h"

#define TEXT_MAX 16640

static bool put(struct buffer *out, const char *s)
{
	return buffer_add(out, s, strlen(s));
}

static bool put_printable(struct buffer *out, struct span s)
{
	char text[PRINTABLE_MAX(TEXT_MAX)];
	size_t n = span_printable(span_take(s, TEXT_MAX), text);

	return buffer_add(out, text, n);
}

/* " name=value", when the event has it. */
static bool put_text(struct buffer *out, const char *name, const struct event *e, enum event_text t)
{
	char text[PRINTABLE_MAX(TEXT_MAX)];
	size_t n, i;
	bool ok;

	if (!event_has(e, t))
		return true;
	n = span_printable(span_take(event_get(e, t), TEXT_MAX), text);
	ok = put(out, " ") && put(out, name) && put(out, "=\"");
	/* A quote in a name must not end it: what follows could pass for another field. */
	for (i = 0; i < n && ok; i++)
		ok = text[i] == '"' ? put(out, "\\x22") : buffer_add(out, text + i, 1);
	explicit_bzero(text, n);
	return ok && put(out, "\"");
}

static bool put_word(struct buffer *out, const char *name, const char *word)
{
	return word == NULL || (put(out, " ") && put(out, name) && put(out, "=") && put(out, word));
}

static bool put_ends(struct buffer *out, const struct event *e)
{
	char client[ADDRESS_SIZE], server[ADDRESS_SIZE], both[2 * ADDRESS_SIZE + 32];

	emit_address(&e->flow, SIDE_CLIENT, client);
	emit_address(&e->flow, SIDE_SERVER, server);
	if (e->flow.ip_v == 4)
		snprintf(both, sizeof both, "  %s:%u -> %s:%u", client, e->flow.port[SIDE_CLIENT], server,
			 e->flow.port[SIDE_SERVER]);
	else
		snprintf(both, sizeof both, "  [%s]:%u -> [%s]:%u", client, e->flow.port[SIDE_CLIENT], server,
			 e->flow.port[SIDE_SERVER]);
	return put(out, both);
}

static bool put_details(struct buffer *out, const struct event *e)
{
	char numbers[96];

	if (e->kind == EVENT_SESSION) {
		snprintf(numbers, sizeof numbers, " logins=%u messages=%u", e->logins, e->messages);
		return put(out, numbers) && put_word(out, "stls", event_stls_name(e->stls)) &&
		       put_text(out, "tls", e, EVENT_TLS_VERSION) && put_text(out, "alert", e, EVENT_TLS_ALERT) &&
		       put_word(out, "end", event_end_name(e->end_reason));
	}
	if (e->kind == EVENT_CLIENT_LINE || e->kind == EVENT_SERVER_LINE)
		return put_text(out, "command", e, EVENT_COMMAND) && put_text(out, "args", e, EVENT_ARGS) &&
		       put_text(out, "response", e, EVENT_RESPONSE);
	if (e->kind == EVENT_PACKET)
		return true;
	if (e->kind == EVENT_SERVER)
		return put_word(out, "server", event_server_name(e->server)) &&
		       put_word(out, "stls", event_stls_name(e->stls)) && put_text(out, "banner", e, EVENT_BANNER);
	if (e->kind == EVENT_ANOMALY)
		return put_text(out, "tls", e, EVENT_TLS_VERSION) && put_text(out, "sni", e, EVENT_TLS_SNI);
	return put_text(out, "user", e, EVENT_USER) && put_text(out, "domain", e, EVENT_DOMAIN) &&
	       put_text(out, "authzid", e, EVENT_AUTHZID) && put_text(out, "mechanism", e, EVENT_MECHANISM) &&
	       put_word(out, "exposure", event_exposure_name(e->exposure)) &&
	       put_word(out, "outcome", event_outcome_name(e->outcome)) &&
	       put_text(out, "reason", e, EVENT_FAILURE_REASON) && put_text(out, "password", e, EVENT_PASSWORD) &&
	       put_text(out, "hash", e, EVENT_HASH) && put(out, e->breached ? " breached" : "") &&
	       put_word(out, "stls", event_stls_name(e->stls));
}

/* What an alert stands for. */
static bool put_counts(struct buffer *out, const struct alert_counts *c)
{
	const struct {
		const char *name;
		uint32_t n;
	} numbers[] = { { "count", c->count }, { "users", c->users }, { "secrets", c->secrets },
			{ "sources", c->sources }, { "servers", c->servers } };
	char text[32];
	size_t i;

	for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		snprintf(text, sizeof text, " %s=%u", numbers[i].name, numbers[i].n);
		if (numbers[i].n > 0 && !put(out, text))
			return false;
	}
	return true;
}

/* Of the counters those that say whether it works, and what it has come to. */
static bool put_stats(struct buffer *out, const struct stats *s)
{
	static const struct {
		const char *name;
		enum counter counter;
	} numbers[] = {
		{ "received", COUNTER_CAPTURE_PACKETS },   { "dropped", COUNTER_CAPTURE_DROPS },
		{ "if_dropped", COUNTER_CAPTURE_IFDROPS }, { "packets", COUNTER_DECODER_PKTS },
		{ "flows", COUNTER_FLOW_TOTAL },	   { "evicted", COUNTER_FLOW_EVICTED },
		{ "gaps", COUNTER_TCP_GAP },		   { "sessions", COUNTER_POP3_SESSIONS },
		{ "logins", COUNTER_POP3_LOGINS },	   { "alerts", COUNTER_DETECT_ALERT },
		{ "unwritten", COUNTER_OUTPUT_DROPPED },
	};
	char text[64];
	size_t i;

	snprintf(text, sizeof text, "  stats uptime=%llu", (unsigned long long)s->uptime);
	if (!put(out, text))
		return false;
	for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		snprintf(text, sizeof text, " %s=%llu", numbers[i].name, (unsigned long long)s->counter[numbers[i].counter]);
		if (!put(out, text))
			return false;
	}
	return put(out, "\n");
}

static bool write_record(const struct emit_context *ctx, const struct record *r, struct buffer *out)
{
	char time[TIME_SIZE], head[32];
	bool ok;

	(void)ctx;
	emit_time(r->event != NULL ? r->event->ts : r->ts, ' ', "", time);
	ok = put(out, time);
	switch (r->type) {
	case RECORD_ALERT:
		snprintf(head, sizeof head, "  [%u] ", r->signature->severity);
		ok = ok && put(out, head) && put_printable(out, span_str(r->signature->msg));
		break;
	case RECORD_POP3:
		ok = ok && put(out, "  ") && put(out, event_kind_name(r->event->kind));
		break;
	case RECORD_ANOMALY:
		if (r->event == NULL)
			return ok && put(out, "  anomaly ") && put(out, r->anomaly) &&
			       (r->interface == NULL || (put(out, " ") && put_printable(out, span_str(r->interface)))) &&
			       put(out, "\n");
		ok = ok && put(out, "  anomaly ") && put(out, event_anomaly_name(r->event->anomaly));
		break;
	case RECORD_STATS:
		return ok && put_stats(out, r->stats);
	}
	return ok && put_ends(out, r->event) && put(out, " ") && put_details(out, r->event) &&
	       (r->counts == NULL || put_counts(out, r->counts)) && put(out, "\n");
}

const struct format format_text = {
	.name = "text",
	.types = RECORD_ALERT | RECORD_POP3 | RECORD_ANOMALY | RECORD_STATS,
	.defaults = RECORD_ALERT,
	.write = write_record,
};
