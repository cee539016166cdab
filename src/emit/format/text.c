/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text for people: a line an alert, a login or a session, of the fields that fields.def has a name for. */
#include <stdio.h>

#include "../field.h"

static bool put(struct buffer *out, const char *s)
{
	return buffer_add(out, s, strlen(s));
}

static bool put_printable(struct buffer *out, struct span s)
{
	return buffer_add_text(out, s, &(struct escape){ .backslash = "", .hex = "" });
}

/* A quote in a name must not end it: what follows could pass for another field. */
static bool put_quoted(struct buffer *out, struct span s)
{
	return put(out, "=\"") && buffer_add_text(out, s, &(struct escape){ .backslash = "", .hex = "\"" }) &&
	       put(out, "\"");
}

/* " name=value"; " name" of what is true. */
static bool put_value(struct buffer *out, const char *name, const struct value *v)
{
	char digits[24];

	if (v->kind == VALUE_NONE)
		return true;
	if (!put(out, " ") || !put(out, name))
		return false;
	switch (v->kind) {
	case VALUE_TEXT:
	case VALUE_WORDS:
	case VALUE_SINGLE:
		return put_quoted(out, v->bytes);
	case VALUE_WORD:
		return put(out, "=") && put(out, v->word);
	case VALUE_NUMBER:
		snprintf(digits, sizeof digits, "=%llu", (unsigned long long)v->number);
		return put(out, digits);
	default:
		return true;
	}
}

static bool put_field(struct buffer *out, const struct scene *s, const struct field *f)
{
	struct value v = f->get(s);

	return put_value(out, f->name[NAME_TEXT], &v);
}

static bool put_ends(struct buffer *out, const struct scene *s)
{
	const uint16_t *port = s->event->flow.port;
	char both[2 * ADDRESS_SIZE + 32];

	snprintf(both, sizeof both, s->event->flow.ip_v == 4 ? "  %s:%u -> %s:%u " : "  [%s]:%u -> [%s]:%u ",
		 s->address[SIDE_CLIENT], port[SIDE_CLIENT], s->address[SIDE_SERVER], port[SIDE_SERVER]);
	return put(out, both);
}

#define BIT(set) (1u << (SET_##set))

/* What is told of an event, whatever it is that tells it. */
static unsigned sets_of(const struct scene *s)
{
	unsigned sets = BIT(RECORD) | (s->record->type == RECORD_ALERT ? BIT(ALERT) : 0);

	switch (s->event->kind) {
	case EVENT_LOGIN:
		return sets | BIT(LOGIN);
	case EVENT_SESSION:
		return sets | BIT(SESSION) | BIT(TLS);
	case EVENT_CLIENT_LINE:
	case EVENT_SERVER_LINE:
		return sets | BIT(REQUEST) | BIT(RESPONSE);
	case EVENT_SERVER:
		return sets | BIT(LOGIN) | BIT(SERVER);
	case EVENT_ANOMALY:
		return sets | BIT(TLS);
	case EVENT_PACKET:
	case EVENT_KIND_MAX:
		break;
	}
	return sets;
}

static bool put_details(struct buffer *out, const struct scene *s)
{
	unsigned sets = sets_of(s);
	size_t i;

	for (i = 0; i < FIELDS; i++)
		if (fields[i].name[NAME_TEXT] != NULL && (sets >> fields[i].set & 1) != 0 && !put_field(out, s, &fields[i]))
			return false;
	return put(out, "\n");
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
	return true;
}

/* "[1]", the worst in red, the next in yellow where there are colours. */
static bool put_severity(struct buffer *out, const struct scene *s)
{
	const char *colour = !s->colours ? "" : s->signature->severity == 1 ? "\033[1;31m" : s->signature->severity == 2 ? "\033[33m" : "";
	char text[32];

	snprintf(text, sizeof text, "  %s[%u]%s ", colour, s->signature->severity, colour[0] != '\0' ? "\033[0m" : "");
	return put(out, text);
}

/* What comes in front of the ends. */
static bool put_head(struct buffer *out, const struct scene *s)
{
	switch (s->record->type) {
	case RECORD_ALERT:
		return put_severity(out, s) && put_printable(out, scene_title(s));
	case RECORD_POP3:
		return put(out, "  ") && put(out, event_kind_name(s->event->kind));
	case RECORD_ANOMALY:
		return put(out, "  anomaly ") && put(out, scene_anomaly(s)) &&
		       (s->event != NULL || s->source == NULL ||
			(put(out, " ") && put_printable(out, span_str(s->source->name))));
	case RECORD_STATS:
		break;
	}
	return put_stats(out, s->record->stats);
}

static bool put_host(struct buffer *out, const struct scene *s)
{
	struct value host = value_word(s->host);

	return put_value(out, "host", &host) && put(out, "\n");
}

static bool write_record(const struct scene *s, struct buffer *out)
{
	char time[TIME_SIZE];

	emit_time(s->event != NULL ? s->event->ts : s->record->ts, ' ', "", time);
	if (!put(out, time) || !put_head(out, s))
		return false;
	return s->event != NULL ? put_ends(out, s) && put_details(out, s) : put_host(out, s);
}

const struct format format_text = {
	.name = "text",
	.types = RECORD_ALERT | RECORD_POP3 | RECORD_ANOMALY | RECORD_STATS,
	.defaults = RECORD_ALERT,
	.write = write_record,
};
