/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the chain finds, to every output. An output that fails takes none of the others with it. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "proc_impl.h"

#define SAVE_EVERY 60 /* seconds */
#define COUNTS_MEMORY (32u << 20) /* bytes for what rules count over many events */

static struct {
	struct proc_config *config;
	struct emit_context context;
	struct counts *counts;
	uint64_t lost;
	time_t saved;     /* by the monotonic clock */
	bool save_failed; /* and that was said */
} writer;

/* Takes output i out of the list. */
static void remove_output(size_t i)
{
	writer.lost += output_close(writer.config->outputs[i]);
	writer.config->outputs[i] = writer.config->outputs[--writer.config->n_outputs];
}

size_t writer_start(struct proc_config *config, const struct emit_source *sources)
{
	char err[OUTPUT_ERROR_SIZE];
	size_t i = 0, failed = 0;

	writer.config = config;
	writer.lost = 0;
	writer.counts = counts_new(COUNTS_MEMORY);
	writer.context = (struct emit_context){
		.source = sources,
		.secret_key_id = config->secrets == POP3_SECRETS_FINGERPRINT ? secret_key_id(config->key) : NULL,
	};
	if (writer.counts == NULL) {
		log_error("out of memory");
		while (config->n_outputs > 0)
			remove_output(0);
		return 1;
	}
	while (i < config->n_outputs) {
		if (output_open(config->outputs[i], err) == OUTPUT_OK) {
			i++;
			continue;
		}
		log_error("%s", err);
		remove_output(i);
		failed++;
	}
	return failed;
}

static void write_all(const struct record *r)
{
	size_t i;

	for (i = 0; i < writer.config->n_outputs; i++)
		output_record(writer.config->outputs[i], &writer.context, r);
}

void writer_begin(uint64_t ts)
{
	struct record r = { .type = RECORD_ANOMALY, .ts = ts, .anomaly = "secrets_shown" };

	/* Whoever reads the records has to know that this time they hold passwords. */
	if (writer.config->secrets == POP3_SECRETS_SHOW)
		write_all(&r);
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
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
	qsort(e->alerts, e->n_alerts, sizeof e->alerts[0], by_number);
	for (i = 0; i < e->n_alerts; i++) {
		if (!counts_alert(writer.counts, rules, e->alerts[i], e, &counts, &r.action))
			continue;
		counter_add(COUNTER_DETECT_ALERT, 1);
		r.signature = ruleset_at(rules, e->alerts[i]);
		r.counts = &counts;
		write_all(&r);
	}
}

static void on_server(void *ctx, struct event *e)
{
	(void)ctx;
	write_alerts(e);
}

void writer_event(struct event *e)
{
	struct record r = { .type = e->kind == EVENT_ANOMALY ? RECORD_ANOMALY : RECORD_POP3, .event = e };

	summary_event(e);
	progress_clear(); /* both may be on the same terminal */
	if (writer.config->servers != NULL)
		servers_event(writer.config->servers, e, on_server, NULL);
	write_alerts(e);
	if (e->kind == EVENT_LOGIN || e->kind == EVENT_SESSION || (e->kind == EVENT_ANOMALY && !e->unrecorded))
		write_all(&r);
}

int writer_save(void)
{
	if (writer.config->servers == NULL || servers_save(writer.config->servers) == 0) {
		writer.save_failed = false;
		return 0;
	}
	if (!writer.save_failed)
		log_error("the table of servers could not be saved: %s", strerror(errno));
	writer.save_failed = true;
	return -1;
}

/* A crash loses a minute of what was learnt. */
static void save_sometimes(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec < writer.saved + SAVE_EVERY)
		return;
	writer.saved = now.tv_sec;
	writer_save();
}

void writer_flush(void)
{
	size_t i;

	for (i = 0; i < writer.config->n_outputs; i++)
		output_flush(writer.config->outputs[i]);
	save_sometimes();
}

bool writer_dead(void)
{
	size_t i;

	for (i = 0; i < writer.config->n_outputs; i++)
		if (!output_dead(writer.config->outputs[i]))
			return false;
	return true;
}

uint64_t writer_stop(void)
{
	while (writer.config->n_outputs > 0)
		remove_output(writer.config->n_outputs - 1);
	counts_free(writer.counts);
	writer.counts = NULL;
	return writer.lost;
}
