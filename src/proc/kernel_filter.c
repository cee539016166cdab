/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the kernel may drop unseen: packets of no watched port, as long as they show their ports. A long list of ports may
 * be more than the kernel takes; then all TCP comes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "plainpop/decode.h"
#include "proc_impl.h"

#define TERM sizeof " or portrange 65535-65535"
#define RUNS_MAX 512 /* libpcap makes 7 instructions or more of each, and the kernel takes 4096; its time goes with the square */

/* One past the last port of the run of watched ports that begins at first. */
static unsigned run_end(const struct port_set *ports, unsigned first)
{
	while (first <= UINT16_MAX && port_set_has(ports, (uint16_t)first))
		first++;
	return first;
}

/* Heap; NULL when there is no sense in it. */
static char *by_ports(const struct port_set *ports, const char *rest)
{
	unsigned port, end, runs = 0;
	size_t n, at = 0;
	char *text;

	for (port = 0; port <= UINT16_MAX; port = end + 1) {
		end = run_end(ports, port);
		runs += end > port;
	}
	n = runs * TERM + strlen(rest) + sizeof "(tcp and ()) or ";
	text = runs > 0 && runs <= RUNS_MAX ? malloc(n) : NULL;
	if (text == NULL)
		return NULL;
	for (port = 0; port <= UINT16_MAX; port = end + 1) {
		end = run_end(ports, port);
		if (end > port)
			at += (size_t)snprintf(text + at, n - at, "%s%s %u", at > 0 ? " or " : "(tcp and (",
					       end - port > 1 ? "portrange" : "port", port);
		if (end > port + 1)
			at += (size_t)snprintf(text + at, n - at, "-%u", end - 1);
	}
	snprintf(text + at, n - at, ")) or %s", rest);
	return text;
}

void kernel_filter(struct kernel_filter *f, const struct proc_config *config)
{
	char rest[DECODE_FILTER_SIZE];
	size_t n = 0;

	*f = (struct kernel_filter){ 0 };
	decode_filter(rest);
	if (!config->any_port && (f->heap[0] = by_ports(&config->ports, rest)) != NULL)
		f->text[n++] = f->heap[0];
	if (asprintf(&f->heap[1], "tcp or %s", rest) < 0)
		f->heap[1] = NULL;
	else
		f->text[n++] = f->heap[1];
}

void kernel_filter_free(struct kernel_filter *f)
{
	free(f->heap[0]);
	free(f->heap[1]);
}
