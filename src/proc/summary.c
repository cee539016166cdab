/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was found, for the lines at the end. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "proc_impl.h"

#define MAX_MECHANISMS 24
#define MAX_SERVERS 65536 /* a power of two; beyond three quarters of it: "at least" */

struct server {
	uint8_t addr[16];
	uint16_t port;
	uint8_t ip_v; /* 0: empty */
};

static struct {
	struct {
		char name[32];
		uint64_t count[OUTCOME_MAX];
	} mechanism[MAX_MECHANISMS];
	size_t n_mechanisms;
	uint64_t logins;
	struct server *server; /* a hash table, made with the first */
	size_t n_servers;
	bool more_servers;
} summary;

static void count_server(const struct flow_key *k)
{
	static const uint8_t key[16] = { 0 }; /* nothing but a number at the end depends on it */
	struct server s;
	size_t i;

	memset(&s, 0, sizeof s);
	memcpy(s.addr, k->addr[SIDE_SERVER], sizeof s.addr);
	s.port = k->port[SIDE_SERVER];
	s.ip_v = k->ip_v;
	if (summary.server == NULL)
		summary.server = calloc(MAX_SERVERS, sizeof *summary.server);
	if (summary.server == NULL)
		return;
	for (i = hash_keyed(key, &s, sizeof s) % MAX_SERVERS; summary.server[i].ip_v != 0; i = (i + 1) % MAX_SERVERS)
		if (memcmp(&summary.server[i], &s, sizeof s) == 0)
			return;
	if (summary.n_servers >= MAX_SERVERS / 4 * 3) {
		summary.more_servers = true;
		return;
	}
	summary.server[i] = s;
	summary.n_servers++;
}

void summary_event(const struct event *e)
{
	struct span name = event_get(e, EVENT_MECHANISM);
	size_t i;

	if (e->kind != EVENT_LOGIN)
		return;
	summary.logins++;
	count_server(&e->flow);
	for (i = 0; i < summary.n_mechanisms; i++)
		if (span_eq(name, span_str(summary.mechanism[i].name)))
			break;
	if (i == MAX_MECHANISMS)
		return;
	if (i == summary.n_mechanisms)
		snprintf(summary.mechanism[summary.n_mechanisms++].name, sizeof summary.mechanism[0].name, "%.*s",
			 (int)name.n, (const char *)name.p);
	summary.mechanism[i].count[e->outcome]++;
}

void summary_print(bool live)
{
	uint64_t c[COUNTER_MAX];
	size_t i;

	shared_counters(c);

	fprintf(stderr, "%" PRIu64 " packets, %" PRIu64 " POP3 sessions, %" PRIu64 " logins in the clear\n",
		c[COUNTER_DECODER_PKTS], c[COUNTER_POP3_SESSIONS], summary.logins);
	if (summary.n_mechanisms > 0)
		fprintf(stderr, "  %-14s %10s %10s %10s\n", "mechanism", "success", "failure", "unknown");
	for (i = 0; i < summary.n_mechanisms; i++)
		fprintf(stderr, "  %-14s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n", summary.mechanism[i].name,
			summary.mechanism[i].count[OUTCOME_SUCCESS], summary.mechanism[i].count[OUTCOME_FAILURE],
			summary.mechanism[i].count[OUTCOME_UNKNOWN]);
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
}
