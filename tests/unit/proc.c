/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What passes between the processes. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../src/proc/ipc.h"
#include "unit.h"

static struct event *new_event(const char *user)
{
	struct event *e = malloc(sizeof *e);

	cr_assert(e != NULL);
	event_init(e, EVENT_LOGIN);
	e->flow.ip_v = 4;
	event_set(e, EVENT_USER, span_str(user));
	event_set(e, EVENT_MECHANISM, SPAN("PLAIN"));
	return e;
}

/* The whole struct, as all of it would cross. */
static void fill_event(struct event *e)
{
	uint32_t i;

	e->tunnel = (struct tunnel){ .kind = TUNNEL_VXLAN, .depth = 1, .ip_v = 4, .id = 42, .id_set = true };
	e->n_alerts = EVENT_ALERTS;
	for (i = 0; i < EVENT_ALERTS; i++)
		e->alerts[i] = 1000 + i;
}

UNIT(proc, wire)
{
	static const struct {
		const char *what;
		enum event_kind kind;
		uint8_t depth;
		uint16_t n_alerts;
	} cases[] = {
		{ "a login", EVENT_LOGIN, 0, 0 },
		{ "with an alert", EVENT_LOGIN, 0, 1 },
		{ "in a tunnel", EVENT_LOGIN, 1, 0 },
		{ "in a tunnel, with alerts", EVENT_SESSION, 1, 2 },
		{ "of a server", EVENT_SERVER, 0, 0 },
		{ "all there is", EVENT_SERVER, 1, EVENT_ALERTS },
	};
	struct event *back = malloc(sizeof *back);
	uint8_t bytes[4096];
	size_t n, i, k;

	cr_assert(back != NULL);
	for (k = 0; k < COUNT(cases); k++) {
		struct event *e = new_event("alice");

		e->kind = cases[k].kind;
		fill_event(e);
		e->tunnel.depth = cases[k].depth;
		e->n_alerts = cases[k].n_alerts;
		if (cases[k].depth == 0)
			e->tunnel = (struct tunnel){ 0 };
		if (e->kind == EVENT_SERVER)
			e->known.stls_offered = true;
		n = event_wire_size(e);
		cr_assert(n < sizeof bytes, "%zu bytes", n);
		memset(bytes, 0xa5, sizeof bytes);
		event_wire_write(e, bytes);
		cr_expect(bytes[n] == 0xa5, "%s: no more than that", cases[k].what);
		memset(back, 0x5a, sizeof *back);
		cr_assert(event_wire_read(back, span_of(bytes, n)), "%s", cases[k].what);
		cr_expect(memcmp(back, e, offsetof(struct event, alerts)) == 0, "%s", cases[k].what);
		cr_expect(memcmp(back->alerts, e->alerts, e->n_alerts * sizeof e->alerts[0]) == 0, "%s", cases[k].what);
		cr_expect(span_is(event_get(back, EVENT_USER), "alice") && !event_has(back, EVENT_BANNER));
		for (i = 0; i < n; i++)
			cr_expect(!event_wire_read(back, span_of(bytes, i)), "%s: %zu bytes of %zu", cases[k].what, i, n);
		cr_expect(!event_wire_read(back, span_of(bytes, n + 1)), "%s: one too many", cases[k].what);
		free(e);
	}
	free(back);
}

UNIT(proc, wire_refused)
{
	struct event *e = new_event("alice"), *back = malloc(sizeof *back);
	const uint32_t large = 1000;
	const uint8_t two = 2;
	struct {
		const char *what;
		void *at;
		const void *value;
		size_t n;
	} cases[] = {
		{ "kind", &e->kind, &large, 4 },
		{ "stls", &e->stls, &large, 4 },
		{ "outcome", &e->outcome, &large, 4 },
		{ "anomaly", &e->anomaly, &large, 4 },
		{ "credential", &e->credential, &large, 4 },
		{ "from", &e->from, &large, 4 },
		{ "server", &e->server, &large, 4 },
		{ "a bool", &e->secret_seen, &two, 1 },
		{ "a bool of the capture", &e->capture.truncated, &two, 1 },
		{ "a text's length", &e->text[EVENT_USER].len, &large, 2 },
		{ "a text's place", &e->text[EVENT_USER].at, &large, 2 },
		{ "the length of a text that is not there", &e->text[EVENT_BANNER].len, &two, 1 },
		{ "the pool", &e->pool_used, &large, 2 },
		{ "VLANs", &e->flow.n_vlan, &(const uint8_t){ FLOW_VLANS + 1 }, 1 },
		{ "IP version", &e->flow.ip_v, &two, 1 },
		{ "tunnel", &e->tunnel.kind, &(const uint8_t){ TUNNEL_KIND_MAX }, 1 },
		{ "alerts", &e->n_alerts, &large, sizeof e->n_alerts },
	};
	size_t n, i;

	cr_assert(back != NULL);
	fill_event(e);
	n = event_wire_size(e); /* nothing is left out: so it crosses as it is */
	for (i = 0; i < COUNT(cases); i++) {
		uint8_t old[8];

		memcpy(old, cases[i].at, cases[i].n);
		memcpy(cases[i].at, cases[i].value, cases[i].n);
		cr_expect(!event_wire_read(back, span_of(e, n)), "%s", cases[i].what);
		memcpy(cases[i].at, old, cases[i].n);
	}
	cr_expect(event_wire_read(back, span_of(e, n)));
	free(e);
	free(back);
}

/* Everything that is there; how many records. */
static size_t take_all(struct ipc_in *in, uint64_t *next, bool *closed)
{
	enum ipc_record type;
	struct span bytes;
	size_t n = 0;

	*closed = ipc_fill(in) == IPC_CLOSED;
	while (ipc_take(in, &type, &bytes) == IPC_RECORD) {
		uint64_t number;

		cr_assert(bytes.n >= sizeof number);
		memcpy(&number, bytes.p, sizeof number);
		cr_expect(number == *next, "%llu, not %llu", (unsigned long long)number, (unsigned long long)*next);
		(*next)++;
		n++;
	}
	return n;
}

/* Records of all sizes, through a channel that takes less than is put into it. */
UNIT(proc, records)
{
	struct ipc_out out;
	struct ipc_in in;
	uint64_t i, next = 0;
	uint8_t record[30000];
	bool closed = false;
	int fd[2];

	memset(record, 7, sizeof record);
	cr_assert(ipc_data_pair(fd, false) == 0 && ipc_out_init(&out, fd[0], false) && ipc_in_init(&in, fd[1]));
	for (i = 0; i < 2000; i++) {
		memcpy(record, &i, sizeof i);
		cr_assert(ipc_put(&out, IPC_EVENT, record, sizeof i + i * 13 % (sizeof record - sizeof i)));
		if (i % 5 == 0)
			take_all(&in, &next, &closed);
	}
	while (out.n > 0 && ipc_flush(&out))
		take_all(&in, &next, &closed);
	ipc_out_fini(&out);
	while (!closed)
		take_all(&in, &next, &closed);
	cr_expect(next == 2000, "%llu came", (unsigned long long)next);
	ipc_in_fini(&in);
}

/* The reader goes away in the middle of a record; the next one gets that record whole, and all behind it. */
UNIT(proc, renewed)
{
	struct ipc_out out;
	struct ipc_in in;
	uint64_t i, next = 0, first;
	uint8_t record[40000] = { 0 };
	int one[2], two[2];

	cr_assert(ipc_data_pair(one, false) == 0 && ipc_data_pair(two, false) == 0 && ipc_out_init(&out, one[0], false));
	for (i = 0; i < 200; i++) {
		memcpy(record, &i, sizeof i);
		cr_assert(ipc_put(&out, IPC_EVENT, record, sizeof record));
	}
	cr_expect(out.n > 0 && out.events > 0, "the channel is full");
	first = 200 - out.events;
	close(one[1]);
	cr_expect(!ipc_flush(&out) && out.fd == -1);
	cr_expect(ipc_put(&out, IPC_EVENT, record, sizeof record), "it is kept meanwhile");
	ipc_out_renew(&out, two[0]);
	cr_assert(ipc_in_init(&in, two[1]));
	next = first;
	for (i = 0; i < 1000 && (out.n > 0 || next < 200); i++) {
		enum ipc_record type;
		struct span bytes;

		ipc_flush(&out);
		ipc_fill(&in);
		while (ipc_take(&in, &type, &bytes) == IPC_RECORD && next < 200) {
			uint64_t number;

			memcpy(&number, bytes.p, sizeof number);
			cr_expect(bytes.n == sizeof record && number == next, "%llu", (unsigned long long)number);
			next++;
		}
	}
	cr_expect(next == 200 && out.events == 0);
	ipc_out_fini(&out);
	ipc_in_fini(&in);
}

/* What is no record is not believed. */
UNIT(proc, broken)
{
	static const uint32_t heads[][2] = { { UINT32_MAX, IPC_EVENT }, { IPC_RECORD_SIZE + 1, IPC_EVENT }, { 4, 0 },
					     { 4, IPC_RECORD_MAX }, { 4, UINT32_MAX } };
	enum ipc_record type;
	struct span bytes;
	struct ipc_in in;
	size_t i;
	int fd[2];

	for (i = 0; i < COUNT(heads); i++) {
		cr_assert(ipc_data_pair(fd, false) == 0 && ipc_in_init(&in, fd[1]));
		cr_assert(write(fd[0], heads[i], sizeof heads[i]) == sizeof heads[i]);
		cr_expect(ipc_fill(&in) == IPC_RECORD && ipc_take(&in, &type, &bytes) == IPC_BROKEN, "head %zu", i);
		ipc_in_fini(&in);
		close(fd[0]);
	}
}

UNIT(proc, orders)
{
	struct ipc_message m = { .order = IPC_ORDER_RULES, .number = 7 }, back;
	int fd[2], got, file = open("/dev/null", O_RDONLY);

	cr_assert(file >= 0 && ipc_control_pair(fd) == 0);
	cr_expect(ipc_receive(fd[1], &back, &got, false) == IPC_NOTHING && got == -1);
	cr_expect(ipc_send(fd[0], &m, file));
	cr_expect(ipc_receive(fd[1], &back, &got, false) == IPC_RECORD && got >= 0 && back.number == 7);
	close(got);
	cr_expect(ipc_send(fd[0], &m, -1));
	cr_expect(ipc_receive(fd[1], &back, &got, true) == IPC_RECORD && got == -1);
	m.order = IPC_ORDER_MAX;
	cr_expect(ipc_send(fd[0], &m, file));
	cr_expect(ipc_receive(fd[1], &back, &got, true) == IPC_BROKEN && got == -1, "its descriptor is closed");
	cr_expect(write(fd[0], "x", 1) == 1);
	cr_expect(ipc_receive(fd[1], &back, &got, true) == IPC_BROKEN);
	close(fd[0]);
	cr_expect(ipc_receive(fd[1], &back, &got, true) == IPC_CLOSED);
	close(fd[1]);
	close(file);
}
