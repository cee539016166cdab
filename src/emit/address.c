/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hosts and ports: as they stand in targets, and connecting to them. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "ship.h"

static bool port_valid(const char *p, size_t n)
{
	unsigned value = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		value = value * 10 + (unsigned)(p[i] - '0');
	}
	return n > 0 && n < 6 && value > 0 && value <= 65535;
}

bool address_read(const char *text, const char *preset, char host[HOST_SIZE], char port[8], const char **rest)
{
	size_t n = strcspn(text, "/"), name, i;
	const char *begin = text, *colon;

	*rest = text + n;
	if (text[0] == '[') {
		colon = memchr(text, ']', n);
		if (colon == NULL)
			return false;
		begin = text + 1;
		name = (size_t)(colon - begin);
		colon++;
	} else {
		colon = memchr(text, ':', n);
		name = colon != NULL ? (size_t)(colon - text) : n;
		if (colon == NULL)
			colon = text + n;
	}
	if (name == 0 || name >= HOST_SIZE || (colon < text + n && *colon != ':'))
		return false;
	for (i = 0; i < name; i++)
		if ((unsigned char)begin[i] <= ' ' || (unsigned char)begin[i] >= 0x7f || begin[i] == '@')
			return false;
	memcpy(host, begin, name);
	host[name] = '\0';
	if (colon == text + n) {
		if (preset == NULL)
			return false;
		memcpy(port, preset, strlen(preset) + 1);
		return true;
	}
	n = (size_t)(text + n - colon - 1);
	if (!port_valid(colon + 1, n))
		return false;
	memcpy(port, colon + 1, n);
	port[n] = '\0';
	return true;
}

/* 0, or -1 with errno. */
static int connect_within(int fd, const struct sockaddr *a, socklen_t n)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int flags = fcntl(fd, F_GETFL), why = 0;
	socklen_t size = sizeof why;

	if (fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return -1;
	if (connect(fd, a, n) != 0) {
		if (errno != EINPROGRESS)
			return -1;
		if (poll(&p, 1, TRANSPORT_TIMEOUT * 1000) != 1) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &size) != 0)
			return -1;
		errno = why;
	} else {
		errno = 0;
	}
	if (errno != 0)
		return -1;
	return fcntl(fd, F_SETFL, flags);
}

static int open_one(const struct addrinfo *a)
{
	const struct timeval wait = { .tv_sec = TRANSPORT_TIMEOUT };
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol), on = 1, why;

	if (fd < 0)
		return -1;
	if (connect_within(fd, a->ai_addr, a->ai_addrlen) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0) {
		/* A peer that has gone without a word is noticed. */
		if (a->ai_socktype == SOCK_STREAM)
			setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
		return fd;
	}
	why = errno;
	close(fd);
	errno = why;
	return -1;
}

int address_connect(const char *host, const char *port, int type, char err[OUTPUT_ERROR_SIZE])
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = type, .ai_flags = AI_ADDRCONFIG };
	struct addrinfo *list = NULL, *a;
	int r = getaddrinfo(host, port, &hints, &list), fd = -1;

	if (r != 0) {
		snprintf(err, OUTPUT_ERROR_SIZE, "%s: %s", host, r == EAI_SYSTEM ? strerror(errno) : gai_strerror(r));
		return -1;
	}
	for (a = list; a != NULL && fd < 0; a = a->ai_next)
		fd = open_one(a);
	if (fd < 0)
		snprintf(err, OUTPUT_ERROR_SIZE, "%s:%s: %s", host, port, strerror(errno));
	freeaddrinfo(list);
	return fd;
}
