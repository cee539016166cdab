/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The interfaces, as the supervisor has them: it opens each sensor's capture, and keeps it open while the sensor reads it.
 * That holds the sensor's place among those that share the interface, and lets the kernel tell what a sensor that died
 * had before it.
 */
#include <stdio.h>

#include "proc_impl.h"

static struct {
	const struct proc_config *config;
	const struct inputs *inputs;
	unsigned workers; /* sensors an interface */
	struct capture_fanout fanout[PROC_SENSORS_MAX]; /* by interface */
	struct {
		struct capture *capture; /* NULL: it has none */
		uint64_t received, dropped, missed; /* of those that died, besides what is in the slot */
	} sensor[PROC_SENSORS_MAX];
} room;

void interfaces_start(const struct proc_config *config, const struct inputs *inputs)
{
	room.config = config;
	room.inputs = inputs;
	room.workers = config->workers > 0 ? config->workers : 1;
}

unsigned interfaces_workers(void)
{
	return room.workers;
}

size_t interfaces_of(size_t sensor)
{
	return sensor / room.workers;
}

struct capture *interfaces_capture(size_t sensor)
{
	return room.sensor[sensor].capture;
}

void interfaces_close(size_t sensor)
{
	size_t i, first = sensor - sensor % room.workers;

	capture_close(room.sensor[sensor].capture);
	room.sensor[sensor].capture = NULL;
	for (i = first; i < first + room.workers; i++)
		if (room.sensor[i].capture != NULL)
			return;
	/* With the last of them the group is gone. */
	room.fanout[interfaces_of(sensor)].made = false;
}

void interfaces_close_others(size_t sensor)
{
	size_t i;

	for (i = 0; i < PROC_SENSORS_MAX; i++)
		if (i != sensor)
			capture_close(room.sensor[i].capture);
}

static struct capture *open_one(size_t sensor, char err[CAPTURE_ERROR_SIZE])
{
	struct capture_fanout *fanout = &room.fanout[interfaces_of(sensor)];

	fanout->sensors = room.workers;
	return input_open_interface(room.inputs->path[interfaces_of(sensor)], room.config, room.workers > 1 ? fanout : NULL, err);
}

static void say_open(size_t sensor, const char *how)
{
	if (!room.config->quiet)
		fprintf(stderr, "plainpop: capturing on %s (%s)%s\n", room.inputs->path[interfaces_of(sensor)],
			capture_dlt_name(room.sensor[sensor].capture), how);
}

bool interfaces_open(size_t interface, char err[CAPTURE_ERROR_SIZE])
{
	size_t first = interface * room.workers, i;
	char sensors[32] = "";
	bool ok = true;

	for (i = first; ok && i < first + room.workers; i++)
		ok = (room.sensor[i].capture = open_one(i, err)) != NULL;
	for (i = first; ok && i < first + room.workers; i++)
		ok = capture_start(room.sensor[i].capture, err) == 0;
	if (!ok) {
		for (i = first; i < first + room.workers; i++)
			interfaces_close(i);
		return false;
	}
	if (room.workers > 1)
		snprintf(sensors, sizeof sensors, ", %u sensors", room.workers);
	say_open(first, sensors);
	return true;
}

/* Of what the kernel has handed over for a sensor that is dead, what it has not come to. */
static uint64_t count_missed(size_t sensor)
{
	const struct slot *slot = &shared()->sensor[sensor];
	struct capture_stats left;
	uint64_t had, seen;

	if (room.sensor[sensor].capture == NULL)
		return 0; /* it had none */
	capture_stats(room.sensor[sensor].capture, &left);
	counter_add(COUNTER_CAPTURE_PACKETS, left.received);
	counter_add(COUNTER_CAPTURE_DROPS, left.dropped);
	room.sensor[sensor].received += left.received;
	room.sensor[sensor].dropped += left.dropped;
	had = slot->counter[COUNTER_CAPTURE_PACKETS] + room.sensor[sensor].received - slot->counter[COUNTER_CAPTURE_DROPS] -
	      room.sensor[sensor].dropped;
	seen = slot->counter[COUNTER_DECODER_PKTS] + room.sensor[sensor].missed;
	if (had <= seen)
		return 0;
	room.sensor[sensor].missed += had - seen;
	counter_add(COUNTER_CAPTURE_MISSED, had - seen);
	return had - seen;
}

bool interfaces_renew(size_t sensor, uint64_t *missed, char err[CAPTURE_ERROR_SIZE])
{
	/* In this order, which capture.h explains: the others' shares stay what they are. */
	struct capture *another = open_one(sensor, err);
	bool started = another != NULL && capture_start(another, err) == 0;

	*missed = count_missed(sensor);
	capture_close(room.sensor[sensor].capture);
	room.sensor[sensor].capture = another;
	if (!started) {
		interfaces_close(sensor);
		return false;
	}
	say_open(sensor, ", again");
	return true;
}

void interfaces_stop(void)
{
	interfaces_close_others(PROC_SENSORS_MAX);
}
