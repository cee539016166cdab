/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sockets that others connect to: a unix socket by its path, or a TCP port that only this machine reaches. */
#ifndef PLAINPOP_LISTENER_H
#define PLAINPOP_LISTENER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define LISTENER_ERROR_SIZE 256

struct listener {
	int fd;       /* -1: none */
	char *path;   /* unix: heap; NULL: TCP */
	dev_t device; /* the socket that is ours, by that path; */
	ino_t inode;  /* 0: it never was there */
};

/* Where to listen. */
struct listener_address {
	const char *path; /* unix; borrowed from the text. NULL: TCP, at */
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} tcp;
};

/*
 * Reads "unix:PATH", "PORT", "HOST:PORT" or "[HOST]:PORT", where HOST is an address of the loopback interface, or
 * localhost; a port alone is one of 127.0.0.1. False with a message in err.
 */
bool listener_parse(const char *text, struct listener_address *a, char err[LISTENER_ERROR_SIZE]);

/*
 * A unix socket of this mode, not blocking. One that nobody answers on any more is replaced; anything else that has that
 * name stays. 0, or -1 with a message in err.
 */
int listener_unix(struct listener *l, const char *path, mode_t mode, int backlog, char err[LISTENER_ERROR_SIZE]);
/* The same for what listener_parse() said; mode is of a unix socket. */
int listener_open(struct listener *l, const struct listener_address *a, mode_t mode, int backlog,
		  char err[LISTENER_ERROR_SIZE]);

/* In another process: it is not its own. */
void listener_forget(struct listener *l);
/* Closes it, and removes it where it has a path. */
void listener_close(struct listener *l);

#endif
