/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files about servers share:
 *
 *   servers.c        the table, and what is learnt from an event
 *   servers_file.c   the table as a file, written
 *   servers_read.c   and read
 *   servers_print.c  the table for people
 *   refusal.c        answers that say: not in the clear
 */
#ifndef PLAINPOP_CORRELATE_SERVERS_H
#define PLAINPOP_CORRELATE_SERVERS_H

#include "plainpop/correlate.h"

#define SERVERS_MAX 65536
#define SERVERS_BUCKETS 65536 /* a power of two */
#define BANNER_KEPT 128       /* bytes of a greeting, printable */
#define CAPABILITIES_KEPT 384

/* Has no padding, so that it can be hashed and compared as bytes. Fields as in struct flow_key. */
struct server_key {
	uint8_t addr[16];
	uint16_t vlan[FLOW_VLANS];
	uint16_t port;
	uint8_t n_vlan;
	uint8_t ip_v;
	uint16_t zero;
	uint32_t tunnel;
};
_Static_assert(sizeof(struct server_key) == 32, "server_key has padding");

/* Sessions in which STLS was missing, since the last one that had it. */
struct server_missing {
	uint64_t since;    /* µs: the start of the first */
	uint32_t sessions;
	uint8_t client[16]; /* of the first, */
	uint8_t ip_v;
	bool clients;      /* and others had it, too */
};

enum server_stls { SERVER_STLS_UNKNOWN, SERVER_STLS_OFFERED, SERVER_STLS_NOT_OFFERED, SERVER_STLS_MAX };

struct server {
	struct server *next;           /* in its bucket */
	struct server *older, *newer;  /* by when it was last seen */
	struct server_key key;
	uint32_t vni;                  /* what people know of the tunnel */
	bool vni_set;
	enum server_stls stls;
	bool plaintext_accepted, plaintext_refused;
	uint64_t first_seen, last_seen; /* µs: start of its first session, its last event */
	uint64_t offered;              /* µs: start of the first session in which it offered STLS */
	uint64_t sessions, logins;
	struct server_missing missing;
	uint64_t told;                 /* µs: when "stripped" was last told; 0: not since STLS was offered */
	uint64_t stripped_flow;        /* the last session that was stripped; UINT64_MAX: none */
	char *banner, *capabilities;   /* printable, the latter in lines; NULL: not known */
	uint64_t banner_hash, capabilities_hash; /* of what they were made of; 0: not known */
};

struct servers {
	struct server *bucket[SERVERS_BUCKETS];
	struct server *oldest, *newest;
	size_t n;
	uint8_t hash_key[16];
	char *path;    /* NULL: not kept */
	bool changed;  /* since it was saved */
	bool no_texts;
	struct event event; /* to tell */
};

/* ---- servers.c ---- */

/* An empty table, heap, or NULL with errno. */
struct servers *servers_new(void);
struct server *servers_find(const struct servers *s, const struct server_key *key);
/* A new one, last seen now; the longest unseen makes room. NULL: no memory. */
struct server *servers_add(struct servers *s, const struct server_key *key);

/* ---- refusal.c ---- */

/* True when an answer says that passwords are not taken in the clear, whatever the password. */
bool refusal_of_plaintext(struct span answer);

/* ---- servers_file.c, servers_read.c ---- */

#define SERVERS_VERSION 1
#define SERVERS_NUMBER_MAX INT64_C(9007199254740991) /* 2^53 - 1, as other readers of JSON; µs up to the year 2255 */

const char *server_stls_name(enum server_stls stls);
/*
 * Reads lines into an empty table. How many were wrong, the rest of the file counting as one where it cannot be
 * understood; the first is named in err, with name and line.
 */
size_t servers_file_read(struct servers *s, FILE *f, const char *name, char err[256]);
/* 0, or -1 with errno. */
int servers_file_write(const struct servers *s, FILE *f);

#endif
