/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sender: sends a capture to an interface at an even rate, to measure with.
 *
 *     sender [-r PACKETS] INTERFACE FILE
 *
 * PACKETS a second; without it, as fast as it goes. The capture is one that
 * popgen has written: classic, of this machine's byte order, Ethernet. It is
 * in memory before the first packet leaves. Packets leave in batches, each
 * once its time has come, waited for by looking at the clock: there is one
 * core for this and nothing else to do on it. What it reached is printed:
 *
 *     {"packets":..,"seconds":..}
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 32, FILE_HEADER = 24, RECORD_HEADER = 16, MAGIC = (int)0xa1b2c3d4 };

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int
interface_open(const char *name)
{
	struct sockaddr_ll where = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name)};
	const int one = 1;
	int fd;

	if (where.sll_ifindex == 0)
		err(1, "%s", name);
	fd = socket(AF_PACKET, SOCK_RAW, 0); /* protocol 0: it receives nothing */
	if (fd < 0 || bind(fd, (struct sockaddr *)&where, sizeof where) != 0)
		err(1, "%s", name);
	if (setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one) != 0)
		err(1, "%s", name);
	return fd;
}

static const uint8_t *
capture_map(const char *path, size_t *size)
{
	struct stat st;
	uint32_t magic;
	const uint8_t *map;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) != 0)
		err(1, "%s", path);
	*size = (size_t)st.st_size;
	if (*size < FILE_HEADER)
		errx(1, "%s: no capture", path);
	map = mmap(NULL, *size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (map == MAP_FAILED)
		err(1, "%s", path);
	memcpy(&magic, map, sizeof magic);
	if (magic != (uint32_t)MAGIC)
		errx(1, "%s: not a capture as popgen writes them", path);
	close(fd);
	return map;
}

static void
batch_send(int fd, struct mmsghdr *messages, unsigned n)
{
	unsigned done = 0;

	while (done < n) {
		int sent = sendmmsg(fd, messages + done, n - done, 0);

		if (sent > 0)
			done += (unsigned)sent;
		else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
			err(1, "cannot send");
	}
}

/* Returns how many packets were sent. */
static uint64_t
replay(int fd, const uint8_t *map, size_t size, double rate, double begin)
{
	struct mmsghdr messages[BATCH] = {0};
	struct iovec frames[BATCH];
	size_t at = FILE_HEADER;
	uint64_t packets = 0;

	for (unsigned i = 0; i < BATCH; i++)
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &frames[i], .msg_iovlen = 1};
	while (at < size) {
		unsigned n = 0;

		for (; n < BATCH && at < size; n++) {
			uint32_t length;

			if (size - at < RECORD_HEADER)
				errx(1, "the capture is cut short");
			memcpy(&length, map + at + 8, sizeof length);
			at += RECORD_HEADER;
			if (length > size - at)
				errx(1, "the capture is cut short");
			frames[n] = (struct iovec){(void *)(map + at), length};
			at += length;
		}
		while (rate > 0 && now() < begin + (double)packets / rate)
			;
		batch_send(fd, messages, n);
		packets += n;
	}
	return packets;
}

int
main(int argc, char **argv)
{
	double rate = 0, begin;
	const uint8_t *map;
	uint64_t packets;
	size_t size;
	int o, fd;

	while ((o = getopt(argc, argv, "r:")) != -1) {
		if (o != 'r' || (rate = strtod(optarg, NULL)) <= 0)
			errx(1, "usage: sender [-r PACKETS] INTERFACE FILE");
	}
	if (argc - optind != 2)
		errx(1, "usage: sender [-r PACKETS] INTERFACE FILE");
	fd = interface_open(argv[optind]);
	map = capture_map(argv[optind + 1], &size);
	begin = now();
	packets = replay(fd, map, size, rate, begin);
	printf("{\"packets\":%ju,\"seconds\":%.6f}\n", (uintmax_t)packets, now() - begin);
	return 0;
}
