/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An output, as spec.c makes it and output.c uses it. */
#ifndef PLAINPOP_EMIT_OUTPUT_H
#define PLAINPOP_EMIT_OUTPUT_H

#include "impl.h"
#include "ship.h"

#define HOST_MAX 100 /* what CEF allows */

struct output {
	const struct format *format;
	const struct sink *sink;
	unsigned types;
	bool named; /* by types= */
	char host[HOST_MAX + 1]; /* the sensor's name; "": none */
	bool colours; /* on a terminal, and not unwanted there */
	char *target;
	void *state; /* of the sink, once open */
	const struct transport *transport; /* of one that ships; NULL: it does not, */
	void *way;   /* and its state */
	struct buffer line;
	uint64_t lost;
	struct {
		uint64_t flow, packet;
		unsigned n;
	} alerts; /* of the last packet that had any */
};

/* "alert" and so on, as in types=. */
const char *output_type_name(enum record_type type);

#endif
