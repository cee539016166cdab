/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of this room share. */
#ifndef PLAINPOP_CAPTURE_IMPL_H
#define PLAINPOP_CAPTURE_IMPL_H

#include <pcap/pcap.h>
#include <stdio.h>

#include "plainpop/capture.h"

struct capture {
	pcap_t *pcap;
	bool live;
	FILE *raw;      /* file: the file as it lies on disk, for the progress; may be owned by the inflater */
	uint64_t size;  /* file: its size on disk, 0 when unknown */
	uint64_t number;
	struct capture_stats stats;
	char error[CAPTURE_ERROR_SIZE];
};

/* Compiles and sets a BPF expression. 0, or -1 with the message in err. */
int capture_set_filter(pcap_t *pcap, const char *filter, char err[CAPTURE_ERROR_SIZE]);

/* Live: waits for packets, but not long. */
void capture_wait(struct capture *c);

/*
 * raw as a stream of plain capture bytes: itself, or a stream that inflates it (gzip, zstd). Takes raw
 * over: closing the result closes it. NULL with a message in err, and raw closed.
 */
FILE *capture_inflate(FILE *raw, char err[CAPTURE_ERROR_SIZE]);

#endif
