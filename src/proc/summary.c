/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was found, for the lines at the end: a table that can be put into a ticket as it is. Colours are for terminals. The
 * names in it are mechanisms', which are of a list of ours, or made of what an AUTH command may have as its argument.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proc_impl.h"

#define MAX_MECHANISMS 24
#define MAX_SERVERS 65536 /* a power of two; beyond three quarters of it: "at least" */
#define MECHANISM_MAX 32  /* bytes of a name; texts.def has no more */
#define SHOWN 5           /* servers, those with the most logins */
#define NAME_WIDTH 16     /* columns at the least */

struct server {
	struct {
		uint8_t addr[16];
		uint16_t port;
		uint8_t ip_v; /* 0: empty */
		uint8_t zero;
	} key; /* hashed and compared as bytes */
	uint32_t count[OUTCOME_MAX];
};

static struct {
	struct {
		uint8_t name[MECHANISM_MAX];
		size_t n;
		uint64_t count[OUTCOME_MAX];
	} mechanism[MAX_MECHANISMS];
	size_t n_mechanisms;
	uint64_t logins, count[OUTCOME_MAX];
	struct server *server; /* a hash table, made with the first */
	size_t n_servers;
	bool more_servers;
} summary;

/* ---- counting ---- */

static void count_server(const struct event *e)
{
	static const uint8_t key[16] = { 0 }; /* nothing but a number at the end depends on it */
	struct server s;
	size_t i;

	memset(&s, 0, sizeof s);
	memcpy(s.key.addr, e->flow.addr[SIDE_SERVER], sizeof s.key.addr);
	s.key.port = e->flow.port[SIDE_SERVER];
	s.key.ip_v = e->flow.ip_v;
	if (summary.server == NULL)
		summary.server = calloc(MAX_SERVERS, sizeof *summary.server);
	if (summary.server == NULL)
		return;
	for (i = hash_keyed(key, &s.key, sizeof s.key) % MAX_SERVERS; summary.server[i].key.ip_v != 0; i = (i + 1) % MAX_SERVERS)
		if (memcmp(&summary.server[i].key, &s.key, sizeof s.key) == 0)
			break;
	if (summary.server[i].key.ip_v == 0) {
		if (summary.n_servers >= MAX_SERVERS / 4 * 3) {
			summary.more_servers = true;
			return;
		}
		summary.server[i] = s;
		summary.n_servers++;
	}
	summary.server[i].count[e->outcome]++;
}

void summary_event(const struct event *e)
{
	struct span name = span_take(event_get(e, EVENT_MECHANISM), MECHANISM_MAX);
	size_t i;

	if (e->kind != EVENT_LOGIN)
		return;
	summary.logins++;
	summary.count[e->outcome]++;
	count_server(e);
	for (i = 0; i < summary.n_mechanisms; i++)
		if (span_eq(name, span_of(summary.mechanism[i].name, summary.mechanism[i].n)))
			break;
	if (i == MAX_MECHANISMS)
		return;
	if (i == summary.n_mechanisms) {
		summary.n_mechanisms++;
		summary.mechanism[i].n = name.n;
		if (name.n > 0)
			memcpy(summary.mechanism[i].name, name.p, name.n);
	}
	summary.mechanism[i].count[e->outcome]++;
}

/* ---- the table ---- */

struct style {
	const char *heading, *bad, *end;
};

static const struct style plain = { "", "", "" }, coloured = { "\033[1m", "\033[1;31m", "\033[0m" };

static uint64_t logins_of(const struct server *s)
{
	return (uint64_t)s->count[OUTCOME_SUCCESS] + s->count[OUTCOME_FAILURE] + s->count[OUTCOME_UNKNOWN];
}

/* Those with the most logins; of equals by their addresses, so that it is the same each time. How many. */
static size_t first_servers(const struct server *out[SHOWN])
{
	size_t i, n = 0, at;

	for (i = 0; summary.server != NULL && i < MAX_SERVERS; i++) {
		const struct server *s = &summary.server[i];

		if (s->key.ip_v == 0)
			continue;
		for (at = n; at > 0 && (logins_of(s) > logins_of(out[at - 1]) ||
					(logins_of(s) == logins_of(out[at - 1]) && memcmp(&s->key, &out[at - 1]->key, sizeof s->key) < 0));
		     at--)
			if (at < SHOWN)
				out[at] = out[at - 1];
		if (at < SHOWN)
			out[at] = s;
		n += n < SHOWN;
	}
	return n;
}

#define SERVER_TEXT (INET6_ADDRSTRLEN + 16)
_Static_assert(SERVER_TEXT <= PRINTABLE_MAX(MECHANISM_MAX), "a name of either kind has room");

static void server_text(const struct server *s, char out[SERVER_TEXT])
{
	char address[INET6_ADDRSTRLEN] = "";

	inet_ntop(s->key.ip_v == 4 ? AF_INET : AF_INET6, s->key.addr, address, sizeof address);
	snprintf(out, SERVER_TEXT, s->key.ip_v == 4 ? "%s:%u" : "[%s]:%u", address, s->key.port);
}

static void print_heading(const struct style *how, int width, const char *what)
{
	fprintf(stderr, "\n%s%-*s %9s %9s %9s%s\n", how->heading, width, what, "success", "failure", "unknown", how->end);
}

/* What was accepted in the clear is what hurts. */
static void print_row(const struct style *how, int width, const char *name, uint64_t success, uint64_t failure, uint64_t unknown)
{
	fprintf(stderr, "%-*s %s%9" PRIu64 "%s %9" PRIu64 " %9" PRIu64 "\n", width, name, success > 0 ? how->bad : "", success,
		success > 0 ? how->end : "", failure, unknown);
}

static void print_logins(const struct style *how, const struct server *const *server, size_t n)
{
	char name[PRINTABLE_MAX(MECHANISM_MAX)];
	int width = NAME_WIDTH;
	size_t i;

	for (i = 0; i < n; i++) {
		server_text(server[i], name);
		width = (int)strlen(name) > width ? (int)strlen(name) : width;
	}
	print_heading(how, width, "mechanism");
	for (i = 0; i < summary.n_mechanisms; i++) {
		span_printable(span_of(summary.mechanism[i].name, summary.mechanism[i].n), name);
		print_row(how, width, name[0] != '\0' ? name : "(not known)", summary.mechanism[i].count[OUTCOME_SUCCESS], summary.mechanism[i].count[OUTCOME_FAILURE],
			  summary.mechanism[i].count[OUTCOME_UNKNOWN]);
	}
	if (summary.n_mechanisms > 1)
		print_row(how, width, "all", summary.count[OUTCOME_SUCCESS], summary.count[OUTCOME_FAILURE],
			  summary.count[OUTCOME_UNKNOWN]);
	print_heading(how, width, "server");
	for (i = 0; i < n; i++) {
		server_text(server[i], name);
		print_row(how, width, name, server[i]->count[OUTCOME_SUCCESS], server[i]->count[OUTCOME_FAILURE],
			  server[i]->count[OUTCOME_UNKNOWN]);
	}
	if (summary.n_servers > n)
		fprintf(stderr, "and %s%zu others\n", summary.more_servers ? "at least " : "", summary.n_servers - n);
	fputc('\n', stderr);
}

/* What is missing, and only what is. */
static void print_lost(const struct style *how, const uint64_t c[COUNTER_MAX])
{
	static const enum counter lost[] = { COUNTER_CAPTURE_MISSED, COUNTER_FLOW_EVICTED, COUNTER_FLOW_NO_MEMORY, COUNTER_POP3_NO_MEMORY,
					     COUNTER_POP3_ATTEMPTS, COUNTER_IPC_DROPPED, COUNTER_OUTPUT_DROPPED };
	size_t i;

	for (i = 0; i < sizeof lost / sizeof lost[0]; i++)
		if (c[lost[i]] > 0)
			fprintf(stderr, "%s%" PRIu64 " %s%s\n", how->bad, c[lost[i]], counter_help(lost[i]), how->end);
}

void summary_print(bool live)
{
	const struct style *how = terminal_colours(STDERR_FILENO) ? &coloured : &plain;
	const struct server *server[SHOWN];
	uint64_t c[COUNTER_MAX];

	shared_counters(c);
	fprintf(stderr, "%s%" PRIu64 " packets, %" PRIu64 " POP3 sessions, %" PRIu64 " logins in the clear, %" PRIu64 " alerts%s\n",
		how->heading, c[COUNTER_DECODER_PKTS], c[COUNTER_POP3_SESSIONS], summary.logins, c[COUNTER_DETECT_ALERT], how->end);
	if (summary.logins > 0)
		print_logins(how, server, first_servers(server));
	fprintf(stderr, "%s%zu servers concerned\n", summary.more_servers ? "at least " : "", summary.n_servers);
	if (live)
		fprintf(stderr,
			"%" PRIu64 " packets received, %" PRIu64 " dropped by the kernel, %" PRIu64
			" dropped by the interface\n",
			c[COUNTER_CAPTURE_PACKETS], c[COUNTER_CAPTURE_DROPS], c[COUNTER_CAPTURE_IFDROPS]);
	fprintf(stderr, "%" PRIu64 " packets not decoded, %" PRIu64 " gaps in sessions (%" PRIu64 " bytes)\n",
		c[COUNTER_DECODER_INVALID] + c[COUNTER_DECODER_SHORT] + c[COUNTER_DECODER_TOO_MANY_LAYERS] +
			c[COUNTER_DECODER_BAD_CHECKSUM],
		c[COUNTER_TCP_GAP], c[COUNTER_TCP_GAP_BYTES]);
	print_lost(how, c);
}
