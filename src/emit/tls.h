/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TLS for transports, as a client: whom it trusts and who it is (a context), and a connection (a stream) over a socket that
 * is connected already. TLS 1.2 at least; the certificate of the other side has to be valid, and for its name.
 *
 * Whoever uses it ignores SIGPIPE.
 */
#ifndef PLAINPOP_EMIT_TLS_H
#define PLAINPOP_EMIT_TLS_H

#include <sys/types.h>

#include "plainpop/emit.h"

struct tls_context;
struct tls_stream;

/* Trusts what the system trusts. Heap; NULL with a message in err. */
struct tls_context *tls_context_new(char err[OUTPUT_ERROR_SIZE]);
/*
 * Files are read here and never again:
 *   ca=FILE    trusts these alone: authorities, or the very certificate of the other side (PEM)
 *   cert=FILE  shows this certificate, and those that follow it there (PEM)
 *   key=FILE   its key (PEM, without passphrase)
 *   name=HOST  what the certificate has to be for, if not the host that was connected to
 *   verify=no  believes anybody, and says so in the log
 * False with a message in err: there is no such option, or the value is wrong.
 */
bool tls_context_option(struct tls_context *c, const char *name, const char *value, char err[OUTPUT_ERROR_SIZE]);
/* NULL is fine. The key is wiped. */
void tls_context_free(struct tls_context *c);

/*
 * Over fd, which stays the caller's and is set not to block. No step of the handshake takes longer than so many ms. Heap; NULL
 * with a message in err.
 */
struct tls_stream *tls_stream_open(struct tls_context *c, int fd, const char *host, int timeout_ms,
				   char err[OUTPUT_ERROR_SIZE]);
/* As write(2), after so many ms at the latest: how many bytes, at least one; -1 with a message in err. n > 0. */
ssize_t tls_stream_write(struct tls_stream *s, const void *p, size_t n, int timeout_ms, char err[OUTPUT_ERROR_SIZE]);
/*
 * As read(2): how many bytes; 0: the other side has said that it is done (close_notify); -1 with errno EAGAIN: nothing came
 * in so many ms (0: nothing is there); -1 with another errno and a message in err, EPIPE if the other side has closed without
 * having said so. n > 0.
 */
ssize_t tls_stream_read(struct tls_stream *s, void *p, size_t n, int timeout_ms, char err[OUTPUT_ERROR_SIZE]);
/* Says that nothing more will come (close_notify), if that can be said within so many ms. Reading goes on. */
void tls_stream_finish(struct tls_stream *s, int timeout_ms);
/* NULL is fine. */
void tls_stream_free(struct tls_stream *s);

#endif
