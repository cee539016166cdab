/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The key file and the fingerprints made with it. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plainpop/base.h"

#define ERR_SIZE 256
#define KEY_MIN 16
#define KEY_MAX 1024

struct secret_key {
	EVP_MAC_CTX *ctx;
	char id[17];
};

static bool hmac(const struct secret_key *k, struct span data, uint8_t out[32])
{
	size_t n;

	/* A NULL key: begin again with the one that was set. */
	return EVP_MAC_init(k->ctx, NULL, 0, NULL) == 1 && EVP_MAC_update(k->ctx, data.p, data.n) == 1 &&
	       EVP_MAC_final(k->ctx, out, &n, 32) == 1;
}

void secret_fingerprint(const struct secret_key *k, struct span secret, uint8_t out[FINGERPRINT_SIZE])
{
	uint8_t sum[32] = { 0 };

	if (!hmac(k, secret, sum))
		memset(sum, 0, sizeof sum);
	memcpy(out, sum, FINGERPRINT_SIZE);
}

const char *secret_key_id(const struct secret_key *k)
{
	return k->id;
}

void secret_key_free(struct secret_key *k)
{
	if (k == NULL)
		return;
	EVP_MAC_CTX_free(k->ctx);
	free(k);
}

static struct secret_key *key_from(struct span bytes)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
				OSSL_PARAM_construct_end() };
	struct secret_key *k = calloc(1, sizeof *k);
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	uint8_t sum[32];
	size_t i;

	if (k != NULL && mac != NULL)
		k->ctx = EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac);
	if (k == NULL || k->ctx == NULL || EVP_MAC_init(k->ctx, bytes.p, bytes.n, params) != 1 ||
	    !hmac(k, span_str("plainpop key id"), sum)) {
		secret_key_free(k);
		return NULL;
	}
	for (i = 0; i < 8; i++)
		snprintf(k->id + 2 * i, 3, "%02x", sum[i]);
	return k;
}

struct secret_key *secret_key_random(void)
{
	uint8_t key[32];
	struct secret_key *k = NULL;

	if (hash_random(key, sizeof key) == 0)
		k = key_from(span_of(key, sizeof key));
	explicit_bzero(key, sizeof key);
	return k;
}

/* The directory of the file, if only that is missing. */
static void make_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *parent;

	if (slash == NULL || slash == path || (parent = strndup(path, (size_t)(slash - path))) == NULL)
		return;
	mkdir(parent, 0755); /* that it failed shows when the file is made */
	free(parent);
}

/* A new key in a new file. 0, or -1 with errno. */
static int create(const char *path)
{
	uint8_t key[32];
	char text[2 * sizeof key + 2];
	int fd, r = -1;
	size_t i;

	make_parent(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (hash_random(key, sizeof key) == 0) {
		for (i = 0; i < sizeof key; i++)
			snprintf(text + 2 * i, 3, "%02x", key[i]);
		text[2 * sizeof key] = '\n';
		if (write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1 && fsync(fd) == 0)
			r = 0;
	}
	explicit_bzero(key, sizeof key);
	explicit_bzero(text, sizeof text);
	if (close(fd) != 0 || r != 0) {
		unlink(path);
		return -1;
	}
	return 0;
}

struct secret_key *secret_key_open(const char *path, bool *created, char err[256])
{
	uint8_t key[KEY_MAX];
	struct secret_key *k = NULL;
	struct stat st;
	ssize_t n;
	int fd;

	*created = false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		if (create(path) != 0) {
			snprintf(err, ERR_SIZE, "there is no key, and none can be made there: %s", strerror(errno));
			return NULL;
		}
		*created = true;
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (fd < 0 || fstat(fd, &st) != 0) {
		snprintf(err, ERR_SIZE, "%s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	if ((st.st_mode & 077) != 0) {
		snprintf(err, ERR_SIZE, "others may read it (mode %03o); chmod 600 it", (unsigned)st.st_mode & 0777);
		close(fd);
		return NULL;
	}
	n = read(fd, key, sizeof key);
	close(fd);
	while (n > 0 && (key[n - 1] == '\n' || key[n - 1] == '\r'))
		n--;
	if (n < KEY_MIN)
		snprintf(err, ERR_SIZE, "holds less than %d bytes", KEY_MIN);
	else if ((k = key_from(span_of(key, (size_t)n))) == NULL)
		snprintf(err, ERR_SIZE, "OpenSSL has no HMAC-SHA-256");
	explicit_bzero(key, sizeof key);
	return k;
}
