/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The shipper: one thread takes what the writer sends into the spool, and never waits for anybody else; another takes it
 * out again and delivers it, and may wait as long as its transport likes. When the other side is away it is asked again
 * after a while, which gets longer, and is not the same for all sensors of a fleet.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ship.h"

#define BATCH 256          /* records given to the transport together */
#define TICK_MS 1000
#define AGAIN_FIRST 250u   /* ms until it is asked again, at first, */
#define AGAIN_MOST 30000u  /* and at last */
#define DRAIN_LIVE 10      /* seconds to deliver what is there when all is over; what is left stays in the spool */
#define DRAIN_REPLAY 30    /* the same, since anything was delivered last */

static struct {
	const struct transport *transport;
	void *state;
	const char *target;
	struct spool *spool;
	const struct output_job *job;
	int over;         /* eventfd: the sender is to hurry, or to end */
	_Atomic bool finished; /* no more will come */
	_Atomic bool enough; /* it is to end, whatever is left */
	_Atomic time_t progress; /* by the monotonic clock: when something was delivered */
	bool complained;
	uint64_t refused;
} room;

/* ---- the sender ---- */

/* Half to one and a half times as long. */
static unsigned jitter(unsigned ms)
{
	unsigned r = 0;

	if (getrandom(&r, sizeof r, GRND_NONBLOCK) != (ssize_t)sizeof r)
		r = (unsigned)getpid();
	return ms / 2 + r % (ms + 1);
}

static void wait_a_while(unsigned *ms)
{
	struct pollfd p = { .fd = room.over, .events = POLLIN };

	/* Once all is over there is no time to be patient. */
	if (poll(&p, 1, (int)jitter(*ms)) > 0 && !room.enough)
		poll(NULL, 0, AGAIN_FIRST);
	*ms = *ms * 2 < AGAIN_MOST ? *ms * 2 : AGAIN_MOST;
}

static void complain(const char *why)
{
	if (!room.complained)
		log_error("%s: %s; %llu records wait", room.target, why, (unsigned long long)spool_waiting(room.spool));
	room.complained = true;
}

static void delivered(size_t n, uint64_t refused)
{
	if (n == 0)
		return;
	spool_ack(room.spool, n);
	counter_add(COUNTER_OUTPUT_RECORDS, n - refused);
	counter_add(COUNTER_OUTPUT_REFUSED, refused);
	room.refused += refused;
	room.progress = time_steady_s();
	if (room.complained)
		log_warn("%s: records are taken again", room.target);
	room.complained = false;
}

static void disconnect(bool *connected)
{
	room.transport->disconnect(room.state);
	spool_again(room.spool);
	*connected = false;
}

/* What is there, to the other side. False: that failed. */
static bool send_batch(const struct shipment *r, size_t n)
{
	char err[OUTPUT_ERROR_SIZE] = "";
	uint64_t refused = 0;
	size_t done = room.transport->deliver(room.state, r, n, &refused, err);

	if (refused > 0)
		log_error("%s: %llu records were refused: %s", room.target, (unsigned long long)refused, err);
	delivered(done, refused);
	if (done < n)
		complain(err);
	return done == n;
}

static bool connect_again(unsigned *again)
{
	char err[OUTPUT_ERROR_SIZE] = "";

	if (room.transport->connect(room.state, err) == 0) {
		counter_add(COUNTER_OUTPUT_CONNECTS, 1);
		return true;
	}
	complain(err);
	wait_a_while(again);
	return false;
}

static void *sender(void *unused)
{
	static struct shipment batch[BATCH];
	char err[OUTPUT_ERROR_SIZE] = "";
	unsigned again = AGAIN_FIRST;
	bool connected = false, end = false;

	(void)unused;
	while (!room.enough) {
		size_t n;

		if (!connected && room.finished && spool_waiting(room.spool) == 0)
			break;
		if (!connected && !(connected = connect_again(&again)))
			continue;
		n = spool_take(room.spool, batch, BATCH, TICK_MS, &end);
		if (n == 0 && end)
			break;
		if (n == 0 && room.transport->idle != NULL && room.transport->idle(room.state, err) != 0)
			disconnect(&connected);
		if (n == 0)
			continue;
		if (send_batch(batch, n)) {
			again = AGAIN_FIRST;
			continue;
		}
		disconnect(&connected);
		wait_a_while(&again);
	}
	if (connected)
		disconnect(&connected);
	return NULL;
}

/* ---- the intake ---- */

static void take_packet(uint8_t *packet, size_t n)
{
	struct shipment r;

	if (shipment_read(&r, span_of(packet, n)))
		spool_put(room.spool, &r);
	else
		log_error("%s: what came from the writer is no record", room.target);
}

/* Until the writer is gone. */
static void intake(uint8_t *packet)
{
	time_t synced = time_steady_s();
	ssize_t n = 1;

	while (n != 0) {
		struct pollfd p = { .fd = room.job->channel, .events = POLLIN };

		if (room.job->beat != NULL)
			room.job->beat(room.job->beat_ctx);
		if (time_steady_s() != synced) {
			synced = time_steady_s();
			spool_sync(room.spool);
		}
		if (poll(&p, 1, TICK_MS) <= 0)
			continue;
		/* It leaves the channel once it is in the spool: should we die between the two, our successor has it. */
		n = recv(room.job->channel, packet, SHIPMENT_HEAD + SHIPMENT_MAX, MSG_DONTWAIT | MSG_PEEK);
		if (n > 0) {
			take_packet(packet, (size_t)n);
			recv(room.job->channel, packet, 0, MSG_DONTWAIT);
		} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
			break;
		}
	}
	explicit_bzero(packet, SHIPMENT_HEAD + SHIPMENT_MAX);
}

/* What is in the spool may still be delivered, if that does not take too long. */
static void drain(pthread_t thread)
{
	time_t began = time_steady_s();
	struct timespec until;
	uint64_t one = 1;
	int r;

	spool_finish(room.spool);
	room.finished = true;
	if (write(room.over, &one, sizeof one) < 0)
		log_error("%s: %s", room.target, strerror(errno));
	do {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += 1;
		r = pthread_timedjoin_np(thread, NULL, &until);
		if (room.job->beat != NULL)
			room.job->beat(room.job->beat_ctx);
		spool_sync(room.spool);
		if (r != 0 && time_steady_s() - (room.job->wait && room.progress > began ? room.progress : began) >=
				      (room.job->wait ? DRAIN_REPLAY : DRAIN_LIVE))
			room.enough = true;
	} while (r != 0);
}

uint64_t ship(const struct transport *t, void *state, const char *target, const struct output_job *job)
{
	struct spool_options o = { .name = target, .directory = job->directory, .max = job->max, .wait = job->wait };
	uint8_t *packet = malloc(SHIPMENT_HEAD + SHIPMENT_MAX);
	char err[OUTPUT_ERROR_SIZE];
	pthread_t thread;
	uint64_t left, lost;

	room.transport = t;
	room.state = state;
	room.target = target;
	room.job = job;
	room.spool = spool_open(&o, err);
	if (room.spool == NULL || packet == NULL) {
		log_error("%s: %s", target, room.spool == NULL ? err : "out of memory");
		free(packet);
		return UINT64_MAX;
	}
	room.over = eventfd(0, EFD_CLOEXEC);
	if (room.over < 0 || pthread_create(&thread, NULL, sender, NULL) != 0) {
		log_error("%s: cannot start: %s", target, strerror(errno));
		free(packet);
		return UINT64_MAX;
	}
	intake(packet);
	drain(thread);
	free(packet);
	left = spool_waiting(room.spool);
	lost = spool_close(room.spool);
	if (left > lost)
		log_warn("%s: %llu records wait in the spool for the next run", target, (unsigned long long)(left - lost));
	close(room.over);
	/* All of this run, whichever process dropped them. */
	lost = counter_value[COUNTER_OUTPUT_DROPPED];
	if (lost > 0)
		log_error("%s: %llu records were dropped", target, (unsigned long long)lost);
	return left + lost + room.refused;
}
