/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plainpop top [--control PATH] [--once]: how the plainpop is that runs. */
#include "cli_impl.h"
#include "plainpop/top.h"

int top_command(int argc, char **argv)
{
	const char *path = DEFAULT_CONTROL, *value;
	bool once = false;
	int i;

	for (i = 1; i < argc; i++) {
		if (option_value("--control", argv, argc, &i, &value) && value != NULL)
			path = value;
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
