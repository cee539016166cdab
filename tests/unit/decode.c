/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames are written as literals, a macro a header, around one TCP segment: 49152 to 110, sequence
 * 0x01020304, acknowledgment 0x05060708, PSH ACK, "QUIT".
 */
#include <pcap/dlt.h>
#include <stdlib.h>

#include "plainpop/decode.h"
#include "unit.h"

#define DATA "QUIT\r\n"
#define TCP_SUM(offset, sum) "\xc0\0\0\x6e\1\2\3\4\5\6\7\x08" offset "\x18\x20\0" sum "\0\0"
#define TCP TCP_SUM("\x50", "\0\0")
#define SEGMENT TCP DATA /* 26 bytes */

#define ENDS4 "\xc0\0\2\x0a\xc6\x33\x64\x19" /* 192.0.2.10, 198.51.100.25 */
#define IP4(ihl, len, frag, proto, sum) ihl "\0" len "\0\1" frag "\x40" proto sum ENDS4
#define V4 IP4("\x45", "\0\x2e", "\x40\0", "\6", "\0\0") SEGMENT

#define ENDS6                                                  \
	"\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x10"             \
	"\x20\1\x0d\xb8\0\1\0\0\0\0\0\0\0\0\0\x25" /* 2001:db8::10, 2001:db8:1::25 */
#define IP6(len, next) "\x60\0\0\0" len next "\x40" ENDS6
#define V6 IP6("\0\x1a", "\6") SEGMENT

#define MAC "\2\0\0\0\0\1\2\0\0\0\0\2"
#define ETH4 MAC "\x08\0"
#define ETH6 MAC "\x86\xdd"
#define SLL "\0\0\0\1\0\6\2\0\0\0\0\1\0\0"
#define SLL2 "\0\0\0\0\0\2\0\1\0\6\2\0\0\0\0\1\0\0"
#define FILL8 "\1\2\3\4\5\6\7\x08"

/* The outside of a tunnel: 203.0.113.1 to 203.0.113.2, 2001:db8:a::1 to 2001:db8:b::2. */
#define OUTER4(len, proto) "\x45\0\0" len "\0\1\0\0\x40" proto "\0\0\xcb\0\x71\1\xcb\0\x71\2"
#define OUTER6(len, next)                                \
	"\x60\0\0\0\0" len next "\x40"                     \
	"\x20\1\x0d\xb8\0\x0a\0\0\0\0\0\0\0\0\0\1" \
	"\x20\1\x0d\xb8\0\x0b\0\0\0\0\0\0\0\0\0\2"
#define UDP_PORTS(source, destination, len) source destination "\0" len "\0\0"
#define UDP(destination, len) UDP_PORTS("\xc3\x50", destination, len) /* from 50000 */
#define VNI "\0\0\x64\0" /* 100 */
#define SNAP4 "\xaa\xaa\3\0\0\0\x08\0"
#define SNAP6 "\xaa\xaa\3\0\0\0\x86\xdd"
#define ADDRESS3 MAC "\2\0\0\0\0\3" "\x30\0" /* of 802.11, and the sequence control */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE(value) value "\0"
#else
#define NATIVE(value) "\0" value
#endif

struct frame {
	const char *name;
	int dlt;
	struct span bytes;
	uint8_t ip_v;
	uint16_t vlan[FLOW_VLANS];
	uint8_t n_vlan;
	uint8_t options; /* bytes of TCP options */
	uint16_t ip_len; /* 0: that of V4 and V6 */
	enum tunnel_kind tunnel;
	int64_t id;      /* of the tunnel; 0: none */
	bool fcs;        /* ends in four bytes that are not the packet's */
	bool guessed;    /* where lengths do not agree, it may be anything */
};

/* All of these carry SEGMENT. */
static const struct frame frames[] = {
	{ .name = "ethernet", DLT_EN10MB, BYTES(ETH4 V4), 4 },
	{ .name = "ethernet 6", DLT_EN10MB, BYTES(ETH6 V6), 6 },
	{ .name = "trailer", DLT_EN10MB, BYTES(ETH4 V4 "PASS no"), 4 },
	{ .name = "trailer 6", DLT_EN10MB, BYTES(ETH6 V6 "PASS no"), 6 },
	{ .name = "802.1Q", DLT_EN10MB, BYTES(MAC "\x81\0\xe0\x64\x08\0" V4), 4, { 100 }, 1 },
	{ .name = "802.1Q 6", DLT_EN10MB, BYTES(MAC "\x81\0\0\0\x86\xdd" V6), 6, { 0 }, 1 },
	{ .name = "802.1ad", DLT_EN10MB, BYTES(MAC "\x88\xa8\0\x0a\x81\0\0\x14\x08\0" V4), 4, { 10, 20 }, 2 },
	{ .name = "three tags", DLT_EN10MB,
	  BYTES(MAC "\x91\0\0\1\x92\0\0\2\x93\0\x0f\xff\x08\0" V4), 4, { 1, 2, 4095 }, 3 },
	/* A record names three; the innermost still parts the flows. */
	{ .name = "five tags", DLT_EN10MB,
	  BYTES(MAC "\x81\0\0\1\x81\0\0\2\x81\0\0\3\x81\0\0\4\x81\0\0\5\x08\0" V4), 4, { 1, 2, 5 }, 3 },
	{ .name = "802.3 with SNAP", DLT_EN10MB, BYTES(MAC "\0\x36\xaa\xaa\3\0\0\0\x08\0" V4), 4 },
	{ .name = "802.3 with SNAP, padded", DLT_EN10MB,
	  BYTES(MAC "\0\x36\xaa\xaa\3\0\0\0\x08\0" V4 "\0\0\0"), 4 },
	{ .name = "SLL", DLT_LINUX_SLL, BYTES(SLL "\x08\0" V4), 4 },
	{ .name = "SLL 6", DLT_LINUX_SLL, BYTES(SLL "\x86\xdd" V6), 6 },
	{ .name = "SLL 802.1Q", DLT_LINUX_SLL, BYTES(SLL "\x81\0\0\7\x08\0" V4), 4, { 7 }, 1 },
	{ .name = "SLL2", DLT_LINUX_SLL2, BYTES("\x08\0" SLL2 V4), 4 },
	{ .name = "SLL2 6", DLT_LINUX_SLL2, BYTES("\x86\xdd" SLL2 V6), 6 },
	{ .name = "NULL, little endian", DLT_NULL, BYTES("\2\0\0\0" V4), 4 },
	{ .name = "NULL, big endian", DLT_NULL, BYTES("\0\0\0\2" V4), 4 },
	{ .name = "NULL, NetBSD 6", DLT_NULL, BYTES("\x18\0\0\0" V6), 6 },
	{ .name = "NULL, FreeBSD 6", DLT_NULL, BYTES("\0\0\0\x1c" V6), 6 },
	{ .name = "NULL, macOS 6", DLT_NULL, BYTES("\x1e\0\0\0" V6), 6 },
	{ .name = "LOOP", DLT_LOOP, BYTES("\0\0\0\2" V4), 4 },
	{ .name = "LOOP 6", DLT_LOOP, BYTES("\0\0\0\x18" V6), 6 },
	{ .name = "RAW", DLT_RAW, BYTES(V4), 4 },
	{ .name = "RAW 6", DLT_RAW, BYTES(V6), 6 },
	{ .name = "LINKTYPE_RAW", 101, BYTES(V4), 4 },
	{ .name = "IPV4", DLT_IPV4, BYTES(V4), 4 },
	{ .name = "IPV6", DLT_IPV6, BYTES(V6), 6 },
	{ .name = "no DF", DLT_RAW, BYTES(IP4("\x45", "\0\x2e", "\0\0", "\6", "\0\0") SEGMENT), 4 },
	{ .name = "one option", DLT_RAW,
	  BYTES(IP4("\x46", "\0\x32", "\0\0", "\6", "\0\0") "\x94\4\0\0" SEGMENT), 4, .ip_len = 50 },
	{ .name = "most options", DLT_RAW,
	  BYTES(IP4("\x4f", "\0\x56", "\0\0", "\6", "\0\0") FILL8 FILL8 FILL8 FILL8 FILL8 SEGMENT), 4,
	  .ip_len = 86 },
	{ .name = "length left to the card", DLT_RAW, BYTES(IP4("\x45", "\0\0", "\0\0", "\6", "\0\0") SEGMENT), 4 },
	{ .name = "the same, 6", DLT_RAW, BYTES(IP6("\0\0", "\6") SEGMENT), 6 },
	{ .name = "TCP options", DLT_RAW,
	  BYTES(IP4("\x45", "\0\x3a", "\0\0", "\6", "\0\0") TCP_SUM("\x80", "\0\0") "\1\1\x08\x0a" FILL8 DATA), 4,
	  .options = 12, .ip_len = 58 },
	{ .name = "AH", DLT_RAW, BYTES(IP4("\x45", "\0\x46", "\0\0", "\x33", "\0\0") "\6\4\0\0" FILL8 FILL8 "\0\0\0\0"
				       SEGMENT), 4, .ip_len = 70 },
	{ .name = "AH 6", DLT_RAW, BYTES(IP6("\0\x32", "\x33") "\6\4\0\0" FILL8 FILL8 "\0\0\0\0" SEGMENT), 6,
	  .ip_len = 90 },
	{ .name = "hop by hop", DLT_RAW, BYTES(IP6("\0\x22", "\0") "\6\0\1\4\0\0\0\0" SEGMENT), 6, .ip_len = 74 },
	{ .name = "all extension headers", DLT_RAW,
	  BYTES(IP6("\0\x4a", "\0") "\x3c\0\1\4\0\0\0\0"      /* hop by hop */
				    "\x2b\1" FILL8 "\0\0\0\0\0\0" /* destination options, longer */
				    "\x87\0\0\0\0\0\0\0"      /* routing */
				    "\x2c\0\0\0\0\0\0\0"      /* mobility */
				    "\6\0\0\0\1\2\3\4"        /* fragment, atomic */
		SEGMENT), 6, .ip_len = 114 },
	{ .name = "atomic fragment", DLT_RAW, BYTES(IP6("\0\x22", "\x2c") "\6\0\0\6\1\2\3\4" SEGMENT), 6,
	  .ip_len = 74 },

	/* Link layers. */
	{ .name = "802.1Q with 802.3", DLT_EN10MB, BYTES(MAC "\x81\0\0\5\0\x36" SNAP4 V4), 4, { 5 }, 1 },
	{ .name = "SNAP, bridge tunnel", DLT_EN10MB, BYTES(MAC "\0\x36\xaa\xaa\3\0\0\xf8\x08\0" V4), 4 },
	{ .name = "LLC, the SAP of IP", DLT_EN10MB, BYTES(MAC "\0\x31\6\6\3" V4), 4 },
	{ .name = "VN-tag", DLT_EN10MB, BYTES(MAC "\x89\x26\0\1\0\2\x08\0" V4), 4 },
	{ .name = "VN-tag, 802.1Q", DLT_EN10MB, BYTES(MAC "\x89\x26\0\1\0\2\x81\0\0\5\x08\0" V4), 4, { 5 }, 1 },
	{ .name = "E-TAG", DLT_EN10MB, BYTES(MAC "\x89\x3f\0\1\0\2\0\0\x86\xdd" V6), 6 },
	{ .name = "MPLS", DLT_EN10MB, BYTES(MAC "\x88\x47\0\1\1\x40" V4), 4 },
	{ .name = "MPLS 6, multicast", DLT_EN10MB, BYTES(MAC "\x88\x48\0\1\1\x40" V6), 6 },
	{ .name = "MPLS, three labels", DLT_EN10MB,
	  BYTES(MAC "\x88\x47\0\1\0\x40\0\2\0\x40\0\3\1\x40" V4), 4 },
	{ .name = "MPLS, explicit null", DLT_EN10MB, BYTES(MAC "\x88\x47\0\0\1\x40" V4), 4 },
	{ .name = "MPLS, Ethernet", DLT_EN10MB, BYTES(MAC "\x88\x47\0\1\1\x40" ETH4 V4), 4, .guessed = true },
	{ .name = "MPLS, Ethernet to 45:00", DLT_EN10MB,
	  BYTES(MAC "\x88\x47\0\1\1\x40" "\x45\0\0\0\0\1\0\0\0\0\0\2\x86\xdd" V6), 6, .guessed = true },
	{ .name = "MPLS, control word", DLT_EN10MB,
	  BYTES(MAC "\x88\x47\0\1\1\x40" "\0\0\0\7" ETH6 V6), 6, .guessed = true },
	{ .name = "MPLS, control word, two tags", DLT_EN10MB,
	  BYTES(MAC "\x88\x47\0\1\1\x40" "\0\0\0\7" MAC "\x88\xa8\0\5\x81\0\0\6\x08\0" V4), 4, { 5, 6 }, 2,
	  .guessed = true },
	{ .name = "PPPoE", DLT_EN10MB, BYTES(MAC "\x88\x64\x11\0\0\1\0\x30\0\x21" V4 "pad"), 4 },
	{ .name = "PPPoE 6", DLT_PPP_ETHER, BYTES("\x11\0\0\1\0\x44\0\x57" V6), 6 },
	{ .name = "MPLS, PPPoE", DLT_EN10MB,
	  BYTES(MAC "\x88\x47\0\1\1\x40" MAC "\x88\x64\x11\0\0\1\0\x30\0\x21" V4), 4, .guessed = true },
	{ .name = "PPP", DLT_PPP, BYTES("\xff\3\0\x21" V4), 4 },
	{ .name = "PPP, bare", DLT_PPP, BYTES("\0\x57" V6), 6 },
	{ .name = "PPP, compressed", DLT_PPP, BYTES("\x21" V4), 4 },
	{ .name = "PPP, MPLS", DLT_PPP_SERIAL, BYTES("\xff\3\2\x81\0\1\1\x40" V4), 4 },
	{ .name = "PPP, Cisco's", DLT_PPP_SERIAL, BYTES("\x0f\0\x08\0" V4), 4 },
	{ .name = "HDLC", DLT_C_HDLC, BYTES("\x8f\0\x86\xdd" V6), 6 },
	{ .name = "SLL, 802.2", DLT_LINUX_SLL, BYTES(SLL "\0\4" SNAP4 V4), 4 },
	{ .name = "SLL, radiotap", DLT_LINUX_SLL,
	  BYTES("\0\0\3\x23\0\6\2\0\0\0\0\1\0\0\0\4" "\0\0\x08\0\0\0\0\0" "\x08\2\0\0" ADDRESS3 SNAP4 V4), 4 },
	{ .name = "SLL2, 802.11", DLT_LINUX_SLL2,
	  BYTES("\0\4\0\0\0\0\0\2\3\x21\0\6\2\0\0\0\0\1\0\0" "\x08\2\0\0" ADDRESS3 SNAP4 V4), 4 },
	{ .name = "NFLOG", DLT_NFLOG,
	  BYTES("\2\0\0\5" NATIVE("\5") NATIVE("\x0a") "\0\0\0\0" NATIVE("\x32") NATIVE("\x09") V4), 4 },
	{ .name = "NFLOG 6", DLT_NFLOG, BYTES("\x0a\0\0\5" NATIVE("\x46") NATIVE("\x09") V6), 6 },
	{ .name = "802.11", DLT_IEEE802_11, BYTES("\x08\2\0\0" ADDRESS3 SNAP4 V4), 4 },
	{ .name = "802.11, QoS", DLT_IEEE802_11, BYTES("\x88\1\0\0" ADDRESS3 "\0\0" SNAP6 V6), 6 },
	{ .name = "802.11, QoS, HT control", DLT_IEEE802_11,
	  BYTES("\x88\x81\0\0" ADDRESS3 "\0\0\1\2\3\4" SNAP4 V4), 4 },
	{ .name = "802.11, four addresses", DLT_IEEE802_11,
	  BYTES("\x88\3\0\0" ADDRESS3 "\2\0\0\0\0\4" "\0\0" SNAP4 V4), 4 },
	{ .name = "802.11, first fragment", DLT_IEEE802_11, BYTES("\x08\6\0\0" ADDRESS3 SNAP4 V4), 4 },
	{ .name = "A-MSDU", DLT_IEEE802_11,
	  BYTES("\x88\2\0\0" ADDRESS3 "\x80\0" MAC "\0\x36" SNAP4 V4), 4 },
	{ .name = "radiotap", DLT_IEEE802_11_RADIO, BYTES("\0\0\x08\0\0\0\0\0" "\x08\2\0\0" ADDRESS3 SNAP4 V4), 4 },
	{ .name = "radiotap, checksum", DLT_IEEE802_11_RADIO,
	  BYTES("\0\0\x11\0\3\0\0\0" FILL8 "\x10" "\x08\2\0\0" ADDRESS3 SNAP4 V4 "\1\2\3\4"), 4, .fcs = true },
	{ .name = "radiotap, padded", DLT_IEEE802_11_RADIO,
	  BYTES("\0\0\x0a\0\2\0\0\0" "\x20\0" "\x88\2\0\0" ADDRESS3 "\0\0" "pa" SNAP4 V4), 4 },
	/* The time starts at the next multiple of eight. */
	{ .name = "radiotap, two words of fields", DLT_IEEE802_11_RADIO,
	  BYTES("\0\0\x19\0\3\0\0\x80\0\0\0\0" "\0\0\0\0" FILL8 "\x20" "\x88\2\0\0" ADDRESS3 "\0\0" "pa" SNAP4 V4), 4 },

	/* Tunnels. */
	{ .name = "4in4", DLT_RAW, BYTES(OUTER4("\x42", "\4") V4), 4, .tunnel = TUNNEL_4IN4 },
	{ .name = "6in4", DLT_RAW, BYTES(OUTER4("\x56", "\x29") V6), 6, .tunnel = TUNNEL_6IN4 },
	{ .name = "4in6", DLT_RAW, BYTES(OUTER6("\x2e", "\4") V4), 4, .tunnel = TUNNEL_4IN6 },
	{ .name = "6in6", DLT_RAW, BYTES(OUTER6("\x42", "\x29") V6), 6, .tunnel = TUNNEL_6IN6 },
	{ .name = "4in6, encapsulation limit", DLT_RAW, BYTES(OUTER6("\x36", "\x3c") "\4\0\4\1\4\1\0\0" V4), 4,
	  .tunnel = TUNNEL_4IN6 },
	{ .name = "AH, 4in4", DLT_RAW, BYTES(OUTER4("\x4e", "\x33") "\4\1\0\0" FILL8 V4), 4, .tunnel = TUNNEL_4IN4 },
	{ .name = "GRE", DLT_RAW, BYTES(OUTER4("\x46", "\x2f") "\0\0\x08\0" V4), 4, .tunnel = TUNNEL_GRE },
	{ .name = "GRE, all there is", DLT_RAW,
	  BYTES(OUTER6("\x52", "\x2f") "\xb0\0\x86\xdd\0\0\0\0\0\0\0\7\0\0\0\1" V6), 6, .tunnel = TUNNEL_GRE, .id = 7 },
	{ .name = "GRE, key", DLT_RAW, BYTES(OUTER4("\x4a", "\x2f") "\x20\0\x08\0\xff\0\0\7" V4), 4,
	  .tunnel = TUNNEL_GRE, .id = 0xff000007 },
	{ .name = "GRE, sequence", DLT_RAW, BYTES(OUTER4("\x4a", "\x2f") "\x10\0\x08\0\0\0\0\7" V4), 4,
	  .tunnel = TUNNEL_GRE },
	{ .name = "GRE, MPLS", DLT_RAW, BYTES(OUTER4("\x4a", "\x2f") "\0\0\x88\x47\0\1\1\x40" V4), 4,
	  .tunnel = TUNNEL_GRE },
	{ .name = "GRE, PPP", DLT_RAW, BYTES(OUTER4("\x48", "\x2f") "\0\0\x88\x0b\0\x21" V4), 4, .tunnel = TUNNEL_GRE },
	{ .name = "GRE, Ethernet", DLT_RAW, BYTES(OUTER4("\x54", "\x2f") "\0\0\x65\x58" ETH4 V4), 4,
	  .tunnel = TUNNEL_GRE },
	{ .name = "GRE, Ethernet, key", DLT_RAW, BYTES(OUTER4("\x58", "\x2f") "\x20\0\x65\x58\0\0\0\5" ETH4 V4), 4,
	  .tunnel = TUNNEL_GRE, .id = 5 },
	{ .name = "GRE over UDP", DLT_RAW, BYTES(OUTER4("\x4e", "\x11") UDP("\x12\x92", "\x3a") "\0\0\x08\0" V4), 4,
	  .tunnel = TUNNEL_GRE },
	{ .name = "GRE, an access point's", DLT_RAW,
	  BYTES(OUTER4("\x66", "\x2f") "\0\0\x82\0" "\x08\2\0\0" ADDRESS3 SNAP4 V4), 4, .tunnel = TUNNEL_GRE },
	{ .name = "NVGRE", DLT_RAW, BYTES(OUTER4("\x58", "\x2f") "\x20\0\x65\x58\0\x10\1\x2a" ETH4 V4), 4,
	  .tunnel = TUNNEL_NVGRE, .id = 0x1001 },
	{ .name = "PPTP", DLT_RAW,
	  BYTES(OUTER4("\x52", "\x2f") "\x30\1\x88\x0b\0\x32\0\x2a\0\0\0\1" "\xff\3\0\x21" V4), 4,
	  .tunnel = TUNNEL_PPTP, .id = 42 },
	{ .name = "PPTP, acknowledging", DLT_RAW,
	  BYTES(OUTER4("\x53", "\x2f") "\x30\x81\x88\x0b\0\x2f\0\x2a\0\0\0\1\0\0\0\2" "\x21" V4), 4,
	  .tunnel = TUNNEL_PPTP, .id = 42 },
	{ .name = "ERSPAN I", DLT_RAW, BYTES(OUTER4("\x54", "\x2f") "\0\0\x88\xbe" ETH4 V4), 4,
	  .tunnel = TUNNEL_ERSPAN },
	{ .name = "ERSPAN II", DLT_RAW,
	  BYTES(OUTER4("\x60", "\x2f") "\x10\0\x88\xbe\0\0\0\1" "\x10\x0a\x08\x2a\0\0\0\0" ETH4 V4), 4,
	  .tunnel = TUNNEL_ERSPAN, .id = 42 },
	{ .name = "ERSPAN III", DLT_RAW,
	  BYTES(OUTER4("\x68", "\x2f") "\x10\0\x22\xeb\0\0\0\1" "\x20\x0a\0\x2b\0\0\0\0\0\0\0\0" MAC "\x81\0\0\x0a\x08\0" V4), 4,
	  { 10 }, 1, .tunnel = TUNNEL_ERSPAN, .id = 43 },
	{ .name = "ERSPAN III, longer", DLT_RAW,
	  BYTES(OUTER4("\x6c", "\x2f") "\x10\0\x22\xeb\0\0\0\1" "\x20\x0a\0\x2b\0\0\0\0\0\0\0\1" FILL8 ETH4 V4), 4,
	  .tunnel = TUNNEL_ERSPAN, .id = 43 },
	{ .name = "ERSPAN III, IP", DLT_RAW,
	  BYTES(OUTER4("\x6a", "\x2f") "\x10\0\x22\xeb\0\0\0\1" "\x20\x0a\0\x2b\0\0\0\0\0\0\x08\0" V6), 6,
	  .tunnel = TUNNEL_ERSPAN, .id = 43 },
	{ .name = "VXLAN", DLT_RAW, BYTES(OUTER4("\x60", "\x11") UDP("\x12\xb5", "\x4c") "\x08\0\0\0" VNI ETH4 V4), 4,
	  .tunnel = TUNNEL_VXLAN, .id = 100 },
	{ .name = "VXLAN, Linux' port, over IPv6", DLT_RAW,
	  BYTES(OUTER6("\x60", "\x11") UDP("\x21\x18", "\x60") "\x08\0\0\0" VNI ETH6 V6), 6,
	  .tunnel = TUNNEL_VXLAN, .id = 100 },
	{ .name = "VXLAN, by its source", DLT_RAW,
	  BYTES(OUTER4("\x60", "\x11") UDP_PORTS("\x12\xb5", "\xc3\x50", "\x4c") "\x08\0\0\0" VNI ETH4 V4), 4,
	  .tunnel = TUNNEL_VXLAN, .id = 100 },
	{ .name = "VXLAN, UDP without a length", DLT_RAW,
	  BYTES(OUTER4("\x60", "\x11") UDP("\x12\xb5", "\0") "\x08\0\0\0" VNI ETH4 V4), 4,
	  .tunnel = TUNNEL_VXLAN, .id = 100 },
	{ .name = "VXLAN, tags outside", DLT_EN10MB,
	  BYTES(MAC "\x88\xa8\0\7\x81\0\0\x08\x08\0" OUTER4("\x60", "\x11") UDP("\x12\xb5", "\x4c") "\x08\0\0\0" VNI
		ETH4 V4), 4, { 7, 8 }, 2, .tunnel = TUNNEL_VXLAN, .id = 100 },
	{ .name = "VXLAN, tags outside and inside", DLT_EN10MB,
	  BYTES(MAC "\x88\xa8\0\7\x81\0\0\x08\x08\0" OUTER4("\x64", "\x11") UDP("\x12\xb5", "\x50") "\x08\0\0\0" VNI
		MAC "\x81\0\0\x09\x08\0" V4), 4, { 9 }, 1, .tunnel = TUNNEL_VXLAN, .id = 100 },
	{ .name = "VXLAN-GPE", DLT_RAW,
	  BYTES(OUTER4("\x52", "\x11") UDP("\x12\xb6", "\x3e") "\x0c\0\0\1" VNI V4), 4,
	  .tunnel = TUNNEL_VXLAN_GPE, .id = 100 },
	{ .name = "VXLAN-GPE 6", DLT_RAW,
	  BYTES(OUTER4("\x66", "\x11") UDP("\x12\xb6", "\x52") "\x0c\0\0\2" VNI V6), 6,
	  .tunnel = TUNNEL_VXLAN_GPE, .id = 100 },
	{ .name = "VXLAN-GPE, Ethernet", DLT_RAW,
	  BYTES(OUTER4("\x60", "\x11") UDP("\x12\xb6", "\x4c") "\x0c\0\0\3" VNI ETH4 V4), 4,
	  .tunnel = TUNNEL_VXLAN_GPE, .id = 100 },
	{ .name = "VXLAN-GPE that is VXLAN", DLT_RAW,
	  BYTES(OUTER4("\x60", "\x11") UDP("\x12\xb6", "\x4c") "\x08\0\0\0" VNI ETH4 V4), 4,
	  .tunnel = TUNNEL_VXLAN_GPE, .id = 100 },
	{ .name = "VXLAN-GPE, MPLS", DLT_RAW,
	  BYTES(OUTER4("\x56", "\x11") UDP("\x12\xb6", "\x42") "\x0c\0\0\5" VNI "\0\1\1\x40" V4), 4,
	  .tunnel = TUNNEL_VXLAN_GPE, .id = 100 },
	{ .name = "Geneve", DLT_RAW,
	  BYTES(OUTER4("\x60", "\x11") UDP("\x17\xc1", "\x4c") "\0\0\x65\x58" VNI ETH4 V4), 4,
	  .tunnel = TUNNEL_GENEVE, .id = 100 },
	{ .name = "Geneve, options", DLT_RAW,
	  BYTES(OUTER4("\x68", "\x11") UDP("\x17\xc1", "\x54") "\2\x40\x65\x58" VNI FILL8 ETH4 V4), 4,
	  .tunnel = TUNNEL_GENEVE, .id = 100 },
	{ .name = "Geneve, IP", DLT_RAW, BYTES(OUTER4("\x66", "\x11") UDP("\x17\xc1", "\x52") "\0\0\x86\xdd" VNI V6), 6,
	  .tunnel = TUNNEL_GENEVE, .id = 100 },
	{ .name = "GTP-U", DLT_RAW,
	  BYTES(OUTER4("\x52", "\x11") UDP("\x08\x68", "\x3e") "\x30\xff\0\x2e\0\0\0\7" V4), 4,
	  .tunnel = TUNNEL_GTP_U, .id = 7 },
	{ .name = "GTP-U, sequence", DLT_RAW,
	  BYTES(OUTER4("\x6a", "\x11") UDP("\x08\x68", "\x56") "\x32\xff\0\x46\0\0\0\7\0\1\0\0" V6), 6,
	  .tunnel = TUNNEL_GTP_U, .id = 7 },
	{ .name = "GTP-U, two extensions", DLT_RAW,
	  BYTES(OUTER4("\x62", "\x11") UDP("\x08\x68", "\x4e") "\x34\xff\0\x3e\0\0\0\7\0\0\0\x85"
		"\1\x10\0\xc0" "\2\1\2\3\4\5\6\0" V4), 4, .tunnel = TUNNEL_GTP_U, .id = 7 },
	{ .name = "GTP-U, Ethernet", DLT_RAW,
	  BYTES(OUTER4("\x60", "\x11") UDP("\x08\x68", "\x4c") "\x30\xff\0\x3c\0\0\0\7" ETH4 V4), 4,
	  .tunnel = TUNNEL_GTP_U, .id = 7, .guessed = true },
	{ .name = "L2TPv2", DLT_RAW,
	  BYTES(OUTER4("\x54", "\x11") UDP("\6\xa5", "\x40") "\0\2\0\1\0\x09" "\xff\3\0\x21" V4), 4,
	  .tunnel = TUNNEL_L2TP, .id = 9 },
	{ .name = "L2TPv2, all there is", DLT_RAW,
	  BYTES(OUTER4("\x5c", "\x11") UDP("\6\xa5", "\x48") "\x4a\2\0\x40\0\1\0\x09\0\1\0\1\0\2xx" "\0\x21" V4), 4,
	  .tunnel = TUNNEL_L2TP, .id = 9 },
	{ .name = "L2TPv3, cookie of 8, sublayer", DLT_RAW,
	  BYTES(OUTER4("\x6c", "\x11") UDP("\6\xa5", "\x58") "\0\3\0\0\0\0\0\x09" FILL8 "\0\0\0\0" ETH4 V4), 4,
	  .tunnel = TUNNEL_L2TP, .id = 9, .guessed = true },
	{ .name = "L2TPv3 over IP", DLT_RAW, BYTES(OUTER4("\x58", "\x73") "\0\0\0\x09" "\0\0\0\0" ETH4 V4), 4,
	  .tunnel = TUNNEL_L2TP, .id = 9, .guessed = true },
	{ .name = "L2TPv3 over IP, 802.1Q", DLT_RAW,
	  BYTES(OUTER4("\x6c", "\x73") "\0\0\0\x09" MAC "\x81\0\0\7\x86\xdd" V6), 6, { 7 }, 1,
	  .tunnel = TUNNEL_L2TP, .id = 9, .guessed = true },
	{ .name = "L2TPv3 over IP, PPP", DLT_RAW, BYTES(OUTER4("\x4a", "\x73") "\0\0\0\x09" "\xff\3\0\x21" V4), 4,
	  .tunnel = TUNNEL_L2TP, .id = 9, .guessed = true },
	{ .name = "Teredo", DLT_RAW, BYTES(OUTER4("\x5e", "\x11") UDP("\x0d\xd8", "\x4a") V6), 6,
	  .tunnel = TUNNEL_TEREDO },
	{ .name = "Teredo, authentication, origin", DLT_RAW,
	  BYTES(OUTER4("\x77", "\x11") UDP("\x0d\xd8", "\x63") "\0\1\1\3" "idau" FILL8 "\0" "\0\0" "\x12\x34" "\1\2\3\4"
		V6), 6, .tunnel = TUNNEL_TEREDO },
	{ .name = "MPLS over IP", DLT_RAW, BYTES(OUTER4("\x46", "\x89") "\0\1\1\x40" V4), 4, .tunnel = TUNNEL_MPLS },
	{ .name = "MPLS over UDP", DLT_RAW,
	  BYTES(OUTER4("\x5e", "\x11") UDP("\x19\xeb", "\x4a") "\0\1\1\x40" ETH4 V4), 4,
	  .tunnel = TUNNEL_MPLS, .guessed = true },
	{ .name = "jumbogram", DLT_RAW, BYTES(IP6("\0\0", "\0") "\6\0\xc2\4\0\0\0\x22" SEGMENT "trailer"), 6,
	  .ip_len = 74 },
	{ .name = "jumbogram, other options first", DLT_RAW,
	  BYTES(IP6("\0\0", "\0") "\6\1\0\1\1\0\0\0" "\1\0\xc2\4\0\0\0\x2a" SEGMENT "trailer"), 6, .ip_len = 82 },
};

static uint64_t dropped_in_all(void)
{
	return counter_value[COUNTER_DECODER_SHORT] + counter_value[COUNTER_DECODER_INVALID] +
	       counter_value[COUNTER_DECODER_BAD_CHECKSUM] + counter_value[COUNTER_DECODER_TOO_MANY_LAYERS] +
	       counter_value[COUNTER_DECODER_MARTIAN];
}

/* Decodes n bytes of the frame; every result is counted under one name. */
static enum decode_result decode(struct packet *p, const char *name, int dlt, struct span bytes, uint32_t wire)
{
	uint64_t dropped = dropped_in_all(), other = counter_value[COUNTER_DECODER_NOT_TCP];
	uint64_t tcp = counter_value[COUNTER_DECODER_TCP];
	enum decode_result r;

	p->len = wire;
	r = decode_packet(p, dlt, bytes);
	cr_expect(dropped_in_all() == dropped + (r == DECODE_DROPPED), "%s: drops are counted", name);
	cr_expect(counter_value[COUNTER_DECODER_NOT_TCP] == other + (r == DECODE_OTHER), "%s: others too", name);
	cr_expect(counter_value[COUNTER_DECODER_TCP] == tcp + (r == DECODE_TCP), "%s: TCP too", name);
	return r;
}

static void expect_segment(const struct packet *p, const char *name)
{
	cr_expect(p->port[0] == 49152 && p->port[1] == 110, "%s: ports", name);
	cr_expect(p->seq == 0x01020304 && p->ack == 0x05060708 && p->flags == 0x18, "%s: numbers", name);
	cr_expect(p->payload_len == 6 && span_eq(p->payload, SPAN(DATA)), "%s: payload", name);
	cr_expect(!p->frag.more && p->frag.offset == 0, "%s: whole", name);
}

static void expect_tunnel(const struct packet *p, const struct frame *f)
{
	static const uint8_t outer4[2][16] = { { 203, 0, 113, 1 }, { 203, 0, 113, 2 } };
	static const uint8_t outer6[2][16] = { { 0x20, 1, 0x0d, 0xb8, 0, 0x0a, [15] = 1 },
					       { 0x20, 1, 0x0d, 0xb8, 0, 0x0b, [15] = 2 } };

	cr_expect(p->tunnel.kind == f->tunnel && p->tunnel.depth == (f->tunnel != TUNNEL_NONE), "%s: tunnel", f->name);
	cr_expect((p->tunnel_key != 0) == (f->tunnel != TUNNEL_NONE), "%s: key", f->name);
	cr_expect(p->tunnel.id == f->id && p->tunnel.id_set == (f->id != 0), "%s: id %u", f->name, p->tunnel.id);
	if (f->tunnel != TUNNEL_NONE)
		cr_expect_arr_eq(p->tunnel.addr, p->tunnel.ip_v == 4 ? outer4 : outer6, sizeof outer4, "%s: outside", f->name);
}

static void expect_ends(const struct packet *p, const char *name)
{
	uint8_t ends[2][16] = { { 0 } };

	if (p->ip_v == 4) {
		memcpy(ends[0], SPAN(ENDS4).p, 4);
		memcpy(ends[1], SPAN(ENDS4).p + 4, 4);
	} else {
		memcpy(ends, ENDS6, 32);
	}
	cr_expect_arr_eq(p->addr, ends, sizeof ends, "%s: addresses", name);
}

UNIT(decode, frames)
{
	size_t i;

	for (i = 0; i < COUNT(frames); i++) {
		const struct frame *f = &frames[i];
		struct packet p = { .ts = 1 };

		cr_expect(decode_supports(f->dlt), "%s: supported", f->name);
		cr_expect(decode(&p, f->name, f->dlt, f->bytes, (uint32_t)f->bytes.n) == DECODE_TCP, "%s", f->name);
		expect_segment(&p, f->name);
		cr_expect(p.ip_v == f->ip_v && p.ip_proto == 6, "%s: family", f->name);
		expect_ends(&p, f->name);
		cr_expect(p.ip_len == (f->ip_len != 0 ? f->ip_len : f->ip_v == 4 ? 46 : 66), "%s: length %u", f->name,
			  p.ip_len);
		cr_expect(p.n_vlan == f->n_vlan && memcmp(p.vlan, f->vlan, sizeof p.vlan) == 0, "%s: VLAN", f->name);
		expect_tunnel(&p, f);
		cr_expect(!p.more_parts && !decode_next(&p), "%s: alone", f->name);
		/* A length on the wire of 0 is what some programs write. */
		p = (struct packet){ .ts = 1 };
		cr_expect(decode(&p, f->name, f->dlt, f->bytes, 0) == DECODE_TCP, "%s: no length", f->name);
		expect_segment(&p, f->name);
	}
}

/* Bytes cut off by the snap length (wire says how many there were), or never sent (wire == n). */
static void cut(const struct frame *f, size_t n, size_t headers, uint32_t wire)
{
	struct packet p = { .ts = 1 };
	uint8_t *exact = malloc(n == 0 ? 1 : n); /* so that the sanitizer sees a byte read behind it */
	enum decode_result r;

	cr_assert(exact != NULL);
	memcpy(exact, f->bytes.p, n);
	r = decode(&p, f->name, f->dlt, span_of(exact, n), wire);
	if (n < headers - f->options) {
		cr_expect(r == DECODE_DROPPED || r == DECODE_OTHER, "%s: %zu bytes of %u", f->name, n, wire);
	} else if (r == DECODE_TCP) {
		size_t end = f->fcs && n > wire - 4 ? wire - 4 : n;

		cr_expect(span_eq(p.payload, span_take(span_skip(span_of(exact, end), headers), 6)), "%s: %zu bytes",
			  f->name, n);
		cr_expect(p.payload_len >= p.payload.n && (wire == n || p.payload_len == 6), "%s: %zu bytes of %u",
			  f->name, n, wire);
	} else {
		cr_expect((f->guessed || n < headers + (f->fcs ? 4 : 0)) && wire == n, "%s: %zu bytes of %u", f->name, n, wire);
	}
	free(exact);
}

UNIT(decode, truncated)
{
	size_t i, n;

	for (i = 0; i < COUNT(frames); i++) {
		const struct frame *f = &frames[i];
		struct packet p = { .ts = 1 };

		cr_assert(decode(&p, f->name, f->dlt, f->bytes, (uint32_t)f->bytes.n) == DECODE_TCP);
		for (n = 0; n <= f->bytes.n; n++) {
			cut(f, n, (size_t)(p.payload.p - f->bytes.p), (uint32_t)f->bytes.n);
			cut(f, n, (size_t)(p.payload.p - f->bytes.p), (uint32_t)n);
		}
	}
}

UNIT(decode, no_segment)
{
	static const struct {
		const char *name;
		int dlt;
		struct span bytes;
		enum decode_result result;
		enum counter counter;
	} cases[] = {
		{ "nothing", DLT_EN10MB, BYTES(""), DECODE_DROPPED, COUNTER_DECODER_SHORT },
		{ "nothing at all", DLT_RAW, { NULL, 0 }, DECODE_DROPPED, COUNTER_DECODER_SHORT },
		{ "link type", DLT_USER0, BYTES(V4), DECODE_OTHER, COUNTER_DECODER_NOT_TCP },
		{ "ARP", DLT_EN10MB, BYTES(MAC "\x08\6" V4), DECODE_OTHER, COUNTER_DECODER_NOT_TCP },
		{ "LLC", DLT_EN10MB, BYTES(MAC "\0\x2e\x42\x42\3" V4), DECODE_OTHER, COUNTER_DECODER_NOT_TCP },
		{ "LLC, empty", DLT_EN10MB, BYTES(MAC "\0\0" V4), DECODE_OTHER, COUNTER_DECODER_NOT_TCP },
		{ "RAW 5", DLT_RAW, BYTES("\x55" V4), DECODE_OTHER, COUNTER_DECODER_NOT_TCP },
		{ "4 that is 6", DLT_EN10MB, BYTES(ETH4 V6), DECODE_DROPPED, COUNTER_DECODER_INVALID },
		{ "6 that is 4", DLT_EN10MB, BYTES(ETH6 V4), DECODE_DROPPED, COUNTER_DECODER_INVALID },
		{ "UDP", DLT_RAW, BYTES(IP4("\x45", "\0\x2e", "\0\0", "\x11", "\0\0") SEGMENT), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "UDP 6", DLT_RAW, BYTES(IP6("\0\x1a", "\x11") SEGMENT), DECODE_OTHER, COUNTER_DECODER_NOT_TCP },
		{ "ESP", DLT_RAW, BYTES(IP6("\0\x1a", "\x32") SEGMENT), DECODE_OTHER, COUNTER_DECODER_NOT_TCP },
		{ "no next header", DLT_RAW, BYTES(IP6("\0\x1a", "\x3b") SEGMENT), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "header of 16", DLT_RAW, BYTES(IP4("\x44", "\0\x2e", "\0\0", "\6", "\0\0") SEGMENT), DECODE_DROPPED,
		  COUNTER_DECODER_INVALID },
		{ "length below the header's", DLT_RAW, BYTES(IP4("\x45", "\0\x13", "\0\0", "\6", "\0\0") SEGMENT),
		  DECODE_DROPPED, COUNTER_DECODER_INVALID },
		{ "length of the header alone", DLT_RAW, BYTES(IP4("\x45", "\0\x14", "\0\0", "\6", "\0\0") SEGMENT),
		  DECODE_DROPPED, COUNTER_DECODER_SHORT },
		{ "length within TCP's", DLT_RAW, BYTES(IP4("\x45", "\0\x27", "\0\0", "\6", "\0\0") SEGMENT),
		  DECODE_DROPPED, COUNTER_DECODER_SHORT },
		{ "the same, 6", DLT_RAW, BYTES(IP6("\0\x13", "\6") SEGMENT), DECODE_DROPPED, COUNTER_DECODER_SHORT },
		{ "TCP header of 16", DLT_RAW,
		  BYTES(IP4("\x45", "\0\x2e", "\0\0", "\6", "\0\0") TCP_SUM("\x40", "\0\0") DATA), DECODE_DROPPED,
		  COUNTER_DECODER_INVALID },
		{ "TCP header beyond the packet", DLT_RAW,
		  BYTES(IP4("\x45", "\0\x2e", "\0\0", "\6", "\0\0") TCP_SUM("\x70", "\0\0") DATA), DECODE_DROPPED,
		  COUNTER_DECODER_INVALID },
		{ "extension header beyond it", DLT_RAW, BYTES(IP6("\0\x22", "\0") "\6\xff\1\4\0\0\0\0" SEGMENT),
		  DECODE_DROPPED, COUNTER_DECODER_SHORT },
		{ "LLC, another organisation", DLT_EN10MB, BYTES(MAC "\0\x36\xaa\xaa\3\0\0\x0c\x08\0" V4), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "LLC longer than the frame's length", DLT_EN10MB, BYTES(MAC "\0\7" SNAP4 V4), DECODE_DROPPED,
		  COUNTER_DECODER_SHORT },
		{ "PPPoE 2", DLT_PPP_ETHER, BYTES("\x12\0\0\1\0\x30\0\x21" V4), DECODE_DROPPED, COUNTER_DECODER_INVALID },
		{ "PPPoE, discovery", DLT_PPP_ETHER, BYTES("\x11\x09\0\1\0\x30\0\x21" V4), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "PPPoE, length within IP", DLT_PPP_ETHER, BYTES("\x11\0\0\1\0\x0a\0\x21" V4), DECODE_DROPPED,
		  COUNTER_DECODER_SHORT },
		{ "PPP, LCP", DLT_PPP, BYTES("\xff\3\xc0\x21" V4), DECODE_OTHER, COUNTER_DECODER_NOT_TCP },
		{ "PPP, no protocol", DLT_PPP, BYTES("\xff\3"), DECODE_DROPPED, COUNTER_DECODER_SHORT },
		{ "MPLS without a bottom", DLT_EN10MB, BYTES(MAC "\x88\x47\0\1\0\x40\0\1\0\x40"), DECODE_DROPPED,
		  COUNTER_DECODER_SHORT },
		{ "MPLS, a channel's header", DLT_EN10MB, BYTES(MAC "\x88\x47\0\1\1\x40\x10\0\0\x21" V4), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "SLL, netlink", DLT_LINUX_SLL, BYTES("\0\0\3\x38\0\6\2\0\0\0\0\1\0\0\x08\0" V4), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "NFLOG 1", DLT_NFLOG, BYTES("\2\1\0\5" NATIVE("\x32") NATIVE("\x09") V4), DECODE_DROPPED,
		  COUNTER_DECODER_INVALID },
		{ "NFLOG, attribute of 3", DLT_NFLOG, BYTES("\2\0\0\5" NATIVE("\3") NATIVE("\5") V4), DECODE_DROPPED,
		  COUNTER_DECODER_INVALID },
		{ "NFLOG, attribute beyond it", DLT_NFLOG, BYTES("\2\0\0\5" NATIVE("\xff") NATIVE("\5") V4), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "NFLOG, no packet", DLT_NFLOG, BYTES("\2\0\0\5" NATIVE("\5") NATIVE("\x0a") "\0\0\0\0"), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "radiotap 1", DLT_IEEE802_11_RADIO, BYTES("\1\0\x08\0\0\0\0\0" "\x08\2\0\0" ADDRESS3 SNAP4 V4),
		  DECODE_DROPPED, COUNTER_DECODER_INVALID },
		{ "radiotap of 7", DLT_IEEE802_11_RADIO, BYTES("\0\0\7\0\0\0\0\0" "\x08\2\0\0" ADDRESS3 SNAP4 V4),
		  DECODE_DROPPED, COUNTER_DECODER_INVALID },
		{ "radiotap beyond the frame", DLT_IEEE802_11_RADIO, BYTES("\0\0\xff\0\0\0\0\0" V4), DECODE_DROPPED,
		  COUNTER_DECODER_SHORT },
		{ "radiotap, fields without end", DLT_IEEE802_11_RADIO, BYTES("\0\0\x0c\0\0\0\0\x80\0\0\0\x80"),
		  DECODE_DROPPED, COUNTER_DECODER_SHORT },
		{ "radiotap, wrong checksum", DLT_IEEE802_11_RADIO,
		  BYTES("\0\0\x09\0\2\0\0\0" "\x50" "\x08\2\0\0" ADDRESS3 SNAP4 V4 "\1\2\3\4"), DECODE_DROPPED,
		  COUNTER_DECODER_INVALID },
		{ "802.11, another version", DLT_IEEE802_11, BYTES("\x09\2\0\0" ADDRESS3 SNAP4 V4), DECODE_DROPPED,
		  COUNTER_DECODER_INVALID },
		{ "802.11, beacon", DLT_IEEE802_11, BYTES("\x80\0\0\0" ADDRESS3 SNAP4 V4), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "802.11, acknowledgment", DLT_IEEE802_11, BYTES("\xd4\0\0\0" "\2\0\0\0\0\1"), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "802.11, no data", DLT_IEEE802_11, BYTES("\x48\2\0\0" ADDRESS3), DECODE_OTHER, COUNTER_DECODER_NOT_TCP },
		{ "802.11, encrypted", DLT_IEEE802_11, BYTES("\x08\x42\0\0" ADDRESS3 SNAP4 V4), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "802.11, a later fragment", DLT_IEEE802_11, BYTES("\x08\2\0\0" MAC "\2\0\0\0\0\3" "\x31\0" SNAP4 V4),
		  DECODE_OTHER, COUNTER_DECODER_NOT_TCP },
		{ "A-MSDU, length within IP", DLT_IEEE802_11,
		  BYTES("\x88\2\0\0" ADDRESS3 "\x80\0" MAC "\0\x0a" SNAP4 V4), DECODE_DROPPED, COUNTER_DECODER_SHORT },
		{ "A-MSDU in an A-MSDU", DLT_IEEE802_11,
		  BYTES("\x88\2\0\0" ADDRESS3 "\x80\0" MAC "\0\x98" SNAP4 OUTER4("\x90", "\x2f") "\0\0\x82\0"
			"\x88\2\0\0" ADDRESS3 "\x80\0" MAC "\0\x36" SNAP4 V4), DECODE_DROPPED, COUNTER_DECODER_INVALID },
		{ "GRE 2", DLT_RAW, BYTES(OUTER4("\x46", "\x2f") "\0\2\x08\0" V4), DECODE_DROPPED,
		  COUNTER_DECODER_INVALID },
		{ "GRE, routing", DLT_RAW, BYTES(OUTER4("\x46", "\x2f") "\x40\0\x08\0" V4), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "GRE, keepalive", DLT_RAW, BYTES(OUTER4("\x18", "\x2f") "\0\0\0\0"), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "PPTP without a key", DLT_RAW, BYTES(OUTER4("\x48", "\x2f") "\x10\1\x88\x0b\0\x21" V4), DECODE_DROPPED,
		  COUNTER_DECODER_INVALID },
		{ "PPTP, acknowledgment alone", DLT_RAW, BYTES(OUTER4("\x20", "\x2f") "\x20\x81\x88\x0b\0\0\0\x2a\0\0\0\2"),
		  DECODE_OTHER, COUNTER_DECODER_NOT_TCP },
		{ "PPTP, length within IP", DLT_RAW,
		  BYTES(OUTER4("\x52", "\x2f") "\x30\1\x88\x0b\0\x12\0\x2a\0\0\0\1" "\xff\3\0\x21" V4), DECODE_DROPPED,
		  COUNTER_DECODER_SHORT },
		{ "PPTP, encrypted", DLT_RAW,
		  BYTES(OUTER4("\x52", "\x2f") "\x30\1\x88\x0b\0\x32\0\x2a\0\0\0\1" "\xff\3\0\xfd" V4), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "ERSPAN 3", DLT_RAW,
		  BYTES(OUTER4("\x60", "\x2f") "\x10\0\x88\xbe\0\0\0\1" "\x30\x0a\x08\x2a\0\0\0\0" ETH4 V4), DECODE_DROPPED,
		  COUNTER_DECODER_INVALID },
		{ "ERSPAN III, another frame", DLT_RAW,
		  BYTES(OUTER4("\x64", "\x2f") "\x10\0\x22\xeb\0\0\0\1" "\x20\x0a\0\x2b\0\0\0\0\0\0\x04\0" ETH4 V4),
		  DECODE_OTHER, COUNTER_DECODER_NOT_TCP },
		{ "VXLAN without a VNI", DLT_RAW,
		  BYTES(OUTER4("\x60", "\x11") UDP("\x12\xb5", "\x4c") "\0\0\0\0" VNI ETH4 V4), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "VXLAN, UDP of 7", DLT_RAW,
		  BYTES(OUTER4("\x60", "\x11") UDP("\x12\xb5", "\7") "\x08\0\0\0" VNI ETH4 V4), DECODE_DROPPED,
		  COUNTER_DECODER_INVALID },
		{ "VXLAN, UDP ends within it", DLT_RAW,
		  BYTES(OUTER4("\x60", "\x11") UDP("\x12\xb5", "\x0f") "\x08\0\0\0" VNI ETH4 V4), DECODE_DROPPED,
		  COUNTER_DECODER_SHORT },
		{ "VXLAN on another port", DLT_RAW,
		  BYTES(OUTER4("\x60", "\x11") UDP("\x12\xb4", "\x4c") "\x08\0\0\0" VNI ETH4 V4), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "VXLAN-GPE 1", DLT_RAW,
		  BYTES(OUTER4("\x52", "\x11") UDP("\x12\xb6", "\x3e") "\x1c\0\0\1" VNI V4), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "VXLAN-GPE, NSH", DLT_RAW,
		  BYTES(OUTER4("\x52", "\x11") UDP("\x12\xb6", "\x3e") "\x0c\0\0\4" VNI V4), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "Geneve 1", DLT_RAW,
		  BYTES(OUTER4("\x60", "\x11") UDP("\x17\xc1", "\x4c") "\x40\0\x65\x58" VNI ETH4 V4), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "Geneve, options beyond it", DLT_RAW,
		  BYTES(OUTER4("\x60", "\x11") UDP("\x17\xc1", "\x4c") "\x3f\0\x65\x58" VNI ETH4 V4), DECODE_DROPPED,
		  COUNTER_DECODER_SHORT },
		{ "GTP 2", DLT_RAW,
		  BYTES(OUTER4("\x52", "\x11") UDP("\x08\x68", "\x3e") "\x50\xff\0\x2e\0\0\0\7" V4), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "GTP-U, echo", DLT_RAW,
		  BYTES(OUTER4("\x52", "\x11") UDP("\x08\x68", "\x3e") "\x30\1\0\x2e\0\0\0\7" V4), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "GTP-U, extension of 0", DLT_RAW,
		  BYTES(OUTER4("\x5a", "\x11") UDP("\x08\x68", "\x46") "\x34\xff\0\x36\0\0\0\7\0\0\0\x85" "\0\x10\0\0" V4),
		  DECODE_DROPPED, COUNTER_DECODER_INVALID },
		{ "GTP-U, extension beyond it", DLT_RAW,
		  BYTES(OUTER4("\x5a", "\x11") UDP("\x08\x68", "\x46") "\x34\xff\0\x36\0\0\0\7\0\0\0\x85" "\xff\x10\0\0" V4),
		  DECODE_DROPPED, COUNTER_DECODER_SHORT },
		{ "GTP-U, length within IP", DLT_RAW,
		  BYTES(OUTER4("\x52", "\x11") UDP("\x08\x68", "\x3e") "\x30\xff\0\x13\0\0\0\7" V4), DECODE_DROPPED,
		  COUNTER_DECODER_SHORT },
		{ "L2TP, control", DLT_RAW,
		  BYTES(OUTER4("\x54", "\x11") UDP("\6\xa5", "\x40") "\xc8\2\0\1\0\x09" "\xff\3\0\x21" V4), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "L2TP 1", DLT_RAW,
		  BYTES(OUTER4("\x54", "\x11") UDP("\6\xa5", "\x40") "\0\1\0\1\0\x09" "\xff\3\0\x21" V4), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "L2TPv2, length within its header", DLT_RAW,
		  BYTES(OUTER4("\x56", "\x11") UDP("\6\xa5", "\x42") "\x40\2\0\7\0\1\0\x09" "\xff\3\0\x21" V4),
		  DECODE_DROPPED, COUNTER_DECODER_INVALID },
		{ "L2TPv2, offset beyond it", DLT_RAW,
		  BYTES(OUTER4("\x56", "\x11") UDP("\6\xa5", "\x42") "\2\2\0\1\0\x09\xff\xff" "\xff\3\0\x21" V4),
		  DECODE_DROPPED, COUNTER_DECODER_SHORT },
		{ "L2TPv3, control", DLT_RAW, BYTES(OUTER4("\x58", "\x73") "\0\0\0\0" "\xc8\3\0\x3c" ETH4 V4), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "L2TPv3, whatever it is", DLT_RAW, BYTES(OUTER4("\x28", "\x73") "\0\0\0\x09" FILL8 FILL8), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "Teredo of 4", DLT_RAW, BYTES(OUTER4("\x4a", "\x11") UDP("\x0d\xd8", "\x36") V4), DECODE_OTHER,
		  COUNTER_DECODER_NOT_TCP },
		{ "Teredo, authentication beyond it", DLT_RAW,
		  BYTES(OUTER4("\x62", "\x11") UDP("\x0d\xd8", "\x4e") "\0\1\xff\xff" V6), DECODE_DROPPED,
		  COUNTER_DECODER_SHORT },
		{ "4in4 that is 6", DLT_RAW, BYTES(OUTER4("\x56", "\4") V6), DECODE_DROPPED, COUNTER_DECODER_INVALID },
		{ "4in4 that ends within", DLT_RAW, BYTES(OUTER4("\x27", "\4") V4), DECODE_DROPPED, COUNTER_DECODER_SHORT },
		{ "the same in AH", DLT_RAW, BYTES(IP6("\0\x22", "\x33") "\6\xff\1\4\0\0\0\0" SEGMENT),
		  DECODE_DROPPED, COUNTER_DECODER_SHORT },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct packet p = { .ts = 1 };
		uint64_t before = counter_value[cases[i].counter];

		cr_expect(decode(&p, cases[i].name, cases[i].dlt, cases[i].bytes, (uint32_t)cases[i].bytes.n) ==
			  cases[i].result, "%s", cases[i].name);
		cr_expect(counter_value[cases[i].counter] == before + 1, "%s: counter", cases[i].name);
	}
	cr_expect(!decode_supports(DLT_USER0) && !decode_supports(-1));
}

/* As many layers as the cap allows, Ethernet, IP and TCP among them, and one more. */
UNIT(decode, depth)
{
	uint8_t frame[14 + 4 * DECODE_DEPTH + 66];
	int tags;

	for (tags = DECODE_DEPTH - 3; tags <= DECODE_DEPTH - 2; tags++) {
		struct packet p = { .ts = 1 };
		size_t n = sizeof MAC - 1;
		int i;

		memcpy(frame, MAC, n);
		for (i = 0; i < tags; i++, n += 4)
			memcpy(frame + n, "\x81\0\0\1", 4);
		memcpy(frame + n, "\x08\0" V4, sizeof "\x08\0" V4 - 1);
		n += sizeof "\x08\0" V4 - 1;
		if (tags == DECODE_DEPTH - 3) {
			cr_expect(decode(&p, "deep", DLT_EN10MB, span_of(frame, n), (uint32_t)n) == DECODE_TCP);
			expect_segment(&p, "deep");
		} else {
			cr_expect(decode(&p, "too deep", DLT_EN10MB, span_of(frame, n), (uint32_t)n) == DECODE_DROPPED);
			cr_expect(counter_value[COUNTER_DECODER_TOO_MANY_LAYERS] == 1);
		}
	}
}

/* Tunnels in one another, up to the cap and over it: "VXLAN" adds four layers, "4in4" one. */
UNIT(decode, nested_tunnels)
{
	static const struct span vxlan = BYTES(ETH4 OUTER4("\0", "\x11") UDP("\x12\xb5", "\0") "\x08\0\0\0" VNI);
	static const struct span ipip = BYTES(OUTER4("\0", "\4")), segment = BYTES(V4), ethernet = BYTES(ETH4);
	uint32_t keys[DECODE_DEPTH] = { 0 };
	int of_vxlan, more, i, k;

	for (of_vxlan = 0; of_vxlan <= 4; of_vxlan++)
		for (more = 0; more < DECODE_DEPTH; more++) {
			uint8_t frame[1024];
			struct packet p = { .ts = 1 };
			size_t n = 0;
			bool fits = 4 * of_vxlan + 1 + more + 2 <= DECODE_DEPTH;

			for (i = 0; i < of_vxlan; i++, n += vxlan.n)
				memcpy(frame + n, vxlan.p, vxlan.n);
			memcpy(frame + n, ethernet.p, ethernet.n);
			n += ethernet.n;
			for (i = 0; i < more; i++, n += ipip.n)
				memcpy(frame + n, ipip.p, ipip.n);
			memcpy(frame + n, segment.p, segment.n);
			n += segment.n;
			counter_value[COUNTER_DECODER_TOO_MANY_LAYERS] = 0;
			cr_expect(decode(&p, "nested", DLT_EN10MB, span_of(frame, n), (uint32_t)n) ==
				  (fits ? DECODE_TCP : DECODE_DROPPED), "%d, %d", of_vxlan, more);
			cr_expect(counter_value[COUNTER_DECODER_TOO_MANY_LAYERS] == !fits, "%d, %d", of_vxlan, more);
			if (!fits)
				continue;
			expect_segment(&p, "nested");
			expect_ends(&p, "nested");
			cr_expect(p.tunnel.depth == of_vxlan + more && (p.tunnel_key != 0) == (p.tunnel.depth > 0));
			if (of_vxlan > 0)
				continue;
			/* Another depth is another tunnel. */
			keys[more] = p.tunnel_key;
			for (k = 0; k < more; k++)
				cr_expect(keys[k] != keys[more], "%d, %d", k, more);
		}
}

static uint32_t key_of(const char *name, int dlt, struct span bytes)
{
	struct packet p = { .ts = 1 };

	cr_expect(decode(&p, name, dlt, bytes, (uint32_t)bytes.n) == DECODE_TCP, "%s", name);
	return p.tunnel_key;
}

/* What parts tunnels, and what must not. */
UNIT(decode, tunnel_keys)
{
#define BACK4(len, proto) "\x45\0\0" len "\0\1\0\0\x40" proto "\0\0\xcb\0\x71\2\xcb\0\x71\1"
#define ELSEWHERE4(len, proto) "\x45\0\0" len "\0\1\0\0\x40" proto "\0\0\xcb\0\x71\1\xcb\0\x71\3"
#define OF_VXLAN(vni) UDP("\x12\xb5", "\x4c") "\x08\0\0\0" vni ETH4 V4
#define OF_GTP(teid) UDP("\x08\x68", "\x3e") "\x30\xff\0\x2e" teid V4
	static const struct {
		const char *name;
		int dlt;
		struct span a, b;
		bool same;
	} cases[] = {
		{ "both directions", DLT_RAW, BYTES(OUTER4("\x60", "\x11") OF_VXLAN(VNI)),
		  BYTES(BACK4("\x60", "\x11") OF_VXLAN(VNI)), true },
		{ "another source port", DLT_RAW, BYTES(OUTER4("\x60", "\x11") OF_VXLAN(VNI)),
		  BYTES(OUTER4("\x60", "\x11") UDP_PORTS("\xc3\x51", "\x12\xb5", "\x4c") "\x08\0\0\0" VNI ETH4 V4), true },
		{ "another VNI", DLT_RAW, BYTES(OUTER4("\x60", "\x11") OF_VXLAN(VNI)),
		  BYTES(OUTER4("\x60", "\x11") OF_VXLAN("\0\0\x65\0")), false },
		{ "another end", DLT_RAW, BYTES(OUTER4("\x60", "\x11") OF_VXLAN(VNI)),
		  BYTES(ELSEWHERE4("\x60", "\x11") OF_VXLAN(VNI)), false },
		{ "another kind", DLT_RAW, BYTES(OUTER4("\x60", "\x11") OF_VXLAN(VNI)),
		  BYTES(OUTER4("\x60", "\x11") UDP("\x17\xc1", "\x4c") "\0\0\x65\x58" VNI ETH4 V4), false },
		{ "another VLAN outside", DLT_EN10MB,
		  BYTES(MAC "\x81\0\0\1\x08\0" OUTER4("\x60", "\x11") OF_VXLAN(VNI)),
		  BYTES(MAC "\x81\0\0\2\x08\0" OUTER4("\x60", "\x11") OF_VXLAN(VNI)), false },
		/* Those are told apart by their tags. */
		{ "another VLAN inside", DLT_RAW,
		  BYTES(OUTER4("\x64", "\x11") UDP("\x12\xb5", "\x50") "\x08\0\0\0" VNI MAC "\x81\0\0\1\x08\0" V4),
		  BYTES(OUTER4("\x64", "\x11") UDP("\x12\xb5", "\x50") "\x08\0\0\0" VNI MAC "\x81\0\0\2\x08\0" V4), true },
		{ "another GRE key", DLT_RAW, BYTES(OUTER4("\x4a", "\x2f") "\x20\0\x08\0\0\0\0\7" V4),
		  BYTES(OUTER4("\x4a", "\x2f") "\x20\0\x08\0\0\0\0\x08" V4), false },
		{ "another flow of NVGRE", DLT_RAW, BYTES(OUTER4("\x58", "\x2f") "\x20\0\x65\x58\0\x10\1\x2a" ETH4 V4),
		  BYTES(OUTER4("\x58", "\x2f") "\x20\0\x65\x58\0\x10\1\x2b" ETH4 V4), true },
		{ "another VSID", DLT_RAW, BYTES(OUTER4("\x58", "\x2f") "\x20\0\x65\x58\0\x10\1\x2a" ETH4 V4),
		  BYTES(OUTER4("\x58", "\x2f") "\x20\0\x65\x58\0\x10\2\x2a" ETH4 V4), false },
		{ "a mirror's other direction", DLT_RAW, BYTES(OUTER4("\x58", "\x2f") "\x20\0\x65\x58\0\0\0\0" ETH4 V4),
		  BYTES(OUTER4("\x58", "\x2f") "\x20\0\x65\x58\2\0\0\0" ETH4 V4), true },
		/* Each side chose its own. */
		{ "another TEID", DLT_RAW, BYTES(OUTER4("\x52", "\x11") OF_GTP("\0\0\0\7")),
		  BYTES(BACK4("\x52", "\x11") OF_GTP("\0\0\0\x08")), true },
		{ "another session of ERSPAN", DLT_RAW,
		  BYTES(OUTER4("\x60", "\x2f") "\x10\0\x88\xbe\0\0\0\1" "\x10\x0a\x08\x2a\0\0\0\0" ETH4 V4),
		  BYTES(OUTER4("\x60", "\x2f") "\x10\0\x88\xbe\0\0\0\1" "\x10\x0a\x08\x2b\0\0\0\0" ETH4 V4), true },
		{ "4in4 both ways", DLT_RAW, BYTES(OUTER4("\x42", "\4") V4), BYTES(BACK4("\x42", "\4") V4), true },
		{ "4in4 within others", DLT_RAW, BYTES(OUTER4("\x56", "\4") OUTER4("\x42", "\4") V4),
		  BYTES(ELSEWHERE4("\x56", "\4") OUTER4("\x42", "\4") V4), false },
		{ "the other way round", DLT_RAW, BYTES(ELSEWHERE4("\x56", "\4") OUTER4("\x42", "\4") V4),
		  BYTES(OUTER4("\x56", "\4") ELSEWHERE4("\x42", "\4") V4), false },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		cr_expect((key_of(cases[i].name, cases[i].dlt, cases[i].a) == key_of(cases[i].name, cases[i].dlt, cases[i].b)) ==
			  cases[i].same, "%s", cases[i].name);
}

/* Several packets in one frame: all are found, whatever the others are. */
UNIT(decode, parts)
{
#define PART(len, bytes) MAC "\0" len bytes
	static const struct span frame = BYTES("\x88\2\0\0" ADDRESS3 "\x80\0"
		PART("\x36", SNAP4 V4)                              /* 14 + 54: a multiple of four */
		PART("\x01", "\xaa") "\0"                            /* too short for LLC */
		PART("\x4a", SNAP6 V6)
		PART("\x4e", SNAP4 OUTER4("\x46", "\x2f") "\0\0\x08\0" V4)
		PART("\x4a", SNAP4 V6)                              /* wrong */
		PART("\x3b", "\xaa\xaa\3\0\0\0\x81\0" "\0\7\x08\0" V4 "x") "\0\0\0"
		PART("\x36", SNAP4 V4));
	static const enum decode_result results[] = { DECODE_TCP, DECODE_OTHER, DECODE_TCP, DECODE_TCP, DECODE_DROPPED,
						      DECODE_TCP, DECODE_TCP };
	const struct packet whole = { .ts = 1, .number = 2, .source = 3, .len = (uint32_t)frame.n };
	uint64_t pkts = counter_value[COUNTER_DECODER_PKTS];
	struct packet p = whole;
	size_t i = 0;

	do {
		cr_assert(i < COUNT(results));
		cr_expect(p.ts == 1 && p.number == 2 && p.source == 3 && p.len == whole.len && p.part == i);
		cr_expect(p.n_vlan == 0 && p.tunnel.depth == 0 && p.tunnel_key == 0);
		cr_expect(decode_packet(&p, DLT_IEEE802_11, frame) == results[i], "%zu", i);
		if (results[i] == DECODE_TCP) {
			expect_segment(&p, "part");
			expect_ends(&p, "part");
			cr_expect(p.tunnel.depth == (i == 3) && p.n_vlan == (i == 5), "%zu", i);
		}
		i++;
	} while (decode_next(&p));
	cr_expect(i == COUNT(results), "%zu", i);
	cr_expect(counter_value[COUNTER_DECODER_PKTS] == pkts + 1);
}

/* More parts than the cap: those behind it are said to be lost. */
UNIT(decode, too_many_parts)
{
	static uint8_t frame[26 + 16 * (DECODE_PARTS + 2)];
	static const struct span head = BYTES("\x88\2\0\0" ADDRESS3 "\x80\0"), part = BYTES(MAC "\0\2\xaa\xaa");
	int parts;

	memcpy(frame, head.p, head.n);
	for (parts = 0; parts < DECODE_PARTS + 2; parts++)
		memcpy(frame + head.n + 16 * (size_t)parts, part.p, part.n);
	for (parts = DECODE_PARTS; parts <= DECODE_PARTS + 2; parts++) {
		struct span bytes = span_of(frame, head.n + 16 * (size_t)parts);
		struct packet p = { .ts = 1, .len = (uint32_t)bytes.n };
		int n = 0;

		counter_value[COUNTER_DECODER_TOO_MANY_PARTS] = 0;
		do {
			cr_expect(decode_packet(&p, DLT_IEEE802_11, bytes) == DECODE_OTHER);
			n++;
		} while (decode_next(&p));
		cr_expect(n == DECODE_PARTS, "%d", n);
		cr_expect(counter_value[COUNTER_DECODER_TOO_MANY_PARTS] == (parts > DECODE_PARTS), "%d", parts);
	}
}

/* What a mirror cut off, and said so, is missing; where nobody said so, it never was. */
UNIT(decode, cut_by_others)
{
#define CUT4 IP4("\x45", "\0\x2e", "\x40\0", "\6", "\0\0") TCP "QU"
#define OF_ERSPAN(flags) OUTER4("\x5c", "\x2f") "\x10\0\x88\xbe\0\0\0\1" "\x10\x0a" flags "\x2a\0\0\0\0" ETH4 CUT4
	static const struct {
		const char *name;
		int dlt;
		struct span bytes;
		bool told;
	} cases[] = {
		{ "ERSPAN", DLT_RAW, BYTES(OF_ERSPAN("\x08")), false },
		{ "ERSPAN, truncated", DLT_RAW, BYTES(OF_ERSPAN("\x0c")), true },
		{ "802.11", DLT_IEEE802_11, BYTES("\x08\2\0\0" ADDRESS3 SNAP4 CUT4), false },
		{ "802.11, first fragment", DLT_IEEE802_11, BYTES("\x08\6\0\0" ADDRESS3 SNAP4 CUT4), true },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct packet p = { .ts = 1 };

		cr_expect(decode(&p, cases[i].name, cases[i].dlt, cases[i].bytes, (uint32_t)cases[i].bytes.n) == DECODE_TCP);
		cr_expect(span_eq(p.payload, SPAN("QU")) && p.payload_len == (cases[i].told ? 6 : 2), "%s: %u", cases[i].name,
			  p.payload_len);
	}
}

/* Nobody speaks TCP from these. */
UNIT(decode, martians)
{
#define FROM4(source) "\x45\0\0\x2e\0\1\0\0\x40\6\0\0" source "\xc6\x33\x64\x19" SEGMENT
#define FROM6(first, middle, last)                                                        \
	"\x60\0\0\0\0\x1a\6\x40" first "\0\0\0\0\0\0\0\0\0" middle "\0\0" last   \
	"\x20\1\x0d\xb8\0\1\0\0\0\0\0\0\0\0\0\x25" SEGMENT
	static const struct {
		const char *name;
		struct span bytes;
		bool martian;
	} cases[] = {
		{ "0.0.0.0", BYTES(FROM4("\0\0\0\0")), true },
		{ "0.1.2.3", BYTES(FROM4("\0\1\2\3")), true },
		{ "1.0.0.0", BYTES(FROM4("\1\0\0\0")), false },
		{ "127.0.0.1", BYTES(FROM4("\x7f\0\0\1")), false },
		{ "223.255.255.255", BYTES(FROM4("\xdf\xff\xff\xff")), false },
		{ "224.0.0.1", BYTES(FROM4("\xe0\0\0\1")), true },
		{ "240.0.0.0", BYTES(FROM4("\xf0\0\0\0")), true },
		{ "255.255.255.255", BYTES(FROM4("\xff\xff\xff\xff")), true },
		{ "::", BYTES(FROM6("\0\0", "\0", "\0\0")), true },
		{ "::1", BYTES(FROM6("\0\0", "\0", "\0\1")), false },
		{ "fe80::1", BYTES(FROM6("\xfe\x80", "\0", "\0\1")), false },
		{ "ff02::1", BYTES(FROM6("\xff\2", "\0", "\0\1")), true },
		{ "240.0.0.1, in a tunnel", BYTES(OUTER4("\x42", "\4") FROM4("\xf0\0\0\1")), true },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct packet p = { .ts = 1 };
		uint64_t before = counter_value[COUNTER_DECODER_MARTIAN];

		cr_expect(decode(&p, cases[i].name, DLT_RAW, cases[i].bytes, (uint32_t)cases[i].bytes.n) ==
			  (cases[i].martian ? DECODE_DROPPED : DECODE_TCP), "%s", cases[i].name);
		cr_expect(counter_value[COUNTER_DECODER_MARTIAN] == before + cases[i].martian, "%s: counter", cases[i].name);
	}
}

#define FRAG4(len, frag) IP4("\x45", len, frag, "\6", "\0\0")
#define FRAG6(len, off) IP6(len, "\x2c") "\6\0" off "\1\2\3\4"

UNIT(decode, fragments)
{
	static const struct {
		const char *name;
		struct span bytes;
		uint32_t id, offset;
		bool more;
		struct span payload;
	} cases[] = {
		{ "first", BYTES(FRAG4("\0\x1c", "\x20\0") FILL8 "trailer"), 1, 0, true, BYTES(FILL8) },
		{ "middle", BYTES(FRAG4("\0\x1c", "\x20\1") FILL8), 1, 8, true, BYTES(FILL8) },
		{ "last", BYTES(FRAG4("\0\x17", "\0\2") "end"), 1, 16, false, BYTES("end") },
		{ "last of all", BYTES(FRAG4("\0\x17", "\x1f\xff") "end"), 1, 65528, false, BYTES("end") },
		/* Don't-fragment does not undo it. */
		{ "with DF", BYTES(FRAG4("\0\x1c", "\x60\1") FILL8), 1, 8, true, BYTES(FILL8) },
		{ "empty", BYTES(FRAG4("\0\x14", "\x20\1")), 1, 8, true, BYTES("") },
		{ "first 6", BYTES(FRAG6("\0\x10", "\0\1") FILL8 "trailer"), 0x01020304, 0, true, BYTES(FILL8) },
		{ "middle 6", BYTES(FRAG6("\0\x10", "\0\x09") FILL8), 0x01020304, 8, true, BYTES(FILL8) },
		{ "last 6", BYTES(FRAG6("\0\x0b", "\0\x10") "end"), 0x01020304, 16, false, BYTES("end") },
		{ "reserved bits 6", BYTES(FRAG6("\0\x0b", "\0\x16") "end"), 0x01020304, 16, false, BYTES("end") },
		{ "in a tunnel", BYTES(OUTER4("\x34", "\x2f") "\0\0\x08\0" FRAG4("\0\x1c", "\x20\1") FILL8), 1, 8, true,
		  BYTES(FILL8) },
		{ "behind others 6", BYTES(IP6("\0\x18", "\x3c") "\x2c\0\1\4\0\0\0\0" "\6\0\0\1\1\2\3\4" FILL8),
		  0x01020304, 0, true, BYTES(FILL8) },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct packet p = { .ts = 1 };

		cr_expect(decode(&p, cases[i].name, DLT_RAW, cases[i].bytes, (uint32_t)cases[i].bytes.n) ==
			  DECODE_FRAGMENT, "%s", cases[i].name);
		cr_expect(p.frag.id == cases[i].id && p.frag.offset == cases[i].offset &&
			  p.frag.more == cases[i].more, "%s: %u at %u", cases[i].name, p.frag.id, p.frag.offset);
		cr_expect(span_eq(p.payload, cases[i].payload) && p.payload_len == p.payload.n, "%s: payload",
			  cases[i].name);
		cr_expect(p.ip_proto == 6, "%s: protocol", cases[i].name);
		expect_ends(&p, cases[i].name);
	}
}

UNIT(decode, datagram)
{
	static const struct {
		const char *name;
		uint8_t ip_v, proto;
		struct span data;
		enum decode_result result;
	} cases[] = {
		{ "TCP", 4, 6, BYTES(SEGMENT), DECODE_TCP },
		{ "TCP 6", 6, 6, BYTES(SEGMENT), DECODE_TCP },
		{ "options 6", 6, 60, BYTES("\6\0\1\4\0\0\0\0" SEGMENT), DECODE_TCP },
		{ "UDP", 4, 17, BYTES(SEGMENT), DECODE_OTHER },
		{ "GRE", 4, 47, BYTES("\0\0\x08\0" V4), DECODE_TCP },
		{ "VXLAN 6", 6, 17, BYTES(UDP("\x12\xb5", "\x60") "\x08\0\0\0" VNI ETH6 V6), DECODE_TCP },
		{ "a fragment in it", 4, 47, BYTES("\0\0\x08\0" FRAG4("\0\x1c", "\x20\0") FILL8), DECODE_FRAGMENT },
		{ "a fragment in it 6", 6, 41, BYTES(FRAG6("\0\x10", "\0\1") FILL8), DECODE_FRAGMENT },
		{ "short", 4, 6, BYTES(FILL8 FILL8), DECODE_DROPPED },
		{ "empty", 4, 6, { NULL, 0 }, DECODE_DROPPED },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct packet p = { .ts = 1, .ip_v = cases[i].ip_v, .ip_proto = cases[i].proto,
				    .addr = { { 192, 0, 2, 10 }, { 198, 51, 100, 25 } } };

		cr_expect(decode_datagram(&p, cases[i].data) == cases[i].result, "%s", cases[i].name);
		if (cases[i].result == DECODE_TCP)
			expect_segment(&p, cases[i].name);
	}
}

static enum decode_result checked(struct span bytes, size_t captured, bool checksums)
{
	struct packet p = { .ts = 1, .checksums = checksums };

	return decode(&p, "checksum", DLT_RAW, span_take(bytes, captured), (uint32_t)bytes.n);
}

UNIT(decode, checksum)
{
	/* The sums were computed independently. In IPv6 they cover the addresses and TCP. */
	static const struct {
		struct span bytes;
		size_t covered, segment;
	} cases[] = {
		{ BYTES(IP4("\x45", "\0\x2e", "\x40\0", "\6", "\x4e\x72") TCP_SUM("\x50", "\x2b\x39") DATA), 0, 20 },
		{ BYTES(IP6("\0\x1a", "\6") TCP_SUM("\x50", "\xbb\xe8") DATA), 8, 40 },
	};
	size_t i, bit;

	for (i = 0; i < COUNT(cases); i++) {
		size_t n = cases[i].bytes.n;
		uint8_t bytes[128];

		cr_expect(checked(cases[i].bytes, n, true) == DECODE_TCP, "the sums are right");
		for (bit = 8 * cases[i].covered; bit < 8 * n; bit++) {
			memcpy(bytes, cases[i].bytes.p, n);
			bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
			cr_expect(checked(span_of(bytes, n), n, true) != DECODE_TCP, "bit %zu is wrong", bit);
		}
		/* A byte of the data is wrong: counted as such, and nobody's business unless asked for. */
		memcpy(bytes, cases[i].bytes.p, n);
		bytes[n - 3] ^= 1;
		counter_value[COUNTER_DECODER_BAD_CHECKSUM] = 0;
		cr_expect(checked(span_of(bytes, n), n, true) == DECODE_DROPPED);
		cr_expect(counter_value[COUNTER_DECODER_BAD_CHECKSUM] == 1);
		cr_expect(checked(span_of(bytes, n), n, false) == DECODE_TCP);
		/* Of a segment that was captured in part nobody can say. */
		cr_expect(checked(span_of(bytes, n), n - 1, true) == DECODE_TCP);
		cr_expect(checked(span_of(bytes, n), cases[i].segment + 20, true) == DECODE_TCP);
	}
}
