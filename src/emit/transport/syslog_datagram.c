/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * syslog:[PATH]           /dev/log, or another socket like it: a datagram a record, or a stream with a NUL behind each
 * syslog+udp://HOST[:514] a datagram a record (RFC 5426)
 *
 * Nobody acknowledges: what was on its way when the other side ended is lost, and UDP may lose anything. What is too long for
 * a datagram is refused.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "syslog.h"

#define DEV_LOG "/dev/log"
#define UDP_PORT "514" /* RFC 5426, 3.3 */

struct datagrams {
	struct syslog_sender sender;
	char host[HOST_SIZE], port[8]; /* UDP; "" otherwise */
	struct sockaddr_un to;
	int fd;
	bool stream;
};

static const char *const prefixes[] = { "syslog:", "syslog+udp://", NULL };

static bool read_target(struct datagrams *d, const char *target, char err[OUTPUT_ERROR_SIZE])
{
	const char *rest = target + strlen(prefixes[0]);

	if (strncmp(target, prefixes[1], strlen(prefixes[1])) == 0) {
		if (address_read(target + strlen(prefixes[1]), UDP_PORT, d->host, d->port, &rest) && rest[0] == '\0')
			return true;
		snprintf(err, OUTPUT_ERROR_SIZE, "not of the form syslog+udp://HOST[:PORT]");
		return false;
	}
	if (rest[0] == '\0')
		rest = DEV_LOG;
	if (rest[0] != '/' || rest[1] == '/' || strlen(rest) >= sizeof d->to.sun_path) {
		snprintf(err, OUTPUT_ERROR_SIZE, "not of the form syslog:[/PATH], syslog+udp://HOST, or +tcp or +tls");
		return false;
	}
	d->to.sun_family = AF_UNIX;
	memcpy(d->to.sun_path, rest, strlen(rest) + 1);
	return true;
}

static void *datagram_open(const char *target, char err[OUTPUT_ERROR_SIZE])
{
	struct datagrams *d = calloc(1, sizeof *d);

	if (d == NULL) {
		snprintf(err, OUTPUT_ERROR_SIZE, "out of memory");
		return NULL;
	}
	d->fd = -1;
	if (!read_target(d, target, err)) {
		free(d);
		return NULL;
	}
	syslog_init(&d->sender);
	return d;
}

static bool datagram_option(void *t, const char *name, const char *value, char err[OUTPUT_ERROR_SIZE])
{
	struct datagrams *d = t;
	int taken = syslog_option(&d->sender, name, value, err);

	if (taken == 0)
		snprintf(err, OUTPUT_ERROR_SIZE, "no such option: %s", name);
	return taken > 0;
}

static int try_connect(struct datagrams *d, int type)
{
	const struct timeval wait = { .tv_sec = TRANSPORT_TIMEOUT };
	int why;

	d->fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (d->fd >= 0 && setsockopt(d->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) == 0 &&
	    connect(d->fd, (const struct sockaddr *)&d->to, sizeof d->to) == 0)
		return 0;
	why = errno;
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
	errno = why;
	return -1;
}

static int datagram_connect(void *t, char err[OUTPUT_ERROR_SIZE])
{
	struct datagrams *d = t;

	d->sender.procid = getpid(); /* of the process that sends, not of the one that opened */
	d->stream = false;
	if (d->host[0] != '\0') {
		d->fd = address_connect(d->host, d->port, SOCK_DGRAM, err);
		return d->fd >= 0 ? 0 : -1;
	}
	if (try_connect(d, SOCK_DGRAM) == 0)
		return 0;
	d->stream = errno == EPROTOTYPE;
	if (d->stream && try_connect(d, SOCK_STREAM) == 0)
		return 0;
	snprintf(err, OUTPUT_ERROR_SIZE, "%s: %s", d->to.sun_path, strerror(errno));
	return -1;
}

/* All of it, or -1 with errno. */
static int send_all(int fd, struct iovec *part, size_t parts)
{
	while (parts > 0) {
		struct msghdr m = { .msg_iov = part, .msg_iovlen = parts };
		ssize_t n = sendmsg(fd, &m, MSG_NOSIGNAL);

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

static int send_one(const struct datagrams *d, const struct shipment *r)
{
	char header[SYSLOG_HEADER_SIZE], nul = '\0';
	struct span h = d->host[0] != '\0' ? syslog_header(&d->sender, r, false, header) :
					     syslog_local_header(&d->sender, r, header);
	struct iovec part[] = { { header, h.n }, { (char *)(uintptr_t)r->line, r->n }, { &nul, 1 } };

	return send_all(d->fd, part, d->stream ? 3 : 2);
}

static size_t datagram_deliver(void *t, const struct shipment *r, size_t n, uint64_t *refused, char err[OUTPUT_ERROR_SIZE])
{
	struct datagrams *d = t;
	size_t i;

	for (i = 0; i < n; i++) {
		if (send_one(d, &r[i]) == 0)
			continue;
		if (d->stream || errno != EMSGSIZE) {
			snprintf(err, OUTPUT_ERROR_SIZE, "%s", strerror(errno));
			break;
		}
		++*refused; /* too long for a datagram, whenever */
	}
	return i;
}

static void datagram_disconnect(void *t)
{
	struct datagrams *d = t;

	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

const struct transport transport_syslog_datagram = {
	.name = "syslog",
	.prefixes = prefixes,
	.open = datagram_open,
	.option = datagram_option,
	.connect = datagram_connect,
	.deliver = datagram_deliver,
	.disconnect = datagram_disconnect,
	.free = free,
};
