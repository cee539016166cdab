/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The outputs, as the supervisor sees them: it opens what the writer writes to. */
#include <errno.h>
#include <unistd.h>

#include "proc_impl.h"

#define SAID 256 /* outputs of which it is remembered that one could not be opened: once a second is too often to say it */

size_t outputs_reopen(const struct proc_config *config, int writer, bool all)
{
	static bool said[SAID];
	size_t i, n = 0;

	for (i = 0; i < config->n_outputs; i++) {
		const struct ipc_message m = { .order = IPC_ORDER_OUTPUT, .number = i };
		struct output *o = config->outputs[i];
		int fd;

		if (!all && !output_is_due(o))
			continue;
		fd = output_open_again(o);
		if (fd < 0 && errno != 0 && (all || i >= SAID || !said[i]))
			log_error("%s: cannot be opened anew: %s; what was open stays", output_target(o), strerror(errno));
		if (i < SAID)
			said[i] = fd < 0;
		if (fd < 0)
			continue;
		if (ipc_try(writer, &m, fd))
			n++;
		else
			log_error("%s: the writer does not listen; what was open stays", output_target(o));
		/* For a writer that has to be started again. */
		output_adopt(o, fd);
	}
	return n;
}
