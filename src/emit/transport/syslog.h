/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the syslog transports share: the message, and the options that are about it. */
#ifndef PLAINPOP_EMIT_SYSLOG_H
#define PLAINPOP_EMIT_SYSLOG_H

#include "../ship.h"

#define SYSLOG_HOSTNAME_SIZE 256 /* RFC 5424, 6: up to 255, and a NUL */
#define SYSLOG_HEADER_SIZE 512   /* more than any header, with its octet count */

/* Who says it. */
struct syslog_sender {
	char hostname[SYSLOG_HOSTNAME_SIZE];
	unsigned facility;
	long procid;
};

/* This host, this process, and local5. */
void syslog_init(struct syslog_sender *s);
/* The name as it may stand in a header: printable ASCII, no longer than allowed, "-" for none. */
void syslog_hostname(const char *name, char out[SYSLOG_HOSTNAME_SIZE]);
/* facility=NAME, hostname=NAME. 1: taken; 0: none of these; -1 with a message in err: wrong. */
int syslog_option(struct syslog_sender *s, const char *name, const char *value, char err[OUTPUT_ERROR_SIZE]);

/*
 * What stands in front of the record in a message of RFC 5424. With count, the octet count of RFC 6587, 3.4.1 (the same in RFC
 * 5425, 4.3) is in front of that.
 */
struct span syslog_header(const struct syslog_sender *s, const struct shipment *r, bool count,
			  char out[SYSLOG_HEADER_SIZE]);
/* The same for /dev/log. */
struct span syslog_local_header(const struct syslog_sender *s, const struct shipment *r, char out[SYSLOG_HEADER_SIZE]);

/* For tests: of an open syslog+tcp:// or syslog+tls://. */
struct syslog_limits {
	int answer_ms; /* how long a peer may take to read, or to shake hands */
	int reset_ms;  /* and, after the end of its stream, to say that it has not read everything */
};
void syslog_stream_limit(void *t, struct syslog_limits limits);

#endif
