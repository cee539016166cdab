/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An output: a format, a sink, and which records it takes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "impl.h"

#define HOST_MAX 100 /* what CEF allows */

struct output {
	const struct format *format;
	const struct sink *sink;
	unsigned types;
	bool named; /* by types= */
	char host[HOST_MAX + 1]; /* the sensor's name; "": none */
	char *target;
	void *state; /* of the sink, once open */
	struct buffer line;
	uint64_t lost;
	struct {
		uint64_t flow, packet;
		unsigned n;
	} alerts; /* of the last packet that had any */
};

static const struct format *const formats[] = {
#define FORMAT(symbol) &format_##symbol,
#include "format/formats.def"
#undef FORMAT
};

static const struct sink *const sinks[] = {
#define SINK(symbol) &sink_##symbol,
#include "sink/sinks.def"
#undef SINK
};

/* What the command line knows and this program does not do yet. */
static const char *const later_targets[] = { "unix:", "syslog:", "syslog+udp:", "syslog+tcp:", "syslog+tls:",
					     "redis:", "kafka:" };
static const char *const later_types[] = { "flow" };

static const struct {
	const char *name;
	enum record_type type;
} types[] = {
	{ "alert", RECORD_ALERT },
	{ "pop3", RECORD_POP3 },
	{ "anomaly", RECORD_ANOMALY },
	{ "stats", RECORD_STATS },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool listed(const char *const *list, size_t n, struct span word)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (span_eq(word, span_str(list[i])))
			return true;
	return false;
}

/* "FORMAT:" in front of the target, if there is one. */
static enum output_result parse_format(struct output *o, struct span *spec, char err[OUTPUT_ERROR_SIZE])
{
	const uint8_t *colon = spec->n > 0 ? memchr(spec->p, ':', spec->n) : NULL;
	struct span word;
	size_t i;

	o->format = formats[0];
	if (colon == NULL)
		return OUTPUT_OK;
	word = span_take(*spec, (size_t)(colon - spec->p));
	for (i = 0; i < COUNT(formats); i++)
		if (span_eq(word, span_str(formats[i]->name))) {
			o->format = formats[i];
			*spec = span_skip(*spec, word.n + 1);
			return OUTPUT_OK;
		}
	for (i = 0; i < word.n; i++)
		if (word.p[i] < 'a' || word.p[i] > 'z')
			return OUTPUT_OK; /* a path */
	for (i = 0; i < COUNT(later_targets); i++)
		if (span_starts(*spec, later_targets[i]))
			return OUTPUT_OK;
	snprintf(err, OUTPUT_ERROR_SIZE, "no such format: %.*s (eve, ecs, ocsf, cef, text; a file of that name is ./%.*s)",
		 (int)word.n, (const char *)word.p, (int)spec->n, (const char *)spec->p);
	return OUTPUT_WRONG;
}

static enum output_result parse_types(struct output *o, struct span list, char err[OUTPUT_ERROR_SIZE])
{
	size_t i;

	o->types = 0;
	o->named = true;
	while (list.n > 0) {
		const uint8_t *plus = memchr(list.p, '+', list.n);
		struct span word = span_take(list, plus != NULL ? (size_t)(plus - list.p) : list.n);

		list = span_skip(list, plus != NULL ? word.n + 1 : word.n);
		for (i = 0; i < COUNT(types); i++)
			if (span_eq(word, span_str(types[i].name)))
				break;
		if (i < COUNT(types)) {
			o->types |= types[i].type;
		} else if (listed(later_types, COUNT(later_types), word)) {
			snprintf(err, OUTPUT_ERROR_SIZE, "type %.*s is not supported yet", (int)word.n,
				 (const char *)word.p);
			return OUTPUT_UNSUPPORTED;
		} else {
			snprintf(err, OUTPUT_ERROR_SIZE, "no such type: %.*s (alert, pop3, anomaly, stats)",
				 (int)word.n, (const char *)word.p);
			return OUTPUT_WRONG;
		}
	}
	if (o->types == 0) {
		snprintf(err, OUTPUT_ERROR_SIZE, "types= names none");
		return OUTPUT_WRONG;
	}
	for (i = 0; i < COUNT(types); i++)
		if ((o->types & ~o->format->types & types[i].type) != 0) {
			snprintf(err, OUTPUT_ERROR_SIZE, "format %s has no %s records", o->format->name, types[i].name);
			return OUTPUT_WRONG;
		}
	return OUTPUT_OK;
}

/* A name such as hosts have (RFC 1123): letters, digits, hyphens, and dots between them. Every format takes that. */
static enum output_result parse_host(struct output *o, struct span name, char err[OUTPUT_ERROR_SIZE])
{
	bool good = name.n > 0 && name.n <= HOST_MAX;
	size_t i;

	for (i = 0; i < name.n && good; i++) {
		bool edge = i == 0 || i == name.n - 1 || name.p[i - 1] == '.' || name.p[i + 1] == '.';
		uint8_t c = ascii_lower(name.p[i]);

		good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || ((c == '-' || c == '.') && !edge);
	}
	if (!good) {
		snprintf(err, OUTPUT_ERROR_SIZE, "host=%.*s is no host name of up to %d letters, digits, hyphens and dots",
			 (int)name.n, (const char *)name.p, HOST_MAX);
		return OUTPUT_WRONG;
	}
	memcpy(o->host, name.p, name.n);
	return OUTPUT_OK;
}

/* What may stand behind the target, each once. */
static const struct {
	const char *mark;
	enum output_result (*parse)(struct output *o, struct span value, char err[OUTPUT_ERROR_SIZE]);
} options[] = {
	{ ",types=", parse_types },
	{ ",host=", parse_host },
};

/* The last of them, cut off *spec: its number, or COUNT(options) when there is none. */
static size_t cut_option(struct span *spec, struct span *value)
{
	size_t i, k, n;

	for (i = spec->n; i-- > 0;)
		for (k = 0; k < COUNT(options); k++) {
			n = strlen(options[k].mark);
			if (spec->n - i < n || memcmp(spec->p + i, options[k].mark, n) != 0)
				continue;
			*value = span_skip(*spec, i + n);
			*spec = span_take(*spec, i);
			return k;
		}
	return COUNT(options);
}

static enum output_result parse_options(struct output *o, const struct span value[COUNT(options)],
					char err[OUTPUT_ERROR_SIZE])
{
	enum output_result r = OUTPUT_OK;
	size_t k;

	for (k = 0; k < COUNT(options) && r == OUTPUT_OK; k++)
		if (value[k].p != NULL)
			r = options[k].parse(o, value[k], err);
	return r;
}

static enum output_result parse_target(struct output *o, struct span target, char err[OUTPUT_ERROR_SIZE])
{
	size_t i;

	if (target.n == 0) {
		snprintf(err, OUTPUT_ERROR_SIZE, "no target");
		return OUTPUT_WRONG;
	}
	for (i = 0; i < COUNT(later_targets); i++)
		if (span_starts(target, later_targets[i])) {
			snprintf(err, OUTPUT_ERROR_SIZE, "target %s is not supported yet", later_targets[i]);
			return OUTPUT_UNSUPPORTED;
		}
	o->target = strndup((const char *)target.p, target.n);
	if (o->target == NULL) {
		snprintf(err, OUTPUT_ERROR_SIZE, "out of memory");
		return OUTPUT_FAILED;
	}
	for (i = 0; i < COUNT(sinks) && o->sink == NULL; i++)
		if (sinks[i]->takes(o->target))
			o->sink = sinks[i];
	return OUTPUT_OK;
}

enum output_result output_parse(const char *spec, struct output **out, char err[OUTPUT_ERROR_SIZE])
{
	struct output *o = calloc(1, sizeof *o);
	struct span rest = span_str(spec), value, values[COUNT(options)] = { { 0 } };
	enum output_result r = OUTPUT_OK;
	size_t k;

	*out = NULL;
	if (o == NULL) {
		snprintf(err, OUTPUT_ERROR_SIZE, "out of memory");
		return OUTPUT_FAILED;
	}
	while (r == OUTPUT_OK && (k = cut_option(&rest, &value)) < COUNT(options)) {
		if (values[k].p != NULL) {
			snprintf(err, OUTPUT_ERROR_SIZE, "%s is there twice", options[k].mark + 1);
			r = OUTPUT_WRONG;
		}
		values[k] = value;
	}
	if (r == OUTPUT_OK)
		r = parse_format(o, &rest, err);
	if (r == OUTPUT_OK) {
		o->types = o->format->defaults;
		r = parse_options(o, values, err);
	}
	if (r == OUTPUT_OK)
		r = parse_target(o, rest, err);
	if (r != OUTPUT_OK) {
		output_close(o);
		return r;
	}
	*out = o;
	return OUTPUT_OK;
}

enum output_result output_open(struct output *o, char err[OUTPUT_ERROR_SIZE])
{
	o->state = o->sink->open(o->target, err);
	return o->state != NULL ? OUTPUT_OK : OUTPUT_FAILED;
}

int output_open_again(const struct output *o)
{
	errno = 0;
	return o->sink->open_again != NULL ? o->sink->open_again(o->target) : -1;
}

void output_adopt(struct output *o, int fd)
{
	if (o->sink->adopt != NULL)
		o->sink->adopt(o->state, fd);
	else
		close(fd);
}

void output_only_if_named(struct output *o, enum record_type type)
{
	if (!o->named)
		o->types &= ~(unsigned)type;
}

bool output_takes(const struct output *o, enum record_type type)
{
	return (o->types & (unsigned)type) != 0;
}

bool output_is_stdout(const struct output *o)
{
	return strcmp(o->target, "-") == 0;
}

void output_mend(struct output *o)
{
	if (o->sink->mend != NULL)
		o->sink->mend(o->state);
}

const char *output_target(const struct output *o)
{
	return o->target;
}

bool output_is_text(const struct output *o)
{
	return o->format == &format_text;
}

/* How many alerts of the same packet were written before this one. */
static unsigned count_alert(struct output *o, const struct event *e)
{
	if (o->alerts.flow != e->flow_id || o->alerts.packet != e->packet)
		o->alerts.n = 0;
	o->alerts.flow = e->flow_id;
	o->alerts.packet = e->packet;
	return o->alerts.n++;
}

static const char *type_name(enum record_type type)
{
	size_t i;

	for (i = 0; i < COUNT(types) && types[i].type != type; i++)
		;
	return types[i].name;
}

void output_record(struct output *o, const struct emit_context *ctx, const struct record *r)
{
	struct scene s;

	if (!output_takes(o, r->type))
		return;
	scene_set(&s, ctx, r, type_name(r->type), o->host[0] != '\0' ? o->host : NULL);
	if (r->type == RECORD_ALERT)
		s.nth = count_alert(o, r->event);
	o->line.n = 0;
	if (!o->format->write(&s, &o->line)) {
		counter_add(COUNTER_OUTPUT_DROPPED, 1);
		o->lost++;
		return;
	}
	if (o->line.n > 0)
		o->sink->write(o->state, o->line.p, o->line.n);
}

void output_flush(struct output *o)
{
	o->sink->flush(o->state);
}

bool output_dead(const struct output *o)
{
	return o->sink->dead(o->state);
}

uint64_t output_close(struct output *o)
{
	uint64_t lost;

	if (o == NULL)
		return 0;
	lost = o->lost;
	if (o->state != NULL)
		lost += o->sink->close(o->state);
	buffer_free(&o->line);
	free(o->target);
	free(o);
	return lost;
}
