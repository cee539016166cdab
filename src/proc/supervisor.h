/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The supervisor's state, which supervisor.c and children.c share, and nobody else. */
#ifndef PLAINPOP_SUPERVISOR_H
#define PLAINPOP_SUPERVISOR_H

#include "proc_impl.h"

extern struct supervisor {
	struct proc_config *config;
	struct inputs inputs;
	struct child writer, exporter, sensor[SENSORS_MAX];
	int out[SENSORS_MAX]; /* the sensors' ends of the data, until they have them; -1: none */
	size_t n_sensors;
	bool live, finish_sent;
	bool lost[SENSORS_MAX]; /* live: its interface is not there, and that was said */
	time_t looked;       /* for those, the last time */
	unsigned stops;      /* signals to stop */
	bool killed;         /* they took too long */
	time_t stop_by;      /* 0: as long as it takes */
	bool reload_again, reloading;
	struct sandbox sandbox;
	struct notify notify; /* the service manager */
	int signals;         /* signalfd */
	int status;
} sup;

/* ---- supervisor.c ---- */

/* Something failed; what can be done goes on. */
void supervisor_failed(const char *name, const char *why);
/* Has all of them end, once they have dealt with what they have. */
void supervisor_stop(void);
/* Does what a child wants. */
void supervisor_listen(struct child *c);

/* ---- children.c ---- */

/* One writer, and sensors for each interface, or for all files. 0, or -1 with errno. */
int children_start(void);
/* To be called once all others are started. */
void children_start_exporter(void);
bool children_any_sensor(void);
/* Buries those that died, and starts others in their places. */
void children_look_after(void);
/* The last resort. */
void children_kill(void);

#endif
