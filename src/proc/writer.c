/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The life of the writer: takes what the sensors send and hands it to record.c. It believes no sensor more than it can
 * check: what comes is a record or the end of that sensor.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proc_impl.h"

#define TICK_MS 1000     /* between looks at what has to be done by time */
#define WAITING 16       /* pipes that are waited for at once */

static struct {
	const struct writer_setup *setup;
	struct peer {
		struct ipc_in in;
		bool open;
		bool newer; /* its events are about the newer rules */
		uint64_t gathered; /* events dealt with and perhaps not written yet */
		/* When several are merged. */
		struct ipc_moment moment; /* from here on */
		struct span held;         /* its next event; n 0: not here yet */
		uint64_t start, flow_id;  /* of that */
		bool closed;              /* nothing more will come */
	} peer[SENSORS_MAX];
	size_t peers;           /* there are none from here on */
	struct ruleset *older;  /* rules that some sensor has not left behind; NULL: all have */
	bool finish;            /* no more sensors will come */
	int status;
	struct event event;
} writer;

static bool take_orders(void);

/* ---- records ---- */

/* Indices into what only the writer knows the size of. */
static bool event_fits(const struct event *e, const struct ruleset *rs)
{
	unsigned i;

	for (i = 0; i < e->n_alerts; i++)
		if (e->alerts[i] >= ruleset_count(rs))
			return false;
	return e->source < writer.setup->inputs->n;
}

static bool take_event(struct peer *p, struct span bytes)
{
	struct proc_config *c = writer.setup->config;
	struct ruleset *newer = c->rules;
	struct event *e = &writer.event;

	if (!event_wire_read(e, bytes))
		return false;
	/* One that was matched against the rules before is told by those. */
	if (writer.older != NULL && !p->newer)
		c->rules = writer.older;
	if (!event_fits(e, c->rules)) {
		c->rules = newer;
		return false;
	}
	record_event(e);
	event_wipe(e);
	c->rules = newer;
	return true;
}

/* Once all sensors have left the rules before behind, others may come. */
static void drop_older(void)
{
	const struct ipc_message done = { .order = IPC_ORDER_RULES };
	size_t i;

	if (writer.older == NULL)
		return;
	for (i = 0; i < writer.peers; i++)
		if (writer.peer[i].open && !writer.peer[i].newer)
			return;
	ruleset_free(writer.older);
	writer.older = NULL;
	ipc_send(writer.setup->control, &done, -1);
}

static bool take_number(struct span bytes, uint64_t *n)
{
	if (bytes.n != sizeof *n)
		return false;
	memcpy(n, bytes.p, sizeof *n);
	return true;
}

static void take_anomaly(const struct ipc_anomaly *a)
{
	static const char *const names[] = { [SENSOR_DIED] = "sensor_died", [SENSOR_INTERFACE_DOWN] = "interface_down",
					     [SENSOR_INTERFACE_UP] = "interface_up", [SENSOR_INTERFACE_GONE] = "interface_gone" };
	const struct inputs *in = writer.setup->inputs;

	if (a->kind < sizeof names / sizeof names[0])
		record_anomaly(names[a->kind], writer.setup->live && a->source < in->n ? a->source : IPC_NO_SOURCE, a->number);
}

/* False: it is none, or it goes back. */
static bool take_moment(struct peer *p, struct span bytes)
{
	struct ipc_moment m;

	if (bytes.n != sizeof m)
		return false;
	memcpy(&m, bytes.p, sizeof m);
	if (ipc_moment_order(&m, &p->moment) < 0)
		return false;
	p->moment = m;
	return true;
}

/* False: it is none, whatever the reason. */
static bool take_record(size_t i, enum ipc_record type, struct span bytes, bool *ended)
{
	struct ipc_anomaly a;
	uint64_t n;

	switch (type) {
	case IPC_EVENT:
		writer.peer[i].gathered++;
		return take_event(&writer.peer[i], bytes);
	case IPC_BEGIN:
		if (!take_number(bytes, &n))
			return false;
		record_begin(n);
		return true;
	case IPC_LOST:
		if (!take_number(bytes, &n))
			return false;
		log_error("%llu records were lost with the writer", (unsigned long long)n);
		record_anomaly("writer_restarted", IPC_NO_SOURCE, n);
		return true;
	case IPC_RULES:
		/* The order that the sensor followed was given to us before it. */
		if (writer.peer[i].newer && !take_orders())
			return false;
		writer.peer[i].newer = true;
		drop_older();
		return true;
	case IPC_MOMENT:
		return take_moment(&writer.peer[i], bytes);
	case IPC_ANOMALY:
		if (bytes.n != sizeof a)
			return false;
		memcpy(&a, bytes.p, sizeof a);
		take_anomaly(&a);
		return true;
	case IPC_END:
		*ended = true;
		return true;
	case IPC_RECORD_MAX:
		break;
	}
	return false;
}

static void close_peer(size_t i)
{
	ipc_in_fini(&writer.peer[i].in);
	writer.peer[i].open = false;
	drop_older();
}

static void distrust(size_t i)
{
	log_error("sensor %zu sent what is no record: it is not listened to any more", i);
	record_anomaly("sensor_distrusted", IPC_NO_SOURCE, 0);
	writer.status = CHILD_FAILED;
	close_peer(i);
}

/* Deals with what a sensor has sent, in the order in which it came: up to its next event, if those are to wait. */
static void take_sent(size_t i, bool events_wait)
{
	struct peer *p = &writer.peer[i];
	bool ended = false;
	struct span bytes;
	enum ipc_record type;
	enum ipc_result taken = IPC_NOTHING;

	while (!ended && p->held.n == 0 && (taken = ipc_take(&p->in, &type, &bytes)) == IPC_RECORD) {
		if (type == IPC_EVENT && events_wait && event_wire_session(bytes, &p->start, &p->flow_id))
			p->held = bytes;
		else if (!take_record(i, type, bytes, &ended))
			break;
	}
	if (p->held.n > 0)
		return;
	if (taken == IPC_BROKEN || (taken == IPC_RECORD && !ended))
		distrust(i);
	else if (ended || p->closed)
		close_peer(i);
}

/* ---- what several sensors found in the same packets ---- */

/* Whether one would have found a's next event before b's. */
static bool comes_before(const struct peer *a, const struct peer *b)
{
	int order = ipc_moment_order(&a->moment, &b->moment);

	if (order != 0)
		return order < 0;
	return a->start != b->start ? a->start < b->start : a->flow_id < b->flow_id;
}

static void take_held(size_t i)
{
	struct span held = writer.peer[i].held;
	bool ended;

	writer.peer[i].held.n = 0;
	if (!take_record(i, IPC_EVENT, held, &ended))
		distrust(i);
}

/* As far as it is known what comes next. */
static void merge(void)
{
	struct peer *p = writer.peer;
	size_t i, first;

	for (;;) {
		first = SENSORS_MAX;
		for (i = 0; i < writer.peers; i++) {
			if (p[i].open && p[i].held.n == 0)
				take_sent(i, true);
			if (p[i].open && p[i].held.n > 0 && (first == SENSORS_MAX || comes_before(&p[i], &p[first])))
				first = i;
		}
		if (first == SENSORS_MAX)
			return;
		for (i = 0; i < writer.peers; i++)
			if (p[i].open && p[i].held.n == 0 && ipc_moment_order(&p[first].moment, &p[i].moment) >= 0)
				return; /* something of this one may come before it */
		take_held(first);
	}
}

static void read_peer(size_t i)
{
	struct peer *p = &writer.peer[i];

	p->closed |= ipc_fill(&p->in) == IPC_CLOSED;
	if (!writer.setup->merge)
		take_sent(i, false);
}

/* One that is dead: what it had sent is not lost, whatever the order. */
static void read_last(size_t i)
{
	struct peer *p = &writer.peer[i];

	if (p->held.n > 0)
		take_held(i);
	while (p->open) {
		p->closed |= ipc_fill(&p->in) != IPC_RECORD;
		take_sent(i, false);
	}
}

/* ---- orders ---- */

static void add_peer(size_t i, int fd)
{
	struct peer *p = &writer.peer[i];

	if (p->open)
		read_last(i);
	*p = (struct peer){ .gathered = p->gathered };
	p->open = ipc_in_init(&p->in, fd);
	p->newer = true;
	if (i >= writer.peers)
		writer.peers = i + 1;
	if (!p->open) {
		log_error("out of memory");
		close(fd);
		writer.status = CHILD_FAILED;
	}
}

static void new_rules(int fd)
{
	struct proc_config *c = writer.setup->config;
	struct ruleset *rs = c->rules_from(c->reload_ctx, fd, c->rules);
	size_t i;

	if (rs == NULL)
		return;
	ruleset_free(writer.older);
	writer.older = c->rules;
	c->rules = rs;
	for (i = 0; i < writer.peers; i++)
		writer.peer[i].newer = false;
	drop_older();
}

/* Nothing that is written waits for who only looks on. */
static void tell_top(uint64_t order)
{
	const struct ipc_message m = { .order = IPC_ORDER_TOP, .number = order };
	int fd = order < FREQUENT_ORDER_MAX ? recent_file((enum frequent_order)order, ruleset_count(writer.setup->config->rules)) : -1;

	ipc_try(writer.setup->control, &m, fd);
	if (fd >= 0)
		close(fd);
}

/* False: the supervisor is gone, and so must we. */
static bool take_orders(void)
{
	struct ipc_message m;
	enum ipc_result r;
	int fd;

	while ((r = ipc_receive(writer.setup->control, &m, &fd, false)) == IPC_RECORD) {
		switch ((enum ipc_order)m.order) {
		case IPC_ORDER_SENSOR:
			if (fd >= 0 && m.number < SENSORS_MAX)
				add_peer((size_t)m.number, fd);
			continue; /* it is the peer's */
		case IPC_ORDER_OUTPUT:
			if (fd >= 0 && m.number < writer.setup->config->n_outputs)
				output_adopt(writer.setup->config->outputs[m.number], fd);
			continue;
		case IPC_ORDER_RULES:
			if (fd >= 0)
				new_rules(fd);
			break;
		case IPC_ORDER_FINISH:
			writer.finish = true;
			break;
		case IPC_ORDER_ANOMALY:
			take_anomaly(&m.anomaly);
			break;
		case IPC_ORDER_STATS:
			record_stats();
			break;
		case IPC_ORDER_TOP:
			tell_top(m.number);
			break;
		default:
			break;
		}
		if (fd >= 0)
			close(fd);
	}
	return r == IPC_NOTHING;
}

/* ---- the loop ---- */

/* Of several sensors, each of which reads all inputs, the one that has come least far. */
static void how_far(struct progress *p)
{
	const struct inputs *in = writer.setup->inputs;
	uint64_t before = 0, done, least = UINT64_MAX;
	size_t i, k, input;

	p->files = in->n;
	p->total = in->total;
	for (i = 0; i < writer.peers; i++) {
		const struct slot *s = &shared()->sensor[i];

		if (!writer.peer[i].open)
			continue;
		input = s->input < in->n ? s->input : 0;
		for (k = 0, before = 0; k < input; k++)
			before += in->size[k];
		/* Of a pipe nobody knows how much has come: of its packets, then. */
		done = in->total == 0 ? s->counter[COUNTER_DECODER_BYTES] : before + s->done;
		if (done >= least)
			continue;
		least = p->done = done;
		p->name = input_name(in->path[input]);
		p->file = input + 1;
	}
}

static void draw(void)
{
	if (writer.setup->progress && writer.setup->inputs->n > 0)
		progress_draw(how_far);
}

/* Writes what was gathered: from then on it would not be lost with us. */
static void flush(void)
{
	size_t i;

	if (!record_flush())
		return; /* what an output has not taken yet would be lost with us */
	for (i = 0; i < writer.peers; i++) {
		shared()->sensor[i].handled += writer.peer[i].gathered;
		writer.peer[i].gathered = 0;
	}
}

/* Waits until there is something to do; what is written is out before that. False: an order says to end. */
static bool wait_for_work(struct pollfd *p, size_t *peer, size_t *n)
{
	bool any = false;
	size_t i;
	int ready;

	*n = 0;
	p[(*n)++] = (struct pollfd){ .fd = writer.setup->control, .events = POLLIN };
	for (i = 0; i < writer.peers; i++) {
		any |= writer.peer[i].open;
		if (!writer.peer[i].open || writer.peer[i].held.n > 0)
			continue;
		peer[*n] = i;
		p[(*n)++] = (struct pollfd){ .fd = writer.peer[i].in.fd, .events = POLLIN };
	}
	if (writer.finish && !any)
		return false;
	ready = poll(p, *n, 0);
	if (ready == 0) {
		flush();
		/* A pipe that somebody reads again is written to at once, not with the next tick. */
		ready = poll(p, *n + record_poll(p + *n, WAITING), writer.setup->progress ? PROGRESS_MS : TICK_MS);
	}
	draw();
	shared()->writer.beat++;
	return p[0].revents == 0 || take_orders();
}

static void run(void)
{
	struct pollfd p[SENSORS_MAX + 1 + WAITING];
	size_t peer[SENSORS_MAX + 1], n, i;

	while (wait_for_work(p, peer, &n) && !record_dead()) {
		for (i = 1; i < n; i++)
			if (p[i].revents != 0 && writer.peer[peer[i]].open)
				read_peer(peer[i]);
		if (writer.setup->merge)
			merge();
		stats_tick();
	}
}

static void print_counters(void)
{
	uint64_t c[COUNTER_MAX];
	int i;

	shared_counters(c);
	for (i = 0; i < COUNTER_MAX; i++)
		if (c[i] > 0)
			log_info("%s %llu (%s)", counter_name((enum counter)i), (unsigned long long)c[i],
				 counter_help((enum counter)i));
}

int writer_main(const struct writer_setup *setup)
{
	uint64_t lost;
	size_t i;

	writer.setup = setup;
	writer.status = CHILD_DONE;
	counter_use(shared()->writer.counter);
	for (i = 0; setup->again && i < setup->config->n_outputs; i++)
		output_mend(setup->config->outputs[i]); /* before the sandbox: by its name */
	shipping_become_writer();
	for (i = 0; setup->live && i < setup->config->n_outputs; i++)
		output_hurry(setup->config->outputs[i]);
	if (record_start(setup->config, setup->inputs->source, setup->control) != 0 ||
	    !sandbox_enter(setup->sandbox, SANDBOX_WRITER)) {
		log_error("the writer cannot start");
		return CHILD_FAILED;
	}
	for (i = 0; i < SENSORS_MAX; i++)
		if (setup->data[i] >= 0)
			add_peer(i, setup->data[i]);
	if (setup->watched && !recent_start(setup->inputs, setup->live))
		log_error("out of memory: plainpop top has nothing to show");
	stats_start(setup->config);
	run();
	recent_stop();
	stats_end();
	progress_clear();
	if (record_save() != 0)
		writer.status = CHILD_FAILED;
	lost = record_stop();
	if (lost > 0) {
		log_error("%llu records could not be written", (unsigned long long)lost);
		writer.status = CHILD_FAILED;
	}
	print_counters();
	if (setup->summary)
		summary_print(setup->live);
	return writer.status;
}
