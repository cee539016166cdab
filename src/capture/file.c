/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Capture files through libpcap. */
#include <errno.h>
#include <fcntl.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture_impl.h"

#define READ_BUFFER (128u << 10) /* larger ones fall out of the cache before they are read */

static FILE *open_raw(int fd, uint64_t *size, char err[CAPTURE_ERROR_SIZE])
{
	struct stat st;
	FILE *f = fdopen(fd, "rb");

	*size = 0;
	if (f == NULL) {
		snprintf(err, CAPTURE_ERROR_SIZE, "%s", strerror(errno));
		close(fd);
		return NULL;
	}
	if (fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode))
		*size = (uint64_t)st.st_size;
	posix_fadvise(fileno(f), 0, 0, POSIX_FADV_SEQUENTIAL);
	return f;
}

struct capture *capture_open_fd(int fd, const char *filter, char err[CAPTURE_ERROR_SIZE])
{
	char errbuf[PCAP_ERRBUF_SIZE] = "";
	struct capture *c = calloc(1, sizeof *c);
	FILE *f;

	if (c == NULL) {
		snprintf(err, CAPTURE_ERROR_SIZE, "out of memory");
		close(fd);
		return NULL;
	}
	c->raw = open_raw(fd, &c->size, err);
	if (c->raw == NULL || (f = capture_inflate(c->raw, err)) == NULL)
		goto out;
	c->piped = c->size == 0;
	c->buffer = malloc(READ_BUFFER); /* setvbuf() makes none of that size itself */
	if (c->buffer != NULL)
		setvbuf(f, c->buffer, _IOFBF, READ_BUFFER);
	c->nano = true;
	__fsetlocking(f, FSETLOCKING_BYCALLER); /* nobody else reads it, and to lock it twice a packet costs as much as to read */
	c->pcap = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, errbuf);
	if (c->pcap == NULL) {
		snprintf(err, CAPTURE_ERROR_SIZE, "not a readable capture: %s; pcap and pcapng are, as they are or with gzip or zstd", errbuf);
		fclose(f);
		goto out;
	}
	if (filter != NULL && capture_set_filter(c->pcap, filter, err) != 0) {
		pcap_close(c->pcap);
		goto out;
	}
	return c;
out:
	free(c->buffer);
	free(c);
	return NULL;
}

void capture_progress(const struct capture *c, uint64_t *done, uint64_t *total)
{
	off_t at = c->raw != NULL ? lseek(fileno(c->raw), 0, SEEK_CUR) : -1;

	*done = at < 0 ? 0 : (uint64_t)at;
	*total = c->size;
}
