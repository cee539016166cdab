/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A connection with TLS. The socket never blocks: each call waits in poll() alone, for as long as it was told.
 *
 * Names are compared as RFC 5425, 5.2 wants it: with the dNSNames or, for an address, the iPAddresses of the certificate,
 * with its common name if it has no dNSName; '*' stands for the whole of a first label.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "tls_impl.h"

struct tls_stream {
	SSL *ssl;
	int fd;
	char name[TLS_NAME_SIZE]; /* of the other side, as it is verified */
};

static bool failed_for(int kind, int reason)
{
	return kind == SSL_ERROR_SSL && ERR_GET_REASON(ERR_peek_error()) == reason;
}

/* A message, and errno. */
static void explain(const struct tls_stream *s, int kind, int why, char err[OUTPUT_ERROR_SIZE])
{
	long verdict = SSL_get_verify_result(s->ssl);

	errno = ECONNABORTED;
	if (failed_for(kind, SSL_R_CERTIFICATE_VERIFY_FAILED)) {
		snprintf(err, OUTPUT_ERROR_SIZE, "the certificate of %s: %s", s->name, X509_verify_cert_error_string(verdict));
	} else if (kind == SSL_ERROR_SYSCALL && why != 0) {
		errno = why;
		snprintf(err, OUTPUT_ERROR_SIZE, "%s", strerror(why));
	} else if (kind == SSL_ERROR_SYSCALL || kind == SSL_ERROR_ZERO_RETURN ||
		   failed_for(kind, SSL_R_UNEXPECTED_EOF_WHILE_READING)) {
		errno = EPIPE;
		snprintf(err, OUTPUT_ERROR_SIZE, "TLS: closed by the other side");
	} else {
		snprintf(err, OUTPUT_ERROR_SIZE, "TLS: %s", tls_complaint());
	}
}

/*
 * Something of TLS has returned r, which is no success. Waits for what it needs, until then: 0: again; -1: it is over, with a
 * message in err, and errno EAGAIN if nothing but time is missing.
 */
static int settle(struct tls_stream *s, int r, int64_t until, char err[OUTPUT_ERROR_SIZE])
{
	int why = errno, kind = SSL_get_error(s->ssl, r), ready;
	struct pollfd p = { .fd = s->fd, .events = kind == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN };
	int64_t left = until - time_steady_ms();

	if (kind != SSL_ERROR_WANT_READ && kind != SSL_ERROR_WANT_WRITE) {
		explain(s, kind, why, err);
		return -1;
	}
	ready = poll(&p, 1, left > 0 ? (int)left : 0);
	if (ready > 0 || (ready < 0 && errno == EINTR))
		return 0;
	snprintf(err, OUTPUT_ERROR_SIZE, "%s", strerror(ready == 0 ? ETIMEDOUT : errno));
	if (ready == 0)
		errno = EAGAIN;
	return -1;
}

/* SNI (RFC 6066, 3) is for names alone. */
static bool expect(struct tls_stream *s, bool verify)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(s->ssl);
	uint8_t address[16];
	bool numeric = inet_pton(AF_INET, s->name, address) == 1 || inet_pton(AF_INET6, s->name, address) == 1;

	SSL_set_verify(s->ssl, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	if (numeric)
		return !verify || X509_VERIFY_PARAM_set1_ip_asc(param, s->name) == 1;
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set_tlsext_host_name(s->ssl, s->name) == 1 && (!verify || SSL_set1_host(s->ssl, s->name) == 1);
}

static int shake_hands(struct tls_stream *s, int timeout_ms, char err[OUTPUT_ERROR_SIZE])
{
	int64_t until = time_steady_ms() + timeout_ms;

	for (;;) {
		int r;

		ERR_clear_error();
		errno = 0;
		r = SSL_connect(s->ssl);
		if (r == 1)
			return 0;
		if (settle(s, r, until, err) != 0)
			return -1;
	}
}

/*
 * In TLS 1.3 the client is done before the server has looked at its certificate. Most servers send something as soon as they
 * have, session tickets if nothing else; others are believed after a while.
 */
static int hear_verdict(struct tls_stream *s, int timeout_ms, char err[OUTPUT_ERROR_SIZE])
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	uint8_t byte;
	size_t n = 0;
	int r;

	if (SSL_version(s->ssl) < TLS1_3_VERSION || poll(&p, 1, timeout_ms) < 1)
		return 0;
	ERR_clear_error();
	errno = 0;
	r = SSL_peek_ex(s->ssl, &byte, 1, &n);
	return r == 1 || settle(s, r, 0, err) == 0 || errno == EAGAIN ? 0 : -1;
}

struct tls_stream *tls_stream_open(struct tls_context *c, int fd, const char *host, int timeout_ms,
				   char err[OUTPUT_ERROR_SIZE])
{
	const char *name = c->name[0] != '\0' ? c->name : host;
	struct tls_stream *s;

	if (c->cert != c->key) {
		snprintf(err, OUTPUT_ERROR_SIZE, "TLS: cert= and key= go together");
		return NULL;
	}
	s = calloc(1, sizeof *s);
	if (s == NULL || strlen(name) >= sizeof s->name) {
		snprintf(err, OUTPUT_ERROR_SIZE, "%s", s == NULL ? "out of memory" : "TLS: the name of the host is too long");
		free(s);
		return NULL;
	}
	memcpy(s->name, name, strlen(name) + 1);
	s->fd = fd;
	ERR_clear_error();
	s->ssl = SSL_new(c->ctx);
	if (s->ssl == NULL || fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0 || SSL_set_fd(s->ssl, fd) != 1 ||
	    !expect(s, c->verify))
		snprintf(err, OUTPUT_ERROR_SIZE, "TLS: %s", tls_complaint());
	else if (shake_hands(s, timeout_ms, err) == 0 && hear_verdict(s, timeout_ms / 5, err) == 0)
		return s;
	tls_stream_free(s);
	return NULL;
}

ssize_t tls_stream_write(struct tls_stream *s, const void *p, size_t n, int timeout_ms, char err[OUTPUT_ERROR_SIZE])
{
	int64_t until = time_steady_ms() + timeout_ms;

	for (;;) {
		size_t written = 0;
		int r;

		ERR_clear_error();
		errno = 0;
		r = SSL_write_ex(s->ssl, p, n, &written);
		if (r == 1)
			return (ssize_t)written;
		if (settle(s, r, until, err) != 0)
			return -1;
	}
}

ssize_t tls_stream_read(struct tls_stream *s, void *p, size_t n, int timeout_ms, char err[OUTPUT_ERROR_SIZE])
{
	int64_t until = time_steady_ms() + timeout_ms;

	for (;;) {
		size_t got = 0;
		int r;

		ERR_clear_error();
		errno = 0;
		r = SSL_read_ex(s->ssl, p, n, &got);
		if (r == 1)
			return (ssize_t)got;
		if (SSL_get_error(s->ssl, r) == SSL_ERROR_ZERO_RETURN)
			return 0;
		if (settle(s, r, until, err) != 0)
			return -1;
	}
}

void tls_stream_finish(struct tls_stream *s, int timeout_ms)
{
	int64_t until = time_steady_ms() + timeout_ms;
	char err[OUTPUT_ERROR_SIZE];
	int r;

	do {
		ERR_clear_error();
		errno = 0;
		r = SSL_shutdown(s->ssl); /* 0: said, but not answered */
	} while (r < 0 && settle(s, r, until, err) == 0);
}

void tls_stream_free(struct tls_stream *s)
{
	if (s == NULL)
		return;
	SSL_free(s->ssl);
	free(s);
}
