/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "plainpop/event.h"
#include "unit.h"

static const struct {
	const char *name;
	size_t cap;
} texts[EVENT_TEXT_MAX] = {
#define EVENT_TEXT(id, cap, what) { #id, cap },
#include "plainpop/texts.def"
#undef EVENT_TEXT
};

/* Too large for a stack. */
static struct event *new_event(void)
{
	struct event *e = malloc(sizeof *e);

	cr_assert(e != NULL);
	memset(e, 0x5a, sizeof *e); /* event_init() must not count on zeros */
	event_init(e, EVENT_LOGIN);
	return e;
}

/* n bytes that no other text has. */
static struct span filling(enum event_text t, size_t n)
{
	uint8_t *p = malloc(n);

	cr_assert(p != NULL);
	memset(p, 'A' + (int)t, n);
	return span_of(p, n);
}

UNIT(event, empty)
{
	struct event *e = new_event();
	int t;

	event_init(e, EVENT_SESSION);
	cr_expect(e->kind == EVENT_SESSION && e->outcome == OUTCOME_NONE && e->stls == STLS_UNKNOWN);
	cr_expect(e->flow_id == 0 && e->n_alerts == 0 && e->pool_used == 0 && !e->capture.truncated);
	for (t = 0; t < EVENT_TEXT_MAX; t++) {
		cr_expect(!event_has(e, (enum event_text)t), "%s", texts[t].name);
		cr_expect(event_get(e, (enum event_text)t).n == 0, "%s", texts[t].name);
	}
	event_set(e, EVENT_USER, span_of(NULL, 0));
	cr_expect(event_has(e, EVENT_USER) && event_get(e, EVENT_USER).n == 0, "empty is not unset");
	free(e);
}

UNIT(event, caps)
{
	struct event *e = new_event();
	int t, beyond;

	for (t = 0; t < EVENT_TEXT_MAX; t++)
		for (beyond = 0; beyond <= 1; beyond++) {
			struct span s = filling((enum event_text)t, texts[t].cap + (size_t)beyond);

			event_init(e, EVENT_LOGIN);
			event_set(e, (enum event_text)t, s);
			cr_expect(span_eq(event_get(e, (enum event_text)t), span_take(s, texts[t].cap)), "%s",
				  texts[t].name);
			cr_expect(e->capture.truncated == (beyond == 1), "%s", texts[t].name);
			free((void *)(uintptr_t)s.p);
		}
	free(e);
}

/* All at their caps must fit into the pool together. */
UNIT(event, full)
{
	struct event *e = new_event();
	struct span s[EVENT_TEXT_MAX];
	int t;

	for (t = 0; t < EVENT_TEXT_MAX; t++) {
		s[t] = filling((enum event_text)t, texts[t].cap);
		event_set(e, (enum event_text)t, s[t]);
	}
	for (t = 0; t < EVENT_TEXT_MAX; t++) {
		cr_expect(event_has(e, (enum event_text)t), "%s", texts[t].name);
		cr_expect(span_eq(event_get(e, (enum event_text)t), s[t]), "%s", texts[t].name);
		free((void *)(uintptr_t)s[t].p);
	}
	cr_expect(!e->capture.truncated);
	free(e);
}

/* It crosses to another process as it is, up to pool_used. */
UNIT(event, copied)
{
	struct event *e = new_event(), *copy = new_event();

	event_set(e, EVENT_USER, SPAN("alice"));
	event_set(e, EVENT_BANNER, SPAN("ready\0or not"));
	memcpy(copy, e, offsetof(struct event, pool) + e->pool_used);
	event_wipe(e);
	cr_expect(span_eq(event_get(copy, EVENT_USER), SPAN("alice")));
	cr_expect(span_eq(event_get(copy, EVENT_BANNER), SPAN("ready\0or not")));
	free(copy);
	free(e);
}

UNIT(event, wiped)
{
	static const char secret[] = "Rabbit-Hole-7";
	struct event *e = new_event();
	int t;

	memset(e, 0, sizeof *e);
	event_init(e, EVENT_SESSION);
	for (t = 0; t < EVENT_TEXT_MAX; t++)
		event_set(e, (enum event_text)t, span_str(secret));
	memcpy(e->secret_id, secret, sizeof secret);
	e->secret_id_set = true;
	cr_assert(holds(span_of(e, sizeof *e), span_str(secret)), "the search finds what is there");

	event_wipe(e);
	cr_expect(!holds(span_of(e, sizeof *e), span_of(secret, 4)));
	cr_expect(e->pool_used == 0 && !e->secret_id_set && !event_has(e, EVENT_PASSWORD));
	cr_expect(e->kind == EVENT_SESSION, "what it was is no secret");
	free(e);
}

/* Every enumerator has a name, and the names are those that records' readers and rules know. */
UNIT(event, names)
{
	const struct {
		const char *have, *want;
	} cases[] = {
		{ event_kind_name(EVENT_LOGIN), "login" },
		{ event_kind_name(EVENT_SESSION), "session" },
		{ event_outcome_name(OUTCOME_NONE), "none" },
		{ event_outcome_name(OUTCOME_SUCCESS), "success" },
		{ event_outcome_name(OUTCOME_FAILURE), "failure" },
		{ event_kind_name(EVENT_ANOMALY), "anomaly" },
		{ event_kind_name(EVENT_SERVER), "server" },
		{ event_kind_name(EVENT_CLIENT_LINE), "command" },
		{ event_kind_name(EVENT_SERVER_LINE), "response" },
		{ event_kind_name(EVENT_PACKET), "packet" },
		{ event_outcome_name(OUTCOME_UNKNOWN), "unknown" },
		{ event_exposure_name(EXPOSURE_NONE), "none" },
		{ event_exposure_name(EXPOSURE_IDENTITY), "identity" },
		{ event_exposure_name(EXPOSURE_SCRAM), "scram" },
		{ event_exposure_name(EXPOSURE_CRACKABLE_DIGEST), "crackable_digest" },
		{ event_exposure_name(EXPOSURE_BEARER_TOKEN), "bearer_token" },
		{ event_exposure_name(EXPOSURE_PASSWORD), "password" },
		{ event_stls_name(STLS_NOT_OFFERED), "not_offered" },
		{ event_stls_name(STLS_OFFERED_UNUSED), "offered_unused" },
		{ event_stls_name(STLS_NOT_ASKED), "not_asked" },
		{ event_stls_name(STLS_REFUSED), "refused" },
		{ event_stls_name(STLS_STRIPPED), "stripped" },
		{ event_stls_name(STLS_INJECTED), "injected" },
		{ event_stls_name(STLS_FAILED), "failed" },
		{ event_stls_name(STLS_UPGRADED), "upgraded" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		cr_expect_str_eq(cases[i].have, cases[i].want);
	for (i = 0; i < ANOMALY_MAX; i++)
		cr_expect(event_anomaly_name((enum event_anomaly)i) != NULL &&
			  event_anomaly_type((enum event_anomaly)i) != NULL, "anomaly %zu", i);
	for (i = 0; i < END_MAX; i++)
		cr_expect(event_end_name((enum event_end)i) != NULL, "end %zu", i);
	cr_expect(COUNT(cases) == (size_t)EVENT_KIND_MAX + OUTCOME_MAX + EXPOSURE_MAX + STLS_MAX - 1,
		  "one is missing above");
	cr_expect(event_stls_name(STLS_UNKNOWN) == NULL, "nothing is to be said");
}
