/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "oneway.h"

bool oneway_to(struct oneway *o, const char *path)
{
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof o->to.sun_path)
		return false;
	o->to.sun_family = AF_UNIX;
	memcpy(o->to.sun_path, path, n + 1);
	return true;
}

static int try_connect(struct oneway *o, int type)
{
	const struct timeval wait = { .tv_sec = TRANSPORT_TIMEOUT };
	int why;

	o->stream = type == SOCK_STREAM;
	o->fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (o->fd >= 0 && setsockopt(o->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) == 0 &&
	    connect(o->fd, (const struct sockaddr *)&o->to, sizeof o->to) == 0)
		return 0;
	why = errno;
	oneway_disconnect(o);
	errno = why;
	return -1;
}

int oneway_connect(struct oneway *o, int type)
{
	if (try_connect(o, type) == 0)
		return 0;
	return errno == EPROTOTYPE ? try_connect(o, type == SOCK_STREAM ? SOCK_DGRAM : SOCK_STREAM) : -1;
}

void oneway_disconnect(struct oneway *o)
{
	if (o->fd >= 0)
		close(o->fd);
	o->fd = -1;
}

int oneway_send(const struct oneway *o, struct iovec *part, size_t parts)
{
	while (parts > 0) {
		struct msghdr m = { .msg_iov = part, .msg_iovlen = parts };
		ssize_t n = sendmsg(o->fd, &m, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		for (; parts > 0 && (size_t)n >= part->iov_len; part++, parts--)
			n -= (ssize_t)part->iov_len;
		if (parts > 0) {
			part->iov_base = (char *)part->iov_base + n;
			part->iov_len -= (size_t)n;
		}
	}
	return 0;
}

size_t oneway_deliver(const struct oneway *o, int (*send_one)(void *t, const struct shipment *r), void *t,
		      const struct shipment *r, size_t n, uint64_t *refused, char err[OUTPUT_ERROR_SIZE])
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (send_one(t, &r[i]) == 0)
			continue;
		if (o->stream || errno != EMSGSIZE) {
			snprintf(err, OUTPUT_ERROR_SIZE, "%s", strerror(errno));
			break;
		}
		++*refused; /* too long for a datagram, whenever */
	}
	return i;
}
