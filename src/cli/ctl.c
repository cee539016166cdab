/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plainpop ctl [--control PATH] COMMAND: asks the plainpop that runs; src/proc/control.c answers. */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli_impl.h"

#define WAIT 60 /* seconds: many rules take their time */

static const char *const commands[] = { "stats", "reload", "reopen", "version", "servers", "top" };

/* The command and the path among the words. False: they are wrong, which was said. */
static bool read_words(int argc, char **argv, const char **command, const char **path)
{
	const char *value;
	size_t k;
	int i;

	*command = NULL;
	*path = DEFAULT_CONTROL;
	for (i = 1; i < argc; i++) {
		if (option_value("--control", argv, argc, &i, &value) && value != NULL)
			*path = value;
		else if (*command == NULL && argv[i][0] != '-')
			*command = argv[i];
		else
			break;
	}
	for (k = 0; i == argc && *command != NULL && k < sizeof commands / sizeof commands[0]; k++)
		if (strcmp(*command, commands[k]) == 0)
			return true;
	log_error("plainpop ctl: expected [--control PATH] and one of stats, reload, reopen, version, servers, top");
	return false;
}

/* A descriptor, or -1, and why was said. */
static int reach(const char *path)
{
	const struct timeval wait = { .tv_sec = WAIT };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = -1;

	if (strlen(path) < sizeof a.sun_path) {
		memcpy(a.sun_path, path, strlen(path) + 1);
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	} else {
		errno = ENAMETOOLONG;
	}
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) == 0 &&
	    connect(fd, (const struct sockaddr *)&a, sizeof a) == 0)
		return fd;
	log_error("%s: %s%s", path, strerror(errno),
		  errno == ENOENT || errno == ECONNREFUSED ? "; does plainpop run with --control there?" : "");
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The answer, to standard output. The exit status. */
static int copy_answer(int fd, const char *path)
{
	static const char error[] = "{\"error\":";
	char buf[16384];
	bool refused = false, any = false;
	ssize_t n;

	while ((n = recv(fd, buf, sizeof buf, 0)) > 0) {
		/* It comes in one piece, being short. */
		refused |= !any && (size_t)n > sizeof error && memcmp(buf, error, sizeof error - 1) == 0;
		any = true;
		fwrite(buf, 1, (size_t)n, stdout);
	}
	if (n < 0)
		log_error("%s: %s", path, errno == EAGAIN ? "no answer" : strerror(errno));
	else if (!any)
		log_error("%s: no answer", path);
	if (fflush(stdout) != 0) {
		log_error("standard output: %s", strerror(errno));
		return EXIT_FAILED;
	}
	return n < 0 || !any || refused ? EXIT_FAILED : EXIT_DONE;
}

int ctl_command(int argc, char **argv)
{
	const char *command, *path;
	char line[32];
	int fd, n, status = EXIT_FAILED;

	if (!read_words(argc, argv, &command, &path))
		return EXIT_WRONG;
	fd = reach(path);
	if (fd < 0)
		return EXIT_FAILED;
	n = snprintf(line, sizeof line, "%s\n", command);
	if (send(fd, line, (size_t)n, MSG_NOSIGNAL) == n)
		status = copy_answer(fd, path);
	else
		log_error("%s: %s", path, strerror(errno));
	close(fd);
	return status;
}
