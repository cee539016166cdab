/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the chain finds, to every output. An output that fails takes none of the others with it. */

#include "proc_impl.h"

static struct {
	struct proc_config *config;
	struct emit_context context;
	size_t open;
	uint64_t lost;
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
	writer.context = (struct emit_context){
		.source = sources,
		.secret_key_id = config->key != NULL ? secret_key_id(config->key) : NULL,
	};
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

void writer_event(const struct event *e)
{
	struct record r = { .type = RECORD_ALERT, .event = e };
	unsigned i;

	summary_event(e);
	progress_clear(); /* both may be on the same terminal */
	for (i = 0; i < e->n_alerts; i++) {
		r.signature = ruleset_at(writer.config->rules, e->alerts[i]);
		write_all(&r);
	}
	r.type = e->kind == EVENT_ANOMALY ? RECORD_ANOMALY : RECORD_POP3;
	r.signature = NULL;
	write_all(&r);
}

void writer_flush(void)
{
	size_t i;

	for (i = 0; i < writer.config->n_outputs; i++)
		output_flush(writer.config->outputs[i]);
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
	return writer.lost;
}
