/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What makes the manual pages: pages.c goes through them, options.c and tables.c know what a line stands for. */
#ifndef PLAINPOP_PAGES_H
#define PLAINPOP_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- pages.c ---- */

extern FILE *out; /* the page that is being made */

/* Says what is wrong at the line at hand; then nothing is written. */
void __attribute__((format(printf, 1, 2))) fault(const char *fmt, ...);
/* Notes that a row has been said; twice is a fault. */
void say_once(bool *said, const char *name);
/* A text of a table as a sentence, on a line of its own. */
void put_sentence(const char *text);

/* ---- options.c ---- */

void expand_option(const char *rest);
void expand_keys(void);
void expand_groups(void);
void expand_commands(void);
/* The default of an option, within a line. */
void expand_default(const char *name, size_t n);
void options_said(void);

/* ---- tables.c ---- */

void expand_keyword(const char *rest);
void expand_field(const char *rest);
/* What the other formats call the field whose text ends here, if one does. */
void end_field(void);
void expand_format(const char *name, bool takes);
void expand_mechanisms(void);
void expand_anomalies(bool of_rules);
void expand_counters(void);
/* all: the text of all pages */
void tables_said(const char *all);

#endif
