/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What formats want to know of a record. */
#include "impl.h"

/* What records of one flow share. It is kept: a login is told now, its session in a while. */
struct shared {
	struct flow_key key;
	char address[2][ADDRESS_SIZE];
	char id[COMMUNITY_ID_SIZE];
};

#define FLOWS 4096 /* kept */

static const struct shared *shared_of(const struct event *e)
{
	static struct shared kept[FLOWS];
	struct shared *s = &kept[e->flow_id % FLOWS];

	if (memcmp(&s->key, &e->flow, sizeof s->key) == 0)
		return s;
	s->key = e->flow;
	emit_address(e->flow.addr[SIDE_CLIENT], e->flow.ip_v, s->address[SIDE_CLIENT]);
	emit_address(e->flow.addr[SIDE_SERVER], e->flow.ip_v, s->address[SIDE_SERVER]);
	emit_community_id(&e->flow, s->id);
	return s;
}

void scene_set(struct scene *s, const struct emit_context *ctx, const struct record *r, const char *type, const char *host)
{
	static const struct alert_counts nothing;
	const struct shared *shared;

	*s = (struct scene){ .ctx = ctx, .record = r, .event = r->event, .type = type, .host = host,
			     .counts = r->counts != NULL ? r->counts : &nothing };
	if (r->type == RECORD_ALERT)
		s->signature = r->signature;
	s->source = r->source;
	if (r->event == NULL)
		return;
	s->source = &ctx->source[r->event->source];
	shared = shared_of(r->event);
	s->address[SIDE_CLIENT] = shared->address[SIDE_CLIENT];
	s->address[SIDE_SERVER] = shared->address[SIDE_SERVER];
	s->community_id = shared->id;
}

bool scene_has_vni(const struct event *e)
{
	const struct tunnel *t = &e->tunnel;

	return t->id_set && (t->kind == TUNNEL_VXLAN || t->kind == TUNNEL_VXLAN_GPE || t->kind == TUNNEL_GENEVE ||
			     t->kind == TUNNEL_NVGRE);
}

const char *scene_anomaly(const struct scene *s)
{
	return s->event != NULL ? event_anomaly_name(s->event->anomaly) : s->record->anomaly;
}

struct span scene_title(const struct scene *s)
{
	switch (s->record->type) {
	case RECORD_ALERT:
		return span_str(s->signature->msg);
	case RECORD_POP3:
		return span_str(s->event->kind == EVENT_LOGIN ? "POP3 login" : "POP3 session");
	case RECORD_ANOMALY:
		return span_str(scene_anomaly(s));
	case RECORD_STATS:
		break;
	}
	return span_str("statistics");
}
