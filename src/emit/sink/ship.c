/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The writer's end of the way to a shipper: a packet a record. Live nobody waits: what the channel has no room for is kept,
 * up to a bound, and then dropped and counted. In a replay the writer waits, as nothing is lost by that.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../impl.h"
#include "../ship.h"

#define KEPT (4u << 20) /* bytes */

struct ship {
	int fd; /* -1: the channel is not there yet */
	bool wait, complained, dead;
	char *target;
	struct buffer kept; /* packets that found no room, each behind its size; may hold secrets */
	size_t at;
	uint64_t lost;
};

static bool takes(const char *target)
{
	return transport_for(target) != NULL;
}

static void *ship_open(const char *target, char err[OUTPUT_ERROR_SIZE])
{
	struct ship *s = calloc(1, sizeof *s);

	if (s == NULL || (s->target = strdup(target)) == NULL) {
		snprintf(err, OUTPUT_ERROR_SIZE, "out of memory");
		free(s);
		return NULL;
	}
	s->fd = -1;
	return s;
}

static void adopt(void *state, int fd)
{
	struct ship *s = state;

	if (s->fd >= 0)
		close(s->fd);
	s->fd = fd;
}

void ship_wait(void *sink)
{
	((struct ship *)sink)->wait = true;
}

static void drop(struct ship *s, const char *why)
{
	counter_add(COUNTER_OUTPUT_DROPPED, 1);
	s->lost++;
	if (!s->complained)
		log_error("%s: %s; records are being lost", s->target, why);
	s->complained = true;
}

/* False: there is no room now. */
static bool send_packet(struct ship *s, const void *head, size_t head_n, const void *line, size_t n)
{
	struct iovec part[2] = { { .iov_base = (void *)(uintptr_t)head, .iov_len = head_n },
				 { .iov_base = (void *)(uintptr_t)line, .iov_len = n } };
	struct msghdr m = { .msg_iov = part, .msg_iovlen = 2 };
	struct pollfd p = { .fd = s->fd, .events = POLLOUT };

	while (sendmsg(s->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN && !s->wait)
			return false;
		if (errno != EAGAIN) {
			s->dead = true;
			drop(s, strerror(errno));
			return true;
		}
		poll(&p, 1, -1);
	}
	return true;
}

/* Whether all that was kept is on its way. */
static bool send_kept(struct ship *s)
{
	uint32_t n;

	while (s->at < s->kept.n) {
		memcpy(&n, s->kept.p + s->at, sizeof n);
		if (!send_packet(s, s->kept.p + s->at + sizeof n, SHIPMENT_HEAD, s->kept.p + s->at + sizeof n + SHIPMENT_HEAD,
				 n - SHIPMENT_HEAD))
			return false;
		s->at += sizeof n + n;
	}
	if (s->kept.n > 0)
		explicit_bzero(s->kept.p, s->kept.n);
	s->kept.n = s->at = 0;
	s->complained = false;
	return true;
}

static void keep(struct ship *s, const uint8_t head[SHIPMENT_HEAD], const char *line, uint32_t n)
{
	uint32_t size = SHIPMENT_HEAD + n;

	if (s->at > KEPT / 2) {
		memmove(s->kept.p, s->kept.p + s->at, s->kept.n - s->at);
		s->kept.n -= s->at;
		s->at = 0;
	}
	if (s->kept.n + sizeof size + size > KEPT || !buffer_reserve(&s->kept, sizeof size + size)) {
		drop(s, "its process does not keep up");
		return;
	}
	buffer_add(&s->kept, (const char *)&size, sizeof size);
	buffer_add(&s->kept, (const char *)head, SHIPMENT_HEAD);
	buffer_add(&s->kept, line, n);
}

static void ship_record(void *state, const struct shipment *r)
{
	struct ship *s = state;
	uint8_t head[SHIPMENT_HEAD];

	if (r->n > SHIPMENT_MAX) {
		drop(s, "a record is too long");
		return;
	}
	shipment_head(r, head);
	if (s->fd < 0 || !send_kept(s) || !send_packet(s, head, sizeof head, r->line, r->n))
		keep(s, head, r->line, r->n);
}

static bool flush(void *state)
{
	struct ship *s = state;

	return s->fd >= 0 ? send_kept(s) : s->kept.n == 0;
}

static bool dead(const void *state)
{
	return ((const struct ship *)state)->dead;
}

static uint64_t ship_close(void *state)
{
	struct ship *s = state;
	uint64_t lost;
	uint32_t n;

	s->wait = true; /* whoever reads ends when we do */
	if (s->fd >= 0) {
		send_kept(s);
		close(s->fd);
	}
	for (; s->at < s->kept.n; s->at += sizeof n + n) {
		memcpy(&n, s->kept.p + s->at, sizeof n);
		drop(s, "there is no process for it");
	}
	lost = s->lost;
	if (s->kept.n > 0)
		explicit_bzero(s->kept.p, s->kept.n);
	buffer_free(&s->kept);
	free(s->target);
	free(s);
	return lost;
}

const struct sink sink_ship = {
	.name = "ship",
	.takes = takes,
	.open = ship_open,
	.adopt = adopt,
	.write = ship_record,
	.flush = flush,
	.dead = dead,
	.close = ship_close,
};
