/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last alerts, and the servers and accounts that are seen most: one above the other, or side by side where it is wide. */
#include <stdio.h>

#include "impl.h"

#define FEW_ROWS 10       /* below that one list alone, which the tab key chooses */
#define SIDE_BY_SIDE 116  /* columns */
#define UNKNOWN_FROM 70   /* columns from which on logins of unknown outcome have one of their own, */
#define LAST_FROM 50      /* and so has the time of the latest */
#define SERVER_FROM 116   /* columns from which on an alert names the server, too */
#define TEXT 46           /* columns of an alert's text, and of its user, at the most */
#define USER 24

struct area {
	unsigned row, column, rows, columns;
};

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* "03:02:34", of another day "11-22 03h"; nothing of what is no time. */
static void short_time(const struct model *m, const char *time, char out[16])
{
	bool today = strncmp(m->now, time, 10) == 0;

	if (strlen(time) < 19)
		snprintf(out, 16, "-");
	else if (today)
		snprintf(out, 16, "%.8s", time + 11);
	else
		snprintf(out, 16, "%.5s %.2s", time + 5, time + 11);
}

/* Returns where its rows begin, for the one that is shown first. */
static unsigned heading(struct canvas *c, const struct view *v, enum list list, const struct area *a, size_t n, const char *text)
{
	unsigned room = a->rows > 0 ? a->rows - 1 : 0, most = n > room ? (unsigned)n - room : 0, first = v->scroll[list];
	enum style style = v->keys && v->focus == list ? STYLE_FOCUS : STYLE_HEADING;
	unsigned i;

	first = first < most ? first : most;
	for (i = 0; v->keys && i < a->columns; i++)
		canvas_put(c, a->row, a->column + i, 1, style, span_str(" "));
	canvas_print(c, a->row, a->column + 1, a->columns - 1, style, false, first > 0 ? "%s (from %u)" : "%s", text, first + 1);
	return first;
}

static enum style severity_style(uint64_t severity)
{
	return severity == 1 ? STYLE_BAD : severity == 2 ? STYLE_WARN : STYLE_PLAIN;
}

/* All our rules say so. */
static const char *without_prefix(const char *signature)
{
	static const char prefix[] = "PLAINPOP POP3 ";

	return strncmp(signature, prefix, sizeof prefix - 1) == 0 ? signature + sizeof prefix - 1 : signature;
}

static void draw_alert(struct canvas *c, const struct view *v, const struct area *a, unsigned row, const struct model_alert *alert)
{
	unsigned free = a->columns - 12, text = least(free * 56 / 100, TEXT), user = least(free * 22 / 100, USER), from = a->column + 12;
	char time[16];

	short_time(v->model, alert->time, time);
	canvas_print(c, row, a->column + 1, 8, STYLE_PLAIN, false, "%s", time);
	canvas_print(c, row, a->column + 10, 1, severity_style(alert->severity), false, "%u", (unsigned)(alert->severity % 10));
	canvas_put(c, row, from, text - 1, severity_style(alert->severity), span_str(without_prefix(alert->signature)));
	canvas_put(c, row, from + text, user - 1, STYLE_PLAIN, span_str(alert->user));
	from += text + user;
	if (a->columns >= SERVER_FROM)
		canvas_print(c, row, from, free - text - user, STYLE_PLAIN, false, "%s > %s", alert->client, alert->server);
	else
		canvas_print(c, row, from, free - text - user, STYLE_PLAIN, false, "%s", alert->client);
}

static void draw_alerts(struct canvas *c, const struct view *v, const struct area *a)
{
	const struct model *m = v->model;
	size_t i = heading(c, v, LIST_ALERTS, a, m->n_alerts, "last alerts");
	unsigned row;

	for (row = 1; row < a->rows && i < m->n_alerts; row++, i++)
		draw_alert(c, v, a, a->row + row, &m->alert[i]);
}

/* "192.0.2.1:110"; the port stands only where it is another one. */
static void server_text(const struct model_row *r, char out[80])
{
	bool v6 = strchr(r->server, ':') != NULL;

	if (r->server_port == 110)
		snprintf(out, 80, "%s", r->server);
	else
		snprintf(out, 80, v6 ? "[%s]:%u" : "%s:%u", r->server, (unsigned)(r->server_port & 0xffff));
}

#define NUMBER 9u /* columns of one */

/* The columns that are for numbers. */
static unsigned numbers(const struct area *a)
{
	return (2u + (a->columns >= UNKNOWN_FROM) + (a->columns >= LAST_FROM)) * NUMBER;
}

static void draw_row(struct canvas *c, const struct view *v, const struct area *a, unsigned row, const struct model_row *r)
{
	unsigned names = a->columns - numbers(a) - 2, user = r->user[0] != '\0' ? names * 6 / 10 : 0, at;
	char server[80], text[16];

	server_text(r, server);
	if (user > 0) {
		at = canvas_put(c, row, a->column + 1, user - 2, STYLE_PLAIN, span_str(r->user));
		if (r->user_cut && at > 0)
			canvas_put(c, row, a->column + at, 1, STYLE_PLAIN, span_str("~"));
	}
	canvas_put(c, row, a->column + 1 + user, names - user, STYLE_PLAIN, span_str(server));
	at = a->column + 1 + names;
	view_number((double)r->success, false, text);
	canvas_print(c, row, at, NUMBER, STYLE_PLAIN, true, "%s", text);
	view_number((double)r->failure, false, text);
	canvas_print(c, row, at += NUMBER, NUMBER, STYLE_PLAIN, true, "%s", text);
	view_number((double)r->unknown, false, text);
	if (a->columns >= UNKNOWN_FROM)
		canvas_print(c, row, at += NUMBER, NUMBER, STYLE_PLAIN, true, "%s", text);
	short_time(v->model, r->last, text);
	if (a->columns >= LAST_FROM)
		canvas_print(c, row, at + NUMBER, NUMBER, STYLE_PLAIN, true, "%s", text);
}

static void draw_rows(struct canvas *c, const struct view *v, enum list list, const struct area *a)
{
	const struct model_rows *rows = list == LIST_SERVERS ? &v->model->servers : &v->model->accounts;
	enum style style = v->keys && v->focus == list ? STYLE_FOCUS : STYLE_HEADING;
	char text[96];
	unsigned row;
	size_t i;

	snprintf(text, sizeof text, "%s%llu %s by %s", rows->forgotten > 0 ? "more than " : "", (unsigned long long)rows->kept,
		 list == LIST_SERVERS ? (rows->kept == 1 ? "server" : "servers") : rows->kept == 1 ? "account" : "accounts",
		 v->model->order);
	i = heading(c, v, list, a, rows->n, text);
	canvas_print(c, a->row, a->column + a->columns - numbers(a) - 1, numbers(a), style, true, " accepted  refused%s%s",
		     a->columns >= UNKNOWN_FROM ? "  unknown" : "", a->columns >= LAST_FROM ? "     last" : "");
	for (row = 1; row < a->rows && i < rows->n; row++, i++)
		draw_row(c, v, a, a->row + row, &rows->row[i]);
}

static void draw_list(struct canvas *c, struct view *v, enum list list, struct area a)
{
	if (list == LIST_ALERTS)
		draw_alerts(c, v, &a);
	else
		draw_rows(c, v, list, &a);
}

/* Who has fewer rows than room gives the rest to others. One stays blank, and sets it off from what is below. */
static unsigned share(unsigned rows, unsigned of, size_t n)
{
	return least(rows / of, (unsigned)n + 2);
}

void lists_draw(struct canvas *c, struct view *v, unsigned row, unsigned rows)
{
	const struct model *m = v->model;
	unsigned half = c->columns / 2, servers, alerts;
	struct area all = { row, 0, rows, c->columns };

	if (rows < FEW_ROWS) {
		draw_list(c, v, v->focus, all);
	} else if (c->columns >= SIDE_BY_SIDE) {
		size_t n = m->servers.n > m->accounts.n ? m->servers.n : m->accounts.n;

		servers = share(rows, 2, n);
		alerts = rows - servers;
		draw_list(c, v, LIST_ALERTS, (struct area){ row, 0, alerts - 1, c->columns });
		draw_list(c, v, LIST_SERVERS, (struct area){ row + alerts, 0, servers, half });
		draw_list(c, v, LIST_ACCOUNTS, (struct area){ row + alerts, half, servers, c->columns - half });
	} else {
		servers = share(rows, 3, m->servers.n);
		alerts = share(rows - servers, 2, m->n_alerts);
		draw_list(c, v, LIST_ALERTS, (struct area){ row, 0, alerts - 1, c->columns });
		draw_list(c, v, LIST_SERVERS, (struct area){ row + alerts, 0, servers - 1, c->columns });
		draw_list(c, v, LIST_ACCOUNTS, (struct area){ row + alerts + servers, 0, rows - alerts - servers, c->columns });
	}
}

unsigned lists_rows(const struct view *v)
{
	const struct model *m = v->model;
	size_t most = m->n_alerts > m->servers.n ? m->n_alerts : m->servers.n;

	most = m->accounts.n > most ? m->accounts.n : most;
	most = most < 10 ? most : 10; /* of each */
	return 3 * ((unsigned)most + 2);
}
