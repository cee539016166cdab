/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc.h"

#define GATHER (128u << 10)    /* bytes that are sent together */
#define KEPT (16u << 20)       /* bytes that wait for a writer that is slow, or not there */
#define CHANNEL (1 << 20)      /* bytes in the channel itself, which are lost with the writer; the kernel takes about twice as many */
#define CHANNEL_AHEAD (4 << 20)
#define PATIENCE_MS 2000       /* for room in a channel of orders */

struct head {
	uint32_t n;    /* bytes behind it */
	uint32_t type; /* enum ipc_record */
};

int ipc_moment_order(const struct ipc_moment *a, const struct ipc_moment *b)
{
	if (a->source != b->source)
		return a->source < b->source ? -1 : 1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return a->phase < b->phase ? -1 : a->phase > b->phase;
}

/* ---- the sensor's end of the data ---- */

bool ipc_out_init(struct ipc_out *o, int fd, bool wait)
{
	*o = (struct ipc_out){ .fd = fd, .wait = wait, .cap = 2 * GATHER };
	o->buf = malloc(o->cap);
	return o->buf != NULL;
}

void ipc_out_fini(struct ipc_out *o)
{
	if (o->buf != NULL)
		explicit_bzero(o->buf, o->cap);
	free(o->buf);
	if (o->fd >= 0)
		close(o->fd);
	*o = (struct ipc_out){ .fd = -1 };
}

void ipc_out_renew(struct ipc_out *o, int fd)
{
	if (o->fd >= 0)
		close(o->fd);
	o->fd = fd;
	o->sent = 0;
}

static bool room(struct ipc_out *o, size_t n)
{
	size_t cap = o->cap;
	uint8_t *buf;

	if (o->cap - o->n >= n)
		return true;
	while (cap - o->n < n)
		cap *= 2;
	if (cap > KEPT || (buf = malloc(cap)) == NULL)
		return false;
	memcpy(buf, o->buf, o->n);
	explicit_bzero(o->buf, o->n); /* not realloc: passwords may be in it */
	free(o->buf);
	o->buf = buf;
	o->cap = cap;
	return true;
}

/* A record's head; where its n bytes go, or NULL: it is dropped. */
static uint8_t *begin(struct ipc_out *o, enum ipc_record type, size_t n)
{
	struct head h = { .n = (uint32_t)n, .type = type };
	uint8_t *at;

	if (!room(o, sizeof h + n)) {
		counter_add(COUNTER_IPC_DROPPED, 1);
		return NULL;
	}
	at = o->buf + o->n;
	memcpy(at, &h, sizeof h);
	o->n += sizeof h + n;
	o->events += type == IPC_EVENT ? 1 : 0;
	return at + sizeof h;
}

static void end(struct ipc_out *o)
{
	if (o->n >= GATHER)
		ipc_flush(o);
}

bool ipc_put(struct ipc_out *o, enum ipc_record type, const void *p, size_t n)
{
	uint8_t *at = begin(o, type, n);

	if (at == NULL)
		return false;
	if (n > 0)
		memcpy(at, p, n);
	end(o);
	return true;
}

bool ipc_put_event(struct ipc_out *o, const struct event *e)
{
	uint8_t *at = begin(o, IPC_EVENT, event_wire_size(e));

	if (at == NULL)
		return false;
	event_wire_write(e, at);
	end(o);
	return true;
}

/* n more bytes behind the first done ones were sent: what is whole of them is done, too. How many are. */
static size_t settle(struct ipc_out *o, size_t done, size_t n)
{
	struct head h;

	o->sent += n;
	while (o->n - done >= sizeof h) {
		memcpy(&h, o->buf + done, sizeof h);
		if (o->sent < sizeof h + h.n)
			break;
		o->sent -= sizeof h + h.n;
		done += sizeof h + h.n;
		o->events -= h.type == IPC_EVENT ? 1 : 0;
	}
	return done;
}

static void give_up(struct ipc_out *o)
{
	close(o->fd);
	o->fd = -1;
	o->sent = 0;
}

bool ipc_flush(struct ipc_out *o)
{
	size_t done = 0; /* bytes of whole records that were sent */

	while (o->fd >= 0 && o->n > done + o->sent) {
		ssize_t n = send(o->fd, o->buf + done + o->sent, o->n - done - o->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		struct pollfd p = { .fd = o->fd, .events = POLLOUT };

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN && o->wait) {
			poll(&p, 1, -1);
			continue;
		}
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			give_up(o);
			break;
		}
		done = settle(o, done, (size_t)n);
	}
	memmove(o->buf, o->buf + done, o->n - done);
	explicit_bzero(o->buf + o->n - done, done);
	o->n -= done;
	return o->fd >= 0;
}

/* ---- the writer's end of the data ---- */

bool ipc_in_init(struct ipc_in *in, int fd)
{
	*in = (struct ipc_in){ .fd = fd, .cap = 2 * (sizeof(struct head) + IPC_RECORD_SIZE) + GATHER };
	in->buf = malloc(in->cap);
	return in->buf != NULL;
}

void ipc_in_fini(struct ipc_in *in)
{
	if (in->buf != NULL)
		explicit_bzero(in->buf, in->cap);
	free(in->buf);
	if (in->fd >= 0)
		close(in->fd);
	*in = (struct ipc_in){ .fd = -1 };
}

enum ipc_result ipc_fill(struct ipc_in *in)
{
	size_t left = in->n - in->at;
	ssize_t n;

	memmove(in->buf, in->buf + in->at, left);
	explicit_bzero(in->buf + left, in->at);
	in->at = 0;
	in->n = left;
	n = recv(in->fd, in->buf + left, in->cap - left, MSG_DONTWAIT);
	if (n == 0)
		return IPC_CLOSED;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? IPC_NOTHING : IPC_CLOSED;
	in->n += (size_t)n;
	return IPC_RECORD;
}

enum ipc_result ipc_take(struct ipc_in *in, enum ipc_record *type, struct span *bytes)
{
	struct head h;

	if (in->n - in->at < sizeof h)
		return IPC_NOTHING;
	memcpy(&h, in->buf + in->at, sizeof h);
	if (h.n > IPC_RECORD_SIZE || h.type == 0 || h.type >= IPC_RECORD_MAX)
		return IPC_BROKEN;
	if (in->n - in->at - sizeof h < h.n)
		return IPC_NOTHING;
	*type = (enum ipc_record)h.type;
	*bytes = span_of(in->buf + in->at + sizeof h, h.n);
	in->at += sizeof h + h.n;
	return IPC_RECORD;
}

/* ---- control ---- */

int ipc_data_pair(int fd[2], bool ahead)
{
	int size = ahead ? CHANNEL_AHEAD : CHANNEL;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0)
		return -1;
	/* More than anybody may have needs privileges; without, it is as much as that. */
	if (!ahead || setsockopt(fd[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0)
		setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	return 0;
}

int ipc_control_pair(int fd[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd);
}

static bool send_message(int control, const struct ipc_message *m, int fd, int flags)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} space = { .bytes = { 0 } };
	struct ipc_message copy = *m;
	struct iovec v = { .iov_base = &copy, .iov_len = sizeof copy };
	struct msghdr h = { .msg_iov = &v, .msg_iovlen = 1 };
	struct cmsghdr *c;
	ssize_t n;

	if (fd >= 0) {
		h.msg_control = space.bytes;
		h.msg_controllen = sizeof space.bytes;
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	do
		n = sendmsg(control, &h, MSG_NOSIGNAL | flags);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof copy;
}

bool ipc_send(int control, const struct ipc_message *m, int fd)
{
	struct pollfd p = { .fd = control, .events = POLLOUT };

	if (send_message(control, m, fd, MSG_DONTWAIT))
		return true;
	/* Who never listens must not keep us from the others. */
	return errno == EAGAIN && poll(&p, 1, PATIENCE_MS) > 0 && send_message(control, m, fd, MSG_DONTWAIT);
}

bool ipc_try(int control, const struct ipc_message *m, int fd)
{
	return send_message(control, m, fd, MSG_DONTWAIT);
}

/* The descriptor that came along; of more than one the others are closed. */
static int descriptor_of(struct msghdr *h)
{
	struct cmsghdr *c;
	int fd = -1, one;
	size_t i, n;

	for (c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof one;
		for (i = 0; i < n; i++) {
			memcpy(&one, CMSG_DATA(c) + i * sizeof one, sizeof one);
			if (fd >= 0)
				close(one);
			else
				fd = one;
		}
	}
	return fd;
}

enum ipc_result ipc_receive(int control, struct ipc_message *m, int *fd, bool wait)
{
	union {
		char bytes[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr align;
	} space;
	struct iovec v = { .iov_base = m, .iov_len = sizeof *m };
	struct msghdr h = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = space.bytes,
			    .msg_controllen = sizeof space.bytes };
	ssize_t n;

	*fd = -1;
	do
		n = recvmsg(control, &h, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
	while (n < 0 && errno == EINTR && wait);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? IPC_NOTHING : IPC_CLOSED;
	if (n == 0)
		return IPC_CLOSED;
	*fd = descriptor_of(&h);
	if (n == (ssize_t)sizeof *m && (h.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 && m->order > 0 &&
	    m->order < IPC_ORDER_MAX)
		return IPC_RECORD;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return IPC_BROKEN;
}
