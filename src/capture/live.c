/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Live interfaces through libpcap. */
#include <poll.h>
#include <stdlib.h>

#include "capture_impl.h"

#define SNAPLEN 262144             /* libpcap's own maximum: nothing is cut */
#define BUFFER (32 * 1024 * 1024)  /* bytes in the kernel for bursts */
#define POLL_MS 100                /* how long the kernel may gather packets, and how soon we see time pass */

/* What an operator can do about a capture that does not start. */
static const char *advice(int status)
{
	switch (status) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return "there is no such interface; `ip link` lists those there are";
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return "not permitted; run as root, or give the program CAP_NET_RAW "
		       "(setcap cap_net_raw+ep plainpop)";
	case PCAP_ERROR_IFACE_NOT_UP:
		return "the interface is down; `ip link set dev NAME up` brings it up";
	default:
		return NULL;
	}
}

static int activate(pcap_t *pcap, const char *interface, char err[CAPTURE_ERROR_SIZE])
{
	const char *what;
	int status;

	pcap_set_snaplen(pcap, SNAPLEN);
	pcap_set_promisc(pcap, 1);
	pcap_set_timeout(pcap, POLL_MS);
	pcap_set_buffer_size(pcap, BUFFER);
	status = pcap_activate(pcap);
	if (status < 0) {
		what = advice(status);
		if (what != NULL)
			snprintf(err, CAPTURE_ERROR_SIZE, "%s", what);
		else
			snprintf(err, CAPTURE_ERROR_SIZE, "%s: %s", pcap_statustostr(status),
				 pcap_geterr(pcap));
		return -1;
	}
	if (status > 0)
		log_warn("%s: %s", interface, pcap_geterr(pcap));
	return 0;
}

/* The prefilter in front, because `vlan` in the operator's expression shifts all that follows it. */
static int set_filters(pcap_t *pcap, const char *prefilter, const char *filter, char err[CAPTURE_ERROR_SIZE])
{
	char *both;
	size_t n;
	int r;

	if (filter == NULL)
		filter = "";
	if (prefilter != NULL) {
		n = strlen(prefilter) + strlen(filter) + 16;
		both = malloc(n);
		if (both == NULL) {
			snprintf(err, CAPTURE_ERROR_SIZE, "out of memory");
			return -1;
		}
		snprintf(both, n, *filter != '\0' ? "(%s) and (%s)" : "(%s)%s", prefilter, filter);
		r = capture_set_filter(pcap, both, err);
		free(both);
		if (r == 0)
			return 0;
		log_info("the kernel gets no port filter on this link type (%s)", err);
	}
	return *filter != '\0' ? capture_set_filter(pcap, filter, err) : 0;
}

struct capture *capture_open_live(const char *interface, const char *prefilter, const char *filter,
				  char err[CAPTURE_ERROR_SIZE])
{
	char errbuf[PCAP_ERRBUF_SIZE] = "";
	struct capture *c = calloc(1, sizeof *c);

	if (c == NULL) {
		snprintf(err, CAPTURE_ERROR_SIZE, "out of memory");
		return NULL;
	}
	c->live = true;
	c->pcap = pcap_create(interface, errbuf);
	if (c->pcap == NULL) {
		snprintf(err, CAPTURE_ERROR_SIZE, "%s", errbuf);
		free(c);
		return NULL;
	}
	/* Not blocking: libpcap's own wait has no end where no packet comes, and time-outs would wait with it. */
	if (activate(c->pcap, interface, err) != 0 || pcap_setnonblock(c->pcap, 1, err) != 0 ||
	    set_filters(c->pcap, prefilter, filter, err) != 0) {
		pcap_close(c->pcap);
		free(c);
		return NULL;
	}
	return c;
}

void capture_wait(struct capture *c)
{
	struct pollfd p = { .fd = pcap_get_selectable_fd(c->pcap), .events = POLLIN };

	/* A signal ends it, and so does the end of the interface. */
	poll(&p, 1, POLL_MS);
}

void capture_stats(struct capture *c, struct capture_stats *out)
{
	struct pcap_stat st;

	/* libpcap counts in 32 bits, which a busy port wraps in a day: add up the differences. */
	if (c->live && pcap_stats(c->pcap, &st) == 0) {
		c->stats.received += (uint32_t)(st.ps_recv - (uint32_t)c->stats.received);
		c->stats.dropped += (uint32_t)(st.ps_drop - (uint32_t)c->stats.dropped);
		c->stats.if_dropped += (uint32_t)(st.ps_ifdrop - (uint32_t)c->stats.if_dropped);
	}
	*out = c->stats;
}
