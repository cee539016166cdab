/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table for people: what sends passwords in the clear stands above the rest. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "servers.h"

#define NAME_SIZE 128

/* Plaintext first, then by address: IPv4, IPv6. */
static int by_importance(const void *a, const void *b)
{
	const struct server *x = *(const struct server *const *)a, *y = *(const struct server *const *)b;
	int order;

	if (x->plaintext_accepted != y->plaintext_accepted)
		return x->plaintext_accepted ? -1 : 1;
	if (x->key.ip_v != y->key.ip_v)
		return x->key.ip_v < y->key.ip_v ? -1 : 1;
	order = memcmp(x->key.addr, y->key.addr, sizeof x->key.addr);
	if (order != 0)
		return order;
	if (x->key.port != y->key.port)
		return x->key.port < y->key.port ? -1 : 1;
	return memcmp(&x->key, &y->key, sizeof x->key);
}

/* "198.51.100.25:110 vlan 5.7 vni 3"; a tunnel without a number by its key. Its length. */
static int name_of(const struct server *v, char out[NAME_SIZE])
{
	char address[INET6_ADDRSTRLEN] = "";
	size_t n;
	unsigned i;

	inet_ntop(v->key.ip_v == 4 ? AF_INET : AF_INET6, v->key.addr, address, sizeof address);
	n = (size_t)snprintf(out, NAME_SIZE, v->key.ip_v == 4 ? "%s:%u" : "[%s]:%u", address, v->key.port);
	for (i = 0; i < v->key.n_vlan; i++)
		n += (size_t)snprintf(out + n, NAME_SIZE - n, "%s%u", i == 0 ? " vlan " : ".", v->key.vlan[i]);
	if (v->vni_set)
		n += (size_t)snprintf(out + n, NAME_SIZE - n, " vni %" PRIu32, v->vni);
	else if (v->key.tunnel != 0)
		n += (size_t)snprintf(out + n, NAME_SIZE - n, " tunnel %08" PRIx32, v->key.tunnel);
	return (int)n;
}

static const char *stls_of(const struct server *v)
{
	switch (v->stls) {
	case SERVER_STLS_OFFERED:
		return v->missing.sessions > 0 ? "withdrawn" : "offered";
	case SERVER_STLS_NOT_OFFERED:
		return "not offered";
	default:
		return "-";
	}
}

/* Some clients and not others, or some mechanisms, or now and not then: both may be true. */
static const char *plaintext_of(const struct server *v)
{
	if (v->plaintext_accepted)
		return v->plaintext_refused ? "both" : "accepted";
	return v->plaintext_refused ? "refused" : "-";
}

static void put_time(FILE *out, uint64_t ts)
{
	time_t seconds = (time_t)(ts / 1000000);
	char text[32] = "-";
	struct tm tm;

	if (gmtime_r(&seconds, &tm) != NULL)
		strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm);
	fprintf(out, "  %-16s", text);
}

static void put_server(FILE *out, const struct server *v, int width)
{
	char name[NAME_SIZE];

	name_of(v, name);
	fprintf(out, "%-*s  %-11s  %-9s  %8" PRIu64 "  %8" PRIu64, width, name, stls_of(v), plaintext_of(v), v->logins,
		v->sessions);
	put_time(out, v->first_seen);
	put_time(out, v->last_seen);
	fprintf(out, "%s%s\n", v->banner != NULL && v->banner[0] != '\0' ? "  " : "", v->banner != NULL ? v->banner : "");
}

void servers_print(const struct servers *s, FILE *out)
{
	const struct server **list = calloc(s->n + 1, sizeof(struct server *));
	const struct server *v;
	char name[NAME_SIZE];
	int width = (int)strlen("server"), n;
	size_t i = 0;

	if (list == NULL)
		return;
	for (v = s->oldest; v != NULL; v = v->newer) {
		n = name_of(v, name);
		width = n > width ? n : width;
		list[i++] = v;
	}
	qsort(list, s->n, sizeof *list, by_importance);
	fprintf(out, "%-*s  %-11s  %-9s  %8s  %8s  %-16s  %-16s  %s\n", width, "server", "STLS", "plaintext", "logins",
		"sessions", "first seen (UTC)", "last seen", "banner");
	for (i = 0; i < s->n; i++)
		put_server(out, list[i], width);
	free(list);
}
