/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IEEE 802.1Q and 802.1ad (and the tags vendors stacked before it): priority and id 2, type 2. */
#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	struct packet *p = l->p;
	uint16_t id;

	if (l->in.n < 4)
		return LAYER_SHORT;
	if (l->outer_vlans) {
		memset(p->vlan, 0, sizeof p->vlan);
		p->n_vlan = 0;
		l->outer_vlans = false;
	}
	id = be16(l->in.p) & 0x0fff;
	/* Deeper tags than a record can name still part the flows: the last place holds the innermost. */
	if (p->n_vlan < FLOW_VLANS)
		p->vlan[p->n_vlan++] = id;
	else
		p->vlan[FLOW_VLANS - 1] = id;
	return layer_ethertype(l, 4, be16(l->in.p + 2));
}

const struct decoder decode_vlan = {
	.name = "vlan",
	.dlt = NO_CODES,
	.ethertype = { 0x8100, 0x88a8, 0x9100, 0x9200, 0x9300, -1 },
	.ip_proto = NO_CODES,
	.decode = decode,
};
