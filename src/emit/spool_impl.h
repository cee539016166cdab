/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parts of a spool: the queue between two threads (spool.c), which keeps what is in it in one of two stores, memory
 * (spool_memory.c) or files (spool_disk.c); and of the latter a file by itself (spool_segment.c), and what is found at the
 * start (spool_start.c).
 */
#ifndef PLAINPOP_EMIT_SPOOL_IMPL_H
#define PLAINPOP_EMIT_SPOOL_IMPL_H

#include <pthread.h>

#include "ship.h"

/* ---- spool.c ---- */

/* The lock is held in all of them; put, take, ack and sync may let go of it meanwhile. */
struct store {
	bool (*put)(struct spool *s, const struct shipment *r); /* false: it is dropped */
	void (*sync)(struct spool *s);
	/*
	 * There is one, and max > 0. How many are taken, in *n: 0 if what there was was damaged, and is lost; try again.
	 * False: it can't be read just now.
	 */
	bool (*take)(struct spool *s, struct shipment *out, size_t max, size_t *n);
	void (*ack)(struct spool *s, size_t n); /* so many were taken */
	void (*again)(struct spool *s);
	void (*close)(struct spool *s); /* what can not be kept is lost, see spool_lose() */
};

struct spool {
	struct spool_options o;
	const struct store *store;
	struct memory *memory; /* the one or the other */
	struct disk *disk;

	pthread_mutex_t lock; /* for all that follows */
	pthread_cond_t news;  /* for the thread that takes: a record, or the end */
	pthread_cond_t room;  /* for the one that puts: something has gone, or was read, or it is the end */
	bool finished;
	uint64_t waiting, untaken; /* records in it; of which so many were not taken */
	uint64_t bytes;            /* that these take, up to o.max */
	uint64_t dropped, damaged; /* not in the counters yet */
};

/* So many of those that were not taken, and so many of those that were, are no more. */
void spool_lose(struct spool *s, uint64_t untaken, uint64_t taken);

/* ---- spool_memory.c ---- */

extern const struct store store_memory;
bool memory_open(struct spool *s);

/* ---- spool_segment.c: a file, and the records in it. No state, no lock ---- */

#define RECORD_HEAD 72
#define RECORD_MAX (RECORD_HEAD + SHIPMENT_MAX)
#define SEGMENT_NUMBER_MAX (UINT64_MAX >> 1)

/* How many bytes a record takes. */
static inline size_t record_size(const struct shipment *r)
{
	return RECORD_HEAD + r->n;
}

/* What has to stand at this place of this segment. out has record_size(). */
void record_write(uint8_t *out, const struct shipment *r, uint64_t number, uint64_t at);

/* The number in the name of a segment's file; false: it is no such name. */
bool segment_named(const char *name, uint64_t *number);
/* A new file, to write. A descriptor, or -1 with errno. */
int segment_create(int directory, uint64_t number);
/* 0, or -1 with errno: it is not there, can't be read, or is no file. */
int segment_size(int directory, uint64_t number, uint64_t *size);
/* True when it is for want of something that may be there in a moment. */
bool segment_busy(int why);
/* All of it, or -1 with errno, and then the file ends at this place. */
int segment_write(int fd, const uint8_t *p, size_t n, uint64_t at);
/* 0, also when it is gone, or -1 with errno. */
int segment_sync(int directory, uint64_t number);
void segment_remove(int directory, uint64_t number);

/* A part of a segment, read. */
struct window {
	uint8_t *p;
	uint64_t number, at; /* of which segment, from where on, */
	size_t n;            /* so many bytes */
};

enum record_result {
	RECORD_WHOLE,
	RECORD_OUTSIDE,    /* it goes beyond the window, which was not to be moved */
	RECORD_DAMAGED,    /* it is not there, or not whole, or not what was written */
	RECORD_UNREADABLE, /* segment_busy(errno) */
};

bool window_init(struct window *w);
void window_fini(struct window *w);
/*
 * The record at this place of a segment that ends there; where move is given, and only there, the window may be moved, and
 * then lines in it are no longer valid. *size: of the record in the file.
 */
enum record_result window_record(struct window *w, int directory, uint64_t number, uint64_t at, uint64_t end, bool move,
				 struct shipment *r, size_t *size);

/* ---- spool_disk.c ---- */

struct segment {
	struct segment *next;
	uint64_t number;
	uint64_t size;             /* whole records end here */
	uint64_t bytes;            /* that the file takes, more than that where it is damaged; 0: gone */
	uint64_t n, taken, acked;  /* records since the start; those that were taken, too; and acknowledged, too */
	uint64_t taken_at, acked_at;
	bool gone;   /* had to make room; here because of what was taken and not acknowledged */
	bool broken; /* it could not be read to its end: nothing more goes in here */
	bool dirty;  /* not all of it is on the disk for certain */
};

struct disk {
	struct segment *first, **end;     /* end: the link to the one to come */
	struct segment *writing, *reading;
	uint64_t next, segment_size;      /* the next one's number; how large they get */
	bool failing;                     /* the disk took no record the last time */
	bool new_files, moved;            /* directory and position are not on the disk */
	/* Of the thread that puts. */
	int fd;          /* of the one that is written to */
	uint8_t *record; /* RECORD_MAX */
	bool sync_failing;
	/* Of the thread that takes. */
	struct window window;
	size_t taken[SPOOL_TAKEN], taken_from, n_taken; /* sizes of what was taken, a ring */
	bool damage_told, position_failing;
	/* Of both: the one writes to it, the other makes it last. */
	int position;
	unsigned turn;
};

extern const struct store store_disk;
/* At the end of the list; the one behind this link. */
void disk_append(struct disk *d, struct segment *g);
void disk_detach(struct disk *d, struct segment **link);
void disk_free(struct disk *d);

/* ---- spool_start.c: what an earlier process has left ---- */

bool disk_open(struct spool *s, char err[OUTPUT_ERROR_SIZE]);

/* All records before it are done with. */
struct position {
	uint64_t number, at;
};

/* To one of the two slots of its file, by turns. 0, or -1 with errno. */
int position_write(int fd, unsigned turn, const struct position *p);

#endif
