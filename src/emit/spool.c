/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The queue between the thread that puts and the one that takes: who waits for whom, and what is counted. ship.h says what
 * it promises.
 *
 *          acknowledged |  taken  |  not taken  | put
 *      done with, gone  |<------ waiting ------>|
 *
 * The lock is not held while a store reads or writes files, nor while anybody uses what was taken.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "spool_impl.h"

void spool_lose(struct spool *s, uint64_t untaken, uint64_t taken)
{
	s->untaken -= untaken;
	s->waiting -= untaken + taken;
	s->dropped += untaken + taken;
}

/* By the thread that puts, and nobody else: counters are not shared. */
static void count(struct spool *s)
{
	counter_add(COUNTER_OUTPUT_DROPPED, s->dropped);
	counter_add(COUNTER_OUTPUT_DAMAGED, s->damaged);
	s->dropped = s->damaged = 0;
}

static struct spool *failed(struct spool *s, int directory)
{
	if (directory >= 0)
		close(directory);
	free(s);
	return NULL;
}

struct spool *spool_open(const struct spool_options *o, char err[OUTPUT_ERROR_SIZE])
{
	struct spool *s = calloc(1, sizeof *s);
	pthread_condattr_t monotonic;

	snprintf(err, OUTPUT_ERROR_SIZE, "out of memory");
	if (s == NULL)
		return failed(s, o->directory);
	s->o = *o;
	if (o->name == NULL)
		s->o.name = "output";
	if (o->directory >= 0 ? !disk_open(s, err) : !memory_open(s))
		return failed(s, o->directory);
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&s->news, &monotonic);
	pthread_cond_init(&s->room, NULL);
	pthread_condattr_destroy(&monotonic);
	s->untaken = s->waiting;
	count(s);
	return s;
}

void spool_put(struct spool *s, const struct shipment *r)
{
	pthread_mutex_lock(&s->lock);
	if (r->n <= SHIPMENT_MAX && s->store->put(s, r)) {
		s->waiting++;
		s->untaken++;
		pthread_cond_signal(&s->news);
	} else {
		s->dropped++;
	}
	count(s);
	pthread_mutex_unlock(&s->lock);
}

void spool_sync(struct spool *s)
{
	pthread_mutex_lock(&s->lock);
	s->store->sync(s);
	count(s);
	pthread_mutex_unlock(&s->lock);
}

void spool_finish(struct spool *s)
{
	pthread_mutex_lock(&s->lock);
	s->finished = true;
	pthread_cond_signal(&s->news);
	pthread_cond_signal(&s->room);
	pthread_mutex_unlock(&s->lock);
}

static struct timespec in_ms(int ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

/* What can be had now, in *n. False: nothing, and asking again at once would be no use. */
static bool take_now(struct spool *s, struct shipment *out, size_t max, size_t *n)
{
	const uint64_t taken = s->waiting - s->untaken;

	if (max > SPOOL_TAKEN - taken)
		max = (size_t)(SPOOL_TAKEN - taken);
	return max > 0 && s->untaken > 0 && s->store->take(s, out, max, n);
}

size_t spool_take(struct spool *s, struct shipment *out, size_t max, int timeout_ms, bool *end)
{
	const struct timespec until = in_ms(timeout_ms > 0 ? timeout_ms : 0);
	bool late = timeout_ms <= 0;
	size_t n = 0;

	pthread_mutex_lock(&s->lock);
	while (n == 0) {
		if (take_now(s, out, max, &n))
			continue;
		if (late || (s->finished && s->untaken == 0))
			break;
		late = pthread_cond_timedwait(&s->news, &s->lock, &until) != 0;
	}
	*end = n == 0 && s->finished && s->waiting == 0;
	pthread_mutex_unlock(&s->lock);
	return n;
}

void spool_ack(struct spool *s, size_t n)
{
	pthread_mutex_lock(&s->lock);
	if (n > s->waiting - s->untaken)
		n = (size_t)(s->waiting - s->untaken);
	s->waiting -= n;
	if (n > 0)
		s->store->ack(s, n);
	pthread_cond_signal(&s->room);
	pthread_mutex_unlock(&s->lock);
}

void spool_again(struct spool *s)
{
	pthread_mutex_lock(&s->lock);
	s->store->again(s);
	s->untaken = s->waiting;
	pthread_cond_signal(&s->room);
	pthread_mutex_unlock(&s->lock);
}

uint64_t spool_waiting(struct spool *s)
{
	uint64_t n;

	pthread_mutex_lock(&s->lock);
	n = s->waiting;
	pthread_mutex_unlock(&s->lock);
	return n;
}

uint64_t spool_close(struct spool *s)
{
	uint64_t lost;

	if (s == NULL)
		return 0;
	pthread_mutex_lock(&s->lock);
	count(s); /* what was lost earlier was not lost with it */
	s->store->close(s);
	lost = s->dropped;
	count(s);
	pthread_mutex_unlock(&s->lock);
	pthread_cond_destroy(&s->news);
	pthread_cond_destroy(&s->room);
	pthread_mutex_destroy(&s->lock);
	if (s->o.directory >= 0)
		close(s->o.directory);
	free(s);
	return lost;
}
