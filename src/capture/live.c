/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening live interfaces through libpcap. */
#include <stdlib.h>

#include "capture_impl.h"

/*
 * Of an Ethernet type that is used for nothing (IEEE 802, local experiments): with fan-out the socket gets this alone
 * until it has joined its group.
 */
#define NO_PROTOCOL 0x88b5

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

static void ask(struct capture *c, const struct capture_options *o)
{
	pcap_t *p = c->pcap;

	pcap_set_snaplen(p, (int)(o->snaplen != 0 ? o->snaplen : CAPTURE_SNAPLEN));
	pcap_set_promisc(p, !o->no_promiscuous);
	pcap_set_timeout(p, (int)c->batch_ms);
	pcap_set_immediate_mode(p, o->immediate);
	pcap_set_buffer_size(p, (int)(o->buffer != 0 ? o->buffer : CAPTURE_BUFFER));
	c->nano = pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO) == 0;
	if (o->fanout != NULL)
		pcap_set_protocol_linux(p, NO_PROTOCOL);
}

static int activate(struct capture *c, char err[CAPTURE_ERROR_SIZE])
{
	int status = pcap_activate(c->pcap);
	const char *what;

	if (status < 0) {
		what = advice(status);
		if (what != NULL)
			snprintf(err, CAPTURE_ERROR_SIZE, "%s", what);
		else
			snprintf(err, CAPTURE_ERROR_SIZE, "%s: %s", pcap_statustostr(status), pcap_geterr(c->pcap));
		return -1;
	}
	if (status > 0)
		log_warn("%s: %s", c->name, pcap_geterr(c->pcap));
	c->fd = pcap_get_selectable_fd(c->pcap);
	/* Not blocking: libpcap's own wait has no end where no packet comes, and time-outs would wait with it. */
	return pcap_setnonblock(c->pcap, 1, err);
}

static struct capture *live_new(const char *interface, char err[CAPTURE_ERROR_SIZE])
{
	struct capture *c = calloc(1, sizeof *c);
	int i;

	if (c == NULL || (c->name = strdup(interface)) == NULL || (c->pcap = pcap_create(interface, err)) == NULL) {
		if (c == NULL || c->name == NULL)
			snprintf(err, CAPTURE_ERROR_SIZE, "out of memory");
		if (c != NULL)
			free(c->name);
		free(c);
		return NULL;
	}
	c->live = true;
	c->fd = -1;
	for (i = 0; i < CAPTURE_IF_COUNTERS; i++)
		c->if_counter[i] = -1;
	return c;
}

struct capture *capture_open_live(const char *interface, const struct capture_options *o, char err[CAPTURE_ERROR_SIZE])
{
	struct capture *c;

	_Static_assert(CAPTURE_ERROR_SIZE >= PCAP_ERRBUF_SIZE, "libpcap writes into err");
	err[0] = '\0';
	c = live_new(interface, err);
	if (c == NULL)
		return NULL;
	c->batch_ms = o->batch_ms != 0 ? o->batch_ms : CAPTURE_BATCH_MS;
	ask(c, o);
	if (activate(c, err) != 0 || capture_set_filters(c, o, err) != 0 ||
	    (o->fanout != NULL && capture_join(c, o->fanout, err) != 0)) {
		capture_close(c);
		return NULL;
	}
	if (!c->waits_for_start)
		pcap_freecode(&c->program);
	capture_stats_open(c);
	return c;
}

void capture_close_live(struct capture *c)
{
	pcap_freecode(&c->program);
	capture_stats_close(c);
	free(c->name);
}

int capture_fd(const struct capture *c)
{
	return c->live ? c->fd : -1;
}
