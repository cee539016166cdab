/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kafka://HOST:PORT[+HOST:PORT...]/TOPIC, kafka+tls://...: a record a message. Its key is the session's community id, so
 * that what is told of a session stays in order, in one partition; a header event-id bears the record's id, and its time is
 * the record's.
 *
 * Delivered is what all replicas in sync have (acks=all, idempotent). At least once: what was under way when a connection
 * broke off for good, or a process ended, comes again, with the same event-id. Refused for good is what the broker still
 * refuses when it comes alone, for its size or its contents.
 *
 * librdkafka has threads of its own. All it has to tell waits for rd_kafka_poll(), which only the thread that called us
 * calls. Each connection is a new handle, made of what was read from files before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "../credential.h"
#include "kafka.h"

#define CHUNK 500              /* records under way at once, */
#define CHUNK_BYTES (4u << 20) /* and their bytes */
#define UNSETTLED RD_KAFKA_RESP_ERR__IN_PROGRESS

struct kafka {
	struct kafka_settings to;
	bool warned; /* of the password in the clear, */
	bool told;   /* and of a record that was refused */

	rd_kafka_t *handle;
	rd_kafka_topic_t *rkt;
	bool down;     /* all brokers are, or it has failed for good; */
	char why[256]; /* what librdkafka said last of it, or "" */

	/* Of the chunk under way: */
	uint16_t round; /* of which chunk a report is */
	size_t waiting; /* messages without report */
	rd_kafka_resp_err_t state[CHUNK];
};

static const char *kafka_linked(void)
{
	static char text[64];

	snprintf(text, sizeof text, "librdkafka %s", rd_kafka_version_str());
	return text;
}

static void *kafka_open(const char *target, char err[OUTPUT_ERROR_SIZE])
{
	struct kafka *k = calloc(1, sizeof *k);

	if (k == NULL)
		snprintf(err, OUTPUT_ERROR_SIZE, "out of memory");
	if (k != NULL && kafka_settings_read(&k->to, target, err))
		return k;
	free(k);
	return NULL;
}

static bool kafka_option(void *t, const char *name, const char *value, char err[OUTPUT_ERROR_SIZE])
{
	return kafka_settings_option(&((struct kafka *)t)->to, name, value, err);
}

static void kafka_free(void *t)
{
	struct kafka *k = t;

	kafka_settings_fini(&k->to);
	free(k);
}

/* ---- what librdkafka tells, in rd_kafka_poll() ---- */

static void on_report(rd_kafka_t *handle, const rd_kafka_message_t *m, void *opaque)
{
	struct kafka *k = opaque;
	uintptr_t tag = (uintptr_t)m->_private;
	size_t i = tag & 0xffff;

	(void)handle;
	/* A report of a chunk that was given up on tells nothing any more. */
	if (tag >> 16 != k->round || i >= CHUNK || k->state[i] != UNSETTLED)
		return;
	k->state[i] = m->err;
	k->waiting--;
}

static void on_error(rd_kafka_t *handle, int code, const char *reason, void *opaque)
{
	struct kafka *k = opaque;

	if (code == RD_KAFKA_RESP_ERR__FATAL) {
		rd_kafka_fatal_error(handle, k->why, sizeof k->why);
		k->down = true;
	} else if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
		k->down = true;
	} else {
		snprintf(k->why, sizeof k->why, "%s", reason);
	}
}

/* A broker that can't be reached comes as an error, too. */
static void on_log(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
	(void)handle;
	if (level <= LOG_WARNING && strcmp(facility, "FAIL") != 0 && strcmp(facility, "ERROR") != 0)
		log_warn("kafka: %s", text);
}

/* ---- connecting ---- */

/* A handle, its threads running. */
static rd_kafka_t *start(struct kafka *k, char err[OUTPUT_ERROR_SIZE])
{
	rd_kafka_conf_t *conf = kafka_settings_conf(&k->to, err);
	rd_kafka_t *handle;

	if (conf == NULL)
		return NULL;
	rd_kafka_conf_set_opaque(conf, k);
	rd_kafka_conf_set_dr_msg_cb(conf, on_report);
	rd_kafka_conf_set_error_cb(conf, on_error);
	rd_kafka_conf_set_log_cb(conf, on_log);
	handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, err, OUTPUT_ERROR_SIZE);
	if (handle == NULL)
		rd_kafka_conf_destroy(conf);
	else
		rd_kafka_set_log_queue(handle, NULL); /* the one that rd_kafka_poll() serves */
	return handle;
}

static void explain(const struct kafka *k, rd_kafka_resp_err_t code, char err[OUTPUT_ERROR_SIZE])
{
	snprintf(err, OUTPUT_ERROR_SIZE, "%s%s%s", rd_kafka_err2str(code), k->why[0] != '\0' ? ": " : "", k->why);
}

/* Asks for the topic. What this may end in while it is being made counts as no answer. */
static rd_kafka_resp_err_t ask(struct kafka *k, int ms)
{
	const struct rd_kafka_metadata *m = NULL;
	rd_kafka_resp_err_t code = rd_kafka_metadata(k->handle, 0, k->rkt, &m, ms);

	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		code = m->topic_cnt == 1 ? m->topics[0].err : RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
	if (m != NULL)
		rd_kafka_metadata_destroy(m);
	return code;
}

static void kafka_disconnect(void *t)
{
	struct kafka *k = t;

	if (k->handle == NULL)
		return;
	k->round++;
	/* Nothing is left for it to wait for. */
	rd_kafka_purge(k->handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	rd_kafka_flush(k->handle, 1000);
	if (k->rkt != NULL)
		rd_kafka_topic_destroy(k->rkt);
	rd_kafka_destroy(k->handle);
	k->rkt = NULL;
	k->handle = NULL;
}

static int kafka_connect(void *t, char err[OUTPUT_ERROR_SIZE])
{
	/* Little at first, so that brokers which are all down are not waited for. */
	static const int patience[] = { 1000, 2000, 3000, 4000 };
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;
	struct kafka *k = t;
	size_t i;

	k->why[0] = '\0';
	k->down = false;
	if (k->to.password != NULL && !k->to.tls && !k->warned && strcmp(k->to.mechanism, "PLAIN") == 0)
		credential_in_clear(k->to.brokers);
	k->warned = true;
	k->handle = start(k, err);
	if (k->handle == NULL)
		return -1;
	k->rkt = rd_kafka_topic_new(k->handle, k->to.topic, NULL);
	for (i = 0; k->rkt != NULL && i < sizeof patience / sizeof patience[0] && !k->down; i++) {
		code = ask(k, patience[i]);
		if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
			return 0;
		if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
			break;
		rd_kafka_poll(k->handle, 250);
	}
	explain(k, code, err);
	kafka_disconnect(k);
	return -1;
}

/* ---- delivering ---- */

/* Gives a record to librdkafka, as the i-th of the chunk; ms: its time, 0: now. */
static void produce(struct kafka *k, const struct shipment *r, size_t i, int64_t ms)
{
	static const char digits[] = "0123456789abcdef";
	char id[2 * SHIPMENT_ID];
	size_t key = strlen(r->key), b;
	/* librdkafka copies; its interface has no const. */
	rd_kafka_vu_t v[] = {
		{ .vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = k->rkt },
		{ .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
		{ .vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = { .ptr = (void *)(uintptr_t)r->line, .size = r->n } },
		{ .vtype = RD_KAFKA_VTYPE_KEY, .u.mem = { .ptr = key > 0 ? (void *)(uintptr_t)r->key : NULL, .size = key } },
		{ .vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = ms },
		{ .vtype = RD_KAFKA_VTYPE_HEADER, .u.header = { .name = "event-id", .val = id, .size = sizeof id } },
		{ .vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = (void *)((uintptr_t)k->round << 16 | i) },
	};
	rd_kafka_error_t *e;

	for (b = 0; b < SHIPMENT_ID; b++) {
		id[2 * b] = digits[r->id[b] >> 4];
		id[2 * b + 1] = digits[r->id[b] & 15];
	}
	k->state[i] = UNSETTLED;
	k->waiting++;
	e = rd_kafka_produceva(k->handle, v, sizeof v / sizeof v[0]);
	if (e == NULL)
		return;
	k->state[i] = rd_kafka_error_code(e);
	k->waiting--;
	rd_kafka_error_destroy(e);
}

/* Waits until there is a report of all n. That ends: librdkafka gives up on messages after KAFKA_PATIENCE, and we on it. */
static void settle(struct kafka *k, size_t n)
{
	int64_t end = time_steady_ms() + KAFKA_PATIENCE + 1000;
	size_t i;

	while (k->waiting > 0 && time_steady_ms() < end)
		rd_kafka_poll(k->handle, 100);
	for (i = 0; i < n && k->waiting > 0; i++)
		if (k->state[i] == UNSETTLED) {
			k->state[i] = RD_KAFKA_RESP_ERR__TIMED_OUT;
			k->waiting--;
		}
	k->round++;
}

/* Because of what the record is. */
static bool is_refusal(rd_kafka_resp_err_t code)
{
	return code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || code == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE ||
	       code == RD_KAFKA_RESP_ERR_INVALID_MSG || code == RD_KAFKA_RESP_ERR_INVALID_RECORD ||
	       code == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP;
}

/* A record by itself. If it is too old or too new for the topic, with the time of the clock: better than not at all. */
static rd_kafka_resp_err_t deliver_alone(struct kafka *k, const struct shipment *r)
{
	produce(k, r, 0, (int64_t)(r->ts / 1000));
	settle(k, 1);
	if (k->state[0] == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP) {
		produce(k, r, 0, 0);
		settle(k, 1);
	}
	if (is_refusal(k->state[0]) && !k->told) {
		k->told = true; /* one tells enough; the rest is counted */
		log_warn("kafka: %s refuses a record of %u bytes: %s", k->to.topic, (unsigned)r->n, rd_kafka_err2str(k->state[0]));
	}
	return k->state[0];
}

static size_t deliver_chunk(struct kafka *k, const struct shipment *r, size_t n, uint64_t *refused, char err[OUTPUT_ERROR_SIZE])
{
	rd_kafka_resp_err_t state[CHUNK];
	bool alone = false;
	size_t i;

	for (i = 0; i < n; i++)
		produce(k, &r[i], i, (int64_t)(r[i].ts / 1000));
	settle(k, n);
	memcpy(state, k->state, n * sizeof state[0]);
	for (i = 0; i < n; i++) {
		if (state[i] == RD_KAFKA_RESP_ERR_NO_ERROR)
			continue;
		/* Brokers refuse many as one, for the sake of one of them: each has its say. */
		alone = alone || is_refusal(state[i]);
		if (alone)
			state[i] = deliver_alone(k, &r[i]);
		if (is_refusal(state[i])) {
			++*refused;
			continue;
		}
		if (state[i] != RD_KAFKA_RESP_ERR_NO_ERROR) {
			explain(k, state[i], err);
			break;
		}
	}
	return i;
}

static size_t kafka_deliver(void *t, const struct shipment *r, size_t n, uint64_t *refused, char err[OUTPUT_ERROR_SIZE])
{
	struct kafka *k = t;
	size_t done = 0;

	k->why[0] = '\0';
	while (done < n) {
		size_t m = 0, bytes = 0, got;

		do
			bytes += r[done + m++].n;
		while (done + m < n && m < CHUNK && bytes < CHUNK_BYTES);
		got = deliver_chunk(k, r + done, m, refused, err);
		done += got;
		if (got < m)
			break;
	}
	return done;
}

/* Brokers may come and go; only what is for good ends the connection. */
static int kafka_idle(void *t, char err[OUTPUT_ERROR_SIZE])
{
	struct kafka *k = t;

	rd_kafka_poll(k->handle, 0);
	if (rd_kafka_fatal_error(k->handle, err, OUTPUT_ERROR_SIZE) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return -1;
	return 0;
}

const struct transport transport_kafka = {
	.name = "kafka",
	.prefixes = kafka_prefixes,
	.linked = kafka_linked,
	.open = kafka_open,
	.option = kafka_option,
	.connect = kafka_connect,
	.deliver = kafka_deliver,
	.idle = kafka_idle,
	.disconnect = kafka_disconnect,
	.free = kafka_free,
};
