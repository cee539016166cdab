/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of a sensor or of the writer, as the supervisor sees it. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc_impl.h"

void child_say_death(const char *who, int status, const char *where)
{
	if (WIFSIGNALED(status))
		log_error("%s died of signal %d (%s)%s%s", who, WTERMSIG(status), strsignal(WTERMSIG(status)),
			  where != NULL ? " while it read " : "", where != NULL ? where : "");
	else
		log_error("%s ended with status %d%s%s", who, WEXITSTATUS(status), where != NULL ? " while it read " : "",
			  where != NULL ? where : "");
}

bool child_died_too_often(struct child *c)
{
	time_t first = c->died[0], t = time_steady_s();

	memmove(c->died, c->died + 1, sizeof c->died - sizeof c->died[0]);
	c->died[CHILD_DEATHS - 1] = t;
	return first != 0 && t - first < CHILD_DEATHS_WITHIN;
}

void child_bury(struct child *c)
{
	close(c->control);
	c->pid = 0;
	c->control = -1;
}
