/* SPDX-License-Identifier: GPL-3.0-or-later */
/* proc: runs the chain over its inputs, from the first packet to the closing summary. */
#ifndef PLAINPOP_PROC_H
#define PLAINPOP_PROC_H

#include "plainpop/capture.h"
#include "plainpop/correlate.h"
#include "plainpop/emit.h"
#include "plainpop/pop3.h"
#include "plainpop/rule.h"
#include "plainpop/stream.h"

struct control;

/*
 * Makes the unix socket by which a running plainpop is asked, mode 0600; one that nobody answers on any more is replaced.
 * Heap; NULL with a message in err.
 */
struct control *control_open(const char *path, char err[256]);
/* Removes it, too. */
void control_close(struct control *c);

struct exporter;

/* Whether metrics can be asked for at this address: PORT or HOST:PORT of the loopback interface, or unix:PATH. */
bool exporter_valid(const char *address, char err[256]);
/*
 * Listens there; a unix socket has mode 0660, and one that nobody answers on any more is replaced. Heap; NULL with a
 * message in err.
 */
struct exporter *exporter_open(const char *address, char err[256]);
/* Removes the socket, too. */
void exporter_close(struct exporter *e);
/* The version of libmicrohttpd; NULL: there are no metrics, as this program was built without it. */
const char *exporter_version(void);

struct proc_config {
	const char *const *paths; /* captures, directories, "-"; none when live */
	size_t n_paths;
	const char *const *interfaces; /* live; none when not */
	size_t n_interfaces;
	unsigned workers;         /* sensors an interface; of a replay in all; 0: one, or one for each file up to the cores */
	const char *filter;       /* BPF, or NULL */
	struct capture_options capture; /* live; without filters and fanout, which proc_run() puts in */
	struct port_set ports;
	bool any_port;            /* POP3 is looked for on every port; those in ports are expected to have it */
	bool checksums;
	enum pop3_secrets secrets;
	const struct secret_key *key; /* of fingerprints; written out only with POP3_SECRETS_FINGERPRINT */
	const struct breached *breached; /* passwords that others have, or NULL */
	struct ruleset *rules;        /* of the caller; a reload frees them and puts others in their place */
	/*
	 * Loads them anew, for SIGUSR2; *fd is then a file of what was read, for rules_from(). NULL: that failed, why was
	 * said, and the old ones stay.
	 */
	struct ruleset *(*reload)(void *ctx, const struct ruleset *old, int *fd);
	/* The same rules with the same numbers out of that file, in a process that can open nothing. NULL: no memory. */
	struct ruleset *(*rules_from)(void *ctx, int fd, const struct ruleset *old);
	void *reload_ctx;
	struct servers *servers;      /* saved now and then, and at the end */
	const char *servers_path;     /* to this file; NULL: not at all */
	struct control *control;      /* or NULL */
	struct exporter *exporter;    /* or NULL */
	struct output **outputs;      /* parsed, not open; proc_run() closes them */
	size_t n_outputs;
	const char *spool;            /* a directory for records that wait to be delivered; NULL: they wait in memory */
	uint64_t spool_size;          /* bytes, for each output that needs it */
	size_t memory;                /* bytes that each sensor may keep of sessions; 0: the default */
	uint64_t stats_interval;      /* live: seconds between two stats records; 0: none but those that are asked for */
	const char *user, *group;     /* whom sensors and writer become when we are root; NULL: plainpop, or else nobody */
	bool no_sandbox;
	bool quiet, verbose;
};

#define PROC_SENSORS_MAX 64 /* of all interfaces together, or of a replay */

/* Runs until the inputs are at their end or a signal comes. The exit status: 0, or 1 when something failed. */
int proc_run(struct proc_config *config);

#endif
