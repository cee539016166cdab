/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of this room share:
 *
 *   run.c       inputs one after another, signals, the exit status
 *   kernel_filter.c  what the kernel may drop unseen
 *   sensor.c    the chain: capture, decode, stream, pop3, rule
 *   writer.c    what the chain finds, to every output
 *   summary.c   what was found, counted for the end
 *   progress.c  the bar on a terminal
 */
#ifndef PLAINPOP_PROC_IMPL_H
#define PLAINPOP_PROC_IMPL_H

#include <signal.h>

#include "plainpop/capture.h"
#include "plainpop/proc.h"

/* ---- kernel_filter.c ---- */

/* BPF expressions for the kernel, from fine to coarse, ended by NULL; heap. */
struct kernel_filter {
	char *heap[2];
	const char *text[3];
};

void kernel_filter(struct kernel_filter *f, const struct proc_config *config);
void kernel_filter_free(struct kernel_filter *f);

/* ---- sensor.c ---- */

struct sensor_input {
	struct capture *capture;
	uint32_t source; /* index into the writer's sources */
	bool live;
	void (*pause)(void); /* called now and then: progress, flushing */
	void (*between)(void); /* called between two packets when *wanted is set */
	const volatile sig_atomic_t *wanted;
};

/* 0, or -1 with errno. */
int sensor_start(const struct proc_config *config);
/* Reads one input to its end, or until *stop: 1, what was received counts; 2, at once. 0, or -1 when it could not be read to its end. */
int sensor_read(const struct sensor_input *in, const volatile sig_atomic_t *stop);
void sensor_stop(void);
/* Others were put into the configuration: what rules want to see may be something else now. */
void sensor_rules_changed(void);

/* ---- writer.c ---- */

/* Opens the outputs. How many could not be. */
size_t writer_start(struct proc_config *config, const struct emit_source *sources);
/* The time of the first packet, for records about the run itself. */
void writer_begin(uint64_t ts);
/* An event, once the writer's rules were asked about it, and its alerts, to every output that takes them. */
void writer_event(struct event *e);
/* What is buffered, to the outputs; and once a minute the servers, to their file. */
void writer_flush(void);
/* Saves what outlives the run. 0, or -1 when it could not be, which was said. */
int writer_save(void);
/* True when no output can take anything any more. */
bool writer_dead(void);
/* Flushes and closes. How many records were lost. */
uint64_t writer_stop(void);

/* ---- summary.c ---- */

void summary_event(const struct event *e);
/* live: what the kernel and the interface say, or NULL. */
void summary_print(const struct capture_stats *live);

/* ---- progress.c ---- */

void progress_draw(const struct capture *c, const char *name);
void progress_clear(void);

#endif
