/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the writer does by the clock on the wall: stats records, and the question whether too much was lost. */
#include "proc_impl.h"

#define LOOK_EVERY 60    /* seconds, where no stats are written by the clock */

static struct {
	uint64_t interval; /* seconds between records; 0: none by the clock */
	time_t next;       /* by the monotonic clock; 0: nothing is done by it, as this is a replay */
	struct capture_stats kernel; /* of all sensors, at the last look */
	uint64_t unwritten;          /* records, then */
} stats;

static time_t every(void)
{
	return (time_t)(stats.interval > 0 ? stats.interval : LOOK_EVERY);
}

static struct capture_stats kernel_of(const uint64_t c[COUNTER_MAX])
{
	return (struct capture_stats){ .received = c[COUNTER_CAPTURE_PACKETS], .dropped = c[COUNTER_CAPTURE_DROPS] };
}

/* Whoever loses packets does not see all logins: that has to stand where the logins do. */
static void look_for_drops(void)
{
	struct capture_stats before = stats.kernel;
	uint64_t c[COUNTER_MAX];

	shared_counters(c);
	stats.kernel = kernel_of(c);
	if (capture_drops_matter(&before, &stats.kernel))
		record_anomaly("kernel_drops", IPC_NO_SOURCE, stats.kernel.dropped - before.dropped);
}

/* A disk that is full is told where there is room; and where there is none, once there is. */
static void look_for_unwritten(void)
{
	uint64_t c[COUNTER_MAX], n;

	shared_counters(c);
	n = c[COUNTER_OUTPUT_DROPPED] - stats.unwritten;
	stats.unwritten = c[COUNTER_OUTPUT_DROPPED];
	if (n > 0)
		record_anomaly("output_drops", IPC_NO_SOURCE, n);
}

void stats_start(const struct proc_config *config)
{
	uint64_t c[COUNTER_MAX];

	stats.interval = config->stats_interval;
	stats.next = config->n_interfaces > 0 ? time_steady_s() + every() : 0;
	/* Another writer was there before, perhaps, and has told of those. */
	shared_counters(c);
	stats.kernel = kernel_of(c);
	stats.unwritten = c[COUNTER_OUTPUT_DROPPED];
}

void stats_tick(void)
{
	time_t t;

	if (stats.next == 0 || (t = time_steady_s()) < stats.next)
		return;
	stats.next += every();
	if (stats.next <= t) /* it was stopped, or waited for an output */
		stats.next = t + every();
	look_for_drops();
	look_for_unwritten();
	if (stats.interval > 0)
		record_stats();
}

void stats_end(void)
{
	bool any = false;
	size_t i;

	for (i = 0; i < SENSORS_MAX; i++)
		any |= shared()->sensor[i].input != UINT32_MAX;
	if (!any) /* nothing could be opened: a record would be about nothing */
		return;
	record_flush(); /* so that it is known what cannot be written */
	look_for_drops();
	look_for_unwritten();
	record_stats();
}
