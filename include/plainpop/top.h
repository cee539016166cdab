/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * top: how a running plainpop is, on a terminal or as text, by its control socket. Nothing of it runs in a process that
 * sees packets; what it is told is taken for hostile all the same, as names of users are in it.
 */
#ifndef PLAINPOP_TOP_H
#define PLAINPOP_TOP_H

#include "plainpop/base.h"

/* path: of the control socket. once: one picture as plain text, and no more. The exit status: 0, or 1 and why was said. */
int top_run(const char *path, bool once);

/* The version of ncurses; NULL: this program was built without it, and has plain text alone. Static string. */
const char *top_terminal_version(void);

#endif
