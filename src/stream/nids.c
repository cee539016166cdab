/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one file that talks to libnids 1.26. Bytes whose turn it is need nobody to put them in order: libnids gets a stream
 * when a segment comes before its turn, and gives it back once nothing is missing. What it is handed are bare IPv4 packets
 * that are written here:
 *
 *   a handshake when a stream is taken up, with the sequence numbers of the real one;
 *   then data, and nothing else: no options, so that libnids' time stamp check cannot drop any; no URG,
 *   so that it takes no byte out; no FIN or RST, since segment.c ends sessions.
 *
 * The addresses are not those of the wire. The client's is 240.0.0.0 plus the number of the flow record,
 * so the two families, VLANs and tunnels need no translation table, cannot collide, and the record is
 * found again without a search. The server's is the same for all.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <nids.h>
#include <pcap/dlt.h>
#include <stdlib.h>

#include "flow.h"

#define IP_HEADER 20
#define TCP_HEADER 20
#define SYN_OPTIONS 4 /* window scale */

#define SKBUFF 48   /* bytes of the record libnids keeps of a queued packet, which no public header has */
#define LISTENER 32 /* and of whom it calls back for a stream */

#define NET_240 0xf0000000u
#define SERVER_ADDR 0xe0000001u
#define PORT_CLIENT 1
#define PORT_SERVER 110

/*
 * libnids counts a stream's bytes in an int and its window to 2^30. It has a stream no longer than something is queued, and
 * for want of a moment when nothing is, no longer than this: at the cost of what is missing in front of the queue.
 */
#define MAX_FED (1u << 29)

static struct {
	pcap_t *dead;
	uint32_t max_active, active;
	size_t bytes; /* that libnids keeps for streams */
	uint8_t packet[IP_HEADER + TCP_HEADER + NIDS_CHUNK];
	/* The flow that is being fed, for the callback, and how many of the next bytes are invented. */
	struct flow *flow;
	uint32_t filler;
	uint64_t gap;
} nids;

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* Writes headers in front of n bytes that already stand in place and gives the packet to libnids. */
static void send_packet(const struct flow *f, enum side side, uint32_t seq, uint32_t ack, uint8_t flags,
			uint32_t options, uint32_t n)
{
	uint8_t *ip = nids.packet, *tcp = nids.packet + IP_HEADER;
	uint32_t client = NET_240 | f->s.index, total = IP_HEADER + TCP_HEADER + options + n;
	bool up = side == SIDE_CLIENT;
	struct pcap_pkthdr h = { .ts = { .tv_sec = (time_t)(f->s.ts / 1000000),
					 .tv_usec = (suseconds_t)(f->s.ts % 1000000) },
				 .caplen = total, .len = total };

	memset(ip, 0, IP_HEADER + TCP_HEADER);
	ip[0] = 0x45;
	put16(ip + 2, total);
	ip[8] = 64;
	ip[9] = IPPROTO_TCP;
	put32(ip + 12, up ? client : SERVER_ADDR);
	put32(ip + 16, up ? SERVER_ADDR : client);
	put16(tcp, up ? PORT_CLIENT : PORT_SERVER);
	put16(tcp + 2, up ? PORT_SERVER : PORT_CLIENT);
	put32(tcp + 4, seq);
	put32(tcp + 8, ack);
	tcp[12] = (uint8_t)((TCP_HEADER + options) / 4 << 4);
	tcp[13] = flags;
	put16(tcp + 14, 65535);
	nids_pcap_handler(NULL, &h, nids.packet);
}

static void handshake(struct flow *f)
{
	static const uint8_t window_scale[SYN_OPTIONS] = { 3, 3, 14, 0 };
	uint8_t *options = nids.packet + IP_HEADER + TCP_HEADER;
	uint32_t c = f->half[SIDE_CLIENT].next, s = f->half[SIDE_SERVER].next;

	memcpy(options, window_scale, sizeof window_scale);
	send_packet(f, SIDE_CLIENT, c - 1, 0, TCP_SYN, SYN_OPTIONS, 0);
	memcpy(options, window_scale, sizeof window_scale);
	send_packet(f, SIDE_SERVER, s - 1, c, TCP_SYN | TCP_ACK, SYN_OPTIONS, 0);
	send_packet(f, SIDE_CLIENT, c, s, TCP_ACK, 0, 0);
}

static void say_gap(struct flow *f, enum side side)
{
	uint64_t n = nids.gap;

	nids.gap = 0;
	if (n > 0) {
		past_forget(f, side);
		flow_gap(f, side, n);
	}
}

/* Bytes of side whose turn it is. */
static void deliver(struct flow *f, enum side side, struct span bytes)
{
	f->half[side].next += (uint32_t)bytes.n;
	past_add(f, side, bytes);
	flow_data(f, side, bytes);
}

/* New bytes of side that libnids has put in order; the first of them may be invented. */
static void put_in_order(struct flow *f, enum side side, const struct half_stream *to)
{
	size_t n = (size_t)to->count_new, invented = n < nids.filler ? n : nids.filler;
	const uint8_t *bytes = (const uint8_t *)to->data + (to->count - to->offset - to->count_new);

	f->moving->fed[side] += (uint32_t)n;
	nids.filler -= (uint32_t)invented;
	nids.gap += invented;
	f->half[side].next += (uint32_t)invented;
	if (n == invented)
		return;
	say_gap(f, side);
	deliver(f, side, span_of(bytes + invented, n - invented));
}

/* Its record is in a pool that was made at the start: what comes on top. */
static void count(struct flow *f, const struct tcp_stream *t)
{
	size_t bytes = t == NULL ? 0 : memory_of(LISTENER) + memory_of((size_t)t->client.bufsize) +
				       memory_of((size_t)t->server.bufsize);

	nids.bytes += bytes - f->moving->nids_counted;
	f->moving->nids_counted = bytes;
}

/* libnids has it no longer. */
static void forget(struct flow *f)
{
	f->moving->nids = NULL;
	f->moving->fed[SIDE_CLIENT] = f->moving->fed[SIDE_SERVER] = 0;
	count(f, NULL);
}

/* libnids' TCP callback. half_stream `client` holds what the client receives. */
static void on_tcp(struct tcp_stream *t, void **unused)
{
	struct flow *f = nids.flow;

	(void)unused;
	switch (t->nids_state) {
	case NIDS_JUST_EST:
		t->client.collect = 1;
		t->server.collect = 1;
		f->moving->nids = t;
		count(f, t);
		break;
	case NIDS_DATA:
		if (t->server.count_new > 0)
			put_in_order(f, SIDE_CLIENT, &t->server);
		else if (t->client.count_new > 0)
			put_in_order(f, SIDE_SERVER, &t->client);
		break;
	default: /* libnids lets go of it */
		f = table_at(ntohl(t->addr.saddr) & ~NET_240);
		if (f != NULL && flow_nids(f) == t)
			forget(f);
		break;
	}
}

/* nids_register_tcp() takes a function as a void *, which POSIX allows and ISO C has no cast for. */
static void *tcp_callback(void)
{
	void (*function)(struct tcp_stream *, void **) = on_tcp;
	void *p;

	memcpy(&p, &function, sizeof p);
	return p;
}

static void on_warning(int type, int number, void *ip, void *data)
{
	(void)type;
	(void)number;
	(void)ip;
	(void)data;
	counter_add(COUNTER_LIBNIDS_WARNINGS, 1);
}

static void on_no_memory(char *where)
{
	/* libnids would go on with the null pointer. */
	log_error("out of memory in libnids (%s)", where);
	abort();
}

int nids_start(uint32_t max_active)
{
	static struct nids_chksum_ctl none = { 0, 0, NIDS_DONT_CHKSUM, 0 };

	memset(&nids, 0, sizeof nids);
	nids.dead = pcap_open_dead(DLT_RAW, 65535);
	if (nids.dead == NULL) {
		errno = ENOMEM;
		return -1;
	}
	nids.max_active = max_active;
	/* libnids makes room for three quarters of what it is told. */
	nids_params.n_tcp_streams = (int)(max_active + max_active / 2 + 16);
	nids_params.n_hosts = 1; /* no fragments reach it */
	nids_params.pcap_desc = nids.dead;
	nids_params.pcap_filter = NULL;
	nids_params.scan_num_hosts = 0;
	nids_params.tcp_workarounds = 0;
	nids_params.one_loop_less = 0;
	nids_params.syslog = (void (*)())on_warning;
	nids_params.no_mem = on_no_memory;
	/*
	 * Past 64 KiB of queued data libnids throws the queue away without a word. The sum it keeps is of
	 * sizes that include this number: below zero it never gets there, and disorder.c keeps the cap.
	 */
	nids_params.sk_buff_size = -(1 << 17);
	nids_params.dev_addon = 0;
	if (!nids_init()) {
		log_error("libnids: %s", nids_errbuf);
		pcap_close(nids.dead);
		errno = EINVAL;
		return -1;
	}
	nids_register_chksum_ctl(&none, 1);
	nids_register_tcp(tcp_callback());
	return 0;
}

void nids_stop(void)
{
	nids_unregister_tcp(tcp_callback());
	nids_exit();
	pcap_close(nids.dead);
	nids.dead = NULL;
}

/* Takes it out of libnids; what was queued is gone. */
static void take_out(struct flow *f)
{
	struct tcp_stream *t = flow_nids(f);

	if (t == NULL)
		return;
	forget(f);
	nids_free_tcp_stream(t);
}

void nids_drop(struct flow *f)
{
	if (!f->active)
		return;
	take_out(f);
	f->active = false;
	nids.active--;
	past_forget(f, SIDE_CLIENT);
	past_forget(f, SIDE_SERVER);
	flow_settle(f);
	table_move_open(f, false);
}

void nids_rest(struct flow *f)
{
	if (flow_nids(f) == NULL)
		return;
	if (disorder_queued(f)) {
		if (f->moving->fed[SIDE_CLIENT] <= MAX_FED && f->moving->fed[SIDE_SERVER] <= MAX_FED)
			return;
		disorder_finish(f);
		disorder_free(f);
	}
	take_out(f);
}

#define PARK_LOOK 64 /* of the oldest, for one that waits for nothing */

/* A flow of a list that can be parked: the least recent one, unless another has less to lose. NULL: none. */
static struct flow *find_idle(enum flow_list list)
{
	struct flow *f = table_oldest(list), *oldest = NULL;
	unsigned i;

	for (i = 0; f != NULL && (i < PARK_LOOK || oldest == NULL); i++) {
		if (!f->busy && flow_disorder(f) == NULL)
			return f;
		if (!f->busy && oldest == NULL)
			oldest = f;
		f = f->prev != NO_FLOW ? table_at(f->prev) : NULL;
	}
	return oldest;
}

void nids_park(struct flow *f)
{
	disorder_finish(f);
	disorder_free(f);
	nids_drop(f);
	flow_idle(f);
	counter_add(COUNTER_TCP_PARKED, 1);
}

/* Parks others until one more can be active. */
static void make_room(void)
{
	struct flow *f;

	while (nids.active >= nids.max_active) {
		f = find_idle(LIST_DOUBTFUL_ACTIVE);
		if (f == NULL)
			f = find_idle(LIST_ACTIVE);
		if (f == NULL)
			break;
		nids_park(f);
	}
}

/* What an active stream keeps, few can have at once. False: no memory. */
static bool activate(struct flow *f)
{
	if (f->active)
		return true;
	make_room();
	if (!flow_stir(f))
		return false;
	f->active = true;
	nids.active++;
	table_move_open(f, true);
	return true;
}

/* Makes sure that libnids has the stream. */
static bool take_up(struct flow *f)
{
	if (f->moving->nids != NULL)
		return true;
	nids.flow = f;
	handshake(f);
	return flow_nids(f) != NULL;
}

static void feed_chunk(struct flow *f, enum side side, uint32_t seq, uint32_t n)
{
	nids.flow = f;
	send_packet(f, side, seq, f->half[side_other(side)].next, TCP_ACK, 0, n);
	if (flow_nids(f) != NULL)
		count(f, f->moving->nids);
}

size_t nids_queue_memory(uint32_t n)
{
	size_t whole = n / NIDS_CHUNK, rest = n % NIDS_CHUNK;

	return whole * (memory_of(SKBUFF) + memory_of(NIDS_CHUNK)) + (rest > 0 ? memory_of(SKBUFF) + memory_of(rest) : 0);
}

size_t nids_memory(void)
{
	return nids.bytes;
}

void nids_feed(struct flow *f, enum side side, uint32_t seq, struct span data)
{
	bool active = activate(f);

	if (flow_nids(f) == NULL && seq == f->half[side].next) {
		deliver(f, side, data);
		return;
	}
	if (!active || !take_up(f))
		return;
	while (data.n > 0) {
		struct span chunk = span_take(data, NIDS_CHUNK);

		memcpy(nids.packet + IP_HEADER + TCP_HEADER, chunk.p, chunk.n);
		feed_chunk(f, side, seq, (uint32_t)chunk.n);
		seq += (uint32_t)chunk.n;
		data = span_skip(data, chunk.n);
	}
}

void nids_fill(struct flow *f, enum side side, uint32_t n)
{
	activate(f);
	if (flow_nids(f) == NULL) { /* nothing is queued behind */
		f->half[side].next += n;
		nids.gap += n;
		n = 0;
	}
	while (n > 0) {
		uint32_t chunk = n < NIDS_CHUNK ? n : NIDS_CHUNK;

		memset(nids.packet + IP_HEADER + TCP_HEADER, 0, chunk);
		nids.filler = chunk;
		feed_chunk(f, side, f->half[side].next, chunk);
		nids.filler = 0;
		n -= chunk;
	}
	say_gap(f, side);
}
