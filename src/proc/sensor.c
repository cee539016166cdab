/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sensor, from top to bottom the way a packet goes:
 *
 *   capture -> decode -> stream -> pop3 -> event -> rule match -> the writer process
 */
#include <errno.h>
#include <stdlib.h>

#include "proc_impl.h"

#define FETCH_BEFORE 3                     /* packets before their turn: what is known of their sessions is asked for */
#define PAUSE_PACKETS 4096                 /* between looks at the progress */
#define FLUSH_EVERY UINT64_C(200000)       /* µs of live traffic without a pause */
#define CLOCK_BACK UINT64_C(1000000)       /* µs by which a capture may begin before the last one ended */
#define CLOCK_AHEAD UINT64_C(900000000)    /* and after it, to be its continuation */

static struct {
	const struct proc_config *config;
	struct pop3_config pop3;
	struct event event;   /* the one at hand; large, so not on the stack */
	struct event line;    /* of a line: one may come while that is made */
	bool odd_lines;       /* some rule is about what is odd with lines */
	struct rule_flowbits flowbits; /* of a session that has none yet: all zero between any two looks at rules */
	bool has_begun;       /* there was a packet, */
	uint64_t last;        /* µs: and this was the latest */
	size_t held;          /* pop3_held(), when the memory of a session was counted last */
	struct ipc_out *out;
	struct slot *slot;
	bool merged;          /* others read the same: the writer has to know what comes before what */
	struct ipc_moment moment, told;
} sensor;

/* ---- to the writer ---- */

/* From here on. */
static void at(uint32_t source, uint64_t number, enum ipc_phase phase)
{
	sensor.moment = (struct ipc_moment){ .source = source, .number = number, .phase = phase };
}

static void tell_moment(void)
{
	if (!sensor.merged || ipc_moment_order(&sensor.moment, &sensor.told) == 0)
		return;
	sensor.told = sensor.moment;
	ipc_put(sensor.out, IPC_MOMENT, &sensor.told, sizeof sensor.told);
}

static void send_event(const struct event *e)
{
	tell_moment();
	if (ipc_put_event(sensor.out, e))
		sensor.slot->sent++;
}

static void begin(uint64_t ts)
{
	ipc_put(sensor.out, IPC_BEGIN, &ts, sizeof ts);
}

/* Where there is nobody to tell, a replay is at its end; a live capture waits for another writer. */
static bool has_writer(void)
{
	return sensor.out->fd >= 0 || !sensor.out->wait;
}

/* ---- from the dissector's event on ---- */

static void complete(struct event *e, const struct stream *s)
{
	e->ts = s->ts;
	e->packet = s->packet;
	e->source = s->source;
	e->flow = s->key;
	e->tunnel = *stream_tunnel(s);
	e->flow_id = s->id;
	e->start = s->start;
	e->end = s->last;
	e->pkts[SIDE_CLIENT] = s->pkts[SIDE_CLIENT];
	e->pkts[SIDE_SERVER] = s->pkts[SIDE_SERVER];
	memcpy(e->bytes, s->bytes, sizeof e->bytes);
	e->capture.gap_bytes = stream_gap_bytes(s);
	e->capture.midstream = s->midstream;
	e->capture.one_sided = stream_one_sided(s);
}

/* Of a stream is kept: as user its struct pop3, as user_more its flowbits, once a rule has set one. */

static void forget(struct stream *s)
{
	if (pop3_is_other(s->user))
		counter_add(COUNTER_POP3_OTHER, 1);
	pop3_free(s->user);
	free(s->user_more);
	s->user = s->user_more = NULL;
	s->user_bytes = 0;
	sensor.held = pop3_held();
}

/* Sessions are dealt with one after another: what has changed since another was counted is this one's. */
static void count_memory(struct stream *s)
{
	size_t held = pop3_held();

	s->user_bytes += (uint32_t)(held - sensor.held); /* or less: modulo 2^32 */
	sensor.held = held;
}

/* Its dissector, which may be at rest. NULL: no memory, and it is followed no longer. */
static struct pop3 *dissector(struct stream *s)
{
	struct pop3 *p = pop3_wake(s->user);

	if (p != NULL)
		return s->user = p;
	forget(s);
	s->ignore = true;
	return NULL;
}

static struct rule_subject subject_of(struct event *e, const struct stream *s)
{
	return (struct rule_subject){ .event = e, .established = true, .tcp_flags = s->tcp_flags, .dsize = s->dsize };
}

/* A rule may have set a flowbit of a session that had none. */
static void keep_flowbits(struct stream *s)
{
	static const struct rule_flowbits none;

	if (memcmp(&sensor.flowbits, &none, sizeof none) == 0)
		return;
	if (s->user != NULL && (s->user_more = malloc(sizeof sensor.flowbits)) != NULL) {
		memcpy(s->user_more, &sensor.flowbits, sizeof sensor.flowbits);
		s->user_bytes += (uint32_t)memory_of(sizeof sensor.flowbits);
	} else if (s->user != NULL)
		counter_add(COUNTER_POP3_NO_MEMORY, 1);
	sensor.flowbits = none;
}

static void match(struct stream *s, struct rule_subject *subject)
{
	subject->flowbits = s->user_more != NULL ? s->user_more : &sensor.flowbits;
	ruleset_match(sensor.config->rules, RULE_SENSOR, subject);
	if (s->user_more == NULL)
		keep_flowbits(s);
}

/* A packet, for the rules about packets. */
static void on_packet(void *ctx, struct stream *s, enum side side)
{
	struct event *e = &sensor.line;
	struct rule_subject subject;

	(void)ctx;
	if (!ruleset_wants(sensor.config->rules, EVENT_PACKET, RULE_SENSOR))
		return;
	subject = subject_of(e, s);
	subject.established = (s->tcp_flags & TCP_SYN) == 0 && !stream_one_sided(s);
	event_init(e, EVENT_PACKET);
	complete(e, s);
	e->from = side;
	match(s, &subject);
	if (e->n_alerts > 0)
		send_event(e);
}

/* A line as an event: kind and place, not yet what it says. */
static void line_event(struct event *e, enum event_kind kind, const struct stream *s, enum side from)
{
	event_init(e, kind);
	complete(e, s);
	e->from = from;
}

/* Tells what rules had to say of a line, if anything. */
static void tell_line(struct event *e, const struct pop3_line *l)
{
	if (e->n_alerts == 0)
		return;
	pop3_line_event(l, e);
	send_event(e);
	event_wipe(e);
}

/* What is odd with a line, for the rules about that. */
static void on_odd_line(struct stream *s, const struct pop3_line *l)
{
	struct event *e = &sensor.line;
	int a;

	for (a = 0; a < ANOMALY_MAX; a++) {
		struct rule_subject subject = subject_of(e, s);

		if ((l->odd >> a & 1) == 0)
			continue;
		line_event(e, EVENT_ANOMALY, s, l->side);
		e->anomaly = (enum event_anomaly)a;
		e->unrecorded = true;
		match(s, &subject);
		pop3_line_event(l, e);
		send_event(e);
		event_wipe(e);
	}
}

static bool wants(enum side side, struct span raw)
{
	return ruleset_wants_line(sensor.config->rules, side == SIDE_CLIENT ? EVENT_CLIENT_LINE : EVENT_SERVER_LINE, RULE_SENSOR, raw);
}

static bool wants_line(void *user, enum side side, struct span raw)
{
	(void)user;
	return sensor.odd_lines || wants(side, raw);
}

/* A line, for the rules about lines. */
static void on_line(void *user, const struct pop3_line *l)
{
	enum event_kind kind = l->side == SIDE_CLIENT ? EVENT_CLIENT_LINE : EVENT_SERVER_LINE;
	struct event *e = &sensor.line;
	struct stream *s = user;
	struct rule_subject subject;

	if (l->odd != 0 && sensor.odd_lines)
		on_odd_line(s, l);
	if (sensor.odd_lines && !wants(l->side, l->raw)) /* else that is why we were told of it */
		return;
	subject = subject_of(e, s);
	line_event(e, kind, s, l->side);
	subject.looked = true;
	subject.buffer[RULE_BUFFER_RAW] = l->raw;
	subject.buffer[RULE_BUFFER_COMMAND] = l->command;
	subject.buffer[RULE_BUFFER_ARGS] = l->args;
	subject.buffer[RULE_BUFFER_RESPONSE] = l->response;
	subject.buffer[RULE_BUFFER_BANNER] = l->banner;
	subject.buffer[RULE_BUFFER_CAPABILITY] = l->capability;
	subject.buffer[RULE_BUFFER_USER] = l->user;
	match(s, &subject);
	tell_line(e, l);
}

/* Most sessions are silent most of the time. */
static void on_idle(void *ctx, struct stream *s)
{
	(void)ctx;
	if (s->user == NULL)
		return;
	s->user = pop3_rest(s->user);
	count_memory(s);
}

static void tell(struct stream *s)
{
	static const enum counter counters[EVENT_KIND_MAX] = {
		[EVENT_LOGIN] = COUNTER_POP3_LOGINS,
		[EVENT_SESSION] = COUNTER_POP3_SESSIONS,
		[EVENT_ANOMALY] = COUNTER_POP3_ANOMALIES,
	};
	struct pop3 *p = s->user;
	struct event *e = &sensor.event;

	while (pop3_next(p, e)) {
		struct rule_subject subject = subject_of(e, s);

		complete(e, s);
		counter_add(counters[e->kind], 1);
		if (e->kind == EVENT_LOGIN)
			subject.buffer[RULE_BUFFER_PASSWORD] = pop3_secret(p);
		match(s, &subject);
		send_event(e);
		event_wipe(e);
	}
	count_memory(s);
	s->proven = pop3_is_sure(p);
	if (!pop3_done(p))
		return;
	s->ignore = true;
	/* Of what is no POP3 there is nothing more to tell: with every port watched, that is most of it. */
	if (pop3_is_other(p))
		forget(s);
	else
		on_idle(NULL, s);
}

/* ---- from the stream to the dissector ---- */

#define POP3S_PORT 995 /* RFC 8314 section 7.1 */

static void on_open(void *ctx, struct stream *s)
{
	uint16_t port = s->key.port[SIDE_SERVER];
	bool watched = port_set_has(&sensor.config->ports, port);

	(void)ctx;
	s->user = pop3_new(&sensor.pop3,
			   (s->midstream ? POP3_MIDSTREAM : 0) | (watched ? 0 : POP3_ANY_PORT) |
				   (port == POP3S_PORT ? POP3_TLS_PORT : 0),
			   s);
	count_memory(s);
	if (s->user == NULL) {
		counter_add(COUNTER_POP3_NO_MEMORY, 1);
		s->ignore = true;
	}
}

static void on_data(void *ctx, struct stream *s, enum side side, struct span bytes)
{
	(void)ctx;
	if (s->user == NULL || dissector(s) == NULL)
		return;
	pop3_push(s->user, side, bytes);
	tell(s);
}

static void on_gap(void *ctx, struct stream *s, enum side side, uint64_t n)
{
	(void)ctx;
	if (s->user == NULL || dissector(s) == NULL)
		return;
	pop3_gap(s->user, side, n);
	tell(s);
}

static void on_overlap(void *ctx, struct stream *s, enum side side)
{
	struct event *e = &sensor.event;
	struct rule_subject subject;

	(void)ctx;
	(void)side;
	/* Of what may be anything it is nothing to tell. */
	if (s->user == NULL || !port_set_has(&sensor.config->ports, s->key.port[SIDE_SERVER]))
		return;
	event_init(e, EVENT_ANOMALY);
	e->anomaly = ANOMALY_OVERLAP;
	complete(e, s);
	counter_add(COUNTER_POP3_ANOMALIES, 1);
	subject = subject_of(e, s);
	match(s, &subject);
	send_event(e);
}

static void on_close(void *ctx, struct stream *s, enum event_end reason)
{
	(void)ctx;
	if (s->user == NULL || dissector(s) == NULL)
		return;
	pop3_end(s->user, reason);
	tell(s);
	if (s->user != NULL)
		forget(s);
}

/* No SYN told who is the client, and no port. */
static enum stream_speaker on_first(void *ctx, struct span bytes)
{
	(void)ctx;
	switch (pop3_speaker(bytes)) {
	case POP3_SPEAKER_CLIENT:
		return STREAM_SPEAKER_CLIENT;
	case POP3_SPEAKER_SERVER:
		return STREAM_SPEAKER_SERVER;
	case POP3_SPEAKER_UNKNOWN:
		break;
	}
	return STREAM_SPEAKER_UNKNOWN;
}

static void fingerprint(void *ctx, struct span secret, uint8_t out[EVENT_SECRET_ID])
{
	(void)ctx;
	secret_fingerprint(sensor.config->key, secret, out);
}

static bool breached(void *ctx, struct span secret)
{
	(void)ctx;
	return breached_has(sensor.config->breached, secret);
}

void sensor_rules_changed(void)
{
	sensor.odd_lines = (ruleset_anomalies(sensor.config->rules) & POP3_LINE_ODD) != 0;
}

int sensor_start(const struct proc_config *config, struct ipc_out *out, struct slot *slot, bool merged)
{
	static const struct stream_handler handler = {
		.speaker = on_first, .open = on_open, .packet = on_packet, .data = on_data, .gap = on_gap, .idle = on_idle,
		.overlap = on_overlap, .close = on_close
	};
	struct stream_config stream = STREAM_CONFIG_DEFAULT;

	sensor.config = config;
	sensor.out = out;
	sensor.slot = slot;
	sensor.merged = merged;
	sensor.has_begun = false;
	sensor.pop3 = (struct pop3_config){ .secrets = config->secrets, .fingerprint = fingerprint,
					    .breached = config->breached != NULL ? breached : NULL };
	sensor.pop3.line = on_line;
	sensor.pop3.wants_line = wants_line;
	sensor_rules_changed();
	stream.ports = &config->ports;
	stream.any_port = config->any_port;
	if (config->memory > 0)
		stream.memory_cap = config->memory;
	return stream_start(&stream, &handler);
}

void sensor_stop(void)
{
	at(UINT32_MAX, 0, IPC_PHASE_TIME);
	stream_stop();
}

/* ---- from the capture to the stream ---- */

static void push(struct batch_packet *b, int dlt)
{
	struct packet *p = &b->packet;

	if (b->ahead.wanted)
		stream_packet_ahead(p, &b->ahead);
	while (decode_next(p)) {
		b->what = decode_packet(p, dlt, b->raw.data);
		if (b->what == DECODE_TCP || b->what == DECODE_FRAGMENT)
			stream_packet(p);
	}
}

static void pass_time(void)
{
	uint64_t now = time_wall();

	stream_clocks(now, time_steady());
	stream_tick(now);
}

/* Now and then while there is no pause. */
static void flush_live(uint64_t ts)
{
	stream_clocks(ts, time_steady());
	ipc_flush(sensor.out);
}

/* The first packet of an input: does it go on where the last one ended, or is it another story? */
static void begin_input(uint32_t source, uint64_t ts)
{
	at(source, 0, IPC_PHASE_TIME);
	if (!sensor.has_begun)
		begin(ts);
	else if (ts + CLOCK_BACK < sensor.last || ts > sensor.last + CLOCK_AHEAD)
		stream_flush();
	sensor.has_begun = true;
}

#define LAST_WAITS 3 /* for packets that the kernel has received and not handed over yet */

/* Told to stop: a live capture still has what the kernel received until then, a second signal is for those in a hurry. */
static bool finished(const struct sensor_input *in, int stop, uint64_t packets, uint64_t *target, unsigned *idle)
{
	struct capture_stats st;

	if (stop == 0)
		return false;
	if (!in->live || stop > 1)
		return true;
	if (*target == 0) {
		capture_stats(in->capture, &st);
		*target = st.received > st.dropped ? st.received - st.dropped : 1;
		*idle = 0;
	}
	return packets >= *target || *idle >= LAST_WAITS;
}

/* Told once each: an interface that says nothing must not be taken for a network where nothing happens. */
static void tell_link(const struct sensor_input *in, enum capture_result what)
{
	struct ipc_anomaly anomaly = { .source = in->source };

	if (in->share > 0)
		return; /* another one does */
	anomaly.kind = what == CAPTURE_DOWN ? SENSOR_INTERFACE_DOWN : what == CAPTURE_UP ? SENSOR_INTERFACE_UP : SENSOR_INTERFACE_GONE;
	if (what == CAPTURE_DOWN)
		log_error("%s; waiting for it to come up", capture_error(in->capture));
	else if (what == CAPTURE_UP)
		log_warn("%s", capture_error(in->capture));
	ipc_put(sensor.out, IPC_ANOMALY, &anomaly, sizeof anomaly);
	ipc_flush(sensor.out);
}

/* A packet, whose turn it is. */
static void take(struct batch_packet *b, const struct sensor_input *in, int dlt)
{
	uint64_t number = b->raw.number;

	/* Time passes with each packet, whoever it is for: what is told because of it must not depend on that. */
	at(in->source, number, IPC_PHASE_TIME);
	if (stream_time_out(b->raw.ts)) {
		at(in->source, number, IPC_PHASE_SETTLE);
		stream_settle();
	}
	at(in->source, number, IPC_PHASE_PACKET);
	if (b->ours)
		push(b, dlt);
}

/* What there is to do besides, after so many packets. */
static void look_up(const struct sensor_input *in)
{
	if (sensor.merged) { /* the others' wait for ours, or for this */
		tell_moment();
		ipc_flush(sensor.out);
	}
	in->pause();
}

/* What came instead of a packet. True: the input goes on. */
static bool go_on(const struct sensor_input *in, enum capture_result got, unsigned *idle)
{
	switch (got) {
	case CAPTURE_PACKET:
		return true;
	case CAPTURE_DOWN:
	case CAPTURE_UP:
		tell_link(in, got);
		return true;
	case CAPTURE_IDLE:
		pass_time();
		ipc_flush(sensor.out);
		in->pause();
		++*idle;
		return true;
	case CAPTURE_GONE:
		tell_link(in, got);
		break;
	case CAPTURE_END:
	case CAPTURE_ERROR:
		break;
	}
	return false;
}

enum capture_result sensor_read(const struct sensor_input *in, const volatile sig_atomic_t *stop)
{
	static struct batch batch;
	int dlt = capture_dlt(in->capture);
	uint64_t packets = 0, flushed = 0, target = 0;
	enum capture_result got;
	unsigned idle = 0;
	size_t i;

	while (!finished(in, *stop, packets, &target, &idle) && has_writer()) {
		got = batch_read(&batch, in, sensor.config->checksums);
		if (*in->wanted != 0) /* while it was waited for, most likely */
			in->between();
		for (i = 0; i < batch.n; i++) {
			uint64_t ts = batch.packet[i].raw.ts;

			if (packets++ == 0)
				begin_input(in->source, ts);
			sensor.last = ts;
			/* The clock may have been set back. */
			if (in->live && (ts > flushed + FLUSH_EVERY || ts < flushed)) {
				flushed = ts;
				flush_live(ts);
			}
			if (i + FETCH_BEFORE < batch.n)
				stream_fetch_more(&batch.packet[i + FETCH_BEFORE].ahead);
			take(&batch.packet[i], in, dlt);
			if (packets % PAUSE_PACKETS == 0)
				look_up(in);
		}
		if (!go_on(in, got, &idle))
			return got;
	}
	return CAPTURE_END;
}
