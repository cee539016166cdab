/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of this room share:
 *
 *   capture.c   reading, whatever it comes from
 *   file.c      capture files; inflate.c: compressed ones
 *   live.c      opening an interface
 *   filter.c    what the kernel is asked to leave out
 *   fanout.c    which sensor gets which packet
 *   link.c      the interface while it is watched: waiting, down, up, gone
 *   stats.c     what was dropped, and by whom
 */
#ifndef PLAINPOP_CAPTURE_IMPL_H
#define PLAINPOP_CAPTURE_IMPL_H

#include <pcap/pcap.h>
#include <stdio.h>

#include "plainpop/capture.h"

#define CAPTURE_IF_COUNTERS 2

struct capture {
	pcap_t *pcap;
	bool live;
	bool nano;      /* its time stamps are in ns */
	uint64_t number;
	char error[CAPTURE_ERROR_SIZE];

	/* file */
	FILE *raw;      /* the file as it lies on disk, for the progress; may be owned by the inflater */
	uint64_t size;  /* its size on disk, 0 when unknown */
	char *buffer;   /* what is read of it at once */
	bool piped;     /* it is no file: to ask for more of it may be to wait */

	/* live */
	char *name;
	int fd;         /* libpcap's socket */
	bool down;      /* and that was said */
	bool fell;      /* it was set down, which was not said yet; it may be up again */
	bool back;      /* a packet came though it was down: that is to be said next */
	unsigned batch_ms;
	struct capture_stats stats;
	int if_counter[CAPTURE_IF_COUNTERS]; /* files of sysfs, or -1: what the interface dropped */
	uint64_t if_last[CAPTURE_IF_COUNTERS];
	bool waits_for_start;
	struct bpf_program program; /* for the start; empty otherwise */
};

/* Compiles and sets a BPF expression. 0, or -1 with the message in err. */
int capture_set_filter(pcap_t *pcap, const char *filter, char err[CAPTURE_ERROR_SIZE]);

/* Live: the filters of the options, and program left behind if there is a start to wait for. 0, or -1 and err. */
int capture_set_filters(struct capture *c, const struct capture_options *o, char err[CAPTURE_ERROR_SIZE]);

/* Live: the interface's protocol is bound and the group joined; what comes is thrown away until the start. 0, or -1 and err. */
int capture_join(struct capture *c, struct capture_fanout *f, char err[CAPTURE_ERROR_SIZE]);

/* Live: waits for packets, but not long, and looks at the interface. CAPTURE_IDLE, _DOWN, _UP or _GONE. */
enum capture_result capture_wait(struct capture *c);

/* Live: whether it is up, and that to be told. */
bool capture_link_is_back(const struct capture *c);
enum capture_result capture_link_up(struct capture *c);

/* Live: libpcap gave up. CAPTURE_ERROR, or what is the matter with the interface. */
enum capture_result capture_link_error(struct capture *c);

/* Live: closes and frees what is not libpcap's. */
void capture_close_live(struct capture *c);

/* Live: opens and closes what the interface's own counters are read from. */
void capture_stats_open(struct capture *c);
void capture_stats_close(struct capture *c);

#endif
