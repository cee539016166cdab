/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * unix:PATH: a line a record to a socket, a stream if it takes that, else a datagram each. Nobody acknowledges: what was
 * on its way when the other side ended is lost.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "../ship.h"

struct unix_socket {
	struct sockaddr_un to;
	int fd;
	bool stream;
};

static const char *const prefixes[] = { "unix:", NULL };

static void *unix_open(const char *target, char err[OUTPUT_ERROR_SIZE])
{
	const char *path = target + strlen(prefixes[0]);
	struct unix_socket *u;

	if (path[0] == '\0' || strlen(path) >= sizeof u->to.sun_path) {
		snprintf(err, OUTPUT_ERROR_SIZE, "the path of a socket has 1 to %zu bytes", sizeof u->to.sun_path - 1);
		return NULL;
	}
	u = calloc(1, sizeof *u);
	if (u == NULL) {
		snprintf(err, OUTPUT_ERROR_SIZE, "out of memory");
		return NULL;
	}
	u->fd = -1;
	u->to.sun_family = AF_UNIX;
	memcpy(u->to.sun_path, path, strlen(path) + 1);
	return u;
}

static int try_connect(struct unix_socket *u, int type)
{
	const struct timeval wait = { .tv_sec = TRANSPORT_TIMEOUT };
	int why;

	u->fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (u->fd >= 0 && setsockopt(u->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) == 0 &&
	    connect(u->fd, (const struct sockaddr *)&u->to, sizeof u->to) == 0)
		return 0;
	why = errno;
	if (u->fd >= 0)
		close(u->fd);
	u->fd = -1;
	errno = why;
	return -1;
}

static int unix_connect(void *t, char err[OUTPUT_ERROR_SIZE])
{
	struct unix_socket *u = t;

	u->stream = true;
	if (try_connect(u, SOCK_STREAM) == 0)
		return 0;
	u->stream = false;
	if (errno == EPROTOTYPE && try_connect(u, SOCK_DGRAM) == 0)
		return 0;
	snprintf(err, OUTPUT_ERROR_SIZE, "%s", strerror(errno));
	return -1;
}

/* All of it, or -1 with errno. */
static int send_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return -1;
		p += sent;
		n -= (size_t)sent;
	}
	return 0;
}

static int send_one(const struct unix_socket *u, const struct shipment *r)
{
	if (!u->stream)
		return send(u->fd, r->line, r->n, MSG_NOSIGNAL) < 0 ? -1 : 0;
	return send_all(u->fd, r->line, r->n) == 0 ? send_all(u->fd, "\n", 1) : -1;
}

static size_t unix_deliver(void *t, const struct shipment *r, size_t n, uint64_t *refused, char err[OUTPUT_ERROR_SIZE])
{
	struct unix_socket *u = t;
	size_t i;

	for (i = 0; i < n; i++) {
		if (send_one(u, &r[i]) == 0)
			continue;
		if (u->stream || errno != EMSGSIZE) {
			snprintf(err, OUTPUT_ERROR_SIZE, "%s", strerror(errno));
			break;
		}
		++*refused; /* too long for a datagram, whenever */
	}
	return i;
}

static void unix_disconnect(void *t)
{
	struct unix_socket *u = t;

	if (u->fd >= 0)
		close(u->fd);
	u->fd = -1;
}

const struct transport transport_unix = {
	.name = "unix",
	.prefixes = prefixes,
	.open = unix_open,
	.connect = unix_connect,
	.deliver = unix_deliver,
	.disconnect = unix_disconnect,
	.free = free,
};
