/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a live view shows of the events: the last alerts, and who is seen most. Kept only where somebody may ask for it, in
 * memory that is there from the start; an event costs a copy of two texts and two look-ups. No secret is among it.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "proc_impl.h"

#define ALERTS 32      /* kept, and shown */
#define ROWS 32        /* shown of servers, and of accounts */
#define KEPT 1024      /* of each, of which those are the first */
#define SIGNATURE 160  /* bytes kept of an alert's text */
#define USER 64        /* and of the user's name */

static struct recent {
	const struct inputs *inputs;
	bool live;
	struct frequent *servers, *accounts;
	struct kept {
		struct top_alert alert;
		uint8_t signature[SIGNATURE], user[USER];
	} kept[ALERTS];
	uint64_t n_alerts; /* since the start; the latest is in (n_alerts - 1) % ALERTS */
} *recent;

bool recent_start(const struct inputs *inputs, bool live)
{
	recent = calloc(1, sizeof *recent);
	if (recent == NULL)
		return false;
	recent->inputs = inputs;
	recent->live = live;
	recent->servers = frequent_new(KEPT);
	recent->accounts = frequent_new(KEPT);
	if (recent->servers != NULL && recent->accounts != NULL)
		return true;
	recent_stop();
	return false;
}

void recent_stop(void)
{
	if (recent == NULL)
		return;
	frequent_free(recent->servers);
	frequent_free(recent->accounts);
	free(recent);
	recent = NULL;
}

/* ---- what is remembered ---- */

void recent_login(const struct event *e)
{
	struct span user;

	if (recent == NULL || e->kind != EVENT_LOGIN)
		return;
	user = event_get(e, EVENT_USER);
	frequent_add(recent->servers, &e->flow, span_of(NULL, 0), e->outcome, e->ts);
	if (user.n > 0)
		frequent_add(recent->accounts, &e->flow, user, e->outcome, e->ts);
}

static struct span keep(uint8_t *at, size_t max, struct span s)
{
	s = span_take(s, max);
	if (s.n > 0)
		memcpy(at, s.p, s.n);
	return span_of(at, s.n);
}

void recent_alert(const struct event *e, const struct signature *s)
{
	struct kept *k;

	if (recent == NULL)
		return;
	k = &recent->kept[recent->n_alerts++ % ALERTS];
	k->alert = (struct top_alert){ .ts = e->ts, .sid = s->sid, .severity = s->severity, .ip_v = e->flow.ip_v,
				       .outcome = e->outcome };
	memcpy(k->alert.port, e->flow.port, sizeof k->alert.port);
	memcpy(k->alert.addr, e->flow.addr, sizeof k->alert.addr);
	k->alert.signature = keep(k->signature, sizeof k->signature, span_str(s->msg));
	k->alert.user = keep(k->user, sizeof k->user, event_get(e, EVENT_USER));
}

/* ---- what is shown ---- */

static void fill_rows(struct top_rows *out, struct top_row *row, const struct frequent *f, enum frequent_order order)
{
	const struct frequent_row *first[ROWS];
	size_t i;

	*out = (struct top_rows){ .row = row, .n = frequent_first(f, order, first, ROWS), .kept = frequent_kept(f),
				  .forgotten = frequent_forgotten(f) };
	for (i = 0; i < out->n; i++) {
		row[i] = (struct top_row){ .name = span_of(first[i]->name, first[i]->name_n), .name_cut = first[i]->name_cut,
					   .addr = first[i]->addr, .ip_v = first[i]->ip_v, .port = first[i]->port,
					   .last = first[i]->last };
		memcpy(row[i].logins, first[i]->logins, sizeof row[i].logins);
	}
}

static size_t fill_alerts(const struct top_alert *out[ALERTS])
{
	size_t n;

	for (n = 0; n < ALERTS && n < recent->n_alerts; n++)
		out[n] = &recent->kept[(recent->n_alerts - 1 - n) % ALERTS].alert;
	return n;
}

/* Heap; NULL: no memory. */
static char *picture(enum frequent_order order, uint64_t rules, size_t *n)
{
	static const char *const orders[FREQUENT_ORDER_MAX] = {
		[FREQUENT_LOGINS] = "logins", [FREQUENT_FAILURES] = "failures", [FREQUENT_LATEST] = "latest"
	};
	struct stats stats = { .uptime = shared_uptime() };
	struct top_row servers[ROWS], accounts[ROWS];
	const struct top_alert *alert[ALERTS];
	struct top t = { .version = PLAINPOP_VERSION, .now = time_wall(), .clock = time_steady(), .live = recent->live,
			 .run = (uint64_t)shared()->started, .rules = rules, .source = recent->inputs->source,
			 .n_sources = recent->inputs->n, .stats = &stats, .order = orders[order], .alert = alert };
	size_t i;

	shared_counters(stats.counter);
	for (i = 0; i < SENSORS_MAX; i++) {
		t.flows += shared()->sensor[i].flows;
		t.memory += shared()->sensor[i].memory;
	}
	t.n_alerts = fill_alerts(alert);
	fill_rows(&t.servers, servers, recent->servers, order);
	fill_rows(&t.accounts, accounts, recent->accounts, order);
	return emit_top(&t, n);
}

int recent_file(enum frequent_order order, uint64_t rules)
{
	size_t n;
	char *text = recent != NULL ? picture(order, rules, &n) : NULL;
	int fd = text != NULL ? memfd_create("plainpop top", MFD_CLOEXEC) : -1;

	if (fd >= 0 && write(fd, text, n) != (ssize_t)n) {
		close(fd);
		fd = -1;
	}
	free(text);
	return fd;
}
