/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * unix:PATH: a line a record to a socket, a stream if it takes that, else a datagram each. Nobody acknowledges: what was
 * on its way when the other side ended is lost.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "../oneway.h"

static const char *const prefixes[] = { "unix:", NULL };

static void *unix_open(const char *target, char err[OUTPUT_ERROR_SIZE])
{
	struct oneway *u = calloc(1, sizeof *u);

	if (u == NULL) {
		snprintf(err, OUTPUT_ERROR_SIZE, "out of memory");
		return NULL;
	}
	u->fd = -1;
	if (oneway_to(u, target + strlen(prefixes[0])))
		return u;
	snprintf(err, OUTPUT_ERROR_SIZE, "the path of a socket has 1 to %zu bytes", sizeof u->to.sun_path - 1);
	free(u);
	return NULL;
}

static int unix_connect(void *t, char err[OUTPUT_ERROR_SIZE])
{
	if (oneway_connect(t, SOCK_STREAM) == 0)
		return 0;
	snprintf(err, OUTPUT_ERROR_SIZE, "%s", strerror(errno));
	return -1;
}

static int send_one(void *t, const struct shipment *r)
{
	const struct oneway *u = t;
	char end = '\n';
	struct iovec part[] = { { (char *)(uintptr_t)r->line, r->n }, { &end, 1 } };

	return oneway_send(u, part, u->stream ? 2 : 1);
}

static size_t unix_deliver(void *t, const struct shipment *r, size_t n, uint64_t *refused, char err[OUTPUT_ERROR_SIZE])
{
	return oneway_deliver(t, send_one, t, r, n, refused, err);
}

static void unix_disconnect(void *t)
{
	oneway_disconnect(t);
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
