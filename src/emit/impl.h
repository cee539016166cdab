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

/* Makes room for n more bytes; false: no memory. */
bool buffer_reserve(struct buffer *b, size_t n);
/* Appends; false: no memory, and nothing was appended. */
bool buffer_add(struct buffer *b, const char *p, size_t n);
void buffer_free(struct buffer *b);

struct format {
	const char *name;
	unsigned types; /* record types it knows, and takes unless told otherwise */
	unsigned defaults;
	/* Appends the record as one line with its newline. False: no memory. */
	bool (*write)(const struct emit_context *ctx, const struct record *r, struct buffer *out);
};

struct sink {
	const char *name;
	/* True when it is the one for the target. */
	bool (*takes)(const char *target);
	/* Heap; NULL with a message in err. */
	void *(*open)(const char *target, char err[OUTPUT_ERROR_SIZE]);
	/* As output_open_again() and output_adopt(). NULL: there is nothing to open anew. */
	int (*open_again)(const char *target);
	void (*adopt)(void *s, int fd);
	/* As output_mend(). NULL: there is nothing to mend. */
	void (*mend)(void *s);
	/* Takes lines, one record each; keeps them at will until flush. */
	void (*write)(void *s, const char *line, size_t n);
	void (*flush)(void *s);
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

/* An address as text. */
#define ADDRESS_SIZE 46
void emit_address(const struct flow_key *k, enum side side, char out[ADDRESS_SIZE]);

#endif
