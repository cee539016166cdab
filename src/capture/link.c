/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The interface while it is watched. libpcap says when it has been deleted, and nothing when it was set down or lost its
 * carrier. Both are asked of the kernel here, whenever nothing came for a moment, by calls that take no privilege.
 */
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/if_packet.h>

#include "capture_impl.h"

enum link { LINK_UP, LINK_DOWN, LINK_NO_CARRIER, LINK_GONE };

static enum link look(const struct capture *c)
{
	struct sockaddr_ll at;
	socklen_t n = sizeof at;
	struct ifreq r;

	memset(&at, 0, sizeof at);
	memset(&r, 0, sizeof r);
	if (getsockname(c->fd, (struct sockaddr *)&at, &n) != 0 || at.sll_ifindex == 0)
		return LINK_UP; /* "any" has no state of its own */
	if (at.sll_ifindex < 0) /* so the kernel marks the socket when its interface goes */
		return LINK_GONE;
	/* It may have another name by now. */
	r.ifr_ifindex = at.sll_ifindex;
	if (ioctl(c->fd, SIOCGIFNAME, &r) != 0 || ioctl(c->fd, SIOCGIFFLAGS, &r) != 0)
		return errno == ENODEV ? LINK_GONE : LINK_UP;
	if ((r.ifr_flags & IFF_UP) == 0)
		return LINK_DOWN;
	return (r.ifr_flags & IFF_RUNNING) == 0 ? LINK_NO_CARRIER : LINK_UP;
}

static enum capture_result tell(struct capture *c, enum capture_result what, const char *text)
{
	c->down = what == CAPTURE_DOWN;
	c->fell = false;
	snprintf(c->error, sizeof c->error, "%s %s", c->name, text);
	return what;
}

/* What there is to say of the interface, or CAPTURE_IDLE. */
static enum capture_result news(struct capture *c)
{
	enum link now = look(c);

	if (now == LINK_GONE)
		return tell(c, CAPTURE_GONE, "is gone");
	if (c->down)
		return now == LINK_UP ? tell(c, CAPTURE_UP, "is up again") : CAPTURE_IDLE;
	if (now == LINK_NO_CARRIER)
		return tell(c, CAPTURE_DOWN, "has no carrier");
	if (now == LINK_DOWN || c->fell)
		return tell(c, CAPTURE_DOWN, "was set down");
	return CAPTURE_IDLE;
}

enum capture_result capture_wait(struct capture *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	int error = 0;
	socklen_t n = sizeof error;

	/* A signal ends it, and so does the end of the interface. */
	if (poll(&p, 1, (int)c->batch_ms) > 0 && p.revents == POLLIN)
		return CAPTURE_IDLE;
	/* It may be up again by now. The news that it fell is told once, to us or to libpcap, which then wants to be called often. */
	if ((p.revents & POLLERR) != 0 && getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &n) == 0)
		c->fell |= error == ENETDOWN;
	return news(c);
}

bool capture_link_is_back(const struct capture *c)
{
	return look(c) == LINK_UP;
}

enum capture_result capture_link_up(struct capture *c)
{
	return tell(c, CAPTURE_UP, "is up again");
}

enum capture_result capture_link_error(struct capture *c)
{
	char why[CAPTURE_ERROR_SIZE];
	enum capture_result r;

	snprintf(why, sizeof why, "%s: %s", c->name, pcap_geterr(c->pcap));
	r = news(c);
	if (r != CAPTURE_IDLE)
		return r;
	if (c->down) { /* it is what we said already */
		poll(NULL, 0, (int)c->batch_ms);
		return CAPTURE_IDLE;
	}
	snprintf(c->error, sizeof c->error, "%s", why);
	return CAPTURE_ERROR;
}
