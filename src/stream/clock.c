/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The clock that everything in this room waits by. It goes as packet time does, and never back: where that goes back,
 * because a clock was set or captures stand one behind the other, it goes on from where it is, and where that then
 * returns to where it had been, no time has passed. Records have packet time, whatever it is.
 *
 *   packet time   10:00  10:01 | 09:01  09:02 | 10:02  10:03
 *   this clock        0      1 |     1      2 |     2      3    minutes
 */
#include "flow.h"

#define DISORDER UINT64_C(1000000) /* µs: by less, packets come in another order, from several queues */
#define AHEAD_MAX (UINT64_C(1) << 51) /* µs, 71 years: half of what a flow record can tell apart, and longer than anything waits */
#define SET_AHEAD UINT64_C(60000000) /* µs by which a steady clock has to disagree */

/* Additions are modulo 2^64: a capture may bring any time, and that of the room may stand before it or behind it. */
static struct {
	uint64_t now;
	uint64_t offset;          /* what packet time lacks */
	uint64_t top, top_offset; /* the latest packet time there was, and what it lacked */
	uint64_t packets, steady; /* the two clocks, when they were compared last */
} room;

void clock_start(void)
{
	memset(&room, 0, sizeof room);
}

uint64_t clock_now(void)
{
	return room.now;
}

uint64_t clock_at(uint64_t ts)
{
	uint64_t at = ts + room.offset;

	if ((int64_t)(at - room.now) > (int64_t)DISORDER && room.offset != room.top_offset && ts + DISORDER >= room.top) {
		room.offset = room.top_offset;
		at = ts + room.offset;
	}
	if ((int64_t)(at - room.now) < -(int64_t)DISORDER) {
		at = room.now;
		room.offset = at - ts;
	}
	if ((int64_t)(at - room.now) > (int64_t)AHEAD_MAX) {
		at = room.now + AHEAD_MAX;
		room.offset = at - ts;
	}
	if (at > room.now)
		room.now = at;
	if (ts >= room.top) {
		room.top = ts;
		room.top_offset = room.offset;
	}
	return at;
}

void stream_clocks(uint64_t ts, uint64_t steady)
{
	uint64_t passed = steady - room.steady;

	if (room.steady != 0 && ts > room.packets && ts - room.packets > passed + SET_AHEAD) {
		room.offset = room.top_offset = room.now + passed - ts;
		room.top = ts;
	}
	room.packets = ts;
	room.steady = steady;
}
