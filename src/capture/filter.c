/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the kernel is asked to leave out. Where it does not take a filter, because it is too long or for want of memory,
 * libpcap filters in the process instead, which is as right, and slow: so the kernel is asked what it has.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <linux/filter.h>

#include "capture_impl.h"

int capture_set_filter(pcap_t *pcap, const char *filter, char err[CAPTURE_ERROR_SIZE])
{
	struct bpf_program program;
	int r = -1;

	if (pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0) {
		snprintf(err, CAPTURE_ERROR_SIZE, "filter: %s", pcap_geterr(pcap));
		return -1;
	}
	if (pcap_setfilter(pcap, &program) == 0)
		r = 0;
	else
		snprintf(err, CAPTURE_ERROR_SIZE, "filter: %s", pcap_geterr(pcap));
	pcap_freecode(&program);
	return r;
}

bool capture_filter_valid(const char *filter, char err[CAPTURE_ERROR_SIZE])
{
	static const int dlts[] = { DLT_EN10MB, DLT_LINUX_SLL2, DLT_RAW };
	bool valid = false;
	size_t i;

	for (i = 0; i < sizeof dlts / sizeof dlts[0] && !valid; i++) {
		pcap_t *dead = pcap_open_dead(dlts[i], 65535);
		struct bpf_program program;

		if (dead == NULL)
			continue;
		if (pcap_compile(dead, &program, filter, 1, PCAP_NETMASK_UNKNOWN) == 0) {
			pcap_freecode(&program);
			valid = true;
		} else if (i == 0) {
			snprintf(err, CAPTURE_ERROR_SIZE, "%s; pcap-filter(7) has the grammar", pcap_geterr(dead));
		}
		pcap_close(dead);
	}
	return valid;
}

enum set { SET_DONE, SET_NOT_COMPILED, SET_TOO_LARGE, SET_FAILED };

/* Instructions of the filter that the kernel runs for the socket; 0: it has none. */
static unsigned in_kernel(int fd)
{
	socklen_t n = 0; /* counted in instructions here, and 0 asks how many */

	return getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &n) == 0 ? n : 0;
}

/* Compiles it into c->program, and gives it to the kernel. */
static enum set try_one(struct capture *c, const char *text, bool last, char err[CAPTURE_ERROR_SIZE])
{
	if (pcap_compile(c->pcap, &c->program, text, 1, PCAP_NETMASK_UNKNOWN) != 0) {
		snprintf(err, CAPTURE_ERROR_SIZE, "filter: %s", pcap_geterr(c->pcap));
		return SET_NOT_COMPILED;
	}
	/* libpcap would try, and complain on standard error. */
	if (c->program.bf_len > BPF_MAXINSNS && !last) {
		snprintf(err, CAPTURE_ERROR_SIZE, "%u instructions, the kernel takes %d", c->program.bf_len, BPF_MAXINSNS);
		return SET_TOO_LARGE;
	}
	if (pcap_setfilter(c->pcap, &c->program) != 0) {
		snprintf(err, CAPTURE_ERROR_SIZE, "filter: %s", pcap_geterr(c->pcap));
		return SET_FAILED;
	}
	if (in_kernel(c->fd) > 0)
		return SET_DONE;
	snprintf(err, CAPTURE_ERROR_SIZE, "the kernel did not take its %u instructions%s", c->program.bf_len,
		 c->program.bf_len > BPF_MAXINSNS ? "" : "; net.core.optmem_max may be too low");
	return SET_TOO_LARGE;
}

/* The prefilter in front, because `vlan` in the operator's expression shifts all that follows it. Heap or NULL. */
static char *join(const char *prefilter, const char *filter)
{
	size_t n = strlen(prefilter) + strlen(filter) + 16;
	char *both = malloc(n);

	if (both != NULL)
		snprintf(both, n, *filter != '\0' ? "(%s) and (%s)" : "(%s)%s", prefilter, filter);
	return both;
}

/* One prefilter with the operator's filter; SET_DONE when the kernel has it. */
static enum set try_both(struct capture *c, const char *prefilter, const char *filter, char err[CAPTURE_ERROR_SIZE])
{
	char *both = join(prefilter, filter);
	enum set r;

	if (both == NULL) {
		snprintf(err, CAPTURE_ERROR_SIZE, "out of memory");
		return SET_FAILED;
	}
	r = try_one(c, both, false, err);
	free(both);
	return r;
}

/* The operator's filter alone, and if it is longer than the kernel takes, in this process. */
static int set_alone(struct capture *c, const char *filter, char err[CAPTURE_ERROR_SIZE])
{
	switch (try_one(c, filter, true, err)) {
	case SET_DONE:
		return 0;
	case SET_TOO_LARGE:
		log_warn("%s: filtering in this process, every packet has to come here first (%s)", c->name, err);
		return 0;
	case SET_NOT_COMPILED:
	case SET_FAILED:
		break;
	}
	return -1;
}

int capture_set_filters(struct capture *c, const struct capture_options *o, char err[CAPTURE_ERROR_SIZE])
{
	const char *filter = o->filter != NULL ? o->filter : "", *const *p;

	for (p = o->prefilter; p != NULL && *p != NULL; p++) {
		enum set r = try_both(c, *p, filter, err);

		if (r == SET_DONE) {
			log_debug("%s: %u instructions of filter in the kernel", c->name, in_kernel(c->fd));
			return 0;
		}
		pcap_freecode(&c->program);
		if (r == SET_TOO_LARGE && p[1] != NULL)
			log_info("%s: a coarser filter for the kernel (%s)", c->name, err);
		else
			log_write(r == SET_NOT_COMPILED ? LOG_LEVEL_INFO : LOG_LEVEL_WARN,
				  "%s: the kernel gets no port filter (%s)", c->name, err);
		if (r != SET_TOO_LARGE)
			break;
	}
	return set_alone(c, filter, err);
}
