/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the command line of `plainpop report` asks for. */
#ifndef PLAINPOP_CLI_REQUEST_H
#define PLAINPOP_CLI_REQUEST_H

#include "cli_impl.h"
#include "plainpop/report.h"

struct request {
	struct strings file, run; /* EVE; the words for the run that replays */
	const char *out, *format, *table, *secret_key, *secrets;
	const char *replays; /* an option that only a replay has, or NULL */
	enum report_form form;
	bool replay, pseudonyms, own_key, help;
};

/* Reads it into an empty request. False: it is wrong, and what was said. */
bool request_read(struct request *q, int argc, char **argv);
void request_free(struct request *q);
/* For --help. */
void request_help(void);

/* One more word, borrowed; NULL stands behind the last. False: no memory, which was said. */
bool words_push(struct strings *s, const char *word);

#endif
