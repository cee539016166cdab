/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The HTTP of the exporter, by libmicrohttpd, without threads: one request a connection, few of them at a time, none for
 * long. What is asked for is looked up by whoever started it; a body is never read. Built without the library it only
 * says so.
 */
#include <stdlib.h>

#include "http.h"

#ifdef PLAINPOP_MICROHTTPD
#include <errno.h>
#include <microhttpd.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "plainpop/base.h"

#define CONNECTIONS 16
#define CONNECTION_MEMORY 8192 /* bytes for the head of a request, and of its answer */
#define PATIENCE 10            /* seconds for a client to ask and to take the answer */

static struct {
	struct MHD_Daemon *daemon;
	int listener;
	http_page *page;
	struct place {
		int fd;       /* -1: nobody */
		time_t until; /* by the monotonic clock */
	} place[CONNECTIONS];
} http;

/* ---- requests ---- */

static enum MHD_Result respond(struct MHD_Connection *c, const struct http_answer *a)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(a->n, a->text, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result done;

	if (r == NULL) {
		free(a->text);
		return MHD_NO;
	}
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, a->type);
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
	MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (a->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	done = MHD_queue_response(c, a->status, r);
	MHD_destroy_response(r);
	return done;
}

/* As soon as the head is there. No answer: the connection ends. */
static enum MHD_Result take_request(void *ctx, struct MHD_Connection *c, const char *path, const char *method,
				    const char *version, const char *body, size_t *body_size, void **state)
{
	bool reads = strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
	struct http_answer a = { .type = "text/plain; charset=utf-8" };

	(void)ctx;
	(void)version;
	(void)body;
	(void)body_size;
	(void)state;
	if (reads) {
		http.page(path, &a);
	} else {
		a.status = MHD_HTTP_METHOD_NOT_ALLOWED;
		a.text = strdup("GET and HEAD only\n");
		a.n = a.text != NULL ? strlen(a.text) : 0;
	}
	return a.text != NULL ? respond(c, &a) : MHD_NO;
}

/* ---- connections ---- */

/* The library ends those that are idle; one that sends a byte now and then it would keep. */
static void on_connection(void *ctx, struct MHD_Connection *c, void **place, enum MHD_ConnectionNotificationCode what)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct place *p = *place;
	size_t i;

	(void)ctx;
	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (p != NULL)
			p->fd = -1;
		return;
	}
	for (i = 0; i < CONNECTIONS && info != NULL; i++)
		if (http.place[i].fd < 0) {
			http.place[i] = (struct place){ .fd = info->connect_fd, .until = time_steady_s() + PATIENCE };
			*place = &http.place[i];
			return;
		}
}

static void end_slow_ones(void)
{
	time_t t = time_steady_s();
	size_t i;

	for (i = 0; i < CONNECTIONS; i++)
		if (http.place[i].fd >= 0 && t >= http.place[i].until)
			shutdown(http.place[i].fd, SHUT_RDWR);
}

static bool has_place(void)
{
	size_t i;

	for (i = 0; i < CONNECTIONS; i++)
		if (http.place[i].fd < 0)
			return true;
	return false;
}

/*
 * The library would hang up on who comes when all places are taken. So they are not accepted then: they wait until one is
 * free, PATIENCE at the most for each before.
 */
static void accept_some(void)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof a;
	int fd;

	while (has_place() && (fd = accept4(http.listener, (struct sockaddr *)&a, &n, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		MHD_add_connection(http.daemon, fd, (struct sockaddr *)&a, n); /* or closes it */
		n = sizeof a;
	}
}

/* ---- the loop ---- */

const char *http_version(void)
{
	return MHD_get_version();
}

bool http_start(int fd, http_page *page)
{
	size_t i;

	for (i = 0; i < CONNECTIONS; i++)
		http.place[i].fd = -1;
	http.listener = fd;
	http.page = page;
	http.daemon = MHD_start_daemon(MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, take_request, NULL,
				       MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
				       MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
				       MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)PATIENCE,
				       MHD_OPTION_NOTIFY_CONNECTION, on_connection, NULL,
				       MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	return http.daemon != NULL && fd < FD_SETSIZE;
}

bool http_serve(int ms)
{
	MHD_UNSIGNED_LONG_LONG soon;
	fd_set in, out, odd;
	struct timeval wait;
	int highest = -1;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&odd);
	if (MHD_get_fdset(http.daemon, &in, &out, &odd, &highest) != MHD_YES)
		return false;
	if (has_place()) {
		FD_SET(http.listener, &in);
		highest = http.listener > highest ? http.listener : highest;
	}
	if (MHD_get_timeout(http.daemon, &soon) == MHD_YES && soon < (unsigned)ms)
		ms = (int)soon;
	wait = (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	if (select(highest + 1, &in, &out, &odd, &wait) < 0)
		return errno == EINTR;
	if (MHD_run_from_select(http.daemon, &in, &out, &odd) != MHD_YES)
		return false;
	end_slow_ones();
	accept_some();
	return true;
}

#else

const char *http_version(void)
{
	return NULL;
}

bool http_start(int fd, http_page *page)
{
	(void)fd;
	(void)page;
	return false;
}

bool http_serve(int ms)
{
	(void)ms;
	return false;
}
#endif
