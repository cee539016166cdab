/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading packets, whatever they come from, and what both kinds of input share. */
#include "capture_impl.h"

#include <errno.h>
#include <stdlib.h>

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
			snprintf(err, CAPTURE_ERROR_SIZE, "%s", pcap_geterr(dead));
		}
		pcap_close(dead);
	}
	return valid;
}

enum capture_result capture_next(struct capture *c, struct capture_packet *out)
{
	struct pcap_pkthdr *h;
	const u_char *data;

	errno = 0;
	switch (pcap_next_ex(c->pcap, &h, &data)) {
	case 1:
		break;
	case 0:
		capture_wait(c);
		return CAPTURE_IDLE;
	case PCAP_ERROR_BREAK: /* a file's end, or a live capture that was told to stop */
		return c->live ? CAPTURE_IDLE : CAPTURE_END;
	default:
		snprintf(c->error, sizeof c->error, "%s",
			 errno == EBADMSG ? "the compressed file is damaged, or cut" : pcap_geterr(c->pcap));
		return CAPTURE_ERROR;
	}
	out->ts = (uint64_t)h->ts.tv_sec * 1000000u + (uint64_t)h->ts.tv_usec;
	out->number = ++c->number;
	out->len = h->len;
	out->data = span_of(data, h->caplen);
	return CAPTURE_PACKET;
}

void capture_close(struct capture *c)
{
	if (c == NULL)
		return;
	pcap_close(c->pcap); /* closes the file, too */
	free(c);
}

void capture_stop(struct capture *c)
{
	pcap_breakloop(c->pcap);
}

const char *capture_error(const struct capture *c)
{
	return c->error;
}

int capture_dlt(const struct capture *c)
{
	return pcap_datalink(c->pcap);
}

const char *capture_dlt_name(const struct capture *c)
{
	const char *name = pcap_datalink_val_to_name(pcap_datalink(c->pcap));

	return name != NULL ? name : "unknown";
}

const char *capture_version(void)
{
	return pcap_lib_version();
}
