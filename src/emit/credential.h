/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files that options of transports name: passwords, keys, certificates. They are read at once, while files can be read at
 * all; what was read is in memory until it is freed, and then wiped. None of it is ever in a message.
 */
#ifndef PLAINPOP_EMIT_CREDENTIAL_H
#define PLAINPOP_EMIT_CREDENTIAL_H

#include "plainpop/emit.h"

#define PASSWORD_MAX 512

/* All of a file of 1 to max bytes, without NULs but one behind. For credential_free(); NULL with a message in err. */
char *credential_read(const char *path, size_t max, char err[OUTPUT_ERROR_SIZE]);
/* Warns of a file that everybody can read. */
void credential_exposed(const char *path);
/* The only line of a file, up to PASSWORD_MAX bytes; warns likewise. */
char *credential_password(const char *path, char err[OUTPUT_ERROR_SIZE]);
/* The certificates that this system trusts, PEM; NULL: none were found. */
char *credential_authorities(void);
/* Wipes it; NULL is fine. */
void credential_free(char *p);

/* A password is about to go to this host for everybody on the way to see: warns of it, unless it stays in this machine. */
void credential_in_clear(const char *host);

#endif
