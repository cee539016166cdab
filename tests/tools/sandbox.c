/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shows that the sandbox bites: children enter it as sensor, writer, exporter and shipper, and try what they must not. Prints what was
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

static int connection(void)
{
	struct sockaddr a = { .sa_family = AF_UNSPEC };

	return connect(STDIN_FILENO, &a, sizeof a) == 0;
}

/* What the exporter may only read. */
static int memory_to_write(void)
{
	void *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED && mprotect(p, 4096, PROT_READ | PROT_WRITE) == 0;
}

static int program_in_memory(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

enum wanted { KILLED, REFUSED, DONE };

static const struct {
	const char *what;
	int (*try)(void);
	enum wanted wanted[SANDBOX_KIND_MAX]; /* of sensor, writer, exporter, shipper */
} tries[] = {
	{ "a socket", make_socket, { KILLED, KILLED, KILLED, DONE } },
	{ "a connection", connection, { KILLED, KILLED, KILLED, REFUSED } },
	{ "another program", start_program, { KILLED, KILLED, KILLED, KILLED } },
	{ "another process", start_process, { KILLED, KILLED, KILLED, KILLED } },
	{ "a signal to the parent", kill_parent, { KILLED, KILLED, KILLED, KILLED } },
	{ "ptrace", trace, { KILLED, KILLED, KILLED, KILLED } },
	{ "setuid", become_root, { KILLED, KILLED, KILLED, KILLED } },
	{ "chroot", change_root, { KILLED, KILLED, KILLED, KILLED } },
	{ "a file to read", open_file, { REFUSED, REFUSED, REFUSED, DONE } },
	{ "a file to write", make_file, { REFUSED, REFUSED, REFUSED, REFUSED } },
	{ "memory", compute, { DONE, DONE, DONE, DONE } },
	{ "memory to write", memory_to_write, { DONE, DONE, KILLED, DONE } },
	{ "a program in memory", program_in_memory, { DONE, DONE, KILLED, DONE } },
	{ "a file in memory", file_in_memory, { KILLED, DONE, KILLED, KILLED } },
};

static enum wanted outcome(const struct sandbox *s, enum sandbox_kind kind, int (*try)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (!(kind == SANDBOX_SHIPPER ? sandbox_enter_shipper(s, -1) : sandbox_enter(s, kind)))
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
	static const char *const kinds[SANDBOX_KIND_MAX] = { "sensor", "writer", "exporter", "shipper" };
	struct sandbox s;
	size_t i;
	int kind, wrong = 0;

	if (!sandbox_prepare(&s, NULL, NULL, false))
		return 2;
	for (i = 0; i < sizeof tries / sizeof tries[0]; i++)
		for (kind = SANDBOX_SENSOR; kind < SANDBOX_KIND_MAX; kind++) {
			enum wanted want = tries[i].wanted[kind];
			enum wanted got = outcome(&s, (enum sandbox_kind)kind, tries[i].try);

			if (got == want)
				continue;
			printf("%s: %s: %s, not %s\n", kinds[kind], tries[i].what, names[got], names[want]);
			wrong++;
		}
	return wrong > 0;
}
