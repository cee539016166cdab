/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A record on its way from the writer to a shipper: a packet of a fixed head and the line. */
#include "ship.h"

struct head {
	uint64_t ts;
	uint8_t id[SHIPMENT_ID];
	char key[COMMUNITY_ID_SIZE];
	uint32_t n;
	uint8_t type, severity, pad[2];
};

_Static_assert(sizeof(struct head) == SHIPMENT_HEAD, "no room between");

void shipment_set_id(struct shipment *r)
{
	static const uint8_t keys[2][16] = { "plainpop event i", "plainpop event j" };
	uint64_t half;
	int i;

	for (i = 0; i < 2; i++) {
		half = hash_keyed(keys[i], r->line, r->n);
		memcpy(r->id + 8 * i, &half, sizeof half);
	}
}

void shipment_head(const struct shipment *r, uint8_t head[SHIPMENT_HEAD])
{
	struct head h = { .ts = r->ts, .n = r->n, .type = r->type, .severity = r->severity };

	memcpy(h.id, r->id, sizeof h.id);
	memcpy(h.key, r->key, sizeof h.key);
	memcpy(head, &h, sizeof h);
}

bool shipment_read(struct shipment *r, struct span packet)
{
	struct head h;

	if (packet.n < sizeof h || packet.n > sizeof h + SHIPMENT_MAX)
		return false;
	memcpy(&h, packet.p, sizeof h);
	*r = (struct shipment){ .ts = h.ts, .type = h.type, .severity = h.severity, .n = h.n };
	if (packet.n - sizeof h != h.n)
		return false;
	memcpy(r->id, h.id, sizeof r->id);
	memcpy(r->key, h.key, sizeof r->key);
	r->key[sizeof r->key - 1] = '\0';
	r->line = (const char *)packet.p + sizeof h;
	return true;
}
