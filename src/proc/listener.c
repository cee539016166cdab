/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "listener.h"

#define UNIX "unix:"
#define EXPECTED "expected a loopback address (127.0.0.1, [::1] or localhost) and a port, or unix:PATH"
#define OTHERS "not a loopback address: what is told is for this machine; for others let a web server pass it on"

/* ---- where ---- */

static bool wrong(char err[LISTENER_ERROR_SIZE], const char *why)
{
	snprintf(err, LISTENER_ERROR_SIZE, "%s", why);
	return false;
}

/* Up to five digits and nothing else. */
static bool port_of(const char *text, in_port_t *port)
{
	size_t n = strspn(text, "0123456789");
	unsigned long v = strtoul(text, NULL, 10);

	if (n < 1 || n > 5 || text[n] != '\0' || v < 1 || v > 65535)
		return false;
	*port = htons((uint16_t)v);
	return true;
}

/* A name is not looked up: what it stands for could change, and be anything. */
static bool host_v4(const char *host, in_port_t port, struct listener_address *a, char err[LISTENER_ERROR_SIZE])
{
	if (strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	a->tcp.v4.sin_family = AF_INET;
	a->tcp.v4.sin_port = port;
	if (inet_pton(AF_INET, host, &a->tcp.v4.sin_addr) != 1)
		return wrong(err, EXPECTED);
	return ntohl(a->tcp.v4.sin_addr.s_addr) >> 24 == 127 || wrong(err, OTHERS);
}

/* Without its brackets. */
static bool host_v6(const char *host, in_port_t port, struct listener_address *a, char err[LISTENER_ERROR_SIZE])
{
	a->tcp.v6.sin6_family = AF_INET6;
	a->tcp.v6.sin6_port = port;
	if (inet_pton(AF_INET6, host, &a->tcp.v6.sin6_addr) != 1)
		return wrong(err, EXPECTED);
	return IN6_IS_ADDR_LOOPBACK(&a->tcp.v6.sin6_addr) || wrong(err, OTHERS);
}

bool listener_parse(const char *text, struct listener_address *a, char err[LISTENER_ERROR_SIZE])
{
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN + 2] = "127.0.0.1"; /* with brackets */
	size_t n = strlen(host);
	in_port_t port;

	*a = (struct listener_address){ 0 };
	if (strncmp(text, UNIX, strlen(UNIX)) == 0) {
		a->path = text + strlen(UNIX);
		return a->path[0] != '\0' || wrong(err, "expected a path behind unix:");
	}
	if (!port_of(colon != NULL ? colon + 1 : text, &port))
		return wrong(err, "expected a port from 1 to 65535 at the end, or unix:PATH");
	if (colon != NULL) {
		n = (size_t)(colon - text);
		if (n >= sizeof host)
			return wrong(err, EXPECTED);
		memcpy(host, text, n);
		host[n] = '\0';
	}
	if (n < 2 || host[0] != '[' || host[n - 1] != ']')
		return host_v4(host, port, a, err);
	host[n - 1] = '\0';
	return host_v6(host + 1, port, a, err);
}

/* ---- unix sockets ---- */

/* True when nobody answers at this address, and what is there, if anything, may go. */
static bool is_free(const struct sockaddr_un *a, char err[LISTENER_ERROR_SIZE])
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), why = 0;
	struct stat st;

	if (fd < 0 || connect(fd, (const struct sockaddr *)a, sizeof *a) != 0)
		why = errno;
	if (fd >= 0)
		close(fd);
	if (why == ENOENT)
		return true;
	if (why == ECONNREFUSED && (lstat(a->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode)))
		return wrong(err, "is there, and is no socket");
	if (why == ECONNREFUSED && unlink(a->sun_path) == 0)
		return true; /* of one that was killed */
	if (why == ECONNREFUSED)
		snprintf(err, LISTENER_ERROR_SIZE, "cannot be replaced: %s", strerror(errno));
	else if (why == 0 || why == EAGAIN)
		return wrong(err, "another process answers there already");
	else
		snprintf(err, LISTENER_ERROR_SIZE, "%s", strerror(why));
	return false;
}

/* 0, or -1 with the reason in err. */
static int bind_unix(struct listener *l, const struct sockaddr_un *a, mode_t mode, int backlog,
		     char err[LISTENER_ERROR_SIZE])
{
	mode_t mask = umask(~mode & 0777); /* there is no moment in which others could connect */
	int r = bind(l->fd, (const struct sockaddr *)a, sizeof *a), why = errno;
	struct stat st;

	umask(mask);
	if (r == 0 && lstat(a->sun_path, &st) == 0) {
		l->device = st.st_dev;
		l->inode = st.st_ino;
		r = listen(l->fd, backlog);
		why = errno;
	}
	if (r != 0)
		snprintf(err, LISTENER_ERROR_SIZE, "%s", strerror(why));
	return r;
}

int listener_unix(struct listener *l, const char *path, mode_t mode, int backlog, char err[LISTENER_ERROR_SIZE])
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	*l = (struct listener){ .fd = -1 };
	if (strlen(path) >= sizeof a.sun_path || path[0] == '\0') {
		snprintf(err, LISTENER_ERROR_SIZE, "the path of a socket has 1 to %zu bytes", sizeof a.sun_path - 1);
		return -1;
	}
	memcpy(a.sun_path, path, strlen(path) + 1);
	l->path = strdup(path);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->path == NULL || l->fd < 0)
		snprintf(err, LISTENER_ERROR_SIZE, "%s", strerror(errno));
	if (l->path == NULL || l->fd < 0 || !is_free(&a, err) || bind_unix(l, &a, mode, backlog, err) != 0) {
		listener_close(l);
		return -1;
	}
	return 0;
}

/* ---- TCP ---- */

static int listener_tcp(struct listener *l, const struct listener_address *a, int backlog, char err[LISTENER_ERROR_SIZE])
{
	const int on = 1;
	socklen_t n = a->tcp.any.sa_family == AF_INET ? sizeof a->tcp.v4 : sizeof a->tcp.v6;

	*l = (struct listener){ .fd = socket(a->tcp.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) };
	/* Connections of a process that ended a moment ago are no reason not to start. */
	if (l->fd >= 0 && setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
	    bind(l->fd, &a->tcp.any, n) == 0 && listen(l->fd, backlog) == 0)
		return 0;
	snprintf(err, LISTENER_ERROR_SIZE, "%s%s", strerror(errno),
		 errno == EADDRINUSE ? " (`ss -ltnp' tells by whom); take another port" : "");
	listener_close(l);
	return -1;
}

/* ---- either ---- */

int listener_open(struct listener *l, const struct listener_address *a, mode_t mode, int backlog,
		  char err[LISTENER_ERROR_SIZE])
{
	if (a->path != NULL)
		return listener_unix(l, a->path, mode, backlog, err);
	return listener_tcp(l, a, backlog, err);
}

void listener_forget(struct listener *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

void listener_close(struct listener *l)
{
	struct stat st;

	/* Another may have taken its place. */
	if (l->path != NULL && l->inode != 0 && lstat(l->path, &st) == 0 && st.st_dev == l->device && st.st_ino == l->inode)
		unlink(l->path);
	listener_forget(l);
	free(l->path);
	l->path = NULL;
}
