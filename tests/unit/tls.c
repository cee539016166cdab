/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The handshakes of tls_handshakes.def and those made up here, as they stand there and cut, truncated and
 * holed at every byte.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../src/pop3/tls.h" /* of the room alone */
#include "plainpop/pop3.h"
#include "unit.h"

/* ---- handshakes ---- */

/*
 * Bytes in text: hexadecimal digits, blanks, and
 *   (2 ... )     what is between them, behind its length in 2 (1, 3) bytes
 *   'text'       itself
 *   *100 78      100 times 0x78
 */
struct message {
	enum side side;
	uint64_t gap; /* bytes that are missing instead of text */
	const char *text;
};

struct handshake {
	const char *name;
	struct message message[12]; /* up to the first without text and gap */
	const char *expected;
};

#define C(text) { SIDE_CLIENT, 0, text }
#define S(text) { SIDE_SERVER, 0, text }
#define GC(n) { SIDE_CLIENT, n, NULL }
#define GS(n) { SIDE_SERVER, n, NULL }
#define TALK(...) { __VA_ARGS__ }
#define HANDSHAKE(name, talk, expected) { name, talk, expected },

static const struct handshake recorded[] = {
#include "tls_handshakes.def"
};

#define RANDOM "*32 42 "
#define RETRY "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c "
#define HELLO_1 "0303 " RANDOM "(1 ) (2 1301c02f) (1 00) "
/* A ClientHello with those extensions, a ServerHello */
#define CLIENT(extensions) "16 0301 (2 01 (3 " HELLO_1 "(2 " extensions ")))"
#define SERVER(extensions) "16 0303 (2 02 (3 0303 " RANDOM "(1 ) c02f 00 (2 " extensions ")))"
#define SNI(name) "0000 (2 (2 00 (2 " name ")))"
#define ALPN(names) "0010 (2 (2 " names "))"
#define SERVER_12 "16 0303 (2 02 (3 0303 " RANDOM "(1 ) c02f 00))"
#define LONG "16 0303 (2 *18000 00)"
#define IS_12 "server TLS 1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"

static const struct handshake made_up[] = {
	/* Old ones. */
	HANDSHAKE("sslv3", TALK(C("16 0300 (2 01 (3 0300 " RANDOM "(1 ) (2 000a0005) (1 00)))"),
				S("16 0300 (2 02 (3 0300 " RANDOM "(1 *32 07) 000a 00)) 16 0300 (2 0e (3 ))"),
				C("15 0300 (2 0129)")),
		  "client server SSLv3 TLS_RSA_WITH_3DES_EDE_CBC_SHA alert=client,1,no_certificate")
	HANDSHAKE("hello of sslv2", TALK(C("802e 01 0301 0015 0000 0010 *21 09 *16 42"), S("15 0301 (2 0246)")),
		  "client alert=server,2,protocol_version")
	HANDSHAKE("hello of sslv2, lengths do not add up", TALK(C("802f 01 0301 0015 0000 0010 *21 09 *16 42")),
		  "broken=client")
	HANDSHAKE("hello of sslv2, no ciphers", TALK(C("8019 01 0301 0000 0000 0010 *16 42")), "broken=client")
	HANDSHAKE("hello of sslv2, half a cipher", TALK(C("802d 01 0301 0014 0000 0010 *20 09 *16 42")),
		  "broken=client")
	HANDSHAKE("another message of sslv2", TALK(C("802e 02")), "broken=client")
	HANDSHAKE("hello of sslv2 for sslv2", TALK(C("802e 01 0002 0015 0000 0010 *21 09 *16 42")), "broken=client")
	HANDSHAKE("hello of sslv2 of a server", TALK(S("802e 01 0301 0015 0000 0010 *21 09 *16 42")),
		  "broken=server")
	HANDSHAKE("no extensions", TALK(C("16 0301 (2 01 (3 " HELLO_1 "))"), S(SERVER_12)), "client " IS_12)

	/* Names. */
	HANDSHAKE("sni and alpn", TALK(C(CLIENT(SNI("'a.example'") ALPN("(1 'pop3') (1 'imap')"))),
				       S(SERVER(ALPN("(1 'imap')")))),
		  "client " IS_12 " sni=a.example offered=pop3 alpn=imap")
	HANDSHAKE("sni behind a name of another type", TALK(C(CLIENT("0000 (2 (2 07 (2 'x') 00 (2 'a')))"))),
		  "client sni=a")
	HANDSHAKE("sni of no bytes", TALK(C(CLIENT(SNI("")))), "client")
	HANDSHAKE("sni of a server", TALK(S(SERVER("0000 (2 )"))), IS_12)
	HANDSHAKE("sni of 255", TALK(C(CLIENT(SNI("*255 61")))), "client sni=255")
	HANDSHAKE("sni of 256", TALK(C(CLIENT(SNI("*256 61")))), "client sni=255+")
	HANDSHAKE("sni of 16000", TALK(C(CLIENT(SNI("*16000 61")))), "client sni=255+")
	HANDSHAKE("sni twice", TALK(C(CLIENT(SNI("'a'") SNI("'b'")))), "client sni=a")
	HANDSHAKE("sni of two names", TALK(C(CLIENT("0000 (2 (2 00 (2 'a') 00 (2 'b')))"))), "client sni=a")
	HANDSHAKE("sni, list too long", TALK(C(CLIENT("0000 (2 0005 00 (2 'a'))"))), "client")
	HANDSHAKE("sni, list too short", TALK(C(CLIENT("0000 (2 0003 00 (2 'a'))"))), "client")
	HANDSHAKE("sni, name too long", TALK(C(CLIENT("0000 (2 (2 00 0002 'a'))"))), "client")
	HANDSHAKE("sni, half a head", TALK(C(CLIENT("0000 (2 (2 00 00)) " ALPN("(1 'a')")))), "client offered=a")
	HANDSHAKE("sni, then one that is good", TALK(C(CLIENT("0000 (2 00) " SNI("'a'")))), "client sni=a")
	HANDSHAKE("alpn behind grease", TALK(C(CLIENT(ALPN("(1 1a1a) (1 'pop3')"))), S(SERVER(ALPN("(1 2a2a)")))),
		  "client " IS_12 " offered=pop3")
	HANDSHAKE("alpn that looks like grease", TALK(C(CLIENT(ALPN("(1 1a2a)")))), "client offered=\x1a*")
	HANDSHAKE("alpn of two equal letters", TALK(C(CLIENT(ALPN("(1 'hh')")))), "client offered=hh")
	HANDSHAKE("alpn of 255", TALK(C(CLIENT(ALPN("(1 *255 61)")))), "client offered=255")
	HANDSHAKE("alpn of no bytes", TALK(C(CLIENT(ALPN("(1 ) (1 'a')")))), "client")
	HANDSHAKE("alpn, name too long", TALK(C(CLIENT(ALPN("02 'a'")))), "client")
	HANDSHAKE("alpn, no list", TALK(C(CLIENT("0010 (2 )"))), "client")
	HANDSHAKE("alpn twice", TALK(C(CLIENT(ALPN("(1 'a')") ALPN("(1 'b')")))), "client offered=a")

	/* Versions. */
	HANDSHAKE("tls 1.3", TALK(S(SERVER("002b (2 0304)"))), "server TLS 1.3 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
	HANDSHAKE("version twice", TALK(S(SERVER("002b (2 0304) 002b (2 0303)"))),
		  "server TLS 1.3 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
	HANDSHAKE("version that is grease", TALK(S(SERVER("002b (2 7a7a)"))), IS_12)
	HANDSHAKE("version of three bytes", TALK(S(SERVER("002b (2 030400)"))), IS_12)
	HANDSHAKE("versions of a client", TALK(C(CLIENT("002b (2 (1 0a0a 0304 0303))"))), "client")
	HANDSHAKE("no known version, no known cipher",
		  TALK(S("16 0303 (2 02 (3 0303 " RANDOM "(1 ) fefe 00 (2 002b (2 7f1c))))")), "server 7f1c fefe")
	HANDSHAKE("retry alone", TALK(S("16 0303 (2 02 (3 0303 " RETRY "(1 ) 1301 00 (2 002b (2 0304))))")),
		  "retry TLS 1.3 TLS_AES_128_GCM_SHA256")
	HANDSHAKE("retry, then another version and cipher, in one record",
		  TALK(S("16 0303 (2 02 (3 0303 " RETRY "(1 ) 1301 00 (2 002b (2 0304)))"
			 " 02 (3 0303 " RANDOM "(1 ) c02f 00))")),
		  "retry " IS_12)
	HANDSHAKE("the end of the random of a retry",
		  TALK(S("16 0303 (2 02 (3 0303 0021ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"
			 " (1 ) c02f 00))")),
		  IS_12)
	HANDSHAKE("almost the random of a retry",
		  TALK(S("16 0303 (2 02 (3 0303 cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339d"
			 " (1 ) c02f 00))")),
		  IS_12)

	/* Records. */
	HANDSHAKE("records of no bytes", TALK(C("16 0301 0000 " CLIENT(SNI("'a'")) "14 0303 0000")), "client sni=a")
	HANDSHAKE("a record a byte", TALK(C("16 0301 (2 01) 16 0301 (2 00) 16 0301 (2 002b) 16 0301 (2 " HELLO_1 ")")),
		  "client")
	HANDSHAKE("a hello longer than 64 KiB, of which this is the beginning",
		  TALK(C("16 0301 (2 01 01002b" HELLO_1 ")")), "")
	HANDSHAKE("hello request", TALK(S("16 0303 (2 00 (3 )) " SERVER_12)), IS_12)
	HANDSHAKE("heartbeat", TALK(S(SERVER_12 "18 0303 (2 01 ffff) 15 0303 (2 0228)")),
		  IS_12 " alert=server,2,handshake_failure")
	HANDSHAKE("any minor version", TALK(C("16 03ff (2 01 (3 " HELLO_1 "))")), "client")
	HANDSHAKE("longest record", TALK(S(SERVER_12 "17 0303 (2 *18432 00)")), IS_12)
	HANDSHAKE("longer record", TALK(S(SERVER_12 "16 0303 4801")), IS_12 " broken=server")
	HANDSHAKE("look no further", TALK(S(SERVER_12 LONG LONG LONG LONG "15 0303 (2 0228)")), IS_12)
	HANDSHAKE("look no further over a gap", TALK(S(SERVER_12 LONG LONG LONG "16 0303 4650"), GS(18000),
						     S("15 0303 (2 0228)")),
		  IS_12)
	HANDSHAKE("certificate in the record of the hello",
		  TALK(S("16 0303 (2 02 (3 0303 " RANDOM "(1 ) c02f 00) 0b (3 *40 00)) 15 0303 (2 0228)")),
		  IS_12 " alert=server,2,handshake_failure")
	HANDSHAKE("unknown record", TALK(C(CLIENT("") "19 0303 (2 00)")), "client broken=client")
	HANDSHAKE("unknown record below", TALK(C(CLIENT("") "13 0303 (2 00)")), "client broken=client")
	HANDSHAKE("garbage behind a record", TALK(C(CLIENT("") "'QUIT'")), "client broken=client")
	HANDSHAKE("middlebox", TALK(C(CLIENT("")), S(SERVER("002b (2 0304)") "14 0303 (2 01) 17 0303 (2 *40 00)"),
				    C("14 0303 (2 01) 15 0303 (2 0230)")),
		  "client server TLS 1.3 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 alert=client,2,unknown_ca over")
	HANDSHAKE("early data, then an alert", TALK(C(CLIENT("") "17 0303 (2 *40 00) 15 0303 (2 0250)")),
		  "client alert=client,2,internal_error")
	HANDSHAKE("encrypted at once", TALK(S(SERVER_12 "14 0303 (2 01) 15 0303 (2 0228)")), IS_12)
	HANDSHAKE("one side, encrypted alert", TALK(C(CLIENT(SNI("'a'")) "14 0303 (2 01) 16 0303 (2 *40 55)"
									 "15 0303 (2 *26 55)")),
		  "client sni=a")

	/* Alerts. */
	HANDSHAKE("warning, then fatal", TALK(S("15 0303 (2 0170)" SERVER_12), C("15 0303 (2 0230)")),
		  IS_12 " alert=client,2,unknown_ca")
	HANDSHAKE("warning, then another", TALK(S("15 0303 (2 0170)"), C("15 0303 (2 0100)")),
		  "alert=server,1,unrecognized_name")
	HANDSHAKE("fatal, then what is more", TALK(S("15 0303 (2 0250)" SERVER_12)), "alert=server,2,internal_error")
	HANDSHAKE("both fatal", TALK(S("15 0303 (2 0250)"), C("15 0303 (2 0228)")),
		  "alert=server,2,internal_error over")
	HANDSHAKE("alert of another level", TALK(S("15 0303 (2 0350)")), "broken=server")
	HANDSHAKE("alert of no level", TALK(S("15 0303 (2 0050)")), "broken=server")
	HANDSHAKE("alert without a name", TALK(S("15 0303 (2 02ff)")), "alert=server,2,255")
	HANDSHAKE("alert in the middle of a hello", TALK(S("16 0303 0002 0200 15 0303 (2 0250)")),
		  "alert=server,2,internal_error")

	/* No TLS. */
	HANDSHAKE("answer of pop3", TALK(S("'-ERR no TLS here' 0d0a")), "broken=server")
	HANDSHAKE("command of pop3", TALK(C("'CAPA' 0d0a"), S("'-ERR'")), "broken=client broken=server over")
	HANDSHAKE("handshake of 2.x", TALK(C("16 02")), "broken=client")
	HANDSHAKE("application data first", TALK(C("17")), "broken=client")
	HANDSHAKE("hello of the other side", TALK(S(CLIENT("")), C(SERVER(""))), "broken=client broken=server over")
	HANDSHAKE("another message first", TALK(S("16 0303 (2 0b (3 *40 00))")), "broken=server")
	HANDSHAKE("hello request of a client", TALK(C("16 0303 (2 00 (3 ))")), "broken=client")
	HANDSHAKE("hello request that is none", TALK(S("16 0303 (2 00 (3 00))")), "broken=server")
	HANDSHAKE("hello of 2.x", TALK(C("16 0301 (2 01 (3 0203 " RANDOM "(1 ) (2 1301) (1 00)))")), "broken=client")
	HANDSHAKE("session's id too long", TALK(C("16 0301 (2 01 (3 0303 " RANDOM "(1 *33 00) (2 1301) (1 00)))")),
		  "broken=client")
	HANDSHAKE("half a cipher", TALK(C("16 0301 (2 01 (3 0303 " RANDOM "(1 ) (2 130113) (1 00)))")), "broken=client")
	HANDSHAKE("no cipher", TALK(C("16 0301 (2 01 (3 0303 " RANDOM "(1 ) (2 ) (1 00)))")), "broken=client")
	HANDSHAKE("no compression method", TALK(C("16 0301 (2 01 (3 0303 " RANDOM "(1 ) (2 1301) (1 )))")),
		  "broken=client")
	HANDSHAKE("hello too short", TALK(C("16 0301 (2 01 (3 0303 *31 42))")), "broken=client")
	HANDSHAKE("a byte behind the methods", TALK(C("16 0301 (2 01 (3 " HELLO_1 "00))")), "broken=client")
	HANDSHAKE("a byte behind the extensions", TALK(C("16 0301 (2 01 (3 " HELLO_1 "(2 " SNI("'a'") ") 00))")),
		  "broken=client")
	HANDSHAKE("extension too long", TALK(C(CLIENT("0000 0005 00000000"))), "broken=client")
	HANDSHAKE("half an extension", TALK(C(CLIENT(SNI("'a'") "0000 00"))), "sni=a broken=client")

	/* Gaps. */
	HANDSHAKE("gap in certificates", TALK(S(SERVER_12 "16 0303 1000 0b000ffc"), GS(0x0ffc), S("15 0303 (2 0228)")),
		  IS_12 " alert=server,2,handshake_failure")
	HANDSHAKE("gap of a byte too many",
		  TALK(S(SERVER_12 "16 0303 1000 0b000ffc"), GS(0x0ffd), S("15 0303 (2 0228)")), IS_12)
	HANDSHAKE("gap in a certificate in the record of the hello",
		  TALK(S("16 0303 1000 02 (3 0303 " RANDOM "(1 ) c02f 00) 0b000fd2"), GS(0x0fd2),
		       S("15 0303 (2 0228)")),
		  IS_12 " alert=server,2,handshake_failure")
	HANDSHAKE("gap before TLS", TALK(GS(1), S(SERVER_12), C(CLIENT(""))), "client")
	HANDSHAKE("gap between records", TALK(C(CLIENT("")), GC(7), C("15 0303 (2 0228)")), "client")
	HANDSHAKE("gap in the head of a record", TALK(C("16 0301"), GC(1), C("33")), "")
	HANDSHAKE("gap in a client's random", TALK(C("16 0301 0041 01 00003d 0303"), GC(32),
						   C("(1 ) (2 1301) (1 00) (2 " SNI("'a.example'") ")")),
		  "client sni=a.example")
	HANDSHAKE("gap in a server's random",
		  TALK(S("16 0303 002a 02 000026 0303"), GS(1), S("*31 42 (1 ) 1301 00")), "")
	HANDSHAKE("gap of all the ciphers, and in an extension",
		  TALK(C("16 0301 004b 01 000047 0303" RANDOM "(1 ) 0004"), GC(4),
		       C("(1 00) 001a fe0d 0004 00"), GC(2), C("00" SNI("'a.example'"))),
		  "client sni=a.example")
	HANDSHAKE("gap from one field into the next",
		  TALK(C("16 0301 0041 01 00003d 0303 *30 42"), GC(4),
		       C("02 1301 (1 00) (2 " SNI("'a.example'") ") 15 0303 (2 0230)")),
		  "")
	HANDSHAKE("gap at the end of a hello, further than is looked",
		  TALK(C("16 0301 (2 01 0101f9 0303 " RANDOM "(1 ) 9c40 *16000 13) 16 0301 (2 *16000 13)"
			 "16 0301 (2 *8000 13 (1 00) 6590 fe0d 658c *8000 00) 16 0301 464c"),
		       GC(17996)),
		  "")
	HANDSHAKE("gap in a name",
		  TALK(C("16 0301 0041 01 00003d 0303" RANDOM "(1 ) (2 1301) (1 00) 0012 0000 000e 000c 00 0009 'a.e'"),
		       GC(2), C("'mple'")),
		  "")
	HANDSHAKE("gap in an alert", TALK(S("15 0303 0002 02"), GS(1)), "")
	HANDSHAKE("gap in an encrypted alert", TALK(C(CLIENT("") "14 0303 0001"), GC(1), C("15 0303 001a"), GC(26),
						    C("15 0303 (2 0230)")),
		  "client alert=client,2,unknown_ca")
	HANDSHAKE("gap without end", TALK(C(CLIENT("")), GC(UINT64_MAX), C("15 0303 (2 0230)")), "client")
	HANDSHAKE("gap in a hello of sslv2",
		  TALK(C("802e 01 0301 0015 0000 0010 *20 09"), GC(17), C("15 0301 (2 0230)")),
		  "client alert=client,2,unknown_ca")
};

/* ---- text to bytes ---- */

#define BYTES_MAX 80000

static uint8_t hex_byte(const char **text)
{
	static const char digits[] = "0123456789abcdef";
	const char *high = strchr(digits, (*text)[0]), *low = strchr(digits, (*text)[1]);

	cr_assert((*text)[0] != '\0' && high != NULL && low != NULL, "%s", *text);
	*text += 2;
	return (uint8_t)((high - digits) << 4 | (low - digits));
}

/* What "*100 78" stands for. */
static size_t repeat(const char **text, uint8_t *out)
{
	char *end;
	size_t n = strtoul(*text + 1, &end, 10);

	*text = end + 1;
	cr_assert(n < BYTES_MAX);
	memset(out, hex_byte(text), n);
	return n;
}

static size_t assemble(const char *text, uint8_t out[2 * BYTES_MAX])
{
	struct { size_t at, size; } open[12];
	size_t n = 0, depth = 0, length, i;

	while (*text != '\0') {
		cr_assert(n < BYTES_MAX && depth < COUNT(open));
		switch (*text) {
		case ' ':
			text++;
			break;
		case '*':
			n += repeat(&text, out + n);
			break;
		case '\'':
			while (*++text != '\'')
				out[n++] = (uint8_t)*text;
			text++;
			break;
		case '(':
			open[depth].size = (size_t)(text[1] - '0');
			n += open[depth].size;
			open[depth++].at = n;
			text += 2;
			break;
		case ')':
			cr_assert(depth-- > 0);
			length = n - open[depth].at;
			for (i = 1; i <= open[depth].size; i++, length >>= 8)
				out[open[depth].at - i] = (uint8_t)length;
			text++;
			break;
		default:
			out[n++] = hex_byte(&text);
			break;
		}
	}
	cr_assert(depth == 0);
	return n;
}

/* ---- how a handshake is held ---- */

struct talk {
	struct tls_peek *t;
	bool more;
};

static struct talk talk_new(void)
{
	struct talk talk = { tls_new(), true };

	cr_assert(talk.t != NULL && pop3_held() <= 2048);
	return talk;
}

/* The bytes are gone afterwards, so that the sanitizer sees who still looks at them. */
static void push(struct talk *talk, enum side side, struct span bytes)
{
	uint8_t *copy = malloc(bytes.n > 0 ? bytes.n : 1);
	bool more;

	cr_assert(copy != NULL);
	memcpy(copy, bytes.p, bytes.n);
	more = tls_push(talk->t, side, span_of(copy, bytes.n));
	cr_expect(talk->more || !more, "it is over, and goes on");
	talk->more = more;
	free(copy);
}

static void push_bytewise(struct talk *talk, enum side side, struct span bytes)
{
	for (; bytes.n > 0; bytes = span_skip(bytes, 1))
		push(talk, side, span_take(bytes, 1));
}

/* What is done to a handshake on its way; zero: nothing. */
struct variant {
	bool bytewise;
	bool cut;       /* message number in two pieces, the first of at bytes */
	bool truncated; /* it ends after at bytes of message number */
	size_t lost;    /* bytes lost of message number from at on */
	size_t number, at;
};

static size_t messages(const struct handshake *h)
{
	size_t n = 0;

	while (n < COUNT(h->message) && (h->message[n].text != NULL || h->message[n].gap > 0))
		n++;
	return n;
}

struct bytes {
	struct span of[12];
	uint8_t *heap;
};

static struct bytes bytes_of(const struct handshake *h)
{
	struct bytes b = { .heap = malloc(2 * BYTES_MAX) };
	size_t i, n = 0, one;

	cr_assert(b.heap != NULL);
	for (i = 0; i < messages(h); i++) {
		if (h->message[i].text == NULL)
			continue;
		one = assemble(h->message[i].text, b.heap + n);
		b.of[i] = span_of(b.heap + n, one);
		n += one;
		cr_assert(n < BYTES_MAX);
	}
	return b;
}

static void say(struct talk *talk, const struct message *m, struct span bytes, const struct variant *v, bool concerned)
{
	if (m->text == NULL) {
		tls_gap(talk->t, m->side, m->gap);
	} else if (v->bytewise) {
		push_bytewise(talk, m->side, bytes);
	} else if (concerned && (v->cut || v->truncated || v->lost > 0)) {
		push(talk, m->side, span_take(bytes, v->at));
		if (v->lost > 0)
			tls_gap(talk->t, m->side, v->lost);
		if (!v->truncated)
			push(talk, m->side, span_skip(bytes, v->at + v->lost));
	} else {
		push(talk, m->side, bytes);
	}
}

static struct talk hold(const struct handshake *h, const struct bytes *b, const struct variant *v)
{
	struct talk talk = talk_new();
	size_t i, n = messages(h);

	for (i = 0; i < n; i++) {
		say(&talk, &h->message[i], b->of[i], v, i == v->number);
		if (i == v->number && v->truncated)
			break;
	}
	return talk;
}

/* ---- what came of it ---- */

struct words {
	char text[1024];
	size_t n;
};

static void __attribute__((format(printf, 2, 3))) put(struct words *w, const char *fmt, ...)
{
	va_list args;

	if (w->n > 0)
		w->text[w->n++] = ' ';
	va_start(args, fmt);
	w->n += (size_t)vsnprintf(w->text + w->n, sizeof w->text - w->n, fmt, args);
	va_end(args);
	cr_assert(w->n < sizeof w->text - 1);
}

static void put_name(struct words *w, const char *what, const struct tls_name *name)
{
	if (!name->set)
		return;
	if (name->n == TLS_NAME_MAX)
		put(w, "%s=255%s", what, name->cut ? "+" : "");
	else
		put(w, "%s=%.*s", what, (int)name->n, (const char *)name->bytes);
}

static void put_number(struct words *w, const char *name, unsigned number)
{
	if (name != NULL)
		put(w, "%s", name);
	else
		put(w, "%04x", number);
}

static void put_alert(struct words *w, const struct tls_peek *t)
{
	const char *side = t->alert_side == SIDE_CLIENT ? "client" : "server";
	const char *name = tls_alert_name(t->alert_description);

	if (name != NULL)
		put(w, "alert=%s,%u,%s", side, t->alert_level, name);
	else
		put(w, "alert=%s,%u,%u", side, t->alert_level, t->alert_description);
}

static struct words words_of(const struct talk *talk)
{
	const struct tls_peek *t = talk->t;
	struct words w = { .n = 0 };

	if (t->client_hello)
		put(&w, "client");
	if (t->hello_retry)
		put(&w, "retry");
	if (t->server_hello)
		put(&w, "server");
	if (t->server_hello || t->hello_retry) {
		put_number(&w, tls_version_name(t->version), t->version);
		put_number(&w, tls_cipher_name(t->cipher), t->cipher);
	}
	put_name(&w, "sni", &t->sni);
	put_name(&w, "offered", &t->alpn_offered);
	put_name(&w, "alpn", &t->alpn);
	if (t->alert)
		put_alert(&w, t);
	if (t->broken[SIDE_CLIENT])
		put(&w, "broken=client");
	if (t->broken[SIDE_SERVER])
		put(&w, "broken=server");
	if (!talk->more)
		put(&w, "over");
	return w;
}

static bool check(const struct handshake *h, const struct bytes *b, const struct variant *v, const char *how)
{
	struct talk talk = hold(h, b, v);
	struct words w = words_of(&talk);
	bool same = strcmp(w.text, h->expected) == 0;

	cr_expect(same, "%s, %s %zu at %zu:\n  expected %s\n  but was  %s", h->name, how, v->number, v->at, h->expected,
		  w.text);
	tls_free(talk.t);
	return same;
}

static void check_cuts(const struct handshake *h, const struct bytes *b)
{
	struct variant v = { .cut = true };

	for (v.number = 0; v.number < messages(h); v.number++)
		for (v.at = 0; v.at < b->of[v.number].n; v.at += b->of[v.number].n > 10000 ? 251 : 1)
			if (!check(h, b, &v, "cut in message"))
				return;
}

static void check_table(const struct handshake *h, size_t n)
{
	struct bytes b;

	for (; n > 0; n--, h++) {
		b = bytes_of(h);
		if (check(h, &b, &(struct variant){ 0 }, "whole") &&
		    check(h, &b, &(struct variant){ .bytewise = true }, "a byte at a time"))
			check_cuts(h, &b);
		free(b.heap);
	}
}

UNIT(tls, recorded)
{
	check_table(recorded, COUNT(recorded));
}

UNIT(tls, made_up)
{
	check_table(made_up, COUNT(made_up));
}

/* ---- what is not there ---- */

static bool name_known(const struct tls_name *part, const struct tls_name *whole)
{
	return !part->set || (whole->set && span_eq(span_of(part->bytes, part->n), span_of(whole->bytes, whole->n)));
}

/* True when part says nothing that whole does not. (A HelloRetryRequest's words are taken back by what follows.) */
static bool known(const struct tls_peek *part, const struct tls_peek *whole)
{
	return part->client_hello <= whole->client_hello && part->server_hello <= whole->server_hello &&
	       part->hello_retry <= whole->hello_retry && part->alert <= whole->alert &&
	       (!part->server_hello || (part->version == whole->version && part->cipher == whole->cipher)) &&
	       name_known(&part->sni, &whole->sni) && name_known(&part->alpn_offered, &whole->alpn_offered) &&
	       name_known(&part->alpn, &whole->alpn) && !part->broken[SIDE_CLIENT] && !part->broken[SIDE_SERVER];
}

static void check_known(const struct handshake *h, const struct bytes *b, const struct variant *v,
			const struct tls_peek *whole)
{
	struct talk talk = hold(h, b, v);

	cr_expect(known(talk.t, whole), "%s, message %zu, %zu bytes at %zu: %s", h->name, v->number, v->lost, v->at,
		  words_of(&talk).text);
	tls_free(talk.t);
}

/* Each recording, with what is to be done to it at each of its bytes. */
static void at_every_byte(struct variant v)
{
	size_t i;

	for (i = 0; i < COUNT(recorded); i++) {
		const struct handshake *h = &recorded[i];
		struct bytes b = bytes_of(h);
		struct talk whole = hold(h, &b, &(struct variant){ 0 });

		for (v.number = 0; v.number < messages(h); v.number++)
			for (v.at = 0; v.at < b.of[v.number].n; v.at++)
				check_known(h, &b, &v, whole.t);
		tls_free(whole.t);
		free(b.heap);
	}
}

UNIT(tls, truncated)
{
	at_every_byte((struct variant){ .truncated = true });
}

UNIT(tls, gaps)
{
	size_t i, lost[] = { 1, 2, 5, 40, 700 };

	for (i = 0; i < COUNT(lost); i++)
		at_every_byte((struct variant){ .lost = lost[i] });
}

UNIT(tls, small_gaps_are_survived)
{
	const struct handshake *h = &recorded[2];
	struct bytes b = bytes_of(h);
	size_t survived = 0;
	struct variant v = { .lost = 1 };

	for (; v.at < b.of[0].n; v.at++) {
		struct talk talk = hold(h, &b, &v);

		survived += talk.t->client_hello;
		tls_free(talk.t);
	}
	/* Random, session's id, ciphers and most extensions. */
	cr_expect(survived > b.of[0].n / 2, "%zu of %zu", survived, b.of[0].n);
	free(b.heap);
}

/* ---- the rest ---- */

UNIT(tls, starts)
{
	static const struct {
		struct span bytes;
		bool handshake, alert;
	} cases[] = {
		{ BYTES("\x16"), true, false },
		{ BYTES("\x16\x03"), true, false },
		{ BYTES("\x16\x03\x00\x00"), true, false },
		{ BYTES("\x16\x02"), false, false },
		{ BYTES("\x15"), false, true },
		{ BYTES("\x15\x03\x03\x00\x02\x02\x28"), false, true },
		{ BYTES("\x15\x15"), false, false },
		{ BYTES("\x80\x2e\x01\x03\x01"), false, false },
		{ BYTES("+OK\r\n"), false, false },
		{ { NULL, 0 }, false, false },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		cr_expect(tls_starts(cases[i].bytes) == cases[i].handshake, "%zu", i);
		cr_expect(tls_alert_starts(cases[i].bytes) == cases[i].alert, "%zu", i);
	}
}

UNIT(tls, names)
{
	cr_expect_str_eq(tls_version_name(TLS_SSL3), "SSLv3");
	cr_expect_str_eq(tls_version_name(TLS_1_0), "TLSv1");
	cr_expect_str_eq(tls_version_name(TLS_1_1), "TLS 1.1");
	cr_expect_str_eq(tls_version_name(TLS_1_2), "TLS 1.2");
	cr_expect_str_eq(tls_version_name(TLS_1_3), "TLS 1.3");
	cr_expect_null(tls_version_name(0x0305));
	cr_expect_null(tls_version_name(0));
	cr_expect_str_eq(tls_cipher_name(0x0005), "TLS_RSA_WITH_RC4_128_SHA");
	cr_expect_str_eq(tls_cipher_name(0x1303), "TLS_CHACHA20_POLY1305_SHA256");
	cr_expect_null(tls_cipher_name(0));
	cr_expect_null(tls_cipher_name(0xffff));
	cr_expect_str_eq(tls_alert_name(0), "close_notify");
	cr_expect_str_eq(tls_alert_name(120), "no_application_protocol");
	cr_expect_null(tls_alert_name(1));
	cr_expect_null(tls_alert_name(255));
}

UNIT(tls, nothing)
{
	struct tls_peek *t = tls_new();

	cr_assert_not_null(t);
	cr_expect(tls_push(t, SIDE_CLIENT, span_of(NULL, 0)));
	tls_gap(t, SIDE_CLIENT, 0);
	cr_expect(tls_push(t, SIDE_SERVER, SPAN("+")) && t->broken[SIDE_SERVER]);
	cr_expect(!t->client_hello && !t->server_hello && !t->alert && t->version == 0 && t->cipher == 0);
	tls_free(t);
	tls_free(NULL);
}
