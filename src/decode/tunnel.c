/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Going into a tunnel: what was outside is put aside, and hashed into what parts its flows from others. */
#include "decoder.h"

/* TEIDs, call ids and sessions of L2TP are chosen by each receiver, those of ERSPAN by direction. */
static uint32_t id_both_ways(enum tunnel_kind kind, uint32_t id)
{
	switch (kind) {
	case TUNNEL_GRE:
		return id & ~GRE_KEY_DIRECTION;
	case TUNNEL_NVGRE:
		return id & ~(GRE_KEY_DIRECTION >> 8);
	case TUNNEL_VXLAN:
	case TUNNEL_VXLAN_GPE:
	case TUNNEL_GENEVE:
		return id;
	default:
		return 0;
	}
}

static uint32_t key_of(const struct packet *p, enum tunnel_kind kind, const uint32_t *id)
{
	/* Not a secret: the same packets must give the same flow id tomorrow. */
	static const uint8_t fixed_key[16] = "plainpop tunnel";
	struct {
		uint8_t addr[2][16];
		uint16_t vlan[FLOW_VLANS];
		uint8_t n_vlan, ip_v;
		uint32_t kind, id, outer;
	} seed;
	int low = memcmp(p->addr[0], p->addr[1], sizeof p->addr[0]) <= 0 ? 0 : 1;
	uint32_t key;

	memset(&seed, 0, sizeof seed);
	memcpy(seed.addr[0], p->addr[low], sizeof seed.addr[0]);
	memcpy(seed.addr[1], p->addr[!low], sizeof seed.addr[1]);
	memcpy(seed.vlan, p->vlan, sizeof seed.vlan);
	seed.n_vlan = p->n_vlan;
	seed.ip_v = p->ip_v;
	seed.kind = kind;
	seed.id = id != NULL ? id_both_ways(kind, *id) : 0;
	seed.outer = p->tunnel_key;
	key = (uint32_t)hash_keyed(fixed_key, &seed, sizeof seed);
	return key != 0 ? key : 1;
}

void tunnel_enter(struct layers *l, enum tunnel_kind kind, const uint32_t *id)
{
	struct packet *p = l->p;

	p->tunnel_key = key_of(p, kind, id);
	memcpy(p->tunnel.addr, p->addr, sizeof p->tunnel.addr);
	memcpy(p->tunnel.port, p->port, sizeof p->tunnel.port);
	p->tunnel.kind = (uint8_t)kind;
	p->tunnel.ip_v = p->ip_v;
	p->tunnel.id_set = id != NULL;
	p->tunnel.id = id != NULL ? *id : 0;
	p->tunnel.depth++;

	memset(p->addr, 0, sizeof p->addr);
	memset(p->port, 0, sizeof p->port);
	p->ip_v = 0;
	p->ip_proto = 0;
	l->outer_vlans = p->n_vlan > 0;
}
