/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One question by the control socket. Whoever answers may hang, or talk without end: neither holds up the terminal. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "impl.h"

#define PATIENCE 12000         /* ms; plainpop itself gives up after ten seconds, and says so */
#define ANSWER_MAX (2u << 20)  /* bytes */

static bool failed(struct asking *a, int error, char err[TOP_ERROR_SIZE])
{
	snprintf(err, TOP_ERROR_SIZE, "%s%s", strerror(error),
		 error == ENOENT || error == ECONNREFUSED ? "; does plainpop run with --control there?"
		 : error == EACCES			  ? "; only who runs it may ask, and root"
							  : "");
	ask_end(a);
	return false;
}

bool ask_start(struct asking *a, const char *path, enum order order, char err[TOP_ERROR_SIZE])
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	*a = (struct asking){ .fd = -1, .until = time_steady_ms() + PATIENCE };
	if (strlen(path) >= sizeof at.sun_path)
		return failed(a, ENAMETOOLONG, err);
	memcpy(at.sun_path, path, strlen(path) + 1);
	a->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (a->fd < 0 || connect(a->fd, (const struct sockaddr *)&at, sizeof at) != 0)
		return failed(a, errno, err);
	a->question_n = (size_t)snprintf(a->question, sizeof a->question, "top%s%s\n", order == ORDER_LOGINS ? "" : " ",
					 order == ORDER_LOGINS ? "" : view_orders[order]);
	return true;
}

struct pollfd ask_poll(const struct asking *a)
{
	return (struct pollfd){ .fd = a->fd, .events = a->sent < a->question_n ? POLLOUT : POLLIN };
}

static bool room(struct asking *a)
{
	size_t cap = a->cap == 0 ? 65536 : 2 * a->cap;
	char *bigger;

	if (a->n < a->cap)
		return true;
	if (a->cap >= ANSWER_MAX || (bigger = realloc(a->answer, cap)) == NULL)
		return false;
	a->answer = bigger;
	a->cap = cap;
	return true;
}

/* What came of a call: true when there may be more at once. */
static bool moved(ssize_t n, size_t *at)
{
	if (n > 0)
		*at += (size_t)n;
	return n > 0;
}

enum ask_result ask_go_on(struct asking *a, char err[TOP_ERROR_SIZE])
{
	ssize_t n = 1;

	if (a->sent < a->question_n) {
		n = send(a->fd, a->question + a->sent, a->question_n - a->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (moved(n, &a->sent))
			return ASK_WAIT;
	} else {
		while (room(a) && moved(n = recv(a->fd, a->answer + a->n, a->cap - a->n, MSG_DONTWAIT), &a->n))
			;
		if (n == 0 && a->n > 0)
			return ASK_DONE;
		if (n > 0) {
			snprintf(err, TOP_ERROR_SIZE, "the answer is too long for one of plainpop");
			return ASK_FAILED;
		}
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		snprintf(err, TOP_ERROR_SIZE, "plainpop hung up without an answer%s%s", n < 0 ? ": " : "", n < 0 ? strerror(errno) : "");
		return ASK_FAILED;
	}
	if (time_steady_ms() < a->until)
		return ASK_WAIT;
	snprintf(err, TOP_ERROR_SIZE, "no answer for %d seconds: plainpop is stopped, or has too much to do", PATIENCE / 1000);
	return ASK_FAILED;
}

void ask_end(struct asking *a)
{
	if (a->fd >= 0)
		close(a->fd);
	free(a->answer);
	*a = (struct asking){ .fd = -1 };
}
