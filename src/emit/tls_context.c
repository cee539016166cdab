/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of TLS and the files that they name. All of them are read at once: later, there may be no files any more. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tls_impl.h"

#define KEY_FILE_MAX (64u << 10)

const char *tls_complaint(void)
{
	unsigned long first = ERR_peek_error();
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	return ERR_SYSTEM_ERROR(first) ? strerror(ERR_GET_REASON(first)) : text != NULL ? text : "no reason given";
}

/* OpenSSL would read the directory of the system's authorities when it needs one, which is too late here: the bundle, then. */
static void trust_system(SSL_CTX *ctx)
{
	static const char *const bundles[] = {
		"/etc/ssl/certs/ca-certificates.crt", /* Debian, Arch */
		"/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, RHEL */
		"/etc/ssl/ca-bundle.pem",             /* SUSE */
		"/etc/ssl/cert.pem",                  /* Alpine */
	};
	const char *file = getenv(X509_get_default_cert_file_env());
	size_t i;

	if (file != NULL && SSL_CTX_load_verify_file(ctx, file) == 1)
		return;
	for (i = 0; i < sizeof bundles / sizeof bundles[0]; i++)
		if (SSL_CTX_load_verify_file(ctx, bundles[i]) == 1)
			return;
	SSL_CTX_set_default_verify_paths(ctx);
}

struct tls_context *tls_context_new(char err[OUTPUT_ERROR_SIZE])
{
	struct tls_context *c = calloc(1, sizeof *c);

	ERR_clear_error();
	if (c != NULL)
		c->ctx = SSL_CTX_new(TLS_client_method());
	if (c == NULL || c->ctx == NULL || SSL_CTX_set_min_proto_version(c->ctx, TLS1_2_VERSION) != 1) {
		snprintf(err, OUTPUT_ERROR_SIZE, "TLS: %s", c == NULL ? "out of memory" : tls_complaint());
		tls_context_free(c);
		return NULL;
	}
	c->verify = true;
	SSL_CTX_set_options(c->ctx, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(c->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(c->ctx, SSL_SESS_CACHE_OFF);
	/* Who gives the very certificate of the other side in ca= trusts it, whoever has signed it. */
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(c->ctx), X509_V_FLAG_PARTIAL_CHAIN);
	trust_system(c->ctx);
	ERR_clear_error();
	return c;
}

void tls_context_free(struct tls_context *c)
{
	if (c == NULL)
		return;
	SSL_CTX_free(c->ctx); /* wipes the key */
	free(c);
}

static bool load_ca(struct tls_context *c, const char *path)
{
	X509_STORE *store = X509_STORE_new();

	if (store == NULL)
		return false;
	SSL_CTX_set_cert_store(c->ctx, store); /* in place of the system's; owns it */
	return SSL_CTX_load_verify_file(c->ctx, path) == 1;
}

/* Without this OpenSSL would ask on the terminal. */
static int no_passphrase(char *buf, int size, int writing, void *user)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)user;
	return -1;
}

/* How many bytes, or -1 with errno. */
static ssize_t read_key(const char *path, char text[KEY_FILE_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), why;
	struct stat st;
	size_t n = 0;
	ssize_t got = -1;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IROTH) != 0)
		log_warn("key=%s: everybody can read it", path);
	while (n < KEY_FILE_MAX) {
		got = read(fd, text + n, KEY_FILE_MAX - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	why = got > 0 ? EFBIG : errno;
	close(fd);
	errno = why;
	return got == 0 ? (ssize_t)n : -1;
}

/* Not by SSL_CTX_use_PrivateKey_file(), which would leave the text of the key in a buffer of stdio. */
static bool load_key(struct tls_context *c, const char *path, char err[OUTPUT_ERROR_SIZE])
{
	char *text = malloc(KEY_FILE_MAX);
	ssize_t n = text != NULL ? read_key(path, text) : -1;
	BIO *bio = n >= 0 ? BIO_new_mem_buf(text, (int)n) : NULL;
	EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
	bool ok = key != NULL && SSL_CTX_use_PrivateKey(c->ctx, key) == 1;

	if (text == NULL || n < 0)
		snprintf(err, OUTPUT_ERROR_SIZE, "key=%s: %s", path, strerror(text == NULL ? ENOMEM : errno));
	else if (!ok)
		snprintf(err, OUTPUT_ERROR_SIZE, "key=%s: %s", path,
			 key != NULL ? tls_complaint() : "no private key in PEM, or one with a passphrase");
	EVP_PKEY_free(key);
	BIO_free(bio);
	if (n > 0)
		explicit_bzero(text, (size_t)n);
	free(text);
	return ok;
}

static bool load(struct tls_context *c, const char *name, const char *path, char err[OUTPUT_ERROR_SIZE])
{
	ERR_clear_error();
	if (strcmp(name, "key") == 0) {
		c->key = true;
		return load_key(c, path, err);
	}
	if (strcmp(name, "cert") == 0) {
		c->cert = true;
		if (SSL_CTX_use_certificate_chain_file(c->ctx, path) == 1)
			return true;
	} else if (load_ca(c, path)) {
		return true;
	}
	snprintf(err, OUTPUT_ERROR_SIZE, "%s=%s: %s", name, path, tls_complaint());
	return false;
}

static bool set_verify(struct tls_context *c, const char *value, char err[OUTPUT_ERROR_SIZE])
{
	c->verify = strcmp(value, "no") != 0;
	if (c->verify && strcmp(value, "yes") != 0) {
		snprintf(err, OUTPUT_ERROR_SIZE, "verify=%s: yes or no", value);
		return false;
	}
	if (!c->verify)
		log_warn("verify=no: whoever is in the way can read all records, change them and keep them");
	return true;
}

bool tls_context_option(struct tls_context *c, const char *name, const char *value, char err[OUTPUT_ERROR_SIZE])
{
	if (strcmp(name, "verify") == 0)
		return set_verify(c, value, err);
	if (strcmp(name, "name") == 0) {
		if (value[0] == '\0' || strlen(value) >= sizeof c->name) {
			snprintf(err, OUTPUT_ERROR_SIZE, "name=: a name has 1 to %zu bytes", sizeof c->name - 1);
			return false;
		}
		memcpy(c->name, value, strlen(value) + 1);
		return true;
	}
	if (strcmp(name, "ca") != 0 && strcmp(name, "cert") != 0 && strcmp(name, "key") != 0) {
		snprintf(err, OUTPUT_ERROR_SIZE, "no such option: %s", name);
		return false;
	}
	if (!load(c, name, value, err))
		return false;
	if (c->cert && c->key && SSL_CTX_check_private_key(c->ctx) != 1) {
		snprintf(err, OUTPUT_ERROR_SIZE, "%s=%s: cert= and key= do not belong together", name, value);
		return false;
	}
	return true;
}
