/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tls_context.c and tls_stream.c share. */
#ifndef PLAINPOP_EMIT_TLS_IMPL_H
#define PLAINPOP_EMIT_TLS_IMPL_H

#include <openssl/ssl.h>

#include "tls.h"

#define TLS_NAME_SIZE 256

struct tls_context {
	SSL_CTX *ctx;
	char name[TLS_NAME_SIZE]; /* "": the host's */
	bool cert, key;           /* there is one */
	bool verify;
};

/* What OpenSSL complains about in this thread, in a few words. Static string. */
const char *tls_complaint(void);

#endif
