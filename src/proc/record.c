/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An event's alerts and records, to every output. One that fails takes none of the others with it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "proc_impl.h"

#define SAVE_EVERY 60 /* seconds */
#define COUNTS_MEMORY (32u << 20) /* bytes for what rules count over many events */

static struct {
	struct proc_config *config;
	struct emit_context context;
	struct counts *counts;
	uint64_t lost;
	bool live, has_begun;
	uint64_t began;   /* µs: the first packet, which may be of the year 1970 */
	uint64_t now;     /* µs: of the latest event */
	time_t saved;     /* by the monotonic clock */
	int control;      /* to the supervisor */
	char key_id[17];
} writer;

/* Takes output i out of the list. How many records were lost with it. */
static uint64_t remove_output(struct proc_config *c, size_t i)
{
	uint64_t lost = output_close(c->outputs[i]);

	c->outputs[i] = c->outputs[--c->n_outputs];
	return lost;
}

size_t record_open_outputs(struct proc_config *c)
{
	char err[OUTPUT_ERROR_SIZE];
	size_t i = 0, failed = 0;

	while (i < c->n_outputs) {
		if (output_open(c->outputs[i], err) == OUTPUT_OK) {
			i++;
			continue;
		}
		log_error("%s", err);
		failed++;
		remove_output(c, i);
	}
	return failed;
}

int record_start(struct proc_config *config, const struct emit_source *sources, int control)
{
	bool prints = config->secrets == POP3_SECRETS_FINGERPRINT;

	writer.config = config;
	writer.control = control;
	writer.live = config->n_interfaces > 0;
	/* The key itself is the sensors'. */
	snprintf(writer.key_id, sizeof writer.key_id, "%s", prints ? secret_key_id(config->key) : "");
	secret_key_free((struct secret_key *)(uintptr_t)config->key);
	config->key = NULL;
	writer.lost = 0;
	writer.counts = counts_new(COUNTS_MEMORY);
	writer.context = (struct emit_context){
		.source = sources,
		.secret_key_id = prints ? writer.key_id : NULL,
	};
	return writer.counts != NULL ? 0 : -1;
}

static void write_all(const struct record *r)
{
	size_t i;

	for (i = 0; i < writer.config->n_outputs; i++)
		output_record(writer.config->outputs[i], &writer.context, r);
}

/* The time of a record about the run itself. In a replay it is that of the packets, as nothing depends on when it is done. */
static uint64_t time_of_run(void)
{
	return writer.live ? time_wall() : writer.now;
}

void record_anomaly(const char *name, uint32_t source, uint64_t number)
{
	struct record r = { .type = RECORD_ANOMALY, .ts = time_of_run(), .anomaly = name,
			    .source = source != IPC_NO_SOURCE ? &writer.context.source[source] : NULL, .number = number };

	write_all(&r);
}

void record_begin(uint64_t ts)
{
	if (writer.has_begun)
		return; /* another sensor has begun */
	writer.has_begun = true;
	writer.now = writer.began = ts;
	/* Whoever reads the records has to know that this time they hold passwords. */
	if (writer.config->secrets == POP3_SECRETS_SHOW)
		record_anomaly("secrets_shown", IPC_NO_SOURCE, 0);
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void sort_alerts(struct event *e)
{
	unsigned i;

	for (i = 1; i < e->n_alerts; i++)
		if (e->alerts[i] < e->alerts[i - 1]) {
			qsort(e->alerts, e->n_alerts, sizeof e->alerts[0], by_number);
			return;
		}
}

/* The alerts of an event, in the order in which the rules were loaded, whichever stage found them. */
static void write_alerts(struct event *e)
{
	const struct ruleset *rules = writer.config->rules;
	struct record r = { .type = RECORD_ALERT, .event = e };
	struct alert_counts counts;
	unsigned i;

	ruleset_match(rules, RULE_WRITER, &(struct rule_subject){ .event = e, .established = true });
	counts_observe(writer.counts, rules, e);
	if (e->passed) {
		counter_add(COUNTER_DETECT_PASSED, e->n_alerts);
		return;
	}
	sort_alerts(e);
	for (i = 0; i < e->n_alerts; i++) {
		if (!counts_alert(writer.counts, rules, e->alerts[i], e, &counts, &r.action))
			continue;
		counter_add(COUNTER_DETECT_ALERT, 1);
		r.signature = ruleset_at(rules, e->alerts[i]);
		recent_alert(e, r.signature);
		r.counts = &counts;
		write_all(&r);
	}
}

static void on_server(void *ctx, struct event *e)
{
	(void)ctx;
	write_alerts(e);
}

void record_event(struct event *e)
{
	struct record r = { .type = e->kind == EVENT_ANOMALY ? RECORD_ANOMALY : RECORD_POP3, .event = e };

	if (e->ts > writer.now)
		writer.now = e->ts;
	summary_event(e);
	recent_login(e);
	progress_make_way();
	if (writer.config->servers != NULL)
		servers_event(writer.config->servers, e, on_server, NULL);
	write_alerts(e);
	if (e->kind == EVENT_LOGIN || e->kind == EVENT_SESSION || (e->kind == EVENT_ANOMALY && !e->unrecorded))
		write_all(&r);
}

int record_save(void)
{
	const struct ipc_message m = { .order = IPC_ORDER_SAVE };
	struct servers *servers = writer.config->servers;
	bool ok;
	int fd;

	if (servers == NULL || !servers_changed(servers))
		return 0;
	/* We may not open files: the supervisor puts it where it belongs, and says so when it cannot. */
	fd = memfd_create("plainpop servers", MFD_CLOEXEC);
	ok = fd >= 0 && servers_write(servers, fd) == 0 && ipc_send(writer.control, &m, fd);
	if (!ok)
		log_error("the table of servers could not be saved: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok ? 0 : -1;
}

/* A crash loses a minute of what was learnt. */
static void save_sometimes(void)
{
	time_t now = time_steady_s();

	if (now < writer.saved + SAVE_EVERY)
		return;
	writer.saved = now;
	record_save();
}

static bool flush_outputs(void)
{
	bool all = true;
	size_t i;

	for (i = 0; i < writer.config->n_outputs; i++)
		all &= output_flush(writer.config->outputs[i]);
	return all;
}

void record_stats(void)
{
	struct stats s;
	struct record r = { .type = RECORD_STATS, .ts = time_of_run(), .stats = &s };

	flush_outputs(); /* a record is counted once it is written */
	shared_counters(s.counter);
	s.uptime = writer.live ? shared_uptime() : (writer.now - writer.began) / 1000000u;
	progress_make_way();
	write_all(&r);
}

bool record_flush(void)
{
	bool all = flush_outputs();

	save_sometimes();
	return all;
}

size_t record_poll(struct pollfd *p, size_t max)
{
	size_t i, n = 0;
	int fd;

	for (i = 0; i < writer.config->n_outputs && n < max; i++)
		if ((fd = output_waits(writer.config->outputs[i])) >= 0)
			p[n++] = (struct pollfd){ .fd = fd, .events = POLLOUT };
	return n;
}

bool record_dead(void)
{
	size_t i;

	for (i = 0; i < writer.config->n_outputs; i++)
		if (!output_dead(writer.config->outputs[i]))
			return false;
	return true;
}

uint64_t record_stop(void)
{
	while (writer.config->n_outputs > 0)
		writer.lost += remove_output(writer.config, writer.config->n_outputs - 1);
	/* The counts go with the process: to give back each would take longer than a short capture. */
	return writer.lost;
}
