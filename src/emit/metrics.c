/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counters for Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/, version 0.0.4):
 *
 *   # HELP plainpop_capture_kernel_drops_total packets the kernel dropped for want of buffer
 *   # TYPE plainpop_capture_kernel_drops_total counter
 *   plainpop_capture_kernel_drops_total{sensor="0",interface="eth1"} 17
 *
 * A counter's name is that of counters.def, as that of Suricata's exporter is of Suricata's: dots become underscores, and
 * _total stands behind it. What sensors count is told of each of them; sum() makes it one number.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "impl.h"

#define PREFIX "plainpop_"
#define NAME_MAX_SIZE 96   /* bytes of a name; the unit test looks at all of them */
#define NAME_BYTES 32      /* of an interface that are told: twice what Linux has */
#define LABELS_SIZE 384    /* bytes of a sensor's labels, were each of these to become five, and more */
#define LINE 1024          /* bytes of what is added at once, at the most */

struct text {
	struct buffer b;
	bool failed;
};

/* What sensors count, by the beginning of the name. */
static const char *const of_sensors[] = { "capture.kernel_", "capture.if_", "decoder.", "defrag.",   "flow.",     "tcp.",
					  "libnids.",	     "app_layer.",  "pop3.",	"breached.", "ipc." };

static void __attribute__((format(printf, 2, 3))) add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	t->failed = t->failed || !buffer_reserve(&t->b, LINE);
	if (t->failed)
		return;
	va_start(ap, fmt);
	n = vsnprintf(t->b.p + t->b.n, LINE, fmt, ap);
	va_end(ap);
	if (n < 0 || n >= LINE)
		t->failed = true;
	else
		t->b.n += (size_t)n;
}

/* HELP and TYPE, once before all samples of a name. */
static void family(struct text *t, const char *name, const char *type, const char *help)
{
	add(t, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", name, help, name, type);
}

static void gauge(struct text *t, const char *name, const char *help, uint64_t value)
{
	family(t, name, "gauge", help);
	add(t, PREFIX "%s %llu\n", name, (unsigned long long)value);
}

/* A text as the value of a label: printable, and then with what ends or escapes it escaped. */
static void label_value(const char *value, char *out)
{
	char printable[PRINTABLE_MAX(NAME_BYTES)];
	const char *p;

	span_printable(span_of(value, strnlen(value, NAME_BYTES)), printable);
	for (p = printable; *p != '\0'; *out++ = *p++)
		if (*p == '\\' || *p == '"')
			*out++ = '\\';
	*out = '\0';
}

static void labels_of(const struct metrics_sensor *s, char out[LABELS_SIZE])
{
	char interface[2 * PRINTABLE_MAX(NAME_BYTES)];

	interface[0] = '\0';
	if (s->interface != NULL)
		label_value(s->interface, interface);
	snprintf(out, LABELS_SIZE, s->interface != NULL ? "sensor=\"%u\",interface=\"%s\"" : "sensor=\"%u\"", s->number,
		 interface);
}

static void sample(struct text *t, const char *name, const struct metrics_sensor *s, uint64_t value)
{
	char labels[LABELS_SIZE];

	labels_of(s, labels);
	add(t, PREFIX "%s{%s} %llu\n", name, labels, (unsigned long long)value);
}

/* ---- how it is ---- */

static uint64_t up(const struct metrics_sensor *s)
{
	return s->up;
}

static uint64_t silent(const struct metrics_sensor *s)
{
	return s->silent;
}

static uint64_t flows(const struct metrics_sensor *s)
{
	return s->flows;
}

static uint64_t memory(const struct metrics_sensor *s)
{
	return s->memory;
}

static uint64_t queued(const struct metrics_sensor *s)
{
	return s->queued;
}

static const struct {
	const char *name, *help;
	uint64_t (*value)(const struct metrics_sensor *s);
	bool live; /* of a replay it says nothing */
} gauges[] = {
	{ "sensor_up", "whether the sensor runs and, on an interface, gives signs of life", up, false },
	{ "sensor_silent_seconds", "time since the sensor's last sign of life", silent, true },
	{ "flow_active", "TCP sessions open", flows, false },
	{ "flow_memuse_bytes", "memory for flows, reassembly and dissectors", memory, false },
	{ "ipc_queued_events", "events on their way to the writer", queued, false },
};

static void add_state(struct text *t, const struct metrics *m)
{
	size_t i, k;

	family(t, "build_info", "gauge", "the version that runs");
	add(t, PREFIX "build_info{version=\"%s\"} 1\n", m->version);
	gauge(t, "up", "whether all runs that should, as /healthz says", m->up);
	gauge(t, "uptime_seconds", "time since the start", m->uptime);
	gauge(t, "detect_engine_rules_loaded", "rules", m->rules);
	gauge(t, "writer_up", "whether the writer runs", m->writer_up);
	gauge(t, "sensors", "sensors that there should be", m->n_sensors);
	for (k = 0; k < sizeof gauges / sizeof gauges[0]; k++) {
		family(t, gauges[k].name, "gauge", gauges[k].help);
		for (i = 0; i < m->n_sensors; i++)
			if (m->sensor[i].interface != NULL || !gauges[k].live)
				sample(t, gauges[k].name, &m->sensor[i], gauges[k].value(&m->sensor[i]));
	}
}

/* ---- counters ---- */

static void metric_name(enum counter c, char out[NAME_MAX_SIZE])
{
	const char *name = counter_name(c), *end = strrchr(name, '.');
	char *p;

	snprintf(out, NAME_MAX_SIZE, "%s%s", name, end != NULL && strcmp(end, ".total") == 0 ? "" : "_total");
	for (p = out; *p != '\0'; p++)
		if (*p == '.')
			*p = '_';
}

static bool is_of_sensors(enum counter c)
{
	size_t i;

	for (i = 0; i < sizeof of_sensors / sizeof of_sensors[0]; i++)
		if (strncmp(counter_name(c), of_sensors[i], strlen(of_sensors[i])) == 0)
			return true;
	return false;
}

/* One sample, or one of each sensor; and what others have counted under its name. */
static void add_counter(struct text *t, const struct metrics *m, enum counter c)
{
	bool each = is_of_sensors(c);
	uint64_t rest = m->others[c];
	char name[NAME_MAX_SIZE];
	size_t i;

	metric_name(c, name);
	family(t, name, "counter", counter_help(c));
	for (i = 0; i < m->n_sensors; i++)
		if (each)
			sample(t, name, &m->sensor[i], m->sensor[i].counter[c]);
		else
			rest += m->sensor[i].counter[c];
	if (!each || rest > 0)
		add(t, PREFIX "%s %llu\n", name, (unsigned long long)rest);
}

char *emit_metrics(const struct metrics *m, size_t *n)
{
	struct text t = { .failed = false };
	int c;

	add_state(&t, m);
	for (c = 0; c < COUNTER_MAX; c++)
		add_counter(&t, m, (enum counter)c);
	if (t.failed) {
		buffer_free(&t.b);
		return NULL;
	}
	*n = t.b.n;
	return t.b.p;
}
