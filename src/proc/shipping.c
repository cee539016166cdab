/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shippers, as the supervisor has them: a process for each output that goes to somebody else, who may hang. Between it and
 * the writer is a channel of which the supervisor keeps both ends: whoever of the two dies, what is in it is not lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc_impl.h"

#define CHANNEL (1 << 20) /* bytes */

static struct {
	struct proc_config *config;
	const struct sandbox *sandbox;
	bool live;
	size_t n;
	struct shipper {
		struct child child;
		size_t output;      /* its number, as the writer knows it */
		int writer, own;    /* the ends of the channel; -1: closed */
		int directory;      /* of its spool, or -1 */
	} shipper[SHIPPERS_MAX];
} room;

/* ---- the spool's directory ---- */

/* A name that says what it is of, and that no other output has: of several with the same target this is the nth, from 1 on. */
static void name_of(const char *target, size_t nth, char name[SPOOL_NAME])
{
	static const uint8_t key[16] = "plainpop spool  ";
	size_t i, n = 0;

	for (i = 0; target[i] != '\0' && n < 40; i++) {
		char c = target[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';

		if (plain && !(n == 0 && c == '.'))
			name[n++] = c;
		else if (n > 0 && name[n - 1] != '_')
			name[n++] = '_';
	}
	n += (size_t)snprintf(name + n, SPOOL_NAME - n, "-%016llx", (unsigned long long)hash_keyed(key, target, strlen(target)));
	if (nth > 1)
		snprintf(name + n, SPOOL_NAME - n, "-%zu", nth);
}

/* A descriptor; -1 with errno. Whoever the shipper becomes is its owner. */
static int open_directory(const char *spool, const char *target, size_t nth)
{
	char name[SPOOL_NAME];
	int parent, fd;

	name_of(target, nth, name);
	if (mkdir(spool, 0700) != 0 && errno != EEXIST)
		return -1;
	parent = open(spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0)
		return -1;
	if (mkdirat(parent, name, 0700) != 0 && errno != EEXIST) {
		close(parent);
		return -1;
	}
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	close(parent);
	if (fd >= 0 && sandbox_give(room.sandbox, fd) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* ---- beginning ---- */

static int channel(struct shipper *s)
{
	int pair[2], size = CHANNEL;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	s->writer = pair[0];
	s->own = pair[1];
	return 0;
}

/* How many outputs up to this one have its target, itself included. */
static size_t count_same(const struct proc_config *config, size_t output)
{
	size_t i, n = 1;

	for (i = 0; i < output; i++)
		n += strcmp(output_target(config->outputs[i]), output_target(config->outputs[output])) == 0;
	return n;
}

bool shipping_open(struct proc_config *config, const struct sandbox *sandbox)
{
	size_t i;

	room.config = config;
	room.sandbox = sandbox;
	room.live = config->n_interfaces > 0;
	for (i = 0; i < config->n_outputs; i++) {
		const char *target = output_target(config->outputs[i]);
		struct shipper *s = &room.shipper[room.n];

		if (!output_ships(config->outputs[i]))
			continue;
		if (room.n == SHIPPERS_MAX) {
			log_error("more than %d outputs to others", SHIPPERS_MAX);
			return false;
		}
		*s = (struct shipper){ .child.control = -1, .output = i, .writer = -1, .own = -1, .directory = -1 };
		if (channel(s) != 0) {
			log_error("%s: %s", target, strerror(errno));
			return false;
		}
		room.n++;
		if (config->spool != NULL &&
		    (s->directory = open_directory(config->spool, target, count_same(config, i))) < 0) {
			log_error("--spool %s: %s: %s", config->spool, target, strerror(errno));
			return false;
		}
	}
	return true;
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* In another process: what s alone needs. */
static void close_own(struct shipper *s)
{
	close_end(&s->own);
	close_end(&s->directory);
	close_end(&s->child.control);
}

static void beat(void *slot)
{
	((struct slot *)slot)->beat++;
}

/* The life of a shipper process. The exit status. */
static int shipper_main(struct shipper *s, size_t number)
{
	struct proc_config *c = room.config;
	struct output *mine = c->outputs[s->output];
	struct slot *slot = &shared()->shipper[number];
	const struct output_job job = { .channel = s->own, .directory = s->directory, .max = c->spool_size,
					.wait = !room.live, .beat = beat, .beat_ctx = slot };
	uint64_t lost;
	size_t i;

	counter_use(slot->counter);
	secret_key_free((struct secret_key *)(uintptr_t)c->key);
	c->key = NULL;
	for (i = 0; i < room.n; i++) {
		close_end(&room.shipper[i].writer);
		if (i != number)
			close_own(&room.shipper[i]);
	}
	for (i = 0; i < c->n_outputs; i++)
		if (i != s->output)
			output_close(c->outputs[i]);
	if (!sandbox_enter_shipper(room.sandbox, s->directory)) {
		log_error("a shipper cannot start");
		return CHILD_FAILED;
	}
	lost = output_ship(mine, &job);
	return lost > 0 ? CHILD_FAILED : CHILD_DONE;
}

/* 0, or -1: it could not be started, and why was said. */
static int start(size_t number)
{
	struct shipper *s = &room.shipper[number];
	pid_t pid = children_fork(&s->child);

	if (pid == 0)
		children_leave(shipper_main(s, number));
	if (pid < 0)
		log_error("cannot start a shipper: %s", strerror(errno));
	return pid < 0 ? -1 : 0;
}

void shipping_start(void)
{
	size_t i;

	for (i = 0; i < room.n; i++)
		start(i);
}

void shipping_become_writer(void)
{
	size_t i;

	for (i = 0; i < room.n; i++) {
		struct output *o = room.config->outputs[room.shipper[i].output];

		close_own(&room.shipper[i]);
		output_adopt(o, room.shipper[i].writer);
		output_forget(o);
		if (!room.live)
			output_wait(o);
	}
}

void shipping_forget(const struct child *me)
{
	size_t i;

	for (i = 0; i < room.n; i++)
		if (me == &room.shipper[i].child)
			return; /* shipper_main() does that */
	for (i = 0; i < room.n; i++) {
		close_end(&room.shipper[i].writer);
		close_own(&room.shipper[i]);
	}
}

/* ---- ending ---- */

void shipping_finish(void)
{
	size_t i;

	for (i = 0; i < room.n; i++)
		close_end(&room.shipper[i].writer);
}

bool shipping_any(void)
{
	size_t i;

	for (i = 0; i < room.n; i++)
		if (room.shipper[i].child.pid > 0)
			return true;
	return false;
}

void shipping_kill(void)
{
	size_t i;

	for (i = 0; i < room.n; i++)
		if (room.shipper[i].child.pid > 0)
			kill(room.shipper[i].child.pid, SIGKILL);
}

enum shipping_end shipping_ended(pid_t pid, int status, bool again)
{
	const char *target;
	struct shipper *s;
	size_t i;

	for (i = 0; i < room.n && room.shipper[i].child.pid != pid; i++)
		;
	if (i == room.n)
		return SHIPPING_NOT_MINE;
	s = &room.shipper[i];
	target = output_target(room.config->outputs[s->output]);
	child_bury(&s->child);
	/* By itself it ends only when the writer has; what went wrong on the way was said. */
	if (WIFEXITED(status) && s->writer < 0)
		return WEXITSTATUS(status) == CHILD_DONE ? SHIPPING_DONE : SHIPPING_FAILED;
	child_say_death("a shipper", status, target);
	if (!again)
		return SHIPPING_FAILED;
	if (child_died_too_often(&s->child)) {
		log_error("%s: died %d times in a minute: it is not started again", target, CHILD_DEATHS);
		return SHIPPING_FAILED;
	}
	counter_add(COUNTER_SHIPPER_RESTARTS, 1);
	start(i);
	return SHIPPING_FAILED;
}
