/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../src/proc/notify.h"
#include "unit.h"

/* A service manager's socket, at an abstract address that nobody else has. */
static int manager(char name[64])
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	size_t n;

	snprintf(name, 64, "@plainpop-unit-%d", (int)getpid());
	n = strlen(name);
	memcpy(a.sun_path + 1, name + 1, n - 1);
	cr_assert(bind(fd, (struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) == 0);
	return fd;
}

static const char *told(int fd)
{
	static char text[1024];
	ssize_t n = recv(fd, text, sizeof text - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

UNIT(notify, life)
{
	struct notify n;
	char name[64];
	int fd = manager(name);

	setenv("NOTIFY_SOCKET", name, 1);
	setenv("WATCHDOG_USEC", "4000000", 1);
	notify_open(&n);
	cr_expect(n.fd >= 0 && n.interval == 4000000);
	cr_expect(getenv("NOTIFY_SOCKET") == NULL && getenv("WATCHDOG_USEC") == NULL, "children would inherit it");
	notify_reloading(&n);
	notify_reloaded(&n, "too early");
	cr_expect_str_eq(told(fd), "");
	notify_ready(&n, "one");
	notify_ready(&n, "two");
	cr_expect_str_eq(told(fd), "READY=1\nSTATUS=one");
	notify_reloaded(&n, "no reload");
	cr_expect_str_eq(told(fd), "");
	notify_reloading(&n);
	notify_reloading(&n);
	cr_expect(strncmp(told(fd), "RELOADING=1\nMONOTONIC_USEC=", 27) == 0);
	cr_expect_str_eq(told(fd), "");
	notify_reloaded(&n, "three");
	cr_expect_str_eq(told(fd), "READY=1\nSTATUS=three");
	notify_stopping(&n);
	notify_stopping(&n);
	cr_expect_str_eq(told(fd), "STOPPING=1\nSTATUS=Ending");
	cr_expect_str_eq(told(fd), "");
	notify_close(&n);
	close(fd);
}

/* The watchdog's clock is turned back by hand. */
UNIT(notify, watchdog)
{
	struct notify n;
	uint64_t beat[] = { 1, 1, NOTIFY_NO_SENSOR };
	char name[64];
	int fd = manager(name);

	setenv("NOTIFY_SOCKET", name, 1);
	setenv("WATCHDOG_USEC", "400000000", 1);
	notify_open(&n);
	notify_alive(&n, beat, 3);
	cr_expect_str_eq(told(fd), "WATCHDOG=1");
	notify_alive(&n, beat, 3);
	cr_expect_str_eq(told(fd), "", "more often than is wanted");
	n.told = 0;
	n.beat[0].at -= 200000000;
	beat[1]++;
	notify_alive(&n, beat, 3);
	cr_expect_str_eq(told(fd), "", "the first sensor is silent");
	beat[0]++;
	notify_alive(&n, beat, 3);
	cr_expect_str_eq(told(fd), "WATCHDOG=1");
	n.told = 0;
	n.beat[1].at -= 200000000;
	notify_stopping(&n);
	told(fd);
	notify_alive(&n, beat, 3);
	cr_expect_str_eq(told(fd), "WATCHDOG=1", "who ends captures no more");
	notify_close(&n);
	close(fd);
}

UNIT(notify, nobody)
{
	static const char *const wrong[] = { "", "relative", "/", "@", "/no/such/socket", "@plainpop-nobody-listens-here",
					     "/an/address/that/is/longer/than/the/hundred/and/eight/bytes/of/a/socket/if/one/goes/on/and/on/and/on/and/on" };
	struct notify n;
	size_t i;

	log_set_level(LOG_LEVEL_ERROR);
	for (i = 0; i < COUNT(wrong); i++) {
		setenv("NOTIFY_SOCKET", wrong[i], 1);
		notify_open(&n);
		cr_expect(n.fd < 0, "%s", wrong[i]);
		notify_ready(&n, "");
	}
	setenv("WATCHDOG_USEC", "1000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	notify_open(&n);
	cr_expect(n.interval == 0, "another process is watched");
	cr_expect(getenv("WATCHDOG_PID") == NULL);
}
