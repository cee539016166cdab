/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A spool on disk: a list of segments, the oldest first, of which the last one may be written to.
 *
 *      first                                                    last
 *      +--------------+  +--------------+  +--------------+  +-------
 *      |##:::::::::   |  |:::::         |  |              |  |    ...   <- put
 *      +--------------+  +--------------+  +--------------+  +-------
 *         ^ acked_at          ^ taken_at                     size ^
 *
 * What survives: each put is a write(2) of its own before it returns, so a process that dies loses nothing that was put.
 * The disk itself is asked (fdatasync) once a second, by spool_sync(), and at the end; so a machine that dies may lose what
 * came since then, and what it loses of a segment is its end: the CRC tells. The position is written with each
 * acknowledgment, and made last likewise; what comes again after a crash was acknowledged since.
 *
 * A segment goes when all of it was acknowledged, or as the oldest when there is no room, by `max` or on the disk. With
 * `wait` the latter happens to none; room then comes of acknowledgments alone. While the disk has no room even so, no second
 * one goes: else somebody who fills it would have us throw away all that is there.
 *
 * Who may do what without the lock: the thread that puts writes to the segment that it began, which nobody else closes;
 * the one that takes reads what is published, and while it reads (`reading`), that file is not removed.
 *
 * System calls after the start: openat, close, fstat, pread64, pwrite64, ftruncate, fdatasync, fsync, unlinkat, futex.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "spool_impl.h"

/* Once, and again only after it has worked in between. */
static void complain(const struct spool *s, bool *told, int why, const char *what)
{
	if (why != 0 && !*told)
		log_error("%s: spool: %s; %s", s->o.name, strerror(why), what);
	*told = why != 0;
}

/* ---- segments come and go ---- */

void disk_detach(struct disk *d, struct segment **link)
{
	struct segment *g = *link;

	*link = g->next;
	if (d->end == &g->next)
		d->end = link;
	free(g);
}

void disk_append(struct disk *d, struct segment *g)
{
	*d->end = g;
	d->end = &g->next;
}

/* Lets go of the lock. */
static void remove_file(struct spool *s, uint64_t number)
{
	pthread_mutex_unlock(&s->lock);
	segment_remove(s->o.directory, number);
	pthread_mutex_lock(&s->lock);
}

/* The first ones, as far as all of them is acknowledged. Lets go of the lock. */
static void remove_done(struct spool *s)
{
	struct disk *d = s->disk;

	while (d->first != NULL && d->first->acked == d->first->n && d->first != d->writing && d->first != d->reading) {
		const uint64_t number = d->first->number;
		const bool gone = d->first->gone;

		s->bytes -= d->first->bytes;
		disk_detach(d, &d->first);
		if (!gone)
			remove_file(s, number);
	}
}

static void stop_writing(struct disk *d)
{
	if (d->writing != NULL)
		close(d->fd);
	d->writing = NULL;
}

/* Nothing more goes into the one that is written to. Lets go of the lock. */
static void seal(struct spool *s)
{
	stop_writing(s->disk);
	remove_done(s);
}

/* Takes the oldest away; not what was read of it and perhaps is acknowledged yet. */
static void drop_at(struct spool *s, struct segment **link)
{
	struct disk *d = s->disk;
	struct segment *g = *link;
	const uint64_t number = g->number;

	if (g == d->writing)
		stop_writing(d);
	spool_lose(s, g->n - g->taken, 0);
	s->bytes -= g->bytes;
	g->bytes = 0;
	g->n = g->taken;
	g->gone = true;
	if (g->taken == g->acked)
		disk_detach(d, link);
	remove_file(s, number);
}

/*
 * The oldest goes, or, where that may not be, it waits for something to change. False: there is none, or it is the end.
 */
static bool make_room(struct spool *s)
{
	struct disk *d = s->disk;
	struct segment **link;

	for (;;) {
		for (link = &d->first; *link != NULL && (*link)->gone;)
			link = &(*link)->next;
		if (*link == NULL || (*link)->bytes == 0)
			return false;
		if (*link != d->reading)
			break;
		pthread_cond_wait(&s->room, &s->lock); /* a moment */
	}
	if (!s->o.wait || (*link)->acked == (*link)->n) {
		drop_at(s, link);
		return true;
	}
	if (s->finished)
		return false;
	pthread_cond_wait(&s->room, &s->lock);
	return true;
}

/* ---- putting ---- */

/* A new one to write to. 0, or an errno. Lets go of the lock. */
static int begin(struct spool *s)
{
	struct disk *d = s->disk;
	struct segment *g = calloc(1, sizeof *g);
	int fd, why;

	if (g == NULL)
		return ENOMEM;
	g->number = d->next;
	pthread_mutex_unlock(&s->lock);
	fd = segment_create(s->o.directory, g->number);
	why = errno;
	pthread_mutex_lock(&s->lock);
	if (fd >= 0 || why == EEXIST)
		d->next++;
	if (fd < 0) {
		free(g);
		return why;
	}
	d->fd = fd;
	d->writing = g;
	d->new_files = true;
	disk_append(d, g);
	return 0;
}

/* 0, or an errno. Lets go of the lock. */
static int write_record(struct spool *s, const struct shipment *r)
{
	struct disk *d = s->disk;
	const size_t size = record_size(r);
	struct segment *g;
	int why = d->writing != NULL ? 0 : begin(s);

	if (why != 0)
		return why;
	g = d->writing;
	pthread_mutex_unlock(&s->lock);
	record_write(d->record, r, g->number, g->size);
	why = segment_write(d->fd, d->record, size, g->size) == 0 ? 0 : errno;
	pthread_mutex_lock(&s->lock);
	if (why != 0)
		return why;
	g->size += size;
	g->bytes += size;
	s->bytes += size;
	g->n++;
	g->dirty = true;
	return 0;
}

static bool wants_room(int why)
{
	return why == ENOSPC || why == EDQUOT || why == EIO || why == EFBIG;
}

/* Writes it, with room made once if need be, or, with `wait`, as often as something changes. */
static bool store(struct spool *s, const struct shipment *r)
{
	struct disk *d = s->disk;
	bool made = d->failing;
	int why;

	while ((why = write_record(s, r)) != 0) {
		if (why == EEXIST) /* what is no file may have the name of one */
			continue;
		if (why == EFBIG && d->writing != NULL && d->writing->size > 0) {
			seal(s); /* a file can't be that large here */
			continue;
		}
		if (!wants_room(why) || (made && !s->o.wait) || !make_room(s))
			break;
		made = true;
	}
	complain(s, &d->failing, why, "records are being lost");
	return why == 0;
}

static bool disk_put(struct spool *s, const struct shipment *r)
{
	struct disk *d = s->disk;
	const size_t size = record_size(r);

	if (size > s->o.max)
		return false;
	if (d->writing != NULL && d->writing->size > 0 &&
	    (d->writing->broken || d->writing->size + size > d->segment_size))
		seal(s);
	while (s->bytes + size > s->o.max)
		if (!make_room(s))
			return false;
	return store(s, r);
}

/* ---- making it last ---- */

static struct segment *first_dirty(struct disk *d)
{
	struct segment *g = d->first;

	while (g != NULL && (!g->dirty || g->gone))
		g = g->next;
	return g;
}

static void disk_sync(struct spool *s)
{
	struct disk *d = s->disk;
	const bool files = d->new_files, moved = d->moved;
	struct segment *g;
	int why = 0;

	d->new_files = d->moved = false;
	while ((g = first_dirty(d)) != NULL) {
		const uint64_t number = g->number;

		g->dirty = false;
		pthread_mutex_unlock(&s->lock);
		if (segment_sync(s->o.directory, number) != 0)
			why = errno;
		pthread_mutex_lock(&s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	if ((files && fsync(s->o.directory) != 0) || (moved && fdatasync(d->position) != 0))
		why = errno;
	pthread_mutex_lock(&s->lock);
	complain(s, &d->sync_failing, why, "what was written may not last");
}

/* ---- taking ---- */

/* Reads up to max records of a segment. No lock. How many; *last: why there are no more. *at moves on. */
static size_t read_records(struct spool *s, uint64_t number, uint64_t *at, uint64_t end, struct shipment *out, size_t max,
			   enum record_result *last)
{
	struct disk *d = s->disk;
	size_t n = 0, size;

	for (*last = RECORD_WHOLE; n < max && *last == RECORD_WHOLE;) {
		/* The window stays where lines of it were given out. */
		*last = window_record(&d->window, s->o.directory, number, *at, end, n == 0, &out[n], &size);
		if (*last != RECORD_WHOLE)
			break;
		d->taken[(d->taken_from + d->n_taken++) % SPOOL_TAKEN] = size;
		*at += size;
		n++;
	}
	return n;
}

/* What is behind taken_at in it cannot be read any more, though it was written. */
static void give_up(struct spool *s, struct segment *g)
{
	struct disk *d = s->disk;

	spool_lose(s, g->n - g->taken, 0);
	s->damaged++;
	g->n = g->taken;
	g->broken = true;
	if (!d->damage_told)
		log_warn("%s: spool: a file was damaged since it was written; records are lost", s->o.name);
	d->damage_told = true;
}

static bool disk_take(struct spool *s, struct shipment *out, size_t max, size_t *taken)
{
	struct disk *d = s->disk;
	enum record_result last;
	struct segment *g;
	uint64_t at, end;
	size_t n;

	for (g = d->first; g->taken == g->n;)
		g = g->next;
	if (max > g->n - g->taken)
		max = (size_t)(g->n - g->taken);
	at = g->taken_at;
	end = g->size;
	d->reading = g;
	pthread_mutex_unlock(&s->lock);
	n = read_records(s, g->number, &at, end, out, max, &last);
	pthread_mutex_lock(&s->lock);
	d->reading = NULL;
	g->taken += n;
	g->taken_at = at;
	s->untaken -= n;
	if (last == RECORD_DAMAGED)
		give_up(s, g);
	pthread_cond_signal(&s->room);
	*taken = n;
	return n > 0 || last != RECORD_UNREADABLE;
}

static void move_position(struct spool *s, const struct position *p)
{
	struct disk *d = s->disk;
	int why;

	pthread_mutex_unlock(&s->lock);
	why = position_write(d->position, d->turn++, p) == 0 ? 0 : errno;
	pthread_mutex_lock(&s->lock);
	d->moved = true;
	complain(s, &d->position_failing, why, "records may come again after a restart");
}

static void disk_ack(struct spool *s, size_t n)
{
	struct disk *d = s->disk;
	struct position p = { 0 };
	struct segment *g;

	for (g = d->first; g != NULL && n > 0; g = g->next)
		for (; g->acked < g->taken && n > 0; n--) {
			g->acked++;
			g->acked_at += d->taken[d->taken_from];
			d->taken_from = (d->taken_from + 1) % SPOOL_TAKEN;
			d->n_taken--;
			p = (struct position){ g->number, g->acked_at };
		}
	move_position(s, &p);
	remove_done(s);
}

static void disk_again(struct spool *s)
{
	struct disk *d = s->disk;
	struct segment **link = &d->first, *g;

	d->n_taken = 0;
	while ((g = *link) != NULL) {
		if (g->gone) {
			spool_lose(s, 0, g->taken - g->acked);
			disk_detach(d, link);
			continue;
		}
		g->taken = g->acked;
		g->taken_at = g->acked_at;
		link = &g->next;
	}
}

/* ---- closing ---- */

void disk_free(struct disk *d)
{
	stop_writing(d);
	while (d->first != NULL)
		disk_detach(d, &d->first);
	if (d->position >= 0)
		close(d->position);
	if (d->record != NULL)
		explicit_bzero(d->record, RECORD_MAX);
	free(d->record);
	window_fini(&d->window);
	free(d);
}

/* Both threads are done with it: nobody waits for the lock. */
static void disk_close(struct spool *s)
{
	struct disk *d = s->disk;
	struct segment *g;

	seal(s);
	for (g = d->first; g != NULL; g = g->next) {
		int why = !g->gone && g->dirty && segment_sync(s->o.directory, g->number) != 0 ? errno : 0;

		g->dirty = false;
		if (g->gone || why != 0)
			s->dropped += g->n - g->acked;
		if (why != 0)
			complain(s, &d->sync_failing, why, "what was written may not last");
	}
	disk_sync(s);
	disk_free(d);
}

const struct store store_disk = {
	.put = disk_put,
	.sync = disk_sync,
	.take = disk_take,
	.ack = disk_ack,
	.again = disk_again,
	.close = disk_close,
};
