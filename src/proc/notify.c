/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a service manager is told: sd_notify(3), a datagram of lines NAME=VALUE to the socket that $NOTIFY_SOCKET names. Only
 * the supervisor tells. Without such a socket nothing happens, and when the manager does not listen the capture goes on.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify.h"
#include "plainpop/base.h"

#define SECOND UINT64_C(1000000)

static void __attribute__((format(printf, 2, 3))) tell(const struct notify *n, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int len;

	if (n->fd < 0)
		return;
	va_start(ap, fmt);
	len = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	if (len >= (int)sizeof text)
		len = sizeof text - 1;
	/* Not to wait for a manager that is busy: what is told again and again comes through later. */
	if (send(n->fd, text, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug("the service manager could not be told: %s", strerror(errno));
}

/* An absolute path, or '@' and a name without a file. False: neither, or too long. */
static bool address_of(const char *text, struct sockaddr_un *a, socklen_t *len)
{
	size_t n = strlen(text);

	if ((text[0] != '/' && text[0] != '@') || n < 2 || n >= sizeof a->sun_path)
		return false;
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(a->sun_path, text, n);
	if (text[0] == '@')
		a->sun_path[0] = '\0'; /* and then its end is that of the address */
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (text[0] == '/'));
	return true;
}

/* How often a sign of life is wanted, µs; 0: it is not, or of another process. */
static uint64_t watchdog_interval(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (usec == NULL || (pid != NULL && strtol(pid, NULL, 10) != getpid()))
		return 0;
	return strtoull(usec, NULL, 10);
}

void notify_open(struct notify *n)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a;
	socklen_t len;

	*n = (struct notify){ .fd = -1 };
	if (path != NULL && address_of(path, &a, &len)) {
		n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (n->fd >= 0 && connect(n->fd, (const struct sockaddr *)&a, len) != 0)
			notify_close(n);
	}
	if (path != NULL && n->fd < 0)
		log_warn("NOTIFY_SOCKET=%s: cannot be used: %s", path, strerror(errno));
	n->interval = watchdog_interval();
	/* They are meant for this process alone. */
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

void notify_close(struct notify *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}

void notify_ready(struct notify *n, const char *status)
{
	if (!n->ready)
		tell(n, "READY=1\nSTATUS=%s", status);
	n->ready = true;
}

void notify_reloading(struct notify *n)
{
	if (!n->ready || n->reloading)
		return;
	n->reloading = true;
	tell(n, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\nSTATUS=Reading the rules anew", time_steady());
}

void notify_reloaded(struct notify *n, const char *status)
{
	if (n->reloading)
		tell(n, "READY=1\nSTATUS=%s", status);
	n->reloading = false;
}

void notify_stopping(struct notify *n)
{
	if (!n->stopping)
		tell(n, "STOPPING=1\nSTATUS=Ending");
	n->stopping = true;
}

/*
 * Silence is from a fourth of the interval on: then those who restart a hanging sensor by themselves come first if the
 * manager's patience is longer than theirs.
 */
void notify_alive(struct notify *n, const uint64_t *beat, size_t sensors)
{
	uint64_t t = time_steady();
	bool silent = false;
	size_t i;

	if (n->interval == 0)
		return;
	for (i = 0; i < sensors && i < NOTIFY_SENSORS; i++) {
		if (beat[i] == NOTIFY_NO_SENSOR || n->beat[i].at == 0 || beat[i] != n->beat[i].last)
			n->beat[i].at = t;
		n->beat[i].last = beat[i];
		silent |= t - n->beat[i].at >= n->interval / 4;
	}
	if ((silent && !n->stopping) || t - n->told < n->interval / 4)
		return;
	n->told = t;
	tell(n, "WATCHDOG=1");
}
