/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the service manager that started us is told, if there is one. See sd_notify(3). */
#ifndef PLAINPOP_NOTIFY_H
#define PLAINPOP_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOTIFY_SENSORS 64
#define NOTIFY_NO_SENSOR UINT64_MAX /* in place of a beat */

struct notify {
	int fd;            /* -1: nobody wants to know */
	uint64_t interval; /* µs: of its watchdog; 0: none */
	uint64_t told;     /* when the watchdog was, µs */
	bool ready, reloading, stopping;
	struct {
		uint64_t last, at; /* a sensor's beat, and when it was first seen, µs */
	} beat[NOTIFY_SENSORS];
};

/* From the environment, which has none of it afterwards. */
void notify_open(struct notify *n);
/* In a child, which has nothing to tell. */
void notify_close(struct notify *n);
/* Packets are being captured. Said once; status is for people. */
void notify_ready(struct notify *n, const char *status);
/* Rules are read anew; and that is over, whatever came of it. */
void notify_reloading(struct notify *n);
void notify_reloaded(struct notify *n, const char *status);
void notify_stopping(struct notify *n);
/*
 * All is well, unless a sensor has been silent for too long: beat has a number for each that changes while it lives.
 * Called at least four times within the watchdog's interval.
 */
void notify_alive(struct notify *n, const uint64_t *beat, size_t sensors);

#endif
