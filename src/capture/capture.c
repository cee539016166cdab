/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading packets, whatever they come from, and what both kinds of input share. */
#include "capture_impl.h"

#include <errno.h>
#include <stdlib.h>

static void take(struct capture *c, const struct pcap_pkthdr *h, const u_char *data, struct capture_packet *out)
{
	int64_t below = h->ts.tv_usec; /* ns if nano; a damaged file may say anything */

	out->ts = (uint64_t)h->ts.tv_sec * 1000000u + (uint64_t)(c->nano ? below / 1000 : below);
	out->ns = (uint16_t)(c->nano && below > 0 ? below % 1000 : 0);
	out->number = ++c->number;
	out->len = h->len;
	out->data = span_of(data, h->caplen);
}

static enum capture_result file_failed(struct capture *c, int error)
{
	snprintf(c->error, sizeof c->error, "%s",
		 error == EBADMSG ? "the compressed file is damaged, or cut" : pcap_geterr(c->pcap));
	return CAPTURE_ERROR;
}

static enum capture_result next(struct capture *c, struct capture_packet *out, bool wait)
{
	struct pcap_pkthdr *h;
	const u_char *data;

	if (c->back) {
		c->back = false;
		return capture_link_up(c);
	}
	if (c->piped && !wait)
		return CAPTURE_IDLE;
	errno = 0;
	switch (pcap_next_ex(c->pcap, &h, &data)) {
	case 1:
		take(c, h, data, out);
		/* While it is down there may be packets from before; and to ask takes longer than to read one. */
		c->back = c->down && c->number % 64 == 0 && capture_link_is_back(c);
		return CAPTURE_PACKET;
	case 0:
		if (!wait)
			return CAPTURE_IDLE;
		c->fell |= !c->down && pcap_get_required_select_timeout(c->pcap) != NULL;
		return capture_wait(c);
	case PCAP_ERROR_BREAK: /* a file's end, or a live capture that was told to stop */
		return c->live ? CAPTURE_IDLE : CAPTURE_END;
	default:
		return c->live ? capture_link_error(c) : file_failed(c, errno);
	}
}

enum capture_result capture_next(struct capture *c, struct capture_packet *out)
{
	return next(c, out, true);
}

enum capture_result capture_next_now(struct capture *c, struct capture_packet *out)
{
	return next(c, out, false);
}

void capture_close(struct capture *c)
{
	if (c == NULL)
		return;
	if (c->live)
		capture_close_live(c);
	pcap_close(c->pcap); /* closes the file, too */
	free(c->buffer);
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
