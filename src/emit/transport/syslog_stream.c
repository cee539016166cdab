/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * syslog+tcp://HOST[:514]  octet counting (RFC 6587, 3.4.1). No port is assigned to it; 514 is where most listen (3.2).
 * syslog+tls://HOST[:6514] the same within TLS (RFC 5425)
 *
 * Nobody acknowledges but TCP, and what TCP has acknowledged may still be unread when the receiver ends. So what was sent last
 * is kept: as much as the receiver's TCP has ever offered to take at once, and what ours may hold, but 8 MiB at least, since
 * receivers have queues, too. Once a connection is lost that is sent again, before anything else. Each record arrives, in order,
 * and some of the last ones twice, with the same id.
 *
 * Only the end of an idle connection leaves nothing to be sent again, as long as it is orderly: who closes without having read
 * everything resets (RFC 1122, 4.2.2.13), so that an end without a reset, behind which nothing was on its way, tells that all of
 * it was read.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../tls.h"
#include "../resend.h"
#include "syslog.h"

#define TCP_PORT "514"
#define TLS_PORT "6514"
#define RESEND_MIN (8u << 20) /* bytes, unless an option says otherwise */
#define RESEND_MAX (64u << 20)
#define CLOSE_WAIT 8 /* TCP_CLOSE_WAIT of netinet/tcp.h, which knows less of TCP than the kernel's header */
#define SEND_BUFFER (1 << 20) /* bytes; the kernel doubles it, or takes less (net.core.wmem_max) */

struct stream {
	struct syslog_sender sender;
	char host[HOST_SIZE], port[8];
	struct tls_context *context; /* NULL: without TLS */
	struct tls_stream *tls;      /* while connected with it */
	int fd;
	bool broken; /* an error was seen on this connection */
	bool grows;  /* the window, with that of the receiver */
	struct syslog_limits limits;
	struct resend window;
};

enum { ENDED_LOST, ENDED_ORDERLY };

static const char *const prefixes[] = { "syslog+tcp://", "syslog+tls://", NULL };

/* ---- open, options ---- */

static void stream_free(void *t)
{
	struct stream *s = t;

	resend_fini(&s->window);
	tls_context_free(s->context);
	free(s);
}

static bool read_target(struct stream *s, const char *target, bool tls, char err[OUTPUT_ERROR_SIZE])
{
	const char *prefix = prefixes[tls], *rest = "";

	if (address_read(target + strlen(prefix), tls ? TLS_PORT : TCP_PORT, s->host, s->port, &rest) && rest[0] == '\0')
		return true;
	snprintf(err, OUTPUT_ERROR_SIZE, "not of the form %sHOST[:PORT]", prefix);
	return false;
}

static void *stream_open(const char *target, char err[OUTPUT_ERROR_SIZE])
{
	bool tls = strncmp(target, prefixes[1], strlen(prefixes[1])) == 0;
	struct stream *s = calloc(1, sizeof *s);

	if (s == NULL || !resend_init(&s->window, RESEND_MIN)) {
		snprintf(err, OUTPUT_ERROR_SIZE, "out of memory");
		free(s);
		return NULL;
	}
	s->fd = -1;
	s->grows = true;
	s->limits = (struct syslog_limits){ .answer_ms = TRANSPORT_TIMEOUT * 1000, .reset_ms = 1000 };
	if (read_target(s, target, tls, err)) {
		syslog_init(&s->sender);
		if (tls)
			s->context = tls_context_new(err);
		if (!tls || s->context != NULL)
			return s;
	}
	stream_free(s);
	return NULL;
}

void syslog_stream_limit(void *t, struct syslog_limits limits)
{
	struct stream *s = t;

	s->limits = limits;
}

static bool set_resend(struct stream *s, const char *value, char err[OUTPUT_ERROR_SIZE])
{
	char *end = NULL;
	unsigned long kib = value[0] >= '0' && value[0] <= '9' ? strtoul(value, &end, 10) : 0;

	if (end == NULL || *end != '\0' || kib > RESEND_MAX >> 10) {
		snprintf(err, OUTPUT_ERROR_SIZE, "resend=: KiB, from 0 to %u", RESEND_MAX >> 10);
		return false;
	}
	s->grows = false;
	resend_fini(&s->window);
	if (resend_init(&s->window, (size_t)kib << 10))
		return true;
	snprintf(err, OUTPUT_ERROR_SIZE, "resend=: out of memory");
	return false;
}

static bool stream_option(void *t, const char *name, const char *value, char err[OUTPUT_ERROR_SIZE])
{
	struct stream *s = t;
	int taken = syslog_option(&s->sender, name, value, err);

	if (taken != 0)
		return taken > 0;
	if (strcmp(name, "resend") == 0)
		return set_resend(s, value, err);
	if (s->context != NULL)
		return tls_context_option(s->context, name, value, err);
	snprintf(err, OUTPUT_ERROR_SIZE, "no such option: %s", name);
	return false;
}

/* ---- reading, which is only to learn how the peer is ---- */

/* As tls_stream_read(). */
static ssize_t receive(struct stream *s, int timeout_ms, char err[OUTPUT_ERROR_SIZE])
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	char unwanted[512];
	ssize_t n;

	if (s->tls != NULL)
		return tls_stream_read(s->tls, unwanted, sizeof unwanted, timeout_ms, err);
	if (timeout_ms > 0)
		poll(&p, 1, timeout_ms);
	n = recv(s->fd, unwanted, sizeof unwanted, MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN) {
		int why = errno;

		snprintf(err, OUTPUT_ERROR_SIZE, "%s", strerror(why));
		errno = why;
	}
	return n;
}

/* The peer has said that it is done. Has it read everything? */
static int how_ended(const struct stream *s)
{
	struct pollfd end = { .fd = s->fd, .events = POLLRDHUP }, reset = { .fd = s->fd };
	struct tcp_info info = { 0 };
	socklen_t size = sizeof info;
	int unsent = 1;

	/* close_notify may come before the peer closes, and a reset after it has shut down. */
	if (poll(&end, 1, s->limits.reset_ms) != 1 || poll(&reset, 1, s->limits.reset_ms) != 0)
		return ENDED_LOST;
	if (getsockopt(s->fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || info.tcpi_state != CLOSE_WAIT)
		return ENDED_LOST;
	return ioctl(s->fd, SIOCOUTQ, &unsent) == 0 && unsent == 0 ? ENDED_ORDERLY : ENDED_LOST;
}

/* 0: the peer is there, as far as it has told; -1 with a message in err. */
static int stream_check(struct stream *s, char err[OUTPUT_ERROR_SIZE])
{
	ssize_t n;

	do
		n = receive(s, 0, err);
	while (n > 0);
	if (n < 0 && errno == EAGAIN)
		return 0;
	s->broken = true;
	if (n == 0) {
		if (how_ended(s) == ENDED_ORDERLY)
			resend_forget(&s->window);
		snprintf(err, OUTPUT_ERROR_SIZE, "closed by the other side");
	}
	return -1;
}

/* ---- writing ---- */

/* As tls_stream_write(). */
static ssize_t write_some(struct stream *s, struct span p, char err[OUTPUT_ERROR_SIZE])
{
	struct pollfd ready = { .fd = s->fd, .events = POLLOUT };
	ssize_t n;

	if (s->tls != NULL)
		return tls_stream_write(s->tls, p.p, p.n, s->limits.answer_ms, err);
	while ((n = send(s->fd, p.p, p.n, MSG_NOSIGNAL | MSG_DONTWAIT)) < 0 && (errno == EAGAIN || errno == EINTR))
		if (poll(&ready, 1, s->limits.answer_ms) == 0) {
			snprintf(err, OUTPUT_ERROR_SIZE, "%s", strerror(ETIMEDOUT));
			return -1;
		}
	if (n < 0)
		snprintf(err, OUTPUT_ERROR_SIZE, "%s", strerror(errno));
	return n;
}

/*
 * What is unread on the other side was in the window that its TCP once offered. A receiver that stops reading offers no more
 * than before, so that to look whenever something was sent is enough.
 */
static void grow(struct stream *s)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof info;
	size_t keep;

	if (!s->grows || getsockopt(s->fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
		return;
	keep = (size_t)info.tcpi_snd_wnd + 2 * SEND_BUFFER;
	resend_grow(&s->window, keep < RESEND_MAX ? keep : RESEND_MAX);
}

/* All that is in the window and unsent. */
static int flush(struct stream *s, char err[OUTPUT_ERROR_SIZE])
{
	while (resend_unsent_bytes(&s->window) > 0) {
		ssize_t n = write_some(s, resend_unsent(&s->window), err);

		if (n < 0) {
			s->broken = true;
			return -1;
		}
		resend_sent(&s->window, (size_t)n);
		grow(s);
	}
	return 0;
}

static void put(struct stream *s, const struct shipment *r)
{
	char header[SYSLOG_HEADER_SIZE];

	resend_put(&s->window, syslog_header(&s->sender, r, true, header), span_of(r->line, r->n));
}

static size_t stream_deliver(void *t, const struct shipment *r, size_t n, uint64_t *refused, char err[OUTPUT_ERROR_SIZE])
{
	struct stream *s = t;
	size_t i = 0, first;

	(void)refused; /* nobody tells */
	if (stream_check(s, err) != 0)
		return 0;
	while (i < n) {
		uint64_t from = s->window.head;

		for (first = i; i < n && resend_unsent_bytes(&s->window) < RESEND_UNSENT_MAX; i++)
			put(s, &r[i]);
		if (flush(s, err) != 0)
			return first + resend_cut(&s->window, from);
	}
	return n;
}

static int stream_idle(void *t, char err[OUTPUT_ERROR_SIZE])
{
	return stream_check(t, err);
}

/* ---- connecting ---- */

static void set_up(int fd)
{
	static const int idle = 60, interval = 10, probes = 6, buffer = SEND_BUFFER, on = 1;

	/* Load balancers forget connections without traffic after minutes, and reset them at the next record. */
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
	/* What is unsent has to be a small part of what is kept. */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
}

/* As long as it takes the peer to read to the end, and to say so. */
static void finish(struct stream *s)
{
	char err[OUTPUT_ERROR_SIZE];
	ssize_t n;

	if (s->tls != NULL)
		tls_stream_finish(s->tls, s->limits.answer_ms);
	shutdown(s->fd, SHUT_WR);
	do
		n = receive(s, s->limits.answer_ms, err);
	while (n > 0);
	/* Not everybody sends a close_notify, and after ours it makes no difference. */
	if (n == 0 || errno == EPIPE)
		resend_forget(&s->window);
	else
		log_warn("%s:%s: has not said that it read to the end", s->host, s->port);
}

static void stream_disconnect(void *t)
{
	static const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	struct stream *s = t;

	if (s->fd < 0)
		return;
	/* What it has not taken yet is sent again anyway: the kernel is not to go on with it. */
	if (s->broken)
		setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	else
		finish(s);
	tls_stream_free(s->tls);
	s->tls = NULL;
	close(s->fd);
	s->fd = -1;
}

static int stream_connect(void *t, char err[OUTPUT_ERROR_SIZE])
{
	struct stream *s = t;
	size_t again;

	s->sender.procid = getpid(); /* of the process that sends, not of the one that opened */
	s->broken = false;
	s->fd = address_connect(s->host, s->port, SOCK_STREAM, err);
	if (s->fd < 0)
		return -1;
	set_up(s->fd);
	if (s->context != NULL) {
		s->tls = tls_stream_open(s->context, s->fd, s->host, s->limits.answer_ms, err);
		s->broken = s->tls == NULL;
	}
	again = s->broken ? 0 : resend_rewind(&s->window);
	if (again > 0)
		log_info("%s:%s: the last %zu KiB are sent again", s->host, s->port, (again + 1023) >> 10);
	if (!s->broken && flush(s, err) == 0)
		return 0;
	stream_disconnect(s);
	return -1;
}

const struct transport transport_syslog_stream = {
	.name = "syslog",
	.prefixes = prefixes,
	.open = stream_open,
	.option = stream_option,
	.connect = stream_connect,
	.deliver = stream_deliver,
	.idle = stream_idle,
	.disconnect = stream_disconnect,
	.free = stream_free,
};
