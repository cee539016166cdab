/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The exporter: a process that does nothing but answer Prometheus, and whoever asks whether all is well.
 *
 *   /metrics   every counter, and how it is
 *   /healthz   200, or 503 and what is wrong
 *
 * What comes from outside is parsed here and nowhere else, locked in, where the counters of the others can be read and not
 * be written. If it dies it is started again; nobody waits for it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http.h"
#include "listener.h"
#include "proc_impl.h"

#define BACKLOG 16
#define SILENT 10       /* seconds without a sign of life, of which there are ten a second: it is not well */
#define LOOK_MS 1000

struct exporter {
	struct listener listener;
};

static struct {
	const struct exporter_setup *setup;
	struct {
		uint64_t beat; /* the last one seen, and */
		time_t at;     /* when it was another; 0: not yet */
	} sensor[SENSORS_MAX];
} exporter;

/* ---- in the supervisor ---- */

const char *exporter_version(void)
{
	return http_version();
}

bool exporter_valid(const char *address, char err[256])
{
	struct listener_address a;

	if (http_version() != NULL)
		return listener_parse(address, &a, err);
	snprintf(err, 256, "not in this build: libmicrohttpd was not there");
	return false;
}

struct exporter *exporter_open(const char *address, char err[256])
{
	struct exporter *e = calloc(1, sizeof *e);
	struct listener_address a;

	if (e == NULL) {
		snprintf(err, 256, "%s", strerror(errno));
		return NULL;
	}
	e->listener.fd = -1;
	/* Whoever is in the group may ask: what collects metrics is somebody else, and there is nothing to be done with it. */
	if (listener_parse(address, &a, err) && listener_open(&e->listener, &a, 0660, BACKLOG, err) == 0)
		return e;
	exporter_close(e);
	return NULL;
}

void exporter_close(struct exporter *e)
{
	if (e == NULL)
		return;
	listener_close(&e->listener);
	free(e);
}

void exporter_forget(struct exporter *e, const struct child *c)
{
	if (e != NULL)
		listener_forget(&e->listener);
	if (c->control >= 0)
		close(c->control);
}

void exporter_tell(uint64_t rules, const struct child *writer, const struct child *sensor, size_t n_sensors)
{
	struct shared *s = shared();
	size_t i;

	s->rules = rules;
	s->n_sensors = (uint32_t)n_sensors;
	s->writer.runs = writer->pid > 0;
	for (i = 0; i < n_sensors; i++)
		s->sensor[i].runs = sensor[i].pid > 0;
}

bool exporter_died(struct child *c, int status)
{
	child_bury(c);
	child_say_death("the exporter", status, NULL);
	if (child_died_too_often(c)) {
		log_error("the exporter died %d times in a minute: it is not started again", CHILD_DEATHS);
		return false;
	}
	counter_add(COUNTER_EXPORTER_RESTARTS, 1);
	return true;
}

bool exporter_end(struct child *c)
{
	int status;

	if (c->pid > 0) {
		kill(c->pid, SIGKILL); /* it has nothing to lose, and may have been stopped */
		waitpid(c->pid, &status, 0);
		child_bury(c);
	}
	return c->died[CHILD_DEATHS - 1] == 0;
}

/* ---- how the others are ---- */

static size_t sensors_wanted(void)
{
	uint32_t n = shared()->n_sensors;

	return n < SENSORS_MAX ? n : SENSORS_MAX;
}

/* To be called about once a second. Only a sensor on an interface gives signs of life whatever comes. */
static void look(void)
{
	time_t t = time_steady_s();
	size_t i;

	for (i = 0; i < sensors_wanted(); i++) {
		uint64_t beat = shared()->sensor[i].beat;

		if (beat == exporter.sensor[i].beat && exporter.sensor[i].at != 0)
			continue;
		exporter.sensor[i].beat = beat;
		exporter.sensor[i].at = t;
	}
}

/* Live: its interface; in a replay what it reads just now, or NULL. */
static const char *name_of(size_t i)
{
	const struct inputs *in = exporter.setup->inputs;
	size_t input = exporter.setup->live ? interfaces_of(i) : shared()->sensor[i].input;

	return input < in->n ? in->source[input].name : NULL;
}

static uint64_t silent_for(size_t i)
{
	return (uint64_t)(time_steady_s() - exporter.sensor[i].at);
}

static bool sensor_is_up(size_t i)
{
	const struct slot *s = &shared()->sensor[i];

	return s->runs && (!exporter.setup->live || (s->beat > 0 && silent_for(i) < SILENT));
}

/* In a replay sensors end one after another, and that is well. */
static bool sensor_is_well(size_t i)
{
	return sensor_is_up(i) || (!exporter.setup->live && !shared()->sensor[i].runs);
}

static bool all_is_well(void)
{
	bool well = shared()->writer.runs;
	size_t i;

	for (i = 0; i < sensors_wanted(); i++)
		well &= sensor_is_well(i);
	return well;
}

/* ---- /healthz ---- */

static void say_sensor(FILE *f, size_t i)
{
	const char *name = name_of(i);
	char printable[PRINTABLE_MAX(64)] = "";

	if (name != NULL)
		span_printable(span_of(name, strnlen(name, 64)), printable);
	fprintf(f, "sensor %zu%s%s: ", i, name != NULL ? " on " : "", printable);
	if (!shared()->sensor[i].runs)
		fprintf(f, "does not run\n");
	else if (shared()->sensor[i].beat == 0)
		fprintf(f, "has not begun\n");
	else
		fprintf(f, "no sign of life for %llu seconds\n", (unsigned long long)silent_for(i));
}

static void health(struct http_answer *a)
{
	FILE *f = open_memstream(&a->text, &a->n);
	size_t i;

	if (f == NULL)
		return;
	a->status = all_is_well() ? 200 : 503;
	if (a->status == 200)
		fprintf(f, "ok\n");
	if (!shared()->writer.runs)
		fprintf(f, "writer: does not run\n");
	for (i = 0; i < sensors_wanted(); i++)
		if (!sensor_is_well(i))
			say_sensor(f, i);
	fclose(f);
}

/* ---- /metrics ---- */

static void take_sensor(size_t i, struct metrics_sensor *m)
{
	const struct slot *s = &shared()->sensor[i];
	uint64_t handled = s->handled, sent = s->sent;

	*m = (struct metrics_sensor){ .number = (unsigned)i, .interface = exporter.setup->live ? name_of(i) : NULL,
				      .up = sensor_is_up(i), .silent = silent_for(i), .counter = s->counter };
	if (!s->runs) /* what it held went with it */
		return;
	m->flows = s->flows;
	m->memory = s->memory;
	m->queued = sent > handled ? sent - handled : 0;
}

static void metrics(struct http_answer *a)
{
	static struct metrics_sensor sensors[SENSORS_MAX];
	struct metrics m = { .version = PLAINPOP_VERSION, .uptime = shared_uptime(), .rules = shared()->rules,
			     .up = all_is_well(), .writer_up = shared()->writer.runs,
			     .sensor = sensors };
	size_t i;

	for (i = 0; i < sensors_wanted(); i++)
		take_sensor(i, &sensors[m.n_sensors++]);
	for (i = 0; i < COUNTER_MAX; i++)
		m.others[i] = shared()->supervisor.counter[i] + shared()->writer.counter[i];
	a->status = 200;
	a->type = "text/plain; version=0.0.4; charset=utf-8";
	a->text = emit_metrics(&m, &a->n);
}

/* ---- the process ---- */

static void page(const char *path, struct http_answer *a)
{
	look();
	if (strcmp(path, "/metrics") == 0) {
		metrics(a);
		return;
	}
	if (strcmp(path, "/healthz") == 0) {
		health(a);
		return;
	}
	a->status = 404;
	a->text = strdup("/metrics and /healthz are what there is\n");
	a->n = a->text != NULL ? strlen(a->text) : 0;
}

/* What the supervisor has and who talks to strangers need not have. */
static void shed(struct proc_config *config)
{
	static uint64_t own[COUNTER_MAX];
	size_t i;

	counter_use(own); /* there is nothing to count, but if there were: not under the supervisor's name */
	for (i = 0; i < config->n_outputs; i++)
		output_close(config->outputs[i]);
	config->n_outputs = 0;
	secret_key_free((struct secret_key *)(uintptr_t)config->key);
	config->key = NULL;
	breached_close((struct breached *)(uintptr_t)config->breached);
	config->breached = NULL;
}

/* False: the supervisor is gone. */
static bool is_wanted(void)
{
	struct ipc_message m;
	enum ipc_result r;
	int fd;

	r = ipc_receive(exporter.setup->control, &m, &fd, false);
	if (r == IPC_RECORD && fd >= 0)
		close(fd);
	return r != IPC_CLOSED;
}

int exporter_main(const struct exporter_setup *setup)
{
	sigset_t none;

	exporter.setup = setup;
	shed(setup->config);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (!http_start(setup->config->exporter->listener.fd, page) || shared_read_only() != 0 ||
	    !sandbox_enter(setup->sandbox, SANDBOX_EXPORTER)) {
		log_error("the exporter cannot start");
		return CHILD_FAILED;
	}
	while (is_wanted() && http_serve(LOOK_MS))
		look();
	return CHILD_DONE;
}
