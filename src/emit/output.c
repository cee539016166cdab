/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An output: a format, a sink, and which records it takes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "output.h"

enum output_result output_open(struct output *o, char err[OUTPUT_ERROR_SIZE])
{
	o->state = o->sink->open(o->target, err);
	o->colours = output_is_stdout(o) && terminal_colours(STDOUT_FILENO);
	return o->state != NULL ? OUTPUT_OK : OUTPUT_FAILED;
}

int output_open_again(const struct output *o)
{
	errno = 0;
	return o->sink->open_again != NULL ? o->sink->open_again(o->target) : -1;
}

void output_hurry(struct output *o)
{
	if (o->sink->hurry != NULL)
		o->sink->hurry(o->state);
}

bool output_is_due(const struct output *o)
{
	return o->sink->due != NULL && o->sink->due(o->state);
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

bool output_ships(const struct output *o)
{
	return o->transport != NULL;
}

uint64_t output_ship(struct output *o, const struct output_job *job)
{
	return ship(o->transport, o->way, o->target, job);
}

void output_forget(struct output *o)
{
	if (o->way != NULL)
		o->transport->free(o->way);
	o->way = NULL;
}

void output_wait(struct output *o)
{
	if (o->transport != NULL && o->state != NULL)
		ship_wait(o->state);
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

/* What those want to know who carry it. */
static void address(struct shipment *out, const struct scene *s)
{
	out->ts = s->event != NULL ? s->event->ts : s->record->ts;
	out->type = (uint8_t)s->record->type;
	out->severity = s->signature != NULL ? s->signature->severity : 0;
	snprintf(out->key, sizeof out->key, "%s", s->community_id != NULL ? s->community_id : "");
	shipment_set_id(out);
}

void output_record(struct output *o, const struct emit_context *ctx, const struct record *r)
{
	struct shipment out;
	struct scene s;

	if (!output_takes(o, r->type))
		return;
	scene_set(&s, ctx, r, output_type_name(r->type), o->host[0] != '\0' ? o->host : NULL);
	s.colours = o->colours;
	if (r->type == RECORD_ALERT)
		s.nth = count_alert(o, r->event);
	o->line.n = 0;
	if (!o->format->write(&s, &o->line)) {
		counter_add(COUNTER_OUTPUT_DROPPED, 1);
		o->lost++;
		return;
	}
	if (o->line.n == 0)
		return;
	out.line = o->line.p;
	out.n = (uint32_t)(o->line.n - 1);
	if (o->transport != NULL)
		address(&out, &s);
	o->sink->write(o->state, &out);
}

bool output_flush(struct output *o)
{
	return o->sink->flush(o->state);
}

int output_waits(const struct output *o)
{
	return o->sink->waits != NULL ? o->sink->waits(o->state) : -1;
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
	output_forget(o);
	buffer_free(&o->line);
	free(o->target);
	free(o);
	return lost;
}
