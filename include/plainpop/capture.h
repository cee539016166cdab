/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * capture: where packets come from. A capture file (pcap or pcapng, also gzip or zstd, also standard
 * input) or a live interface, read through libpcap and nothing else.
 */
#ifndef PLAINPOP_CAPTURE_H
#define PLAINPOP_CAPTURE_H

#include <stdio.h>

#include "plainpop/base.h"

#define CAPTURE_ERROR_SIZE 512

struct capture;

struct capture_packet {
	uint64_t ts;      /* µs since the epoch */
	uint16_t ns;      /* 0..999: what the time stamp has besides, where it is that fine */
	uint64_t number;  /* in this input, from 1, counting those the filter lets through */
	uint32_t len;     /* bytes on the wire */
	struct span data; /* what was captured of them; valid until the next read */
};

enum capture_result {
	CAPTURE_PACKET,
	CAPTURE_IDLE,  /* live: nothing came for a moment, or capture_stop() was called */
	CAPTURE_END,   /* the file is at its end */
	CAPTURE_DOWN,  /* live, once: the interface was set down, or lost its carrier; go on, it may come back */
	CAPTURE_UP,    /* live, once: it is back, and packets come again */
	CAPTURE_GONE,  /* live: there is no such interface any more; one of the same name has to be opened anew */
	CAPTURE_ERROR, /* there will be no more packets */
};

/*
 * What the kernel and the interface say they did, since the start. Packets that the filter did not let through are in
 * none of it.
 */
struct capture_stats {
	uint64_t received;   /* by the kernel for this capture, those that it dropped among them */
	uint64_t dropped;    /* for want of buffer */
	uint64_t if_dropped; /* by the interface before the kernel saw them: of all traffic, for all who listen to it */
	uint64_t freezes;    /* how often the buffer was full (TPACKET_V3 only) */
};

/*
 * A capture file that is open for reading, or a pipe; fd is taken over. filter is a BPF expression or NULL. Heap; NULL
 * with a message in err.
 */
struct capture *capture_open_fd(int fd, const char *filter, char err[CAPTURE_ERROR_SIZE]);

/* ---- live ---------------------------------------------------------------------------------------- */

#define CAPTURE_BUFFER (UINT32_C(32) << 20)
#define CAPTURE_BUFFER_MAX (UINT32_C(2047) << 20) /* libpcap counts in int */
#define CAPTURE_SNAPLEN UINT32_C(262144)          /* libpcap's own maximum: nothing is cut */
#define CAPTURE_SNAPLEN_MIN UINT32_C(64)
#define CAPTURE_BATCH_MS 100
#define CAPTURE_SENSORS_MAX 256                   /* the kernel's bound for a group (PACKET_FANOUT_MAX) */

/*
 * Several sensors on one interface (PACKET_FANOUT). The caller owns it, one an interface, sets sensors and leaves the
 * rest zero; the captures that are opened with it become sensor 0, 1, ... in that order. See fanout.c for which packet
 * goes where: both directions of a session, and all its fragments, to the same.
 *
 * To put another in the place of one that has ended: open that with the same struct, start it, close the old one. In this
 * order no other sensor's share moves, and there is always one that gets this one's.
 */
struct capture_fanout {
	unsigned sensors; /* 2..CAPTURE_SENSORS_MAX */
	uint16_t group;   /* the kernel's number for it */
	bool made;        /* there is one; to be cleared when all its captures were closed */
};

/* How to capture. Zero is the default for each. */
struct capture_options {
	uint32_t buffer;     /* bytes in the kernel for bursts, up to CAPTURE_BUFFER_MAX; 0: CAPTURE_BUFFER */
	uint32_t snaplen;    /* bytes of a packet, CAPTURE_SNAPLEN_MIN..CAPTURE_SNAPLEN; 0: all of it */
	unsigned batch_ms;   /* for how long the kernel may gather packets; 0: CAPTURE_BATCH_MS */
	bool immediate;      /* each packet as it comes: TPACKET_V2, whose ring may have room for few (plainpop(8)) */
	bool no_promiscuous;
	/*
	 * What the sensor cares for at all, from fine to coarse, ended by NULL: the first that fits the link type and the
	 * kernel takes is used, none if there is none. NULL: no such filter.
	 */
	const char *const *prefilter;
	const char *filter;  /* the operator's, which is not left out; or NULL */
	struct capture_fanout *fanout; /* NULL: this is the only sensor */
};

/*
 * Opens an interface; this is what takes privileges (CAP_NET_RAW). Heap; NULL with a message in err that also says what
 * to do.
 *
 * Without fanout packets come from now on. With it they come with capture_start(), to be called when the last sensor
 * of the interface is open: before, a session could begin with one sensor and go on with another.
 *
 * A capture may be opened in one process and read in a child, without any privilege; the parent closes its copy, or
 * keeps it to hold the sensor's place. One process alone may read, and ask for statistics. While reading, the child
 * makes these system calls and no others:
 *
 *	poll, restart_syscall (of the poll, once the process was stopped and goes on)
 *	getsockopt   SOL_SOCKET SO_ERROR; SOL_PACKET PACKET_STATISTICS (capture_stats())
 *	getsockname  on the socket of the capture, like all of these
 *	ioctl        SIOCGIFNAME, SIOCGIFFLAGS
 *	pread64      capture_stats()
 *	close, munmap, setsockopt SOL_PACKET PACKET_RX_RING   capture_close()
 */
struct capture *capture_open_live(const char *interface, const struct capture_options *options,
				  char err[CAPTURE_ERROR_SIZE]);

/* Lets packets come. 0, or -1 with a message in err. Nothing to do without fanout. */
int capture_start(struct capture *c, char err[CAPTURE_ERROR_SIZE]);

/* The packet socket of a live capture, to wait on; it stays the capture's. -1 for a file. */
int capture_fd(const struct capture *c);

/* Live: what kernel and interface counted since the start. All zero for a file. */
void capture_stats(struct capture *c, struct capture_stats *out);

#define CAPTURE_DROPS_MIN 100   /* packets: to lose fewer is no news */
#define CAPTURE_DROPS_PERCENT 1 /* of those that were received */

/* True when between two readings the kernel dropped so many, and of so much. */
bool capture_drops_matter(const struct capture_stats *before, const struct capture_stats *now);

/* Where the classic BPF program of a fan-out begins to look. */
enum capture_fanout_at {
	CAPTURE_FANOUT_KERNEL,     /* in the kernel, which is at the link header of some packets and behind it of others */
	CAPTURE_FANOUT_KERNEL_RAW, /* in the kernel, of an interface without link headers */
	CAPTURE_FANOUT_FRAME,      /* at an Ethernet header, for bpf_filter(3PCAP) */
};

#define CAPTURE_FANOUT_INSNS 192

struct bpf_insn;

/*
 * Writes the program that returns the number of the sensor that a packet belongs to, 0..sensors-1, into out, which has
 * room for CAPTURE_FANOUT_INSNS. How many instructions it has. fanout.c says what it does.
 */
unsigned capture_fanout_program(enum capture_fanout_at at, unsigned sensors, struct bpf_insn *out);

/* ---- both ---------------------------------------------------------------------------------------- */

void capture_close(struct capture *c);

/* The next packet; its bytes are valid until the next call. */
enum capture_result capture_next(struct capture *c, struct capture_packet *out);
/* The same, without waiting for one: CAPTURE_IDLE where a live capture has none at hand, or a pipe may have none. */
enum capture_result capture_next_now(struct capture *c, struct capture_packet *out);

/* Makes capture_next() of a live capture return at once. May be called from a signal handler. */
void capture_stop(struct capture *c);

/* The message behind the last CAPTURE_ERROR; of a live capture also behind _DOWN, _UP and _GONE, with its name in it. */
const char *capture_error(const struct capture *c);

/* The link type (DLT_*), and its name for people. */
int capture_dlt(const struct capture *c);
const char *capture_dlt_name(const struct capture *c);

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

/*
 * raw as a stream of plain bytes: itself, or a stream that inflates it (gzip, zstd). For captures, and for records that
 * were compressed since. Takes raw over: closing the result closes it. NULL with a message in err, and raw closed.
 */
FILE *capture_inflate(FILE *raw, char err[CAPTURE_ERROR_SIZE]);

/* The version line of libpcap. Static string. */
const char *capture_version(void);

#endif
