/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of this room share. */
#ifndef PLAINPOP_EMIT_IMPL_H
#define PLAINPOP_EMIT_IMPL_H

#include "plainpop/emit.h"

/* Bytes that grow. */
struct buffer {
	char *p;
	size_t n, cap;
};

/* Makes room for n more bytes where there is none; false: no memory. */
bool buffer_grow(struct buffer *b, size_t n);
/* Makes sure of room for n more bytes; false: no memory. */
static inline bool buffer_reserve(struct buffer *b, size_t n)
{
	return b->cap - b->n >= n || buffer_grow(b, n);
}
/* Appends; false: no memory, and nothing was appended. */
bool buffer_add(struct buffer *b, const char *p, size_t n);
void buffer_free(struct buffer *b);

#define ADDRESS_SIZE 46 /* of one as text */

/* A record, with all that a format may want to know of it. */
struct scene {
	const struct emit_context *ctx;
	const struct record *record;
	const struct event *event;         /* NULL: of the sensor itself */
	const struct signature *signature; /* ALERT */
	const struct alert_counts *counts; /* all 0 where there are none */
	const struct emit_source *source;  /* of the event; of the sensor itself NULL where it is about no interface */
	const char *type;                  /* "alert" and so on, as in types= */
	const char *host;                  /* the sensor's name; NULL: it has none */
	bool colours;                      /* it is for a terminal that has some */
	unsigned nth;                      /* ALERT: how many of the same packet were written before it */
	/* Of the event. They hold until the scene of another is made. */
	const char *address[2]; /* indexed by enum side */
	const char *community_id;
};

/* The scene of a record of the given type. host may be NULL. */
void scene_set(struct scene *s, const struct emit_context *ctx, const struct record *r, const char *type,
	       const char *host);

/* True when packets came in a tunnel that has a virtual network's number. */
bool scene_has_vni(const struct event *e);

/* The name of an anomaly. */
const char *scene_anomaly(const struct scene *s);

/* What it is about, in a few words: an alert's message, "POP3 login", an anomaly's name. */
struct span scene_title(const struct scene *s);

/* The values of a rule's metadata under that key; n: 0 when there are none. */
struct attack_ids {
	const char *const *id;
	size_t n;
};
struct attack_ids attack_techniques(const struct signature *rule);
struct attack_ids attack_tactics(const struct signature *rule);

/* Of T1110.001 the technique, T1110. */
struct span attack_parent(const char *id);
/* True for T1110.001. */
bool attack_is_sub(const char *id);

struct format {
	const char *name;
	unsigned types; /* record types it knows */
	unsigned defaults; /* and those that it takes unless told otherwise */
	/* Appends the record as one line with its newline; nothing where it has no place for it. False: no memory. */
	bool (*write)(const struct scene *s, struct buffer *out);
};

struct shipment; /* ship.h */

struct sink {
	const char *name;
	/* True when it is the one for the target. */
	bool (*takes)(const char *target);
	/* Heap; NULL with a message in err. */
	void *(*open)(const char *target, char err[OUTPUT_ERROR_SIZE]);
	/* As output_open_again() and output_adopt(). NULL: there is nothing to open anew. */
	int (*open_again)(const char *target);
	void (*adopt)(void *s, int fd);
	/* As output_hurry(). NULL: it never keeps anybody waiting. */
	void (*hurry)(void *s);
	/* As output_is_due(). NULL: never. */
	bool (*due)(const void *s);
	/* As output_mend(). NULL: there is nothing to mend. */
	void (*mend)(void *s);
	/* Takes records, whose lines are followed by a newline; keeps them at will until flush. */
	void (*write)(void *s, const struct shipment *r);
	/* As output_flush(). */
	bool (*flush)(void *s);
	/* As output_waits(). NULL: nothing ever does. */
	int (*waits)(const void *s);
	bool (*dead)(const void *s);
	/* Flushes, frees; how many lines were lost. */
	uint64_t (*close)(void *s);
};

#define FORMAT(symbol) extern const struct format format_##symbol;
#include "format/formats.def"
#undef FORMAT
#define SINK(symbol) extern const struct sink sink_##symbol;
#include "sink/sinks.def"
#undef SINK

/* "2026-01-31 23:59:59" and the like from µs since the epoch; date and time apart by sep. */
#define TIME_SIZE 40
void emit_time(uint64_t ts, char sep, const char *suffix, char out[TIME_SIZE]);

/* An address as text; ip_v: 4 or 6. */
void emit_address(const uint8_t *address, uint8_t ip_v, char out[ADDRESS_SIZE]);

/* How bytes from outside are kept from being taken for a format's own. */
struct escape {
	const char *backslash; /* characters that get one in front; a backslash is among them, or none is escaped */
	const char *hex;       /* characters that become \xNN */
	size_t limit;          /* characters that are written at the most, before escaping; 0: all */
};

/* Appends bytes as printable text, escaped. False: no memory. */
bool buffer_add_text(struct buffer *b, struct span s, const struct escape *how);

#endif
