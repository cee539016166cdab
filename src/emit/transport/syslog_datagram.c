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
#include <unistd.h>

#include "../oneway.h"
#include "syslog.h"

#define DEV_LOG "/dev/log"
#define UDP_PORT "514" /* RFC 5426, 3.3 */

struct datagrams {
	struct syslog_sender sender;
	char host[HOST_SIZE], port[8]; /* UDP; "" otherwise */
	struct oneway way;
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
	if (rest[0] == '/' && rest[1] != '/' && oneway_to(&d->way, rest))
		return true;
	snprintf(err, OUTPUT_ERROR_SIZE, "not of the form syslog:[/PATH], syslog+udp://HOST, or +tcp or +tls");
	return false;
}

static void *datagram_open(const char *target, char err[OUTPUT_ERROR_SIZE])
{
	struct datagrams *d = calloc(1, sizeof *d);

	if (d == NULL) {
		snprintf(err, OUTPUT_ERROR_SIZE, "out of memory");
		return NULL;
	}
	d->way.fd = -1;
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

static int datagram_connect(void *t, char err[OUTPUT_ERROR_SIZE])
{
	struct datagrams *d = t;

	d->sender.procid = getpid(); /* of the process that sends, not of the one that opened */
	if (d->host[0] != '\0') {
		d->way.fd = address_connect(d->host, d->port, SOCK_DGRAM, err);
		return d->way.fd >= 0 ? 0 : -1;
	}
	if (oneway_connect(&d->way, SOCK_DGRAM) == 0)
		return 0;
	snprintf(err, OUTPUT_ERROR_SIZE, "%s: %s", d->way.to.sun_path, strerror(errno));
	return -1;
}

static int send_one(void *t, const struct shipment *r)
{
	const struct datagrams *d = t;
	char header[SYSLOG_HEADER_SIZE], nul = '\0';
	struct span h = d->host[0] != '\0' ? syslog_header(&d->sender, r, false, header) :
					     syslog_local_header(&d->sender, r, header);
	struct iovec part[] = { { header, h.n }, { (char *)(uintptr_t)r->line, r->n }, { &nul, 1 } };

	return oneway_send(&d->way, part, d->way.stream ? 3 : 2);
}

static size_t datagram_deliver(void *t, const struct shipment *r, size_t n, uint64_t *refused, char err[OUTPUT_ERROR_SIZE])
{
	struct datagrams *d = t;

	return oneway_deliver(&d->way, send_one, d, r, n, refused, err);
}

static void datagram_disconnect(void *t)
{
	struct datagrams *d = t;

	oneway_disconnect(&d->way);
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
