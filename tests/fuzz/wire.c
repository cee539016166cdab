/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Events from another process. Input: whether a good one is in a tunnel and how many alerts it has (one byte), and changes
 * to it, each a place (two bytes) and a value; what is believed afterwards must be safe to use.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "plainpop/event.h"

static void use(const struct event *e)
{
	volatile uint8_t sum = 0;
	size_t i;
	int t;

	for (t = 0; t < EVENT_TEXT_MAX; t++) {
		struct span s = event_get(e, (enum event_text)t);

		for (i = 0; i < s.n; i++)
			sum = (uint8_t)(sum + s.p[i]);
	}
	assert(event_kind_name(e->kind) != NULL && event_outcome_name(e->outcome) != NULL);
	assert(event_exposure_name(e->exposure) != NULL && event_end_name(e->end_reason) != NULL);
	assert(event_anomaly_name(e->anomaly) != NULL && e->n_alerts <= EVENT_ALERTS);
	assert(e->stls == STLS_UNKNOWN || event_stls_name(e->stls) != NULL);
	event_tunnel_name(e->tunnel.kind);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct event good, back;
	struct span in = span_of(data, size);
	size_t n;
	uint8_t *bytes;

	event_init(&good, EVENT_LOGIN);
	good.flow.ip_v = 4;
	event_set(&good, EVENT_USER, span_str("alice"));
	event_set(&good, EVENT_MECHANISM, span_str("PLAIN"));
	if (in.n > 0) {
		good.tunnel.depth = in.p[0] & 1;
		good.n_alerts = in.p[0] / 2 % (EVENT_ALERTS + 1);
		in = span_skip(in, 1);
	}
	n = event_wire_size(&good);
	bytes = malloc(n);
	assert(bytes != NULL);
	event_wire_write(&good, bytes);
	for (; in.n >= 3; in = span_skip(in, 3))
		bytes[be16(in.p) % n] = in.p[2];
	/* The rest says how much of it comes. */
	if (event_wire_read(&back, span_of(bytes, in.n > 0 ? n - in.p[0] % n : n)))
		use(&back);
	free(bytes);
	return 0;
}
