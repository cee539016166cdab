/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a record costs the writer: the CPU time of formatting it and writing it to a file, beside that of json-c for the same
 * object, which is ready in memory and is only made text.
 *
 *	records FILE [RECORDS]      FILE is appended to; /dev/null, or one on the disk that counts
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "plainpop/emit.h"

#define TS UINT64_C(1767225599123456)
#define FLOWS 64 /* different ones, in turn: neighbours share nothing */
#define ROUNDS 5

static const char *technique[] = { "T1552", "T1040" }, *tactic[] = { "TA0006" };
static const char *reference[] = { "https://www.rfc-editor.org/rfc/rfc8314" };
static struct signature_metadata metadata[] = { { "mitre_tactic_id", tactic, 1 }, { "mitre_technique_id", technique, 2 } };
static struct signature rule = { .gid = 1, .sid = 9100001, .rev = 2, .severity = 1,
				 .msg = "PLAINPOP POP3 password sent in the clear and accepted (USER/PASS)",
				 .category = "Credentials Sent over Cleartext", .metadata = metadata, .n_metadata = 2,
				 .reference = reference, .n_references = 1 };
static struct event events[FLOWS];

static void make_event(struct event *e, enum event_kind kind, unsigned i)
{
	char user[32];

	event_init(e, kind);
	e->ts = TS + i;
	e->packet = 7 + i;
	e->flow_id = (UINT64_C(1) << 51) - 1 - i;
	e->flow.ip_v = 4;
	memcpy(e->flow.addr[SIDE_CLIENT], (uint8_t[]){ 192, 0, 2, (uint8_t)i }, 4);
	memcpy(e->flow.addr[SIDE_SERVER], (uint8_t[]){ 198, 51, 100, 25 }, 4);
	e->flow.port[SIDE_CLIENT] = (uint16_t)(49152 + i);
	e->flow.port[SIDE_SERVER] = 110;
	e->start = TS - 2000000;
	e->end = TS + i;
	e->pkts[SIDE_CLIENT] = e->pkts[SIDE_SERVER] = 9;
	e->bytes[SIDE_CLIENT] = e->bytes[SIDE_SERVER] = 950;
	e->outcome = OUTCOME_SUCCESS;
	e->exposure = EXPOSURE_PASSWORD;
	e->stls = STLS_NOT_ASKED;
	e->secret_seen = true;
	e->response_set = e->response_ok = true;
	snprintf(user, sizeof user, "user%u@example.org", i);
	event_set(e, EVENT_USER, span_str(user));
	event_set(e, EVENT_MECHANISM, span_str("USER/PASS"));
	event_set(e, EVENT_COMMAND, span_str("PASS"));
	event_set(e, EVENT_ARGS, span_str("[redacted]"));
	event_set(e, EVENT_RESPONSE, span_str("Logged in."));
}

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static struct output *open_output(const char *path)
{
	char spec[512], err[OUTPUT_ERROR_SIZE];
	struct output *o;

	snprintf(spec, sizeof spec, "eve:%s,types=alert+pop3", path);
	if (output_parse(spec, &o, err) != OUTPUT_OK || output_open(o, err) != OUTPUT_OK) {
		fprintf(stderr, "records: %s\n", err);
		exit(2);
	}
	return o;
}

/* ns a record. */
static double ours(const char *path, const struct emit_context *ctx, enum record_type type, unsigned n)
{
	struct output *o = open_output(path);
	struct alert_counts counts = { .count = 1 };
	double began = cpu(), spent;
	unsigned i;

	for (i = 0; i < n; i++) {
		struct record r = { .type = type, .event = &events[i % FLOWS] };

		if (type == RECORD_ALERT) {
			r.signature = &rule;
			r.counts = &counts;
		}
		output_record(o, ctx, &r);
	}
	output_flush(o);
	spent = cpu() - began;
	output_close(o);
	return spent / n;
}

/* The same objects, as json-c has them. */
static void read_back(const struct emit_context *ctx, enum record_type type, struct json_object *object[FLOWS])
{
	char path[] = "/tmp/plainpop-records-XXXXXX", *line = NULL;
	int fd = mkstemp(path), i;
	size_t size = 0;
	FILE *f;

	ours(path, ctx, type, FLOWS);
	f = fdopen(fd, "r");
	for (i = 0; f != NULL && i < FLOWS && getline(&line, &size, f) > 0; i++)
		object[i] = json_tokener_parse(line);
	if (i < FLOWS || object[FLOWS - 1] == NULL) {
		fprintf(stderr, "records: what was written is not read back\n");
		exit(2);
	}
	free(line);
	fclose(f);
	unlink(path);
}

static double json_c(struct json_object *const object[FLOWS], unsigned n)
{
	double began = cpu();
	size_t bytes = 0;
	unsigned i;

	for (i = 0; i < n; i++)
		bytes += strlen(json_object_to_json_string_ext(object[i % FLOWS], JSON_C_TO_STRING_PLAIN));
	if (bytes == 0)
		exit(2);
	return (cpu() - began) / n;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void compare(const char *name, const char *path, enum record_type type, enum event_kind kind, unsigned n)
{
	struct emit_source source = { "/captures/mirror.pcap", false };
	struct emit_context ctx = { &source, NULL };
	struct json_object *object[FLOWS] = { NULL };
	double mine[ROUNDS], theirs[ROUNDS];
	unsigned i;

	for (i = 0; i < FLOWS; i++)
		make_event(&events[i], kind, i);
	read_back(&ctx, type, object);
	for (i = 0; i < ROUNDS; i++) {
		mine[i] = ours(path, &ctx, type, n);
		theirs[i] = json_c(object, n);
	}
	qsort(mine, ROUNDS, sizeof mine[0], by_size);
	qsort(theirs, ROUNDS, sizeof theirs[0], by_size);
	printf("| %s | %.2f | %.2f | %.2f |\n", name, mine[ROUNDS / 2] / 1000, theirs[ROUNDS / 2] / 1000,
	       mine[ROUNDS / 2] / theirs[ROUNDS / 2]);
	for (i = 0; i < FLOWS; i++)
		json_object_put(object[i]);
}

int main(int argc, char **argv)
{
	unsigned n = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 200000;

	if (argc < 2 || n == 0) {
		fprintf(stderr, "usage: records FILE [RECORDS]\n");
		return 2;
	}
	printf("\n## What a record takes\n\n| record | plainpop, µs of CPU | json-c, text alone, µs | ratio |\n| --- | --- | --- | --- |\n");
	compare("alert", argv[1], RECORD_ALERT, EVENT_LOGIN, n);
	compare("login", argv[1], RECORD_POP3, EVENT_LOGIN, n);
	compare("session", argv[1], RECORD_POP3, EVENT_SESSION, n);
	return 0;
}
