/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shows that the sandbox bites: children enter it as sensor and as writer, and try what they must not. Prints what was
 * wrong; the exit status is 0 when nothing was.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/proc/proc_impl.h"

/* ---- what is tried: 0 when it was refused without more ado, 1 when it was done ---- */

static int make_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static int start_program(void)
{
	char *argv[] = { (char[]){ "/bin/true" }, NULL };

	execv(argv[0], argv);
	return 0;
}

static int start_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0;
}

static int kill_parent(void)
{
	return kill(getppid(), SIGCONT) == 0;
}

static int trace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static int become_root(void)
{
	return setuid(0) == 0;
}

static int change_root(void)
{
	return chroot("/") == 0;
}

static int open_file(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0 || open("/", O_RDONLY) >= 0;
}

static int make_file(void)
{
	return open("/tmp/plainpop-sandbox", O_WRONLY | O_CREAT, 0600) >= 0 || open("x", O_WRONLY | O_CREAT, 0600) >= 0;
}

static int compute(void)
{
	char *p = malloc(1 << 20);

	if (p == NULL)
		return 0;
	memset(p, 1, 1 << 20);
	fprintf(stderr, "%s", "");
	free(p);
	return 1;
}

static int file_in_memory(void)
{
	return memfd_create("x", MFD_CLOEXEC) >= 0;
}

enum wanted { KILLED, REFUSED, DONE };

static const struct {
	const char *what;
	int (*try)(void);
	enum wanted sensor, writer;
} tries[] = {
	{ "a socket", make_socket, KILLED, KILLED },
	{ "another program", start_program, KILLED, KILLED },
	{ "another process", start_process, KILLED, KILLED },
	{ "a signal to the parent", kill_parent, KILLED, KILLED },
	{ "ptrace", trace, KILLED, KILLED },
	{ "setuid", become_root, KILLED, KILLED },
	{ "chroot", change_root, KILLED, KILLED },
	{ "a file to read", open_file, REFUSED, REFUSED },
	{ "a file to write", make_file, REFUSED, REFUSED },
	{ "memory", compute, DONE, DONE },
	{ "a file in memory", file_in_memory, KILLED, DONE },
};

static enum wanted outcome(const struct sandbox *s, enum sandbox_kind kind, int (*try)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (!sandbox_enter(s, kind))
			_exit(3);
		_exit(try());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		exit(2);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return KILLED;
	if (WIFEXITED(status) && WEXITSTATUS(status) <= 1)
		return WEXITSTATUS(status) == 0 ? REFUSED : DONE;
	fprintf(stderr, "the sandbox could not be entered, or something else went wrong: status %x\n", (unsigned)status);
	exit(2);
}

int main(void)
{
	static const char *const names[] = { "killed", "refused", "done" };
	struct sandbox s;
	size_t i;
	int kind, wrong = 0;

	if (!sandbox_prepare(&s, NULL, NULL, false))
		return 2;
	for (i = 0; i < sizeof tries / sizeof tries[0]; i++)
		for (kind = SANDBOX_SENSOR; kind <= SANDBOX_WRITER; kind++) {
			enum wanted want = kind == SANDBOX_SENSOR ? tries[i].sensor : tries[i].writer;
			enum wanted got = outcome(&s, (enum sandbox_kind)kind, tries[i].try);

			if (got == want)
				continue;
			printf("%s: %s: %s, not %s\n", kind == SANDBOX_SENSOR ? "sensor" : "writer", tries[i].what,
			       names[got], names[want]);
			wrong++;
		}
	return wrong > 0;
}
