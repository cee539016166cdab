/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which sensor of an interface gets which packet (PACKET_FANOUT, packet(7)).
 *
 * No session may be split: not by direction, nor where one packet of it comes in fragments, has another IPv6 header in
 * it, or another flow label. So the choice is made from the two IP addresses alone, in no order, by a program of our own
 * (PACKET_FANOUT_CBPF):
 *
 *	Ethernet, up to four VLAN tags, perhaps PPPoE, then
 *	IPv4 or IPv6      addresses XORed, mixed, modulo the number of sensors
 *	anything else     sensor 0: MPLS, LLC and SNAP, VN-tags, ... each of which may hide any session
 *
 * So a session with MPLS labels in one direction alone is parted. In a replay it is not: decode_share() knows all headers.
 *
 * The addresses are those outside of a tunnel: all that two ends of one send each other goes to one sensor. That
 * agrees with decode, which takes equal addresses between other ends for another session.
 *
 * The kernel's own PACKET_FANOUT_HASH looks at ports where it sees some, hence parts a session from its fragments, and
 * tunnels over UDP, whose source ports differ by direction, in two. tests/e2e/fanout --table shows what it does.
 *
 * Ports would spread the load better where few addresses talk to each other. There is no key: whoever wants to load one
 * sensor can do it with one session anyway.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <sys/socket.h>

#include <linux/filter.h>
#include <linux/if_packet.h>

#include "capture_impl.h"

#define TAGS 4

enum label { NEXT, FRAME, TYPE, IP4, IP6, MIX, PPPOE, PPP4, PPP6, PFC4, PFC6, OTHER, TAG, LABELS = TAG + TAGS };

/* A program while it is written: jumps have labels in the place of distances. Those of conditions must be below 256. */
struct program {
	struct bpf_insn *insn;
	unsigned n;
	unsigned at[LABELS];
};

static void put(struct program *p, unsigned code, uint32_t k)
{
	p->insn[p->n++] = (struct bpf_insn){ .code = (u_short)code, .k = k };
}

static void jump_if(struct program *p, uint32_t k, enum label yes, enum label no)
{
	p->insn[p->n++] = (struct bpf_insn){ .code = BPF_JMP | BPF_JEQ | BPF_K, .jt = (u_char)yes, .jf = (u_char)no, .k = k };
}

static void jump(struct program *p, enum label to)
{
	put(p, BPF_JMP | BPF_JA, to);
}

static void label(struct program *p, enum label l)
{
	p->at[l] = p->n;
}

static void resolve(struct program *p)
{
	unsigned i;

	for (i = 0; i < p->n; i++) {
		struct bpf_insn *in = &p->insn[i];

		if (BPF_CLASS(in->code) != BPF_JMP)
			continue;
		if (BPF_OP(in->code) == BPF_JA) {
			in->k = p->at[in->k] - i - 1;
			continue;
		}
		in->jt = (u_char)(in->jt == NEXT ? 0 : p->at[in->jt] - i - 1);
		in->jf = (u_char)(in->jf == NEXT ? 0 : p->at[in->jf] - i - 1);
	}
}

/* X += n */
static void skip(struct program *p, uint32_t n)
{
	put(p, BPF_MISC | BPF_TXA, 0);
	put(p, BPF_ALU | BPF_ADD | BPF_K, n);
	put(p, BPF_MISC | BPF_TAX, 0);
}

#define LOAD(size) (BPF_LD | BPF_IND | (size)) /* at X + k */

/* Type in A, what it is of at X. */
static void put_begin(struct program *p, enum capture_fanout_at at)
{
	/*
	 * Packets on their way in are at their network header, and their type is set aside, with the outer VLAN tag.
	 * Those on their way out are at their link header; what is said of their type may be that of a tag which
	 * stands before the network header.
	 */
	if (at == CAPTURE_FANOUT_KERNEL) {
		put(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE));
		jump_if(p, PACKET_OUTGOING, FRAME, NEXT);
	}
	if (at != CAPTURE_FANOUT_FRAME) {
		put(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL));
		put(p, BPF_LDX | BPF_IMM, 0);
		jump(p, TYPE);
	}
	label(p, FRAME);
	put(p, BPF_LD | BPF_H | BPF_ABS, 2 * ETHER_ADDR_LEN);
	put(p, BPF_LDX | BPF_IMM, ETHER_HDR_LEN);
}

static void put_types(struct program *p)
{
	static const uint16_t tags[] = { 0x8100, 0x88a8, 0x9100, 0x9200, 0x9300 };
	const unsigned n = sizeof tags / sizeof tags[0];
	unsigned depth, i;

	label(p, TYPE);
	for (depth = 0; depth <= TAGS; depth++) {
		enum label tag = (enum label)(TAG + depth);

		jump_if(p, ETHERTYPE_IP, IP4, NEXT);
		jump_if(p, ETHERTYPE_IPV6, IP6, NEXT);
		jump_if(p, 0x8864, PPPOE, depth < TAGS ? NEXT : OTHER);
		if (depth == TAGS)
			break;
		for (i = 0; i < n; i++)
			jump_if(p, tags[i], tag, i + 1 < n ? NEXT : OTHER);
		label(p, tag);
		put(p, LOAD(BPF_H), 2);
		put(p, BPF_ST, 0);
		skip(p, 4);
		put(p, BPF_LD | BPF_MEM, 0);
	}
}

/* Behind six bytes of header the protocol of PPP, two bytes, or one when compressed. */
static void put_pppoe(struct program *p)
{
	static const struct {
		enum label here, then;
		uint32_t n;
	} skips[] = { { PPP4, IP4, 8 }, { PPP6, IP6, 8 }, { PFC4, IP4, 7 }, { PFC6, IP6, 7 } };
	size_t i;

	label(p, PPPOE);
	put(p, LOAD(BPF_B), 6);
	jump_if(p, 0x21, PFC4, NEXT);
	jump_if(p, 0x57, PFC6, NEXT);
	put(p, LOAD(BPF_H), 6);
	jump_if(p, 0x21, PPP4, NEXT);
	jump_if(p, 0x57, PPP6, OTHER);
	for (i = 0; i < sizeof skips / sizeof skips[0]; i++) {
		label(p, skips[i].here);
		skip(p, skips[i].n);
		jump(p, skips[i].then);
	}
}

/* All words of both addresses XORed: the same in either direction. */
static void put_addresses(struct program *p)
{
	uint32_t at;

	label(p, IP6);
	put(p, LOAD(BPF_W), 8);
	for (at = 12; at < 40; at += 4) {
		put(p, BPF_ST, 0);
		put(p, LOAD(BPF_W), at);
		put(p, BPF_STX, 1);
		put(p, BPF_LDX | BPF_MEM, 0);
		put(p, BPF_ALU | BPF_XOR | BPF_X, 0);
		put(p, BPF_LDX | BPF_MEM, 1);
	}
	jump(p, MIX);
	label(p, IP4);
	put(p, LOAD(BPF_W), 12);
	put(p, BPF_ST, 0);
	put(p, LOAD(BPF_W), 16);
	put(p, BPF_LDX | BPF_MEM, 0);
	put(p, BPF_ALU | BPF_XOR | BPF_X, 0);
}

unsigned capture_fanout_program(enum capture_fanout_at at, unsigned sensors, struct bpf_insn *out)
{
	struct program p = { .insn = out };

	put_begin(&p, at);
	put_types(&p);
	put_pppoe(&p);
	put_addresses(&p);
	label(&p, MIX);
	put(&p, BPF_ALU | BPF_MUL | BPF_K, UINT32_C(0x9e3779b1)); /* Knuth: spreads what neighbours differ in */
	put(&p, BPF_ALU | BPF_RSH | BPF_K, 16);
	/*
	 * The kernel takes it modulo the sockets in the group. That there is one more while a sensor is replaced must
	 * make no difference.
	 */
	put(&p, BPF_ALU | BPF_MOD | BPF_K, sensors);
	put(&p, BPF_RET | BPF_A, 0);
	label(&p, OTHER); /* where a load fails the result is 0, too */
	put(&p, BPF_RET | BPF_K, 0);
	resolve(&p);
	return p.n;
}

/* ---- joining ------------------------------------------------------------------------------------- */

static int fails(char err[CAPTURE_ERROR_SIZE], const char *what)
{
	snprintf(err, CAPTURE_ERROR_SIZE, "cannot share the interface between sensors: %s: %s", what, strerror(errno));
	return -1;
}

static int attach(int fd, int level, int option, struct bpf_insn *insn, unsigned n)
{
	/* struct bpf_insn of libpcap is struct sock_filter of the kernel. */
	struct sock_fprog program = { .len = (unsigned short)n, .filter = (struct sock_filter *)(void *)insn };

	_Static_assert(sizeof(struct bpf_insn) == sizeof(struct sock_filter), "one form of instructions");
	return setsockopt(fd, level, option, &program, sizeof program);
}

/* Nothing gets past this until the start. */
static int reject_all(int fd)
{
	struct bpf_insn none = { .code = BPF_RET | BPF_K, .k = 0 };

	return attach(fd, SOL_SOCKET, SO_ATTACH_FILTER, &none, 1);
}

static int bind_all_protocols(int fd)
{
	struct sockaddr_ll at;
	socklen_t n = sizeof at;

	memset(&at, 0, sizeof at);
	if (getsockname(fd, (struct sockaddr *)&at, &n) != 0)
		return -1;
	at = (struct sockaddr_ll){ .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = at.sll_ifindex };
	return bind(fd, (struct sockaddr *)&at, sizeof at);
}

/* The first makes the group, under a number that no other program has, and says what goes where. */
static int make_group(struct capture *c, struct capture_fanout *f, char err[CAPTURE_ERROR_SIZE])
{
	struct bpf_insn insn[CAPTURE_FANOUT_INSNS];
	int value = (PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_UNIQUEID) << 16;
	bool raw = pcap_datalink(c->pcap) == DLT_RAW;
	socklen_t size = sizeof value;

	if (setsockopt(c->fd, SOL_PACKET, PACKET_FANOUT, &value, sizeof value) != 0 ||
	    getsockopt(c->fd, SOL_PACKET, PACKET_FANOUT, &value, &size) != 0)
		return fails(err, "PACKET_FANOUT");
	f->group = (uint16_t)(value & 0xffff);
	if (attach(c->fd, SOL_PACKET, PACKET_FANOUT_DATA, insn,
		   capture_fanout_program(raw ? CAPTURE_FANOUT_KERNEL_RAW : CAPTURE_FANOUT_KERNEL, f->sensors, insn)) != 0)
		return fails(err, "PACKET_FANOUT_DATA");
	f->made = true;
	return 0;
}

int capture_join(struct capture *c, struct capture_fanout *f, char err[CAPTURE_ERROR_SIZE])
{
	int dlt = pcap_datalink(c->pcap), value;

	if (dlt != DLT_EN10MB && dlt != DLT_RAW) {
		snprintf(err, CAPTURE_ERROR_SIZE, "link type %s: only one sensor can watch it", capture_dlt_name(c));
		return -1;
	}
	if (f->sensors < 2 || f->sensors > CAPTURE_SENSORS_MAX) {
		errno = EINVAL;
		return fails(err, "how many");
	}
	/* Between the two the socket is no member yet, and would get all there is. */
	if (reject_all(c->fd) != 0)
		return fails(err, "SO_ATTACH_FILTER");
	if (bind_all_protocols(c->fd) != 0)
		return fails(err, "bind");
	c->waits_for_start = true;
	if (!f->made)
		return make_group(c, f, err);
	value = f->group | PACKET_FANOUT_CBPF << 16;
	return setsockopt(c->fd, SOL_PACKET, PACKET_FANOUT, &value, sizeof value) == 0 ? 0 : fails(err, "PACKET_FANOUT");
}

int capture_start(struct capture *c, char err[CAPTURE_ERROR_SIZE])
{
	if (!c->waits_for_start)
		return 0;
	if (pcap_setfilter(c->pcap, &c->program) != 0) {
		snprintf(err, CAPTURE_ERROR_SIZE, "filter: %s", pcap_geterr(c->pcap));
		return -1;
	}
	c->waits_for_start = false;
	return 0;
}
