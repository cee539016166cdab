/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers to who connects to a socket. One a process. */
#ifndef PLAINPOP_HTTP_H
#define PLAINPOP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct http_answer {
	unsigned status;
	const char *type; /* its Content-Type */
	char *text;       /* heap, taken over; NULL: there is no memory for it */
	size_t n;
};

/* Asked for what is at a path, by GET or HEAD; type says text for people already. */
typedef void http_page(const char *path, struct http_answer *a);

/* The version of libmicrohttpd; NULL: this program was built without it. */
const char *http_version(void);
/* Answers at this socket, which listens and does not block. False: it cannot. */
bool http_start(int fd, http_page *page);
/* Does what is to be done, or waits so many milliseconds for it. False: something is wrong that will not get better. */
bool http_serve(int ms);

#endif
