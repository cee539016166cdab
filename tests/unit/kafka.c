/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transport to Kafka, against the brokers that librdkafka has for tests of its own users. */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../src/emit/ship.h"
#include "unit.h"

#define TOPIC "pop3"
#define PRODUCE 0 /* of the protocol's requests */
#define MANY 2000

static const struct transport *const kafka = &transport_kafka;

/* ---- targets and options ---- */

UNIT(kafka, targets)
{
	static const struct {
		const char *target;
		const char *wrong; /* what the message holds, or NULL */
	} cases[] = {
		{ "kafka://h:1/t", NULL },
		{ "kafka://h/t", NULL },
		{ "kafka://h1:9092+h2+[2001:db8::1]:9094/plainpop.alerts_1-a", NULL },
		{ "kafka+tls://h:9093/t", NULL },
		{ "kafka://h:1", "no topic" },
		{ "kafka://h:1/", "a topic has" },
		{ "kafka://h:1/.", "a topic has" },
		{ "kafka://h:1/..", "a topic has" },
		{ "kafka://h:1/a/b", "a topic has" },
		{ "kafka://h:1/a b", "a topic has" },
		{ "kafka:///t", "brokers are" },
		{ "kafka://h:0/t", "brokers are" },
		{ "kafka://h:65536/t", "brokers are" },
		{ "kafka://h:1+/t", "brokers are" },
		{ "kafka://+h:1/t", "brokers are" },
		{ "kafka://h:1++h:2/t", "brokers are" },
		{ "kafka://alice:Rabbit@h:1/t", "password-file" },
	};
	char err[OUTPUT_ERROR_SIZE], *text;
	size_t i;
	void *t;

	for (i = 0; i < COUNT(cases); i++) {
		err[0] = '\0';
		t = kafka->open(cases[i].target, err);
		cr_expect((t != NULL) == (cases[i].wrong == NULL), "%s: %s", cases[i].target, err);
		cr_expect(cases[i].wrong == NULL || strstr(err, cases[i].wrong) != NULL, "%s: %s", cases[i].target, err);
		cr_expect(strstr(err, "Rabbit") == NULL, "a password in a message");
		if (t != NULL)
			kafka->free(t);
	}
	/* A topic, and brokers, that are too long. */
	text = calloc(1, 1 << 16);
	memset(text + sprintf(text, "kafka://h:1/"), 'a', 250);
	cr_expect(kafka->open(text, err) == NULL);
	text[12 + 249] = '\0';
	t = kafka->open(text, err);
	cr_expect(t != NULL, "%s", err);
	kafka->free(t);
	memset(text + sprintf(text, "kafka://"), 'a', 300);
	memcpy(text + 308, "/t", 3);
	cr_expect(kafka->open(text, err) == NULL);
	strcpy(text, "kafka://h:1");
	for (i = 0; i < 1000; i++)
		strcat(text, "+host:9092");
	strcat(text, "/t");
	cr_expect(kafka->open(text, err) == NULL);
	free(text);
}

/* A file of a test's own with this in it. */
static const char *file_of(const char *text)
{
	static char path[64];
	int fd;

	snprintf(path, sizeof path, "/tmp/plainpop-unit-XXXXXX");
	fd = mkstemp(path);
	cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	return path;
}

UNIT(kafka, options)
{
	static const struct {
		const char *target, *name, *value; /* "@...": of a file with that in it */
		const char *wrong;
	} cases[] = {
		{ "kafka://h:1/t", "compression", "zstd", NULL },
		{ "kafka://h:1/t", "compression", "none", NULL },
		{ "kafka://h:1/t", "compression", "best", "one of none gzip" },
		{ "kafka://h:1/t", "client-id", "sensor-1", NULL },
		{ "kafka://h:1/t", "client-id", "", "1 to 255" },
		{ "kafka://h:1/t", "user", "alice", NULL },
		{ "kafka://h:1/t", "mechanism", "SCRAM-SHA-256", NULL },
		{ "kafka://h:1/t", "mechanism", "GSSAPI", "one of SCRAM-SHA-512" },
		{ "kafka://h:1/t", "password-file", "/nonexistent", "No such file" },
		{ "kafka://h:1/t", "password-file", "@", "empty" },
		{ "kafka://h:1/t", "password-file", "@\n", "one line" },
		{ "kafka://h:1/t", "password-file", "@Rabbit\nHole\n", "one line" },
		{ "kafka://h:1/t", "password-file", "@Rabbit-Hole\r\n", NULL },
		{ "kafka://h:1/t", "password-file", "@Rabbit-Hole", NULL },
		{ "kafka://h:1/t", "ca", "@-", "for kafka+tls" },
		{ "kafka+tls://h:1/t", "ca", "/nonexistent", "No such file" },
		{ "kafka+tls://h:1/t", "ca", "@-", "" },
		{ "kafka+tls://h:1/t", "key", "@-", "" },
		{ "kafka://h:1/t", "acks", "0", "not acks" },
	};
	char err[OUTPUT_ERROR_SIZE];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		bool file = cases[i].value[0] == '@', good;
		const char *value = file ? file_of(cases[i].value + 1) : cases[i].value;
		void *t = kafka->open(cases[i].target, err);

		err[0] = '\0';
		good = kafka->option(t, cases[i].name, value, err);
		cr_expect(good == (cases[i].wrong == NULL), "%s=%s: %s", cases[i].name, cases[i].value, err);
		cr_expect(good || strstr(err, cases[i].wrong) != NULL, "%s=%s: %s", cases[i].name, cases[i].value, err);
		cr_expect(strstr(err, "Rabbit") == NULL, "a password in a message");
		kafka->free(t);
		if (file)
			unlink(value);
	}
}

UNIT(kafka, halves)
{
	char err[OUTPUT_ERROR_SIZE];
	void *t = kafka->open("kafka://127.0.0.1:1/t", err);

	cr_assert(kafka->option(t, "user", "alice", err));
	cr_expect(kafka->connect(t, err) == -1 && strstr(err, "belong together") != NULL, "%s", err);
	kafka->disconnect(t);
	kafka->free(t);
}

/* ---- brokers ---- */

struct brokers {
	rd_kafka_t *host; /* whose threads they are */
	rd_kafka_mock_cluster_t *cluster;
	void *t;
	uint64_t refused;            /* of all that was given to t, */
	char err[OUTPUT_ERROR_SIZE]; /* and what it said last, or "" */
};

static void brokers_open(struct brokers *b, int count, int partitions)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char err[OUTPUT_ERROR_SIZE], target[1024];
	size_t i;

	b->refused = 0;
	b->err[0] = '\0';
	rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
	b->host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, err, sizeof err);
	cr_assert(b->host != NULL, "%s", err);
	b->cluster = rd_kafka_mock_cluster_new(b->host, count);
	rd_kafka_mock_topic_create(b->cluster, TOPIC, partitions, count);
	snprintf(target, sizeof target, "kafka://%s/" TOPIC, rd_kafka_mock_cluster_bootstraps(b->cluster));
	for (i = 0; target[i] != '\0'; i++)
		if (target[i] == ',')
			target[i] = '+';
	b->t = kafka->open(target, err);
	cr_assert(b->t != NULL, "%s: %s", target, err);
}

static void brokers_close(struct brokers *b)
{
	kafka->disconnect(b->t);
	kafka->free(b->t);
	rd_kafka_mock_cluster_destroy(b->cluster);
	rd_kafka_destroy(b->host);
}

static void connected(struct brokers *b)
{
	cr_assert(kafka->connect(b->t, b->err) == 0, "%s", b->err);
}

static void brokers_connected(struct brokers *b, int count, int partitions)
{
	brokers_open(b, count, partitions);
	connected(b);
}

/* The i-th record there may be: of one of seven sessions, or of none. */
static struct shipment record_of(unsigned i, char text[32])
{
	struct shipment r = { .ts = 1700000000000000 + i * 1000, .line = text };

	r.n = (uint32_t)snprintf(text, 32, "{\"record\":%u}", i);
	memcpy(r.id, &i, sizeof i);
	if (i % 8 != 0)
		snprintf(r.key, sizeof r.key, "1:session-%u", i % 8);
	return r;
}

static size_t deliver(struct brokers *b, unsigned from, unsigned n)
{
	struct shipment *r = calloc(n, sizeof *r);
	char(*text)[32] = calloc(n, sizeof *text);
	size_t done;
	unsigned i;

	for (i = 0; i < n; i++)
		r[i] = record_of(from + i, text[i]);
	b->err[0] = '\0';
	done = kafka->deliver(b->t, r, n, &b->refused, b->err);
	free(text);
	free(r);
	return done;
}

/* What the brokers have, as somebody else reads it: how often each of n records came, in order within its key. */
static void read_back(struct brokers *b, unsigned n, int partitions, unsigned *times)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
	unsigned last[8] = { 0 }, i, ended = 0, misplaced = 0;
	rd_kafka_message_t *m;
	char err[512], want[32];
	rd_kafka_t *reader;
	int p;

	rd_kafka_conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(b->cluster), NULL, 0);
	rd_kafka_conf_set(conf, "group.id", "reader", NULL, 0);
	rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
	rd_kafka_conf_set(conf, "enable.partition.eof", "true", NULL, 0);
	reader = rd_kafka_new(RD_KAFKA_CONSUMER, conf, err, sizeof err);
	cr_assert(reader != NULL, "%s", err);
	for (p = 0; p < partitions; p++)
		rd_kafka_topic_partition_list_add(list, TOPIC, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
	cr_assert(rd_kafka_assign(reader, list) == RD_KAFKA_RESP_ERR_NO_ERROR);
	memset(times, 0, n * sizeof *times);
	while (ended < (unsigned)partitions) {
		m = rd_kafka_consumer_poll(reader, 30000);
		cr_assert(m != NULL);
		if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
			ended++;
		} else if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
			struct shipment r;
			rd_kafka_headers_t *headers = NULL;
			const void *id = NULL;
			size_t size = 0;
			char hex[2 * SHIPMENT_ID + 1];

			cr_assert(m->len < sizeof want && sscanf(memcpy(err, m->payload, m->len + 1), "{\"record\":%u", &i) == 1 && i < n);
			r = record_of(i, want);
			cr_expect(m->len == r.n && memcmp(m->payload, want, r.n) == 0);
			cr_expect(m->key_len == strlen(r.key) && (m->key == NULL) == (r.key[0] == '\0'));
			cr_expect(m->key == NULL || memcmp(m->key, r.key, m->key_len) == 0);
			cr_expect(rd_kafka_message_timestamp(m, NULL) == (int64_t)(r.ts / 1000));
			cr_assert(rd_kafka_message_headers(m, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR);
			cr_assert(rd_kafka_header_get_last(headers, "event-id", &id, &size) == RD_KAFKA_RESP_ERR_NO_ERROR);
			snprintf(hex, sizeof hex, "%02x%02x%02x%02x%024d", r.id[0], r.id[1], r.id[2], r.id[3], 0);
			cr_expect(size == 2 * SHIPMENT_ID && memcmp(id, hex, size) == 0);
			if (r.key[0] != '\0' && times[i]++ == 0) {
				misplaced += last[i % 8] > i;
				last[i % 8] = i;
			} else if (r.key[0] == '\0') {
				times[i]++;
			}
		}
		rd_kafka_message_destroy(m);
	}
	cr_expect(misplaced == 0, "%u out of order", misplaced);
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_consumer_close(reader);
	rd_kafka_destroy(reader);
}

static void expect_each(struct brokers *b, unsigned n, int partitions, unsigned at_most)
{
	unsigned *times = calloc(n, sizeof *times), i;

	read_back(b, n, partitions, times);
	for (i = 0; i < n; i++)
		cr_expect(times[i] >= 1 && times[i] <= at_most, "record %u came %u times", i, times[i]);
	free(times);
}

UNIT(kafka, in_order_and_once)
{
	struct brokers b;

	brokers_connected(&b, 3, 4);
	cr_expect(deliver(&b, 0, MANY) == MANY, "%s", b.err);
	cr_expect(deliver(&b, MANY, 1) == 1, "%s", b.err);
	cr_expect(kafka->idle(b.t, b.err) == 0);
	/* Another handle, the same topic. */
	kafka->disconnect(b.t);
	connected(&b);
	cr_expect(deliver(&b, MANY + 1, 99) == 99, "%s", b.err);
	cr_expect(b.refused == 0);
	expect_each(&b, MANY + 100, 4, 1);
	brokers_close(&b);
}

UNIT(kafka, compressed)
{
	struct brokers b;

	brokers_open(&b, 1, 1);
	cr_assert(kafka->option(b.t, "compression", "zstd", b.err));
	cr_assert(kafka->option(b.t, "client-id", "unit", b.err));
	connected(&b);
	cr_expect(deliver(&b, 0, 500) == 500, "%s", b.err);
	expect_each(&b, 500, 1, 1);
	brokers_close(&b);
}

/* What may pass is tried again by librdkafka itself, and leaves neither doubles nor disorder. */
UNIT(kafka, errors_that_pass)
{
	struct brokers b;

	brokers_connected(&b, 1, 1);
	rd_kafka_mock_push_request_errors(b.cluster, PRODUCE, 3, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
					  RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
	cr_expect(deliver(&b, 0, MANY) == MANY, "%s", b.err);
	cr_expect(b.refused == 0);
	expect_each(&b, MANY, 1, 1);
	brokers_close(&b);
}

/* What does not pass by itself ends the connection; nothing counts as delivered from there on, nothing as refused. */
UNIT(kafka, errors_that_stay)
{
	struct brokers b;
	size_t done;

	brokers_connected(&b, 1, 1);
	cr_assert(deliver(&b, 0, 10) == 10, "%s", b.err);
	rd_kafka_mock_push_request_errors(b.cluster, PRODUCE, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
	done = deliver(&b, 10, 10);
	cr_expect(done < 10 && strstr(b.err, "authorization failed") != NULL, "%zu: %s", done, b.err);
	cr_expect(b.refused == 0);
	kafka->disconnect(b.t);
	connected(&b);
	cr_expect(deliver(&b, 10 + (unsigned)done, 10 - (unsigned)done) == 10 - done, "%s", b.err);
	expect_each(&b, 20, 1, 2);
	brokers_close(&b);
}

/* A batch is refused for one of it: only that one is given up. */
UNIT(kafka, too_large)
{
	char text[3][32], *large = malloc(SHIPMENT_MAX);
	struct shipment r[3];
	struct brokers b;
	unsigned i;

	brokers_connected(&b, 1, 1);
	cr_assert(deliver(&b, 0, 5) == 5, "%s", b.err);
	rd_kafka_mock_push_request_errors(b.cluster, PRODUCE, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	cr_expect(deliver(&b, 5, 10) == 10, "%s", b.err);
	cr_expect(b.refused == 0, "alone each was taken");
	rd_kafka_mock_push_request_errors(b.cluster, PRODUCE, 2, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
					  RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	memset(large, 'x', SHIPMENT_MAX);
	for (i = 0; i < 3; i++)
		r[i] = record_of(15 + i, text[i]);
	r[0].line = large;
	r[0].n = SHIPMENT_MAX;
	cr_expect(kafka->deliver(b.t, r, 3, &b.refused, b.err) == 3, "%s", b.err);
	cr_expect(b.refused == 1);
	r[1] = record_of(15, text[0]);
	cr_expect(kafka->deliver(b.t, r + 1, 1, &b.refused, b.err) == 1, "%s", b.err);
	expect_each(&b, 18, 1, 1);
	/* The largest there is, where nobody minds. */
	cr_expect(kafka->deliver(b.t, r, 1, &b.refused, b.err) == 1, "%s", b.err);
	cr_expect(b.refused == 1);
	brokers_close(&b);
	free(large);
}

/* A topic that takes no records as old as this: better with another time than not at all. */
UNIT(kafka, too_old)
{
	struct brokers b;

	brokers_connected(&b, 1, 1);
	rd_kafka_mock_push_request_errors(b.cluster, PRODUCE, 2, RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP,
					  RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP);
	cr_expect(deliver(&b, 0, 1) == 1, "%s", b.err);
	cr_expect(b.refused == 0);
	brokers_close(&b);
}

UNIT(kafka, down_and_up)
{
	struct brokers b;
	size_t done;

	brokers_connected(&b, 1, 1);
	cr_assert(deliver(&b, 0, 100) == 100, "%s", b.err);
	rd_kafka_mock_broker_set_down(b.cluster, 1);
	cr_expect(kafka->idle(b.t, b.err) == 0);
	done = deliver(&b, 100, 100);
	cr_expect(done == 0 && b.err[0] != '\0');
	kafka->disconnect(b.t);
	cr_expect(kafka->connect(b.t, b.err) == -1 && strstr(b.err, "Connection refused") != NULL, "%s", b.err);
	rd_kafka_mock_broker_set_up(b.cluster, 1);
	connected(&b);
	cr_expect(deliver(&b, 100, 100) == 100, "%s", b.err);
	cr_expect(b.refused == 0);
	expect_each(&b, 200, 1, 2);
	brokers_close(&b);
}

/* Of three brokers one goes, which leads some partitions: the others take over. */
UNIT(kafka, one_of_three_down)
{
	struct brokers b;
	int p;

	brokers_connected(&b, 3, 4);
	cr_assert(deliver(&b, 0, 500) == 500, "%s", b.err);
	rd_kafka_mock_broker_set_down(b.cluster, 1);
	for (p = 0; p < 4; p++)
		rd_kafka_mock_partition_set_leader(b.cluster, TOPIC, p, 2 + p % 2);
	cr_expect(deliver(&b, 500, 500) == 500, "%s", b.err);
	expect_each(&b, 1000, 4, 1);
	brokers_close(&b);
}

UNIT(kafka, nobody_there)
{
	char err[OUTPUT_ERROR_SIZE] = "";
	void *t = kafka->open("kafka://127.0.0.1:1+127.0.0.1:2/t", err);

	cr_expect(kafka->connect(t, err) == -1 && strstr(err, "Connection refused") != NULL, "%s", err);
	cr_expect(kafka->connect(t, err) == -1);
	kafka->disconnect(t);
	kafka->free(t);
}
