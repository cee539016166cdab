/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Transports that need a library which few have. Where the Makefile did not find it, the transport's own file is left out,
 * and one of these stands for it: a target of its kind is refused, not taken for the name of a file.
 */
#include <stdio.h>

#include "ship.h"

/* Never called: open() has refused. */
#define ABSENT(symbol, says, ...)                                                        \
	static const char *const symbol##_prefixes[] = { __VA_ARGS__, NULL };            \
	static void *symbol##_open(const char *target, char err[OUTPUT_ERROR_SIZE])      \
	{                                                                                \
		(void)target;                                                            \
		snprintf(err, OUTPUT_ERROR_SIZE, "this build has %s", says);             \
		return NULL;                                                             \
	}                                                                                \
	static const char *symbol##_linked(void)                                         \
	{                                                                                \
		return says;                                                             \
	}                                                                                \
	const struct transport transport_##symbol = {                                    \
		.name = #symbol,                                                         \
		.prefixes = symbol##_prefixes,                                           \
		.linked = symbol##_linked,                                               \
		.open = symbol##_open,                                                   \
	};

#ifndef PLAINPOP_HIREDIS
ABSENT(redis, "no Redis (hiredis)", "redis://", "rediss://")
#endif
#ifndef PLAINPOP_RDKAFKA
ABSENT(kafka, "no Kafka (librdkafka)", "kafka://", "kafka+tls://")
#endif
