/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What formats want to know of a record. */
#include "impl.h"

/* What records of one flow share, made once for those that follow one another. */
static struct {
	struct flow_key key;
	char address[2][ADDRESS_SIZE];
	char id[COMMUNITY_ID_SIZE];
} shared;

static const char *const addresses[2] = { shared.address[SIDE_CLIENT], shared.address[SIDE_SERVER] };

static void share(const struct flow_key *k)
{
	if (memcmp(&shared.key, k, sizeof shared.key) == 0)
		return;
	shared.key = *k;
	emit_address(k->addr[SIDE_CLIENT], k->ip_v, shared.address[SIDE_CLIENT]);
	emit_address(k->addr[SIDE_SERVER], k->ip_v, shared.address[SIDE_SERVER]);
	emit_community_id(k, shared.id);
}

void scene_set(struct scene *s, const struct emit_context *ctx, const struct record *r, const char *type, const char *host)
{
	static const struct alert_counts nothing;

	*s = (struct scene){ .ctx = ctx, .record = r, .event = r->event, .type = type, .host = host,
			     .counts = r->counts != NULL ? r->counts : &nothing };
	if (r->type == RECORD_ALERT)
		s->signature = r->signature;
	s->source = r->source;
	if (r->event == NULL)
		return;
	s->source = &ctx->source[r->event->source];
	share(&r->event->flow);
	s->address = addresses;
	s->community_id = shared.id;
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
