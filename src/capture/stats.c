/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was dropped, and by whom. The kernel counts in 32 bits and begins anew with each reading (packet(7)), so that
 * readings are added up here; libpcap's pcap_stats() adds them up in 32 bits, leaves out freezes, and opens files of
 * sysfs each time, which a sandboxed sensor could not.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_packet.h>

#include "capture_impl.h"

/* False where there is nothing to read any more. */
static bool read_counter(int fd, uint64_t *value)
{
	char text[32];
	ssize_t n = fd >= 0 ? pread(fd, text, sizeof text - 1, 0) : -1;

	if (n <= 0)
		return false;
	text[n] = '\0';
	*value = strtoull(text, NULL, 10);
	return true;
}

static void add_kernel(struct capture *c)
{
	struct tpacket_stats_v3 now;
	socklen_t n = sizeof now;

	memset(&now, 0, sizeof now); /* TPACKET_V2 has no freezes */
	if (getsockopt(c->fd, SOL_PACKET, PACKET_STATISTICS, &now, &n) != 0)
		return;
	c->stats.received += now.tp_packets;
	c->stats.dropped += now.tp_drops;
	c->stats.freezes += now.tp_freeze_q_cnt;
}

void capture_stats_open(struct capture *c)
{
	static const char *const names[CAPTURE_IF_COUNTERS] = { "rx_missed_errors", "rx_fifo_errors" };
	char path[256];
	int i;

	for (i = 0; i < CAPTURE_IF_COUNTERS; i++) {
		snprintf(path, sizeof path, "/sys/class/net/%s/statistics/%s", c->name, names[i]);
		c->if_counter[i] = open(path, O_RDONLY | O_CLOEXEC);
		read_counter(c->if_counter[i], &c->if_last[i]);
	}
	/* What came before there was a filter is not in the ring any more, and not to be missed. */
	add_kernel(c);
	c->stats = (struct capture_stats){ 0 };
}

void capture_stats_close(struct capture *c)
{
	int i;

	for (i = 0; i < CAPTURE_IF_COUNTERS; i++)
		if (c->if_counter[i] >= 0)
			close(c->if_counter[i]);
}

static void add_interface(struct capture *c)
{
	uint64_t value;
	int i;

	for (i = 0; i < CAPTURE_IF_COUNTERS; i++)
		if (read_counter(c->if_counter[i], &value)) {
			/* Drivers begin anew when they are reset. */
			c->stats.if_dropped += value >= c->if_last[i] ? value - c->if_last[i] : value;
			c->if_last[i] = value;
		}
}

void capture_stats(struct capture *c, struct capture_stats *out)
{
	if (c->live) {
		add_kernel(c);
		add_interface(c);
	}
	*out = c->stats;
}

bool capture_drops_matter(const struct capture_stats *before, const struct capture_stats *now)
{
	uint64_t received = now->received - before->received, dropped = now->dropped - before->dropped;

	return dropped >= CAPTURE_DROPS_MIN && dropped >= received / 100 * CAPTURE_DROPS_PERCENT;
}
