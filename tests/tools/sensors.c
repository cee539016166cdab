/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Several sensors on one interface, as a supervisor would start them: opened here, as root, and read by children that
 * are nobody and may make only the system calls that plainpop/capture.h lists, besides writing to standard output and
 * ending. For tests/e2e/fanout.
 *
 *	sensors INTERFACE N [ports|immediate|replace]     N sensors; 1: without fan-out
 *
 * ports: the filter is one that is too long for the kernel, and then a shorter one. replace: another takes
 * the place of sensor 0 before they start. Lines on standard output:
 *
 *	ready                     packets come from now on, and the parent has closed its copies
 *	I packet SECONDS.NS HEX   sensor I got a frame
 *	I down|up|gone|error WHY
 *	I stats RECEIVED DROPPED IFDROPPED FREEZES      on SIGUSR1 to the child
 *	I pid PID
 *
 * SIGTERM to the parent ends it all; the exit status is 0 when all children came to their end themselves.
 */
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "plainpop/capture.h"

#define NOBODY 65534
#define MOST 16

static volatile sig_atomic_t stop, wanted;
static pid_t child[MOST];
static unsigned n_children;

static void on_stop(int number)
{
	unsigned i;

	(void)number;
	stop = 1;
	for (i = 0; i < n_children; i++)
		kill(child[i], SIGTERM);
}

static void on_wanted(int number)
{
	(void)number;
	wanted = 1;
}

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "sensors: %s: %s\n", what, why);
	exit(1);
}

/* Whatever is not in the list kills the process. */
static void sandbox(void)
{
	static const uint32_t allowed[] = {
		SYS_poll, SYS_restart_syscall, SYS_getsockopt, SYS_getsockname, SYS_ioctl, SYS_pread64,
		SYS_close, SYS_munmap, SYS_setsockopt, SYS_write, SYS_rt_sigreturn, SYS_exit_group,
	};
	enum { N = sizeof allowed / sizeof allowed[0] };
	struct sock_filter code[N + 3];
	struct sock_fprog program = { .len = N + 3, .filter = code };
	unsigned i;

	code[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (i = 0; i < N; i++)
		code[1 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i], (uint8_t)(N - i), 0);
	code[1 + N] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	code[2 + N] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		fail("seccomp", strerror(errno));
}

static void say(const char *line, size_t n)
{
	while (n > 0) {
		ssize_t done = write(STDOUT_FILENO, line, n);

		if (done < 0 && errno != EINTR)
			_exit(3);
		line += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
}

static void say_packet(unsigned i, const struct capture_packet *p)
{
	static char line[64 + 2 * 2048 + 1];
	size_t n = p->data.n < 2048 ? p->data.n : 2048, at, k;

	at = (size_t)snprintf(line, sizeof line, "%u packet %" PRIu64 ".%06" PRIu64 "%03u ", i, p->ts / 1000000,
			      p->ts % 1000000, p->ns);
	for (k = 0; k < n; k++)
		at += (size_t)snprintf(line + at, sizeof line - at, "%02x", p->data.p[k]);
	line[at++] = '\n';
	say(line, at);
}

static void say_word(unsigned i, const char *word, const char *why)
{
	char line[CAPTURE_ERROR_SIZE + 64];

	say(line, (size_t)snprintf(line, sizeof line, "%u %s %s\n", i, word, why));
}

static void say_stats(unsigned i, struct capture *c)
{
	char line[160];
	struct capture_stats s;

	wanted = 0;
	capture_stats(c, &s);
	say(line, (size_t)snprintf(line, sizeof line, "%u stats %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", i,
				   s.received, s.dropped, s.if_dropped, s.freezes));
}

static void sensor(unsigned i, struct capture *c)
{
	struct capture_packet p;

	while (!stop) {
		if (wanted)
			say_stats(i, c);
		switch (capture_next(c, &p)) {
		case CAPTURE_PACKET:
			say_packet(i, &p);
			break;
		case CAPTURE_DOWN:
			say_word(i, "down", capture_error(c));
			break;
		case CAPTURE_UP:
			say_word(i, "up", capture_error(c));
			break;
		case CAPTURE_GONE:
			say_word(i, "gone", capture_error(c));
			return;
		case CAPTURE_END:
		case CAPTURE_ERROR:
			say_word(i, "error", capture_error(c));
			return;
		case CAPTURE_IDLE:
			break;
		}
	}
}

static pid_t start(unsigned i, struct capture **c)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	n_children = 0;
	if (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
		fail("setuid", strerror(errno));
	sandbox();
	sensor(i, c[i]);
	capture_close(c[i]);
	_exit(0);
}

/* One of more than 4096 instructions, and one that the kernel takes. */
static const char *const *long_filters(void)
{
	static const char *both[3];
	static char text[200000];
	size_t at = 0;
	unsigned port;

	for (port = 1; port < 1000; port += 2)
		at += (size_t)snprintf(text + at, sizeof text - at, "%stcp portrange %u-%u", port > 1 ? " or " : "", port, port);
	both[0] = text;
	both[1] = "tcp or not ip";
	return both;
}

static struct capture *open_one(const char *interface, const struct capture_options *o)
{
	char err[CAPTURE_ERROR_SIZE];
	struct capture *c = capture_open_live(interface, o, err);

	if (c == NULL)
		fail(interface, err);
	return c;
}

static void end(const char *what, unsigned i, int status, int *failed)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	fprintf(stderr, "sensors: %s %u ended with %#x\n", what, i, (unsigned)status);
	*failed = 1;
}

int main(int argc, char **argv)
{
	struct capture_options o = { .buffer = 4 << 20 };
	struct capture_fanout fanout = { 0 };
	struct sigaction a = { .sa_handler = on_stop };
	struct capture *c[MOST];
	char err[CAPTURE_ERROR_SIZE];
	int status, failed = 0;
	unsigned i, n = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;

	if (n < 1 || n > MOST)
		fail("usage", "sensors INTERFACE N [ports|immediate|replace]");
	log_set_level(LOG_LEVEL_DEBUG);
	sigaction(SIGTERM, &a, NULL);
	a.sa_handler = on_wanted; /* here, so that no child can be asked too early */
	sigaction(SIGUSR1, &a, NULL);
	fanout.sensors = n;
	o.fanout = n > 1 ? &fanout : NULL;
	o.immediate = argc > 3 && strcmp(argv[3], "immediate") == 0;
	o.prefilter = argc > 3 && strcmp(argv[3], "ports") == 0 ? long_filters() : NULL;
	for (i = 0; i < n; i++)
		c[i] = open_one(argv[1], &o);
	if (argc > 3 && strcmp(argv[3], "replace") == 0) {
		struct capture *other = open_one(argv[1], &o);

		capture_close(c[0]);
		c[0] = other;
	}
	for (i = 0; i < n; i++)
		if (capture_start(c[i], err) != 0)
			fail(argv[1], err);
	for (i = 0; i < n; i++) {
		child[i] = start(i, c);
		n_children++;
	}
	for (i = 0; i < n; i++)
		capture_close(c[i]);
	for (i = 0; i < n; i++)
		printf("%u pid %d\n", i, (int)child[i]);
	puts("ready");
	fflush(stdout);
	for (i = 0; i < n; i++)
		if (waitpid(child[i], &status, 0) < 0 && errno == EINTR)
			i--; /* told to stop: they end now */
		else
			end("sensor", i, status, &failed);
	return failed;
}
