/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is read about rules, in one file in memory: see bundle.c. */
#ifndef PLAINPOP_BUNDLE_H
#define PLAINPOP_BUNDLE_H

#include "plainpop/base.h"

enum bundle_part {
	BUNDLE_CLASSES,
	BUNDLE_REFERENCES,
	BUNDLE_THRESHOLDS,
	BUNDLE_DEFAULT, /* the program's own rules: no text */
	BUNDLE_RULES,
};

/* An empty one; -1 with errno. */
int bundle_new(void);
/* Adds a file; path NULL: a part without a text. False with errno. */
bool bundle_add(int fd, enum bundle_part what, const char *path);
/* Hands out its parts in their order, until part says false. False then, or when it cannot be read. */
bool bundle_read(int fd, bool (*part)(void *ctx, enum bundle_part what, const char *name, struct span text), void *ctx);

#endif
