/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report: EVE records of plainpop's own, of a day or of a year, as one page for the person who has to get rid of POP3 in
 * the clear; the same as JSON or CSV. A password that the records may hold is never taken from them.
 */
#ifndef PLAINPOP_REPORT_H
#define PLAINPOP_REPORT_H

#include <stdio.h>

#include "plainpop/base.h"

struct report;

struct report_options {
	/*
	 * Users, domains, clients, sensors and files get pseudonyms: the same name the same one, wherever the key is the
	 * same. NULL: they are called by their names. The caller's, for as long as the report is.
	 */
	const struct secret_key *pseudonyms;
	/* The records come from one run, each once and all of them: nothing is taken for the same record again. */
	bool complete;
	/* The key of the fingerprints is one that nobody keeps: they are not shown. */
	bool passing_key;
	const char *version; /* of the program, for the page */
};

enum report_form { REPORT_HTML, REPORT_JSON, REPORT_CSV };

/* Heap; NULL: no memory. */
struct report *report_new(const struct report_options *options);
void report_free(struct report *r);

/* A line that could not be used, and why. */
typedef void report_wrong(void *ctx, const char *name, uint64_t line, const char *why);

/*
 * Takes what there is to take from EVE lines; name is what the page calls where they come from. Lines that are not
 * plainpop's are passed over and counted, damaged ones are counted and told. 0, or -1 with errno when it could not be read
 * to its end (or memory is out); what was read till then stays.
 */
int report_read(struct report *r, const char *name, FILE *f, report_wrong *wrong, void *ctx);

/* An input could not be read, or not to its end: the report says so. */
void report_unread(struct report *r);

/* Lines that were damaged. */
uint64_t report_damaged(const struct report *r);
/* Records taken. 0: there was nothing of plainpop's in it. */
uint64_t report_records(const struct report *r);

/* Ranks and counts; once, behind the last report_read(). False: no memory. */
bool report_finish(struct report *r);

/* The name of the i-th table of CSV; NULL: no more. Static string. */
const char *report_table(size_t i);

/* Writes it. table: for CSV alone, a name that report_table() has. False: the stream failed, or memory is out. */
bool report_write(const struct report *r, enum report_form form, const char *table, FILE *out);

#endif
