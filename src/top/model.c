/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The answer, out of its JSON. What is missing is 0 or empty: another version may say less, or more. */
#include <json-c/json.h>
#include <stdio.h>

#include "impl.h"

#define DEPTH 16 /* objects within one another */

static struct json_object *get(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	return json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, key, &v) ? v : NULL;
}

static uint64_t number(struct json_object *o, const char *key)
{
	struct json_object *v = get(o, key);

	return json_object_is_type(v, json_type_int) ? json_object_get_uint64(v) : 0;
}

static bool is_true(struct json_object *o, const char *key)
{
	struct json_object *v = get(o, key);

	return json_object_is_type(v, json_type_boolean) && json_object_get_boolean(v);
}

/* What is too long is cut, a NUL ends it: on the canvas both are seen to. */
static void copy(char *out, size_t size, struct json_object *v)
{
	snprintf(out, size, "%s", json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "");
}

#define TEXT(out, o, key) copy(out, sizeof(out), get(o, key))

/* The elements of an array, and how many of them there is room for. */
static size_t elements(struct json_object *array, size_t room)
{
	size_t n = json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;

	return n < room ? n : room;
}

/* "a.b.c": an object within another for each dot. */
static uint64_t counter(struct json_object *stats, const char *name)
{
	char part[64];
	size_t n;

	for (; (n = strcspn(name, ".")) < sizeof part && name[n] == '.'; name += n + 1) {
		memcpy(part, name, n);
		part[n] = '\0';
		stats = get(stats, part);
	}
	return number(stats, name);
}

static void read_alerts(struct model *m, struct json_object *array)
{
	size_t i;

	m->n_alerts = elements(array, MODEL_ROWS);
	for (i = 0; i < m->n_alerts; i++) {
		struct json_object *o = json_object_array_get_idx(array, i);
		struct model_alert *a = &m->alert[i];

		TEXT(a->time, o, "timestamp");
		TEXT(a->signature, o, "signature");
		TEXT(a->user, o, "user");
		TEXT(a->client, o, "client");
		TEXT(a->server, o, "server");
		a->severity = number(o, "severity");
		a->server_port = number(o, "server_port");
	}
}

static void read_rows(struct model_rows *rows, struct json_object *from)
{
	struct json_object *array = get(from, "rows");
	size_t i;

	rows->kept = number(from, "kept");
	rows->forgotten = number(from, "forgotten");
	rows->n = elements(array, MODEL_ROWS);
	for (i = 0; i < rows->n; i++) {
		struct json_object *o = json_object_array_get_idx(array, i);
		struct model_row *r = &rows->row[i];

		TEXT(r->user, o, "user");
		TEXT(r->server, o, "server");
		TEXT(r->last, o, "last");
		r->user_cut = is_true(o, "user_cut");
		r->server_port = number(o, "server_port");
		r->success = number(o, "success");
		r->failure = number(o, "failure");
		r->unknown = number(o, "unknown");
	}
}

static void read_all(struct model *m, struct json_object *o)
{
	struct json_object *stats = get(o, "stats"), *sources = get(o, "sources");
	size_t i;

	*m = (struct model){ .clock = number(o, "clock"), .run = number(o, "run"), .uptime = number(stats, "uptime"),
			     .rules = number(o, "rules"), .flows = number(o, "flows"), .memory = number(o, "memory"),
			     .live = is_true(o, "live"), .all_sources = number(o, "n_sources") };
	TEXT(m->version, o, "version");
	TEXT(m->now, o, "now");
	TEXT(m->order, o, "order");
	m->n_sources = elements(sources, MODEL_SOURCES);
	for (i = 0; i < m->n_sources; i++)
		copy(m->source[i], sizeof m->source[i], json_object_array_get_idx(sources, i));
	for (i = 0; i < COUNTER_MAX; i++)
		m->counter[i] = counter(stats, counter_name((enum counter)i));
	read_alerts(m, get(o, "alerts"));
	read_rows(&m->servers, get(o, "servers"));
	read_rows(&m->accounts, get(o, "accounts"));
}

bool model_read(struct model *m, struct span json, char err[TOP_ERROR_SIZE])
{
	struct json_tokener *t = json_tokener_new_ex(DEPTH);
	struct json_object *o = t != NULL && json.n > 0 && json.n < INT32_MAX ?
					json_tokener_parse_ex(t, (const char *)json.p, (int)json.n) : NULL;
	struct json_object *said = get(o, "error");
	bool ok = get(o, "clock") != NULL && get(o, "stats") != NULL;

	if (ok)
		read_all(m, o);
	else if (json_object_is_type(said, json_type_string))
		snprintf(err, TOP_ERROR_SIZE, "plainpop says: %s", json_object_get_string(said));
	else
		snprintf(err, TOP_ERROR_SIZE, "what came is no answer of plainpop's%s; is it another program's socket?",
			 o == NULL && t != NULL && json_tokener_get_error(t) == json_tokener_continue ? ", or half of one" : "");
	json_object_put(o);
	if (t != NULL)
		json_tokener_free(t);
	return ok;
}
