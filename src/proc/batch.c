/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets are read a few ahead of their turn: what belongs to them comes from memory meanwhile, which takes longer than
 * all that is done with most of them. They are decoded then, too; nothing else is done out of turn.
 */
#include "proc_impl.h"

/* Of the capture's memory only the last packet is valid: what is needed of those before it is kept here. */
static struct {
	uint8_t bytes[64u << 10];
	size_t n;
} kept;

/* False: there is no room for it. */
static bool keep(struct batch_packet *b)
{
	struct span *payload = &b->packet.payload;

	if (!b->ahead.wanted)
		return true;
	if (payload->n > sizeof kept.bytes - kept.n)
		return false;
	if (payload->n > 0)
		memcpy(kept.bytes + kept.n, payload->p, payload->n);
	payload->p = kept.bytes + kept.n;
	kept.n += payload->n;
	return true;
}

static void decode(struct batch_packet *b, const struct sensor_input *in, int dlt, bool checksums)
{
	const struct capture_packet *raw = &b->raw;

	b->ahead.wanted = false;
	b->packet.more_parts = false;
	b->ours = in->shares == 1 || decode_share(dlt, raw->data, raw->len, in->shares) == in->share;
	if (!b->ours)
		return;
	b->packet = (struct packet){ .ts = raw->ts, .number = raw->number, .source = in->source, .len = raw->len,
				     .checksums = checksums };
	b->what = decode_packet(&b->packet, dlt, raw->data);
	if (b->what == DECODE_TCP || b->what == DECODE_FRAGMENT)
		stream_look_ahead(&b->packet, &b->ahead);
}

enum capture_result batch_read(struct batch *b, const struct sensor_input *in, bool checksums)
{
	int dlt = capture_dlt(in->capture);
	enum capture_result got = CAPTURE_PACKET;
	struct batch_packet *last = NULL;
	size_t i;

	kept.n = 0;
	for (b->n = 0; b->n < BATCH; b->n++) {
		/* Of a frame with several packets the others are decoded when it is its turn. */
		if (last != NULL && (last->packet.more_parts || !keep(last)))
			break;
		got = last == NULL ? capture_next(in->capture, &b->packet[0].raw) : capture_next_now(in->capture, &b->packet[b->n].raw);
		if (got != CAPTURE_PACKET)
			break;
		last = &b->packet[b->n];
		decode(last, in, dlt, checksums);
	}
	for (i = 0; i < b->n; i++)
		stream_fetch(&b->packet[i].ahead);
	return b->n > 0 && got == CAPTURE_IDLE ? CAPTURE_PACKET : got;
}
