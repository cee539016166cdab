/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plainpop servers [FILE]: what is known of servers, for people. */
#include <errno.h>
#include <stdio.h>

#include "cli_impl.h"

int servers_command(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : DEFAULT_SERVERS;
	struct servers *s;
	char err[256];
	int status = EXIT_DONE;

	if (argc > 2 || path[0] == '-') {
		log_error("plainpop servers %s: expected plainpop servers [FILE]", argc > 2 ? argv[2] : path);
		return EXIT_WRONG;
	}
	s = servers_view(path, err);
	if (s != NULL)
		servers_print(s, stdout);
	servers_free(s);
	if (err[0] != '\0') {
		log_error("%s", err);
		status = EXIT_FAILED;
	}
	if (fflush(stdout) != 0) {
		log_error("standard output: %s", strerror(errno));
		status = EXIT_FAILED;
	}
	return status;
}
