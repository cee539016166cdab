/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The control socket: a line in, an answer out, the end. It is the supervisor's, which has more important things to do
 * than to wait: nothing here blocks, there are few clients at a time, and none may take long.
 *
 *   stats     the counters, as in a stats record
 *   reload    the rules anew, as at SIGUSR2
 *   reopen    the outputs anew, as at SIGHUP
 *   version   what it says
 *   servers   the file of the table of servers, as it is
 *   top       what a live view shows; `top failures', `top latest': its rows in that order. The writer has it, and the
 *             client waits for that: the supervisor does not
 *
 * An answer is JSON; {"error":...} where something is not to be had. No secret is in the supervisor, nor in the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "listener.h"
#include "proc_impl.h"

#define LINE 64       /* bytes of a command */
#define CHUNK 16384   /* bytes of a file at a time */
#define PATIENCE 10   /* seconds for a client to say or to take something */
#define TOP_MAX (1 << 20) /* bytes of the writer's answer that are passed on */

static const char *const top_commands[FREQUENT_ORDER_MAX] = {
	[FREQUENT_LOGINS] = "top", [FREQUENT_FAILURES] = "top failures", [FREQUENT_LATEST] = "top latest"
};

struct client {
	int fd;           /* -1: nobody */
	time_t until;     /* by the monotonic clock */
	char line[LINE];
	size_t n_line;
	bool waits;       /* for the writer, which was asked for a view in this order */
	enum frequent_order order;
	char *answer;     /* heap; NULL: it has not asked yet */
	size_t n, at;     /* bytes of it, and how many are sent */
	int file;         /* what comes behind it, or -1 */
};

struct control {
	struct listener listener;
	struct client client[CONTROL_CLIENTS];
	bool waits; /* for a tick: there was no descriptor left for whoever is next */
};

/* ---- the socket ---- */

struct control *control_open(const char *path, char err[256])
{
	struct control *c = calloc(1, sizeof *c);
	size_t i;

	if (c == NULL) {
		snprintf(err, 256, "%s", strerror(errno));
		return NULL;
	}
	for (i = 0; i < CONTROL_CLIENTS; i++)
		c->client[i].fd = c->client[i].file = -1;
	if (listener_unix(&c->listener, path, 0600, CONTROL_CLIENTS, err) != 0) {
		control_close(c);
		return NULL;
	}
	return c;
}

static void hang_up(struct client *cl)
{
	if (cl->fd >= 0)
		close(cl->fd);
	if (cl->file >= 0)
		close(cl->file);
	free(cl->answer);
	*cl = (struct client){ .fd = -1, .file = -1 };
}

void control_forget(struct control *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < CONTROL_CLIENTS; i++)
		hang_up(&c->client[i]);
	listener_forget(&c->listener);
}

void control_close(struct control *c)
{
	if (c == NULL)
		return;
	listener_close(&c->listener);
	control_forget(c);
	free(c);
}

/* ---- answers ---- */

/* text: heap; NULL: there was no memory for it. */
static void set_answer(struct client *cl, char *text)
{
	cl->answer = text;
	cl->n = text != NULL ? strlen(text) : 0;
}

/* Nothing in it needs escaping: the words are ours. */
static void __attribute__((format(printf, 2, 3))) answer(struct client *cl, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	set_answer(cl, vasprintf(&text, format, args) >= 0 ? text : NULL);
	va_end(args);
}

static void refuse(struct client *cl, const char *why)
{
	answer(cl, "{\"error\":\"%s\"}\n", why);
}

static void answer_stats(struct client *cl)
{
	struct stats s = { .uptime = shared_uptime() };

	shared_counters(s.counter);
	set_answer(cl, emit_stats(&s));
}

static void answer_reload(struct client *cl, const struct proc_config *config, const struct control_calls *calls)
{
	switch (calls->reload()) {
	case RELOAD_DONE:
		answer(cl, "{\"reload\":\"done\",\"rules\":%zu}\n", ruleset_count(config->rules));
		break;
	case RELOAD_LATER:
		answer(cl, "{\"reload\":\"pending\"}\n");
		break;
	case RELOAD_FAILED:
		refuse(cl, "the rules cannot be used, the old ones stay; standard error says why");
		break;
	}
}

/* It is replaced as a whole, never written to: what is open stays what it is. */
static void answer_servers(struct client *cl, const struct proc_config *config)
{
	if (config->servers_path == NULL) {
		refuse(cl, "not available: there is no --servers file");
		return;
	}
	cl->file = open(config->servers_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (cl->file < 0)
		refuse(cl, "the file of the servers cannot be read");
	else
		set_answer(cl, strdup(""));
}

static bool ask_top(struct client *cl, const struct control_calls *calls)
{
	size_t i;

	for (i = 0; i < FREQUENT_ORDER_MAX && strcmp(cl->line, top_commands[i]) != 0; i++)
		;
	if (i == FREQUENT_ORDER_MAX)
		return false;
	cl->order = (enum frequent_order)i;
	cl->waits = calls->top(cl->order);
	if (!cl->waits)
		refuse(cl, "there is no writer that could tell just now");
	return true;
}

static void obey(struct client *cl, const struct proc_config *config, const struct control_calls *calls)
{
	if (strcmp(cl->line, "stats") == 0)
		answer_stats(cl);
	else if (strcmp(cl->line, "reload") == 0)
		answer_reload(cl, config, calls);
	else if (strcmp(cl->line, "reopen") == 0)
		answer(cl, "{\"reopened\":%zu}\n", calls->reopen());
	else if (strcmp(cl->line, "version") == 0)
		answer(cl, "{\"version\":\"%s\"}\n", PLAINPOP_VERSION);
	else if (strcmp(cl->line, "servers") == 0)
		answer_servers(cl, config);
	else if (!ask_top(cl, calls))
		refuse(cl, "no such command: stats, reload, reopen, version, servers, top");
	if (cl->answer == NULL && !cl->waits)
		hang_up(cl);
}

/* What the writer sent: bytes of a file, if it is one, and no more of it than there may be. NULL: it is not to be had. */
static char *read_top(int fd, size_t *n)
{
	struct stat st;
	char *text;
	ssize_t got;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 1 || st.st_size > TOP_MAX)
		return NULL;
	text = malloc((size_t)st.st_size);
	got = text != NULL ? pread(fd, text, (size_t)st.st_size, 0) : -1;
	if (got > 0) {
		*n = (size_t)got;
		return text;
	}
	free(text);
	return NULL;
}

void control_answer_top(struct control *c, uint64_t order, int fd)
{
	size_t i;

	for (i = 0; c != NULL && i < CONTROL_CLIENTS; i++) {
		struct client *cl = &c->client[i];

		if (!cl->waits || cl->order != order)
			continue;
		cl->waits = false;
		cl->answer = read_top(fd, &cl->n);
		if (cl->answer == NULL)
			refuse(cl, "the writer could not tell; standard error may say why");
	}
}

/* ---- clients ---- */

/* True when there is a whole line, ended by NUL; the client may be gone instead. */
static bool hear(struct client *cl)
{
	ssize_t n = recv(cl->fd, cl->line + cl->n_line, sizeof cl->line - cl->n_line, MSG_DONTWAIT);
	char *end;

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		hang_up(cl);
		return false;
	}
	if (n > 0)
		cl->n_line += (size_t)n;
	end = memchr(cl->line, '\n', cl->n_line);
	if (end == NULL && cl->n_line < sizeof cl->line)
		return false;
	/* One that is too long is none that we know. */
	*(end != NULL ? end : cl->line) = '\0';
	return true;
}

/* The next piece of the file into the place of what is sent. False: there is none. */
static bool refill(struct client *cl)
{
	char *chunk;
	ssize_t n;

	if (cl->file < 0 || (chunk = malloc(CHUNK)) == NULL)
		return false;
	n = read(cl->file, chunk, CHUNK);
	free(cl->answer);
	cl->answer = chunk;
	cl->at = 0;
	cl->n = n > 0 ? (size_t)n : 0;
	return n > 0;
}

/* One piece at a time: the others have their turn, too. */
static void tell(struct client *cl)
{
	ssize_t n;

	if (cl->at == cl->n && !refill(cl)) {
		hang_up(cl);
		return;
	}
	n = send(cl->fd, cl->answer + cl->at, cl->n - cl->at, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0) {
		cl->at += (size_t)n;
		cl->until = time_steady_s() + PATIENCE;
		if (cl->at == cl->n && cl->file < 0)
			hang_up(cl);
	} else if (errno != EAGAIN && errno != EINTR) {
		hang_up(cl);
	}
}

/* The writer is stopped, or waits for an output of its own. */
static void give_up_waiting(struct client *cl)
{
	cl->waits = false;
	cl->until = time_steady_s() + PATIENCE;
	refuse(cl, "the writer does not answer: it is stopped, or waits for an output");
}

static void serve(struct client *cl, const struct proc_config *config, const struct control_calls *calls)
{
	if (cl->answer == NULL && !cl->waits && hear(cl))
		obey(cl, config, calls);
	if (cl->fd >= 0 && cl->answer != NULL)
		tell(cl);
	if (cl->fd < 0 || time_steady_s() < cl->until)
		return;
	if (cl->waits)
		give_up_waiting(cl);
	else
		hang_up(cl);
}

static struct client *free_place(struct control *c)
{
	size_t i;

	for (i = 0; i < CONTROL_CLIENTS; i++)
		if (c->client[i].fd < 0)
			return &c->client[i];
	return NULL;
}

nfds_t control_poll(struct control *c, struct pollfd p[CONTROL_CLIENTS + 1])
{
	bool room = false;
	nfds_t n = 0;
	size_t i;

	for (i = 0; c != NULL && i < CONTROL_CLIENTS; i++) {
		const struct client *cl = &c->client[i];

		room |= cl->fd < 0;
		/* Of one that waits for the writer nothing is wanted: if it has gone, that is found out with the answer. */
		if (cl->fd >= 0 && !cl->waits)
			p[n++] = (struct pollfd){ .fd = cl->fd, .events = cl->answer != NULL ? POLLOUT : POLLIN };
	}
	/* Who comes when all places are taken waits until one is free: PATIENCE at the most for each before. */
	if (room && !c->waits)
		p[n++] = (struct pollfd){ .fd = c->listener.fd, .events = POLLIN };
	if (c != NULL)
		c->waits = false;
	return n;
}

void control_serve(struct control *c, const struct proc_config *config, const struct control_calls *calls)
{
	struct client *cl;
	size_t i;

	while (c != NULL && (cl = free_place(c)) != NULL) {
		cl->fd = accept4(c->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (cl->fd < 0) {
			c->waits = errno != EAGAIN && errno != EINTR;
			break;
		}
		cl->until = time_steady_s() + PATIENCE;
	}
	for (i = 0; c != NULL && i < CONTROL_CLIENTS; i++)
		if (c->client[i].fd >= 0)
			serve(&c->client[i], config, calls);
}
