/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plainpop top [--control PATH] [--once]: how the plainpop is that runs. */
#include "cli_impl.h"
#include "plainpop/top.h"

int top_command(int argc, char **argv)
{
	const char *path = DEFAULT_CONTROL;
	bool once = false;
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--control") == 0 && i + 1 < argc)
			path = argv[++i];
		else if (strncmp(argv[i], "--control=", 10) == 0)
			path = argv[i] + 10;
		else if (strcmp(argv[i], "--once") == 0)
			once = true;
		else
			break;
	}
	if (i < argc) {
		log_error("plainpop top %s: expected plainpop top [--control PATH] [--once]", argv[i]);
		return EXIT_WRONG;
	}
	return top_run(path, once) == 0 ? EXIT_DONE : EXIT_FAILED;
}
