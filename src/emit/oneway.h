/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A connection on which nothing comes back: to a socket of this host, or datagrams to whoever listens. */
#ifndef PLAINPOP_EMIT_ONEWAY_H
#define PLAINPOP_EMIT_ONEWAY_H

#include <sys/uio.h>
#include <sys/un.h>

#include "ship.h"

struct oneway {
	struct sockaddr_un to; /* where it is a socket of this host */
	int fd;                /* -1: not connected */
	bool stream;           /* else each record is a datagram */
};

/* To the socket of this path. False: it is empty, or too long for one. */
bool oneway_to(struct oneway *o, const char *path);
/* Connects there with this type, or with the other one if the socket is of that. 0, or -1 with errno. */
int oneway_connect(struct oneway *o, int type);
void oneway_disconnect(struct oneway *o);
/* All of it, within TRANSPORT_TIMEOUT seconds for each piece that is taken; changes the parts. 0, or -1 with errno. */
int oneway_send(const struct oneway *o, struct iovec *part, size_t parts);
/* As deliver() of a transport, which t is, by a function that sends one record and returns as oneway_send(). */
size_t oneway_deliver(const struct oneway *o, int (*send_one)(void *t, const struct shipment *r), void *t,
		      const struct shipment *r, size_t n, uint64_t *refused, char err[OUTPUT_ERROR_SIZE]);

#endif
