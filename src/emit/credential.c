/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "credential.h"

#define AUTHORITIES_MAX (4u << 20)

/* Bytes read, up to n, or -1 with errno. */
static ssize_t read_up_to(int fd, char *p, size_t n)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r = read(fd, p + got, n - got);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -1;
		if (r == 0)
			break;
		got += (size_t)r;
	}
	return (ssize_t)got;
}

char *credential_read(const char *path, size_t max, char err[OUTPUT_ERROR_SIZE])
{
	/* Nothing that waits for somebody to write to it, and one byte more than it may have. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *p = fd >= 0 ? calloc(1, max + 2) : NULL;
	ssize_t n = p != NULL ? read_up_to(fd, p, max + 1) : -1;

	if (n < 0)
		snprintf(err, OUTPUT_ERROR_SIZE, "%s: %s", path, strerror(errno));
	else if (n == 0)
		snprintf(err, OUTPUT_ERROR_SIZE, "%s: it is empty", path);
	else if ((size_t)n > max)
		snprintf(err, OUTPUT_ERROR_SIZE, "%s: more than %zu bytes", path, max);
	else if (memchr(p, '\0', (size_t)n) != NULL)
		snprintf(err, OUTPUT_ERROR_SIZE, "%s: a byte of value 0 in it", path);
	if (p != NULL && (n <= 0 || (size_t)n > max || memchr(p, '\0', (size_t)n) != NULL)) {
		explicit_bzero(p, max + 2);
		free(p);
		p = NULL;
	}
	if (fd >= 0)
		close(fd);
	return p;
}

void credential_exposed(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && (st.st_mode & S_IROTH) != 0)
		log_warn("%s: everybody can read it", path);
}

char *credential_password(const char *path, char err[OUTPUT_ERROR_SIZE])
{
	char *p = credential_read(path, PASSWORD_MAX + 2, err);
	size_t n;

	if (p == NULL)
		return NULL;
	n = strlen(p);
	if (n > 0 && p[n - 1] == '\n')
		p[--n] = '\0';
	if (n > 0 && p[n - 1] == '\r')
		p[--n] = '\0';
	if (n == 0 || n > PASSWORD_MAX || strpbrk(p, "\r\n") != NULL) {
		snprintf(err, OUTPUT_ERROR_SIZE, "%s: a password is one line of 1 to %d bytes", path, PASSWORD_MAX);
		credential_free(p);
		return NULL;
	}
	credential_exposed(path);
	return p;
}

char *credential_authorities(void)
{
	/* Debian, Fedora, SUSE, and what OpenSSL itself would take. */
	static const char *const paths[] = { "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
		                             "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem" };
	char err[OUTPUT_ERROR_SIZE], *p = NULL;
	size_t i;

	for (i = 0; p == NULL && i < sizeof paths / sizeof paths[0]; i++)
		p = credential_read(paths[i], AUTHORITIES_MAX, err);
	return p;
}

void credential_free(char *p)
{
	if (p != NULL)
		explicit_bzero(p, strlen(p));
	free(p);
}

void credential_in_clear(const char *host)
{
	static const char *const own[] = { "127.", "::1", "[::1]", "localhost" };
	size_t i;

	for (i = 0; i < sizeof own / sizeof own[0]; i++)
		if (strncmp(host, own[i], strlen(own[i])) == 0)
			return;
	log_warn("%s: the password goes there in the clear, without TLS", host);
}
