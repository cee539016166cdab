/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * capture: where packets come from. A capture file (pcap or pcapng, also gzip or zstd, also standard
 * input) or a live interface, read through libpcap and nothing else.
 */
#ifndef PLAINPOP_CAPTURE_H
#define PLAINPOP_CAPTURE_H

#include "plainpop/base.h"

#define CAPTURE_ERROR_SIZE 512

struct capture;

struct capture_packet {
	uint64_t ts;      /* µs since the epoch */
	uint64_t number;  /* in this input, from 1, counting those the filter lets through */
	uint32_t len;     /* bytes on the wire */
	struct span data; /* what was captured of them; valid until the next read */
};

enum capture_result {
	CAPTURE_PACKET,
	CAPTURE_IDLE,  /* live: nothing came for a moment, or capture_stop() was called */
	CAPTURE_END,   /* the file is at its end */
	CAPTURE_ERROR, /* capture_error() says why; there will be no more packets */
};

/* What the kernel and the interface say they did (pcap_stats(3PCAP)). */
struct capture_stats {
	uint64_t received, dropped, if_dropped;
};

/*
 * A capture file that is open for reading, or a pipe; fd is taken over. filter is a BPF expression or NULL. Heap; NULL
 * with a message in err.
 */
struct capture *capture_open_fd(int fd, const char *filter, char err[CAPTURE_ERROR_SIZE]);

/*
 * Starts capturing on an interface, promiscuous. prefilter is what the sensor cares for at all and is
 * left out on link types it does not fit; filter is the operator's and is not. Both may be NULL. Heap;
 * NULL with a message in err that also says what to do.
 */
struct capture *capture_open_live(const char *interface, const char *prefilter, const char *filter,
				  char err[CAPTURE_ERROR_SIZE]);

void capture_close(struct capture *c);

/* The next packet. */
enum capture_result capture_next(struct capture *c, struct capture_packet *out);

/* Makes capture_next() of a live capture return at once. May be called from a signal handler. */
void capture_stop(struct capture *c);

/* The message behind the last CAPTURE_ERROR. */
const char *capture_error(const struct capture *c);

/* The link type (DLT_*), and its name for people. */
int capture_dlt(const struct capture *c);
const char *capture_dlt_name(const struct capture *c);

/* Live: what kernel and interface counted since the start. All zero for a file. */
void capture_stats(struct capture *c, struct capture_stats *out);

/* File: bytes read so far and in all; total 0 when it cannot be known. */
void capture_progress(const struct capture *c, uint64_t *done, uint64_t *total);

/*
 * True when the expression is one that libpcap can compile for some link type. Otherwise false, and
 * libpcap's complaint in err.
 */
bool capture_filter_valid(const char *filter, char err[CAPTURE_ERROR_SIZE]);

/* Has a function called whenever a capture that comes through a pipe has to be waited for. */
void capture_before_wait(void (*call)(void));

/* True when the file begins like a capture, compressed or not. False also when it cannot be read. */
bool capture_looks_like_one(const char *path);

/* The version line of libpcap. Static string. */
const char *capture_version(void);

#endif
