/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IEEE 802.1Q and 802.1ad (and the tags vendors stacked before it): priority and id 2, type 2. */
#include "decoder.h"

static enum layer_result decode(struct layers *l)
{
	uint16_t id;

	if (l->in.n < 4)
		return LAYER_SHORT;
	id = be16(l->in.p) & 0x0fff;
	/* Deeper tags than a record can name still part the flows: the last place holds the innermost. */
	if (l->p->n_vlan < FLOW_VLANS)
		l->p->vlan[l->p->n_vlan++] = id;
	else
		l->p->vlan[FLOW_VLANS - 1] = id;
	l->next = decoder_for_ethertype(be16(l->in.p + 2));
	layer_skip(l, 4);
	return LAYER_NEXT;
}

const struct decoder decode_vlan = {
	.name = "vlan",
	.dlt = NO_CODES,
	.ethertype = { 0x8100, 0x88a8, 0x9100, 0x9200, 0x9300, -1 },
	.ip_proto = NO_CODES,
	.decode = decode,
};
