/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All transports: which is for which target, and what --version says of them. */
#include <stdio.h>

#include "ship.h"

static const struct transport *const transports[] = {
#define TRANSPORT(symbol) &transport_##symbol,
#include "transport/transports.def"
#undef TRANSPORT
};

const struct transport *transport_of(struct span target)
{
	const char *const *prefix;
	size_t i;

	for (i = 0; i < sizeof transports / sizeof transports[0]; i++)
		for (prefix = transports[i]->prefixes; *prefix != NULL; prefix++)
			if (span_starts(target, *prefix))
				return transports[i];
	return NULL;
}

const struct transport *transport_for(const char *target)
{
	return transport_of(span_str(target));
}

const char *emit_sinks(void)
{
	static char names[128];
	size_t i;

	snprintf(names, sizeof names, "file");
	for (i = 0; i < sizeof transports / sizeof transports[0]; i++)
		/* Without connect() it only says that it is not there; syslog is two of them. */
		if (transports[i]->connect != NULL && (i == 0 || strcmp(transports[i]->name, transports[i - 1]->name) != 0))
			snprintf(names + strlen(names), sizeof names - strlen(names), " %s", transports[i]->name);
	return names;
}

const char *emit_library(size_t i)
{
	size_t k;

	for (k = 0; k < sizeof transports / sizeof transports[0]; k++)
		if (transports[k]->linked != NULL && i-- == 0)
			return transports[k]->linked();
	return NULL;
}
