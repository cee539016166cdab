/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records on their way to somebody else. An output that may refuse, hang or come back after an hour has a process of its
 * own, the shipper, so that nobody ever waits for it:
 *
 *   writer --channel--> shipper:  intake thread -> spool (disk, or memory) -> sender thread -> transport
 *
 * What is in the spool is delivered in order. A record leaves it once the transport says that it is done with.
 */
#ifndef PLAINPOP_EMIT_SHIP_H
#define PLAINPOP_EMIT_SHIP_H

#include "plainpop/emit.h"

#define SHIPMENT_ID 16
#define SHIPMENT_MAX (192u << 10) /* bytes of a line */

/* A record, formatted. */
struct shipment {
	uint64_t ts;              /* µs since the epoch: its time stamp */
	uint8_t id[SHIPMENT_ID];  /* of its bytes: the same whenever they are sent again */
	char key[COMMUNITY_ID_SIZE]; /* the session's community id, or "" */
	uint8_t type;             /* enum record_type */
	uint8_t severity;         /* alert: 1 (worst) to 3; 0: none */
	const char *line;         /* without newline, */
	uint32_t n;               /* of so many bytes, up to SHIPMENT_MAX */
};

/* ---- shipment.c ---- */

#define SHIPMENT_HEAD 64

/* Fills in the id, out of the line. */
void shipment_set_id(struct shipment *r);
/* What goes in front of its line, in a packet to the shipper. */
void shipment_head(const struct shipment *r, uint8_t head[SHIPMENT_HEAD]);
/* Takes such a packet; line points into it. False: it is none. */
bool shipment_read(struct shipment *r, struct span packet);

/* ---- spool.c ---- */

/*
 * A queue between two threads, one that puts and one that takes, bounded, first in first out. With a directory it lives on
 * disk (append-only segments, each record with a checksum) and goes on where it was after a restart, or a crash: what was
 * put and not acknowledged comes again, what was torn is left out. Without, it is in memory.
 *
 * Neither thread waits while the other one reads or writes the disk. With --secrets=show passwords are in the files, which
 * nobody but their owner may read (mode 0600); memory is wiped.
 *
 * What is dropped is counted as OUTPUT_DROPPED, files that were damaged as OUTPUT_DAMAGED, and counters are not for two
 * threads: only the one that opens, puts, syncs and closes touches them. What the other one finds out waits until then.
 */
struct spool;

#define SPOOL_TAKEN 4096 /* records that may be taken and not acknowledged: no more are to be had then */

struct spool_options {
	const char *name; /* for messages: whose it is. The caller's; it outlives the spool */
	int directory;    /* a descriptor, the spool's own from now on; nothing else is in there. -1: memory */
	uint64_t max;     /* bytes, of records and what is kept with them */
	bool wait;        /* put waits for room; else the oldest are dropped: on disk by the file, a sixteenth of max */
};

/*
 * Heap; NULL with a message in err, and the directory is closed. Reads all that is there, as fast as the disk can. A directory
 * belongs to one process at a time.
 */
struct spool *spool_open(const struct spool_options *o, char err[OUTPUT_ERROR_SIZE]);
/*
 * Copies it. What has to be dropped for it is counted, itself if there is no other way: it is longer than SHIPMENT_MAX, or
 * than the whole spool; the disk takes nothing; or all that is in memory has been taken. What was put on disk is not lost
 * when the process dies from then on.
 */
void spool_put(struct spool *s, const struct shipment *r);
/*
 * To be called about once a second by the thread that puts: makes what was put and acknowledged last on the disk, should the
 * machine fail.
 */
void spool_sync(struct spool *s);
/* No more will be put; any thread may say so. A put that waits for room gives up, and its record is dropped. */
void spool_finish(struct spool *s);
/*
 * Up to max of the oldest that were not taken yet, as soon as there is one, but no later than after so many ms (0: does not
 * wait). Fewer than there are, where they do not lie together. Their lines are valid until the next take, ack or again.
 *
 * 0: there is none. *end then says whether there never will be: it is finished, and nothing is left that was not
 * acknowledged. While something is (taken, that is), a finished spool returns at once with *end false: acknowledge it, or
 * have it again.
 */
size_t spool_take(struct spool *s, struct shipment *out, size_t max, int timeout_ms, bool *end);
/* The first n of those that were taken and not acknowledged are done with. */
void spool_ack(struct spool *s, size_t n);
/*
 * Those that were taken and not acknowledged are to be taken again. On disk some of them may have had to make room for
 * others meanwhile: they are gone and counted, but only now, since they could have been acknowledged. In memory what was
 * taken is never dropped.
 */
void spool_again(struct spool *s);
/* How many records are in it, taken ones included. */
uint64_t spool_waiting(struct spool *s);
/*
 * Frees it, when nobody else uses it any more; what is on disk stays there. How many records are lost with it, which are
 * counted, too: in memory all that were not acknowledged; on disk those that the disk failed to keep, and those taken and
 * not acknowledged that had to make room.
 */
uint64_t spool_close(struct spool *s);

/* ---- transports: a file each in transport/, a row in transport/transports.def ---- */

#define TRANSPORT_TIMEOUT 10 /* seconds to connect, and for any answer: never wait longer in one piece */

/* All of it happens in the shipper's sender thread: it may block, if not for ever. */
struct transport {
	const char *name; /* as in "sinks:" of --version */
	const char *const *prefixes; /* of the targets that it is for: "syslog+tcp://", ended by NULL */
	/* The library that it speaks through, with its version, or that there is none. Static string. NULL: it needs none. */
	const char *(*linked)(void);
	/* Reads a target; opens nothing but files it names. Heap; NULL with a message in err. */
	void *(*open)(const char *target, char err[OUTPUT_ERROR_SIZE]);
	/*
	 * An option of its own, as in `,ca=FILE`; before connect. False with a message in err: there is no such, or the
	 * value is wrong. NULL: it has none.
	 */
	bool (*option)(void *t, const char *name, const char *value, char err[OUTPUT_ERROR_SIZE]);
	/* Connects, also anew after a failure. 0, or -1 with a message in err. */
	int (*connect)(void *t, char err[OUTPUT_ERROR_SIZE]);
	/*
	 * Delivers n records in order. How many of them, from the first on, are done with: acknowledged where the other side
	 * does that, else sent. Less than n: it failed, err says why, and connect comes next, after a while; the rest is
	 * given again then. A record that the other side refuses for good while it takes others is done with: *refused counts
	 * it.
	 */
	size_t (*deliver)(void *t, const struct shipment *r, size_t n, uint64_t *refused, char err[OUTPUT_ERROR_SIZE]);
	/* Nothing to deliver now, but connected; called about once a second. -1 with err: the connection is gone. May be NULL. */
	int (*idle)(void *t, char err[OUTPUT_ERROR_SIZE]);
	void (*disconnect)(void *t);
	void (*free)(void *t); /* disconnected already */
};

#define TRANSPORT(symbol) extern const struct transport transport_##symbol;
#include "transport/transports.def"
#undef TRANSPORT

/* The one for a target, or for what begins with one; or NULL. */
const struct transport *transport_for(const char *target);
const struct transport *transport_of(struct span target);

/* ---- shipper.c ---- */

/*
 * The life of a shipper, from the first record to the last: state is the transport's, and stays the caller's. As
 * output_ship().
 */
uint64_t ship(const struct transport *t, void *state, const char *target, const struct output_job *job);

/* For sink_ship: whoever writes waits for room. */
void ship_wait(void *sink);

/* ---- address.c: what transports read of targets ---- */

#define HOST_SIZE 256

/*
 * "HOST:PORT", "[v6]:PORT", or HOST alone with a port that is usual (preset, or NULL: there is none), up to the end or the
 * first '/'; *rest is what is from there on. False: it is none.
 */
bool address_read(const char *text, const char *preset, char host[HOST_SIZE], char port[8], const char **rest);
/* Connects a stream or datagram socket, within TRANSPORT_TIMEOUT seconds. A descriptor, or -1 with a message in err. */
int address_connect(const char *host, const char *port, int type, char err[OUTPUT_ERROR_SIZE]);

#endif
