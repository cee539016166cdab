/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rule keywords, fields, formats, mechanisms, counters and anomalies, for the manual pages. */
#include "../src/decode/decoder.h"
#include "../src/emit/impl.h"
#include "../src/emit/ship.h"
#include "../src/pop3/impl.h"
#include "../src/pop3/sasl/sasl.h"
#include "../src/rule/impl.h"
#include "pages.h"

static struct field_row {
	const char *set, *name, *ecs, *login, *finding, *cef;
	bool said;
} fields[] = {
#define FIELD(set, id, value, eve, ecs, login, finding, cef, text) { #set, eve, ecs, login, finding, cef, false },
#include "../src/emit/fields.def"
#undef FIELD
#undef OBJECT
};

static const struct keyword *const keywords[] = {
#define KEYWORD(symbol) &keyword_##symbol,
#include "../src/rule/keywords/keywords.def"
#undef KEYWORD
#define BUFFER(id, symbol, name, kinds, prefers) &keyword_##symbol,
#include "../src/rule/buffers.def"
#undef BUFFER
};

static const struct format *const formats[] = {
#define FORMAT(symbol) &format_##symbol,
#include "../src/emit/format/formats.def"
#undef FORMAT
};

static const struct sasl_mechanism *const mechanisms[] = {
#define MECHANISM(symbol) &sasl_##symbol,
#include "../src/pop3/sasl/mechanisms.def"
#undef MECHANISM
};

static const struct transport *const transports[] = {
#define TRANSPORT(symbol) &transport_##symbol,
#include "../src/emit/transport/transports.def"
#undef TRANSPORT
};

static const struct decoder *const decoders[] = {
#define DECODER(symbol) &decode_##symbol,
#include "../src/decode/decoders.def"
#undef DECODER
};

static const struct {
	const char *name, *what;
} counters[] = {
#define COUNTER(id, name, what) { name, what },
#include "plainpop/counters.def"
#undef COUNTER
}, anomalies[] = {
#define ANOMALY(id, type, name, protocol, what) { name, what },
#include "plainpop/anomalies.def"
#undef ANOMALY
};

static bool keyword_said[COUNT(keywords)], format_said[COUNT(formats)], takes_said[COUNT(formats)];
static struct field_row *field; /* whose text it is */

/* ---- rules ---- */

static const enum event_kind kinds_in_order[] = { EVENT_LOGIN,	EVENT_SESSION, EVENT_CLIENT_LINE, EVENT_SERVER_LINE,
						  EVENT_PACKET, EVENT_ANOMALY, EVENT_SERVER };

static void put_kinds(const struct keyword *k)
{
	const char *between = ".Pq ";
	uint32_t missing = KINDS_ALL & ~k->kinds;
	unsigned round;
	size_t i;

	if (k->kinds == KINDS_ALL || k->kinds + k->prefers == 0)
		return;
	if ((missing & (missing - 1)) == 0) {
		fprintf(out, ".Pq all but %s\n", event_kind_name((enum event_kind)__builtin_ctz(missing)));
		return;
	}
	/* What it is mostly asked of comes first. */
	for (round = 0; round < 2; round++)
		for (i = 0; i < COUNT(kinds_in_order); i++) {
			uint32_t bit = KIND(kinds_in_order[i]);

			if (((round == 0 ? k->prefers : k->kinds & ~k->prefers) & bit) == 0)
				continue;
			fprintf(out, "%s%s", between, event_kind_name(kinds_in_order[i]));
			between = ", ";
		}
	fputs(k->kinds == 0 ? ", and any other event\n" : "\n", out);
}

void expand_keyword(const char *rest)
{
	size_t n = strcspn(rest, " "), i;

	for (i = 0; i < COUNT(keywords); i++) {
		if (strlen(keywords[i]->name) != n || strncmp(keywords[i]->name, rest, n) != 0)
			continue;
		say_once(&keyword_said[i], rest);
		fprintf(out, ".It Ic %s\n", rest);
		put_kinds(keywords[i]);
		return;
	}
	fault("there is no keyword %.*s", (int)n, rest);
}

/* ---- records ---- */

static void put_names(const char **between, const char *format, const char *name, const char *other)
{
	if (name == NULL && other == NULL)
		return;
	fprintf(out, "%sSy %s Va %s", *between, format, name != NULL ? name : other);
	if (name != NULL && other != NULL && strcmp(name, other) != 0)
		fprintf(out, " , %s", other);
	*between = " ; ";
}

/* What the other formats call the field whose text ends here. */
void end_field(void)
{
	const char *between = ".br\n.";
	const struct field_row *f = field;

	field = NULL;
	if (f == NULL)
		return;
	put_names(&between, "ECS", f->ecs, NULL);
	put_names(&between, "OCSF", f->login, f->finding);
	put_names(&between, "CEF", f->cef, NULL);
	if (*between == ' ')
		fputc('\n', out);
}

void expand_field(const char *rest)
{
	size_t n = strcspn(rest, " "), i;

	for (i = 0; i < COUNT(fields); i++)
		if (fields[i].name != NULL && strlen(fields[i].set) == n && strncmp(fields[i].set, rest, n) == 0 &&
		    rest[n] == ' ' && strcmp(fields[i].name, rest + n + 1) == 0)
			break;
	if (i == COUNT(fields)) {
		fault("there is no field %s", rest);
		return;
	}
	say_once(&fields[i].said, rest);
	field = &fields[i];
	fprintf(out, ".It Va %s\n", field->name);
}

static void put_types(const char *before, unsigned types, const char *behind)
{
	static const char *const names[] = { "alert", "pop3", "anomaly", "stats" };
	const char *between = ".Cm ";
	size_t i;

	fprintf(out, "%s\n", before);
	for (i = 0; i < COUNT(names); i++) {
		if ((types & 1u << i) == 0)
			continue;
		fprintf(out, "%s%s", between, names[i]);
		between = " , ";
	}
	fprintf(out, " %s\n", behind);
}

void expand_format(const char *name, bool takes)
{
	size_t i;

	for (i = 0; i < COUNT(formats) && strcmp(formats[i]->name, name) != 0; i++)
		;
	if (i == COUNT(formats)) {
		fault("there is no format %s", name);
		return;
	}
	say_once(takes ? &takes_said[i] : &format_said[i], name);
	if (!takes) {
		fprintf(out, ".It Cm %s\n", name);
		return;
	}
	if (formats[i]->types == formats[i]->defaults) {
		put_types("Takes", formats[i]->types, ", all of them by default.");
		return;
	}
	put_types("Takes", formats[i]->types, ";");
	put_types("by default", formats[i]->defaults, ".");
}

static void put_mechanism(const char *name, enum event_exposure has, enum event_exposure wanted)
{
	if (has == wanted)
		fprintf(out, ".It %s Ta %s\n", name, event_exposure_name(has));
}

void expand_mechanisms(void)
{
	unsigned x;
	size_t i;

	for (x = EXPOSURE_MAX; x-- > 0;) {
		enum event_exposure exposure = (enum event_exposure)x;

		put_mechanism("USER/PASS", EXPOSURE_PASSWORD, exposure);
		put_mechanism("APOP", EXPOSURE_CRACKABLE_DIGEST, exposure);
		for (i = 0; i < COUNT(mechanisms); i++)
			put_mechanism(mechanisms[i]->name, mechanisms[i]->exposure, exposure);
	}
}

static void put_item(const char *macro, const char *name, const char *what)
{
	fprintf(out, ".It %s %s\n", macro, name);
	put_sentence(what);
}

/* Those of lines are for rules alone: no record has them. */
void expand_anomalies(bool of_rules)
{
	size_t i;

	for (i = 0; i < COUNT(anomalies); i++)
		if (((POP3_LINE_ODD & 1u << i) != 0) == of_rules)
			put_item("Cm", anomalies[i].name, anomalies[i].what);
}

void expand_counters(void)
{
	size_t i;

	for (i = 0; i < COUNT(counters); i++)
		put_item("Va", counters[i].name, counters[i].what);
}

void tables_said(const char *all)
{
	char port[16];
	size_t i, k;

	for (i = 0; i < COUNT(keywords); i++)
		if (!keyword_said[i])
			fault("no page has the keyword %s", keywords[i]->name);
	for (i = 0; i < COUNT(fields); i++)
		if (fields[i].name != NULL && !fields[i].said)
			fault("no page has the field %s %s", fields[i].set, fields[i].name);
	for (i = 0; i < COUNT(formats); i++)
		if (!format_said[i] || !takes_said[i])
			fault("no page has the format %s, or what it takes", formats[i]->name);
	for (i = 0; i < COUNT(transports); i++)
		for (k = 0; transports[i]->prefixes[k] != NULL; k++)
			if (strstr(all, transports[i]->prefixes[k]) == NULL)
				fault("no page has the target %s", transports[i]->prefixes[k]);
	for (i = 0; i < COUNT(decoders); i++)
		for (k = 0; k < COUNT(decoders[i]->udp_port) && decoders[i]->udp_port[k] != 0; k++) {
			snprintf(port, sizeof port, "%u", decoders[i]->udp_port[k]);
			if (strstr(all, port) == NULL)
				fault("no page has the port %s of %s", port, decoders[i]->name);
		}
}
