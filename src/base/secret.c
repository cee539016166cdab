/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The key file and the fingerprints made with it. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plainpop/base.h"

#define ERR_SIZE 256
#define KEY_MIN 16
#define KEY_MAX 1024

#define BLOCK 64 /* bytes that SHA-256 eats at once */

/* HMAC (RFC 2104) with the half that depends on the key alone done once: a fingerprint is made for each login. */
struct secret_key {
	EVP_MD_CTX *inner, *outer; /* behind the first block of each */
	EVP_MD_CTX *work;
	char id[17];
};

static bool digest_from(const struct secret_key *k, const EVP_MD_CTX *begun, struct span data, uint8_t out[32])
{
	return EVP_MD_CTX_copy_ex(k->work, begun) == 1 && EVP_DigestUpdate(k->work, data.p, data.n) == 1 &&
	       EVP_DigestFinal_ex(k->work, out, NULL) == 1;
}

static bool hmac(const struct secret_key *k, struct span data, uint8_t out[32])
{
	return digest_from(k, k->inner, data, out) && digest_from(k, k->outer, span_of(out, 32), out);
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
	EVP_MD_CTX_free(k->inner); /* these wipe what they hold */
	EVP_MD_CTX_free(k->outer);
	EVP_MD_CTX_free(k->work);
	free(k);
}

/* The state behind the block that is the key with each byte changed by pad. NULL: no memory. */
static EVP_MD_CTX *begin(const EVP_MD *sha256, const uint8_t key[BLOCK], uint8_t pad)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t block[BLOCK];
	size_t i;

	for (i = 0; i < BLOCK; i++)
		block[i] = key[i] ^ pad;
	if (ctx != NULL && (EVP_DigestInit_ex(ctx, sha256, NULL) != 1 || EVP_DigestUpdate(ctx, block, BLOCK) != 1)) {
		EVP_MD_CTX_free(ctx);
		ctx = NULL;
	}
	explicit_bzero(block, sizeof block);
	return ctx;
}

static struct secret_key *key_from(struct span bytes)
{
	struct secret_key *k = calloc(1, sizeof *k);
	EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	uint8_t key[BLOCK] = { 0 }, sum[32];
	bool ok = k != NULL && sha256 != NULL;
	size_t i;

	if (bytes.n > BLOCK)
		ok = ok && EVP_Digest(bytes.p, bytes.n, key, NULL, sha256, NULL) == 1;
	else
		memcpy(key, bytes.p, bytes.n);
	if (ok) {
		k->inner = begin(sha256, key, 0x36);
		k->outer = begin(sha256, key, 0x5c);
		k->work = EVP_MD_CTX_new();
		ok = k->inner != NULL && k->outer != NULL && k->work != NULL &&
		     hmac(k, span_str("plainpop key id"), sum);
	}
	explicit_bzero(key, sizeof key);
	EVP_MD_free(sha256);
	if (!ok) {
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
		snprintf(err, ERR_SIZE, "OpenSSL has no SHA-256");
	explicit_bzero(key, sizeof key);
	return k;
}
