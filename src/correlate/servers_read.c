/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lines of a file of servers, which others may have written to: nothing in it is believed. Of a wrong line nothing
 * is taken.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdlib.h>

#include "servers.h"

#define ERR_SIZE 256
#define LINE_LONGEST 8192 /* several times what the longest line that is written has */
#define DEPTH 4

struct reader {
	struct servers *s;
	const char *name;
	size_t line;
	size_t wrong;
	char *err;
};

/* Always false. */
static bool __attribute__((format(printf, 2, 3))) wrong(struct reader *r, const char *fmt, ...)
{
	char why[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	if (r->wrong++ == 0)
		snprintf(r->err, ERR_SIZE, "%.96s:%zu: %s", r->name, r->line, why);
	return false;
}

/* A number from 0 to max; one that is not there stays what it is, unless it is needed. */
static bool get_number(struct reader *r, struct json_object *o, const char *key, bool needed, uint64_t max, uint64_t *out)
{
	struct json_object *v;
	int64_t n;

	if (!json_object_object_get_ex(o, key, &v))
		return needed ? wrong(r, "no %s", key) : true;
	n = json_object_get_type(v) == json_type_int ? json_object_get_int64(v) : -1;
	if (n < 0 || (uint64_t)n > max)
		return wrong(r, "%s is not a number up to %llu", key, (unsigned long long)max);
	*out = (uint64_t)n;
	return true;
}

static bool get_bool(struct reader *r, struct json_object *o, const char *key, bool *out)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v))
		return true;
	if (json_object_get_type(v) != json_type_boolean)
		return wrong(r, "%s is neither true nor false", key);
	*out = json_object_get_boolean(v);
	return true;
}

/* The bytes of a string; p is NULL when v is none. */
static struct span string_of(struct json_object *v)
{
	if (json_object_get_type(v) != json_type_string)
		return span_of(NULL, 0);
	return span_of(json_object_get_string(v), (size_t)json_object_get_string_len(v));
}

static bool get_address(struct reader *r, struct json_object *o, const char *key, uint8_t *ip_v, uint8_t addr[16])
{
	struct json_object *v;
	char text[INET6_ADDRSTRLEN];
	struct span s = { NULL, 0 };

	if (json_object_object_get_ex(o, key, &v))
		s = string_of(v);
	if (s.n > 0 && s.n < sizeof text && memchr(s.p, '\0', s.n) == NULL) {
		memcpy(text, s.p, s.n);
		text[s.n] = '\0';
		*ip_v = inet_pton(AF_INET, text, addr) == 1 ? 4 : inet_pton(AF_INET6, text, addr) == 1 ? 6 : 0;
		if (*ip_v != 0)
			return true;
	}
	return wrong(r, "%s is not an address", key);
}

static bool get_vlans(struct reader *r, struct json_object *o, struct server_key *k)
{
	struct json_object *v, *item;
	size_t i, n;

	if (!json_object_object_get_ex(o, "vlan", &v))
		return true;
	n = json_object_get_type(v) == json_type_array ? json_object_array_length(v) : 0;
	if (n == 0 || n > FLOW_VLANS)
		return wrong(r, "vlan is not a list of 1 to %d", FLOW_VLANS);
	for (i = 0; i < n; i++) {
		item = json_object_array_get_idx(v, i);
		if (json_object_get_type(item) != json_type_int || json_object_get_int64(item) < 0 ||
		    json_object_get_int64(item) > UINT16_MAX)
			return wrong(r, "vlan is not a list of numbers");
		k->vlan[i] = (uint16_t)json_object_get_int64(item);
	}
	k->n_vlan = (uint8_t)n;
	return true;
}

static bool get_stls(struct reader *r, struct json_object *o, struct server *v)
{
	struct json_object *word;
	int i;

	if (!json_object_object_get_ex(o, "stls", &word))
		return wrong(r, "no stls");
	for (i = 0; i < SERVER_STLS_MAX; i++)
		if (span_eq(string_of(word), span_str(server_stls_name((enum server_stls)i)))) {
			v->stls = (enum server_stls)i;
			return v->stls != SERVER_STLS_OFFERED ||
			       get_number(r, o, "stls_since", true, (uint64_t)SERVERS_NUMBER_MAX, &v->offered);
		}
	return wrong(r, "stls is not one of unknown, offered, not_offered");
}

static bool get_missing(struct reader *r, struct json_object *o, struct server_missing *m)
{
	struct json_object *v;
	uint64_t sessions = 0;

	if (!json_object_object_get_ex(o, "stls_missing", &v))
		return true;
	if (json_object_get_type(v) != json_type_object)
		return wrong(r, "stls_missing is not an object");
	if (!get_number(r, v, "since", true, (uint64_t)SERVERS_NUMBER_MAX, &m->since) ||
	    !get_number(r, v, "sessions", true, UINT32_MAX, &sessions) ||
	    !get_address(r, v, "client", &m->ip_v, m->client) || !get_bool(r, v, "clients", &m->clients))
		return false;
	if (sessions == 0)
		return wrong(r, "stls_missing in no session");
	m->sessions = (uint32_t)sessions;
	return true;
}

static bool is_printable(struct span s)
{
	while (s.n > 0) {
		size_t n = span_character(s);

		if (n == 0)
			return false;
		s = span_skip(s, n);
	}
	return true;
}

static bool get_banner(struct reader *r, struct json_object *o, char **out)
{
	struct json_object *v;
	struct span s;

	if (!json_object_object_get_ex(o, "banner", &v))
		return true;
	s = string_of(v);
	if (s.p == NULL || s.n > BANNER_KEPT || !is_printable(s))
		return wrong(r, "banner is not a printable text of at most %d bytes", BANNER_KEPT);
	*out = strndup((const char *)s.p, s.n);
	return *out != NULL || wrong(r, "out of memory");
}

static bool get_capabilities(struct reader *r, struct json_object *o, char **out)
{
	char lines[CAPABILITIES_KEPT + 1];
	struct json_object *v;
	size_t i, at = 0;

	if (!json_object_object_get_ex(o, "capabilities", &v))
		return true;
	if (json_object_get_type(v) != json_type_array)
		return wrong(r, "capabilities are not a list");
	for (i = 0; i < json_object_array_length(v); i++) {
		struct span s = string_of(json_object_array_get_idx(v, i));

		if (s.p == NULL || at + (i > 0 ? 1 : 0) + s.n >= sizeof lines || !is_printable(s))
			return wrong(r, "capabilities are not printable texts of at most %d bytes in all",
				     CAPABILITIES_KEPT);
		if (i > 0)
			lines[at++] = '\n';
		memcpy(lines + at, s.p, s.n);
		at += s.n;
	}
	lines[at] = '\0';
	*out = strdup(lines);
	return *out != NULL || wrong(r, "out of memory");
}

static bool get_key(struct reader *r, struct json_object *o, struct server_key *k)
{
	uint64_t port = 0, tunnel = 0;

	if (!get_address(r, o, "address", &k->ip_v, k->addr) || !get_number(r, o, "port", true, UINT16_MAX, &port) ||
	    !get_vlans(r, o, k) || !get_number(r, o, "tunnel", false, UINT32_MAX, &tunnel))
		return false;
	k->port = (uint16_t)port;
	k->tunnel = (uint32_t)tunnel;
	return true;
}

/* All but the key. The texts are heap, even when it fails. */
static bool get_values(struct reader *r, struct json_object *o, struct server *v)
{
	uint64_t vni = UINT64_MAX, most = (uint64_t)SERVERS_NUMBER_MAX;

	if (!get_number(r, o, "vni", false, UINT32_MAX, &vni) ||
	    !get_number(r, o, "first_seen", true, most, &v->first_seen) ||
	    !get_number(r, o, "last_seen", true, most, &v->last_seen) ||
	    !get_number(r, o, "sessions", true, most, &v->sessions) ||
	    !get_number(r, o, "logins", true, most, &v->logins) || !get_stls(r, o, v) ||
	    !get_missing(r, o, &v->missing) || !get_bool(r, o, "plaintext_accepted", &v->plaintext_accepted) ||
	    !get_bool(r, o, "plaintext_refused", &v->plaintext_refused) || !get_banner(r, o, &v->banner) ||
	    !get_capabilities(r, o, &v->capabilities))
		return false;
	if (v->first_seen > v->last_seen)
		return wrong(r, "first_seen is after last_seen");
	v->vni_set = vni != UINT64_MAX;
	v->vni = v->vni_set ? (uint32_t)vni : 0;
	return true;
}

static void read_server(struct reader *r, struct json_object *o)
{
	struct server read, *v;
	struct server_key key;

	memset(&read, 0, sizeof read);
	memset(&key, 0, sizeof key);
	if (!get_key(r, o, &key) || !get_values(r, o, &read))
		goto out;
	if (servers_find(r->s, &key) != NULL) {
		wrong(r, "the same server a second time");
		goto out;
	}
	v = servers_add(r->s, &key);
	if (v == NULL) {
		wrong(r, "out of memory");
		goto out;
	}
	read.key = key;
	read.next = v->next;
	read.older = v->older;
	read.newer = v->newer;
	read.stripped_flow = v->stripped_flow;
	*v = read;
	return;
out:
	free(read.banner);
	free(read.capabilities);
}

/* How many servers follow, by the first line. False: it is no table, or none that can be understood. */
static bool read_header(struct reader *r, struct json_object *o, uint64_t *servers)
{
	struct json_object *v;
	uint64_t version = 0;

	if (!json_object_object_get_ex(o, "plainpop", &v) || !span_eq(string_of(v), span_str("servers")))
		return wrong(r, "not a table of servers");
	if (!get_number(r, o, "version", true, UINT32_MAX, &version) ||
	    !get_number(r, o, "servers", true, (uint64_t)SERVERS_NUMBER_MAX, servers))
		return false;
	return version == SERVERS_VERSION ||
	       wrong(r, "version %llu, and only %d is known here", (unsigned long long)version, SERVERS_VERSION);
}

/* An object that is all of the line, or NULL. */
static struct json_object *parse(struct json_tokener *tok, const char *line, size_t n)
{
	struct json_object *o;

	json_tokener_reset(tok);
	o = json_tokener_parse_ex(tok, line, (int)n);
	if (o != NULL && json_tokener_get_parse_end(tok) == n && json_object_get_type(o) == json_type_object)
		return o;
	json_object_put(o);
	return NULL;
}

/* The next line without its end: its length, LINE_LONGEST when it is longer, or -1 behind the last. */
static ssize_t next_line(FILE *f, char line[LINE_LONGEST])
{
	size_t n = 0;
	int c;

	while ((c = getc_unlocked(f)) != EOF && c != '\n') {
		if (n < LINE_LONGEST)
			line[n++] = (char)c;
	}
	return c == EOF && n == 0 ? -1 : (ssize_t)n;
}

size_t servers_file_read(struct servers *s, FILE *f, const char *name, char err[256])
{
	struct json_tokener *tok = json_tokener_new_ex(DEPTH);
	struct reader r = { .s = s, .name = name, .err = err };
	uint64_t servers = 0, lines = 0;
	char line[LINE_LONGEST];
	ssize_t n;

	if (tok == NULL) {
		snprintf(err, ERR_SIZE, "out of memory");
		return 1;
	}
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	for (r.line = 1; (n = next_line(f, line)) >= 0; r.line++) {
		struct json_object *o = n < LINE_LONGEST ? parse(tok, line, (size_t)n) : NULL;
		bool go_on = true;

		if (o == NULL)
			go_on = wrong(&r, n < LINE_LONGEST ? "not a JSON object" : "too long a line") || r.line > 1;
		else if (r.line == 1)
			go_on = read_header(&r, o, &servers);
		else
			read_server(&r, o);
		lines += r.line > 1 ? 1 : 0;
		json_object_put(o);
		if (!go_on)
			break;
	}
	if (ferror(f) != 0)
		wrong(&r, "%s", strerror(errno));
	else if (r.wrong == 0 && r.line == 1)
		wrong(&r, "nothing is in it");
	else if (r.wrong == 0 && lines != servers)
		wrong(&r, "%llu servers, and not %llu as the first line says", (unsigned long long)lines,
		      (unsigned long long)servers);
	json_tokener_free(tok);
	return r.wrong;
}
