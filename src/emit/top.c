/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a live view shows, as one object; src/top/ reads it. */
#include "json.h"

#define SOURCES 8 /* that are told by their names */

static void add_time(struct json *j, const char *key, size_t key_n, uint64_t ts)
{
	char text[TIME_SIZE];

	emit_time(ts, 'T', "+0000", text);
	json_add_word(j, key, key_n, text);
}

static void add_end(struct json *j, const char *key, size_t key_n, const uint8_t *addr, uint8_t ip_v)
{
	char text[ADDRESS_SIZE];

	emit_address(addr, ip_v, text);
	json_add_word(j, key, key_n, text);
}

static void add_alert(struct json *j, const struct top_alert *a)
{
	json_open(j, NO_KEY, '{');
	add_time(j, KEY("timestamp"), a->ts);
	json_add_number(j, KEY("severity"), a->severity);
	json_add_number(j, KEY("signature_id"), a->sid);
	json_add_text(j, KEY("signature"), a->signature);
	add_end(j, KEY("client"), a->addr[SIDE_CLIENT], a->ip_v);
	json_add_number(j, KEY("client_port"), a->port[SIDE_CLIENT]);
	add_end(j, KEY("server"), a->addr[SIDE_SERVER], a->ip_v);
	json_add_number(j, KEY("server_port"), a->port[SIDE_SERVER]);
	if (a->user.n > 0)
		json_add_text(j, KEY("user"), a->user);
	if (a->outcome != OUTCOME_NONE)
		json_add_word(j, KEY("outcome"), event_outcome_name(a->outcome));
	json_close(j, '}');
}

static void add_row(struct json *j, const struct top_row *r)
{
	json_open(j, NO_KEY, '{');
	if (r->name.n > 0)
		json_add_text(j, KEY("user"), r->name);
	if (r->name_cut)
		json_add_bool(j, KEY("user_cut"), true);
	add_end(j, KEY("server"), r->addr, r->ip_v);
	json_add_number(j, KEY("server_port"), r->port);
	json_add_number(j, KEY("success"), r->logins[OUTCOME_SUCCESS]);
	json_add_number(j, KEY("failure"), r->logins[OUTCOME_FAILURE]);
	json_add_number(j, KEY("unknown"), r->logins[OUTCOME_UNKNOWN]);
	add_time(j, KEY("last"), r->last);
	json_close(j, '}');
}

static void add_rows(struct json *j, const char *key, size_t key_n, const struct top_rows *rows)
{
	size_t i;

	json_open(j, key, key_n, '{');
	json_add_number(j, KEY("kept"), rows->kept);
	json_add_number(j, KEY("forgotten"), rows->forgotten);
	json_open(j, KEY("rows"), '[');
	for (i = 0; i < rows->n; i++)
		add_row(j, &rows->row[i]);
	json_close(j, ']');
	json_close(j, '}');
}

char *emit_top(const struct top *t, size_t *n)
{
	struct buffer out = { 0 };
	struct json j;
	size_t i;

	json_begin(&j, &out);
	json_open(&j, NO_KEY, '{');
	json_add_word(&j, KEY("version"), t->version);
	add_time(&j, KEY("now"), t->now);
	json_add_number(&j, KEY("clock"), t->clock);
	json_add_number(&j, KEY("run"), t->run);
	json_add_bool(&j, KEY("live"), t->live);
	json_add_number(&j, KEY("rules"), t->rules);
	json_add_number(&j, KEY("flows"), t->flows);
	json_add_number(&j, KEY("memory"), t->memory);
	json_add_number(&j, KEY("n_sources"), t->n_sources);
	json_open(&j, KEY("sources"), '[');
	for (i = 0; i < t->n_sources && i < SOURCES; i++)
		json_add_text(&j, NO_KEY, span_str(t->source[i].name));
	json_close(&j, ']');
	stats_add(&j, KEY("stats"), t->stats);
	json_open(&j, KEY("alerts"), '[');
	for (i = 0; i < t->n_alerts; i++)
		add_alert(&j, t->alert[i]);
	json_close(&j, ']');
	json_add_word(&j, KEY("order"), t->order);
	add_rows(&j, KEY("servers"), &t->servers);
	add_rows(&j, KEY("accounts"), &t->accounts);
	json_close(&j, '}');
	if (j.failed || !buffer_add(&out, "\n", 1)) {
		buffer_free(&out);
		return NULL;
	}
	*n = out.n;
	return out.p;
}
