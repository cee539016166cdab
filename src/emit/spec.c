/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What -o takes: [FORMAT:]TARGET[,OPTION...]. A target that is a file may have commas in its name, and takes the options
 * that all outputs have; one that is somebody else's ends at the first comma, and may have more.
 */
#include <stdio.h>
#include <stdlib.h>

#include "output.h"

static const struct format *const formats[] = {
#define FORMAT(symbol) &format_##symbol,
#include "format/formats.def"
#undef FORMAT
};

/* Their names, with ", " in front of each. */
static const char format_names[] =
#define FORMAT(symbol) ", " #symbol
#include "format/formats.def"
#undef FORMAT
	;

static const struct sink *const sinks[] = {
#define SINK(symbol) &sink_##symbol,
#include "sink/sinks.def"
#undef SINK
};

/* What the command line knows and this program does not do yet. */
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
	if (transport_of(*spec) != NULL)
		return OUTPUT_OK;
	snprintf(err, OUTPUT_ERROR_SIZE, "no such format: %.*s (%s; a file of that name is ./%.*s)", (int)word.n,
		 (const char *)word.p, format_names + 2, (int)spec->n, (const char *)spec->p);
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

const char *output_type_name(enum record_type type)
{
	size_t i;

	for (i = 0; i < COUNT(types) && types[i].type != type; i++)
		;
	return types[i].name;
}

static enum output_result no_memory(char err[OUTPUT_ERROR_SIZE])
{
	snprintf(err, OUTPUT_ERROR_SIZE, "out of memory");
	return OUTPUT_FAILED;
}

/* One of a file, or of the others' that all outputs have. */
static enum output_result take_value(struct span values[COUNT(options)], size_t k, struct span value,
				     char err[OUTPUT_ERROR_SIZE])
{
	if (values[k].p != NULL) {
		snprintf(err, OUTPUT_ERROR_SIZE, "%s is there twice", options[k].mark + 1);
		return OUTPUT_WRONG;
	}
	values[k] = value;
	return OUTPUT_OK;
}

static enum output_result cut_options(struct span *spec, struct span values[COUNT(options)], char err[OUTPUT_ERROR_SIZE])
{
	enum output_result r = OUTPUT_OK;
	struct span value;
	size_t k;

	while (r == OUTPUT_OK && (k = cut_option(spec, &value)) < COUNT(options))
		r = take_value(values, k, value, err);
	return r;
}

/* An option of the transport itself. */
static enum output_result own_option(struct output *o, struct span piece, char err[OUTPUT_ERROR_SIZE])
{
	char *name = strndup((const char *)piece.p, piece.n), *value;
	enum output_result r = OUTPUT_OK;

	if (name == NULL)
		return no_memory(err);
	value = strchr(name, '=');
	if (value != NULL)
		*value++ = '\0';
	if (o->transport->option == NULL) {
		snprintf(err, OUTPUT_ERROR_SIZE, "no such option: %s", name);
		r = OUTPUT_WRONG;
	} else if (!o->transport->option(o->way, name, value != NULL ? value : "", err)) {
		r = OUTPUT_WRONG;
	}
	free(name);
	return r;
}

/* What stands behind the target, piece by piece. */
static enum output_result take_pieces(struct output *o, struct span rest, struct span values[COUNT(options)],
				      char err[OUTPUT_ERROR_SIZE])
{
	enum output_result r = OUTPUT_OK;

	while (r == OUTPUT_OK && rest.n > 0) {
		const uint8_t *comma = rest.n > 1 ? memchr(rest.p + 1, ',', rest.n - 1) : NULL;
		struct span piece = span_take(rest, comma != NULL ? (size_t)(comma - rest.p) : rest.n);
		size_t k;

		rest = span_skip(rest, piece.n);
		for (k = 0; k < COUNT(options) && !span_starts(piece, options[k].mark); k++)
			;
		r = k < COUNT(options) ? take_value(values, k, span_skip(piece, strlen(options[k].mark)), err)
				       : own_option(o, span_skip(piece, 1), err);
	}
	return r;
}

static enum output_result parse_target(struct output *o, struct span rest, struct span values[COUNT(options)],
				       char err[OUTPUT_ERROR_SIZE])
{
	const uint8_t *comma = NULL;
	struct span target = rest;
	size_t i;

	o->transport = transport_of(rest);
	if (o->transport != NULL && (comma = memchr(rest.p, ',', rest.n)) != NULL)
		target = span_take(rest, (size_t)(comma - rest.p));
	if (o->transport == NULL && cut_options(&target, values, err) != OUTPUT_OK)
		return OUTPUT_WRONG;
	if (target.n == 0) {
		snprintf(err, OUTPUT_ERROR_SIZE, "no target");
		return OUTPUT_WRONG;
	}
	o->target = strndup((const char *)target.p, target.n);
	if (o->target == NULL)
		return no_memory(err);
	for (i = 0; i < COUNT(sinks) && o->sink == NULL; i++)
		if (sinks[i]->takes(o->target))
			o->sink = sinks[i];
	if (o->transport == NULL)
		return OUTPUT_OK;
	o->way = o->transport->open(o->target, err);
	return o->way == NULL ? OUTPUT_WRONG : take_pieces(o, span_skip(rest, target.n), values, err);
}

enum output_result output_parse(const char *spec, struct output **out, char err[OUTPUT_ERROR_SIZE])
{
	struct output *o = calloc(1, sizeof *o);
	struct span rest = span_str(spec), values[COUNT(options)] = { { 0 } };
	enum output_result r;

	*out = NULL;
	if (o == NULL)
		return no_memory(err);
	r = parse_format(o, &rest, err);
	if (r == OUTPUT_OK)
		r = parse_target(o, rest, values, err);
	if (r == OUTPUT_OK) {
		o->types = o->format->defaults;
		r = parse_options(o, values, err);
	}
	if (r != OUTPUT_OK) {
		output_close(o);
		return r;
	}
	*out = o;
	return OUTPUT_OK;
}

/* ---- for --version ---- */

const char *emit_formats(void)
{
	static char names[64];
	size_t i;

	names[0] = '\0';
	for (i = 0; i < COUNT(formats); i++)
		snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i > 0 ? " " : "", formats[i]->name);
	return names;
}
