/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What TLS says of itself before it is encrypted: both hellos and the alerts in plaintext. Pure, like the
 * room; nothing is buffered but the few bytes of a field that is cut, and the names that are kept.
 * RFC 8446 (TLS 1.3), 5246 (1.2, appendix E.2: hellos in the clothes of SSLv2), 6101 (SSLv3), 6066 (SNI),
 * 7301 (ALPN), 8701 (GREASE).
 */
#ifndef PLAINPOP_POP3_TLS_H
#define PLAINPOP_POP3_TLS_H

#include "plainpop/event.h"

#define TLS_NAME_MAX 255          /* bytes of a name that are kept */
#define TLS_LOOK_MAX (64 * 1024)  /* bytes a side that are looked at: long chains of certificates, and an alert */

#define TLS_SSL3 0x0300
#define TLS_1_0 0x0301
#define TLS_1_1 0x0302
#define TLS_1_2 0x0303
#define TLS_1_3 0x0304

#define TLS_ALERT_FATAL 2

/* A name as it stood on the wire: any bytes at all. */
struct tls_name {
	bool set; /* it is there, whole; the rest means nothing before */
	bool cut; /* it was longer than TLS_NAME_MAX */
	uint8_t n;
	uint8_t bytes[TLS_NAME_MAX];
};

/* Of a side; the parser's own. */
struct tls_side {
	uint32_t looked;   /* bytes so far, those missing among them */
	uint8_t head[11];  /* of a record, as far as it is there; of a hello of SSLv2: with its lengths */
	uint8_t have;      /* bytes in head */
	uint8_t body_kind;
	uint16_t body;     /* bytes of the record at hand that are still to come */
	uint8_t alert[2];
	bool begun;        /* one record began */
	bool changed;      /* ChangeCipherSpec */
	bool protected;    /* application data */
	bool over;         /* it gave up, or a gap took the beginning of a record, or the hello's next field */

	uint8_t step;      /* the part of the hello that is being read */
	uint8_t field[4];  /* what of it is there */
	uint8_t n_field;
	uint32_t want;     /* bytes that it is short of */
	uint32_t left;     /* bytes of the message behind it, */
	uint16_t inside;   /* and of the extension */
	bool retry;        /* its random is the HelloRetryRequest's, as far as it is there */
	uint16_t version, selected, cipher; /* of a ServerHello that is not whole yet */
};

/* A connection. What is known of it may be read at any time; all of it is zero at first. */
struct tls_peek {
	bool client_hello;         /* it was seen whole, in the form of SSLv2 too */
	bool server_hello;         /* likewise; a HelloRetryRequest does not count */
	bool hello_retry;          /* HelloRetryRequest */
	bool alert;                /* the first in plaintext; a fatal one takes the place of a warning */
	bool broken[2];            /* indexed by side: what it sent is not TLS, from its first byte or a later one on */
	uint16_t version;          /* negotiated, of server_hello or hello_retry: TLS_1_2 */
	uint16_t cipher;           /* likewise: its number with IANA */
	enum side alert_side;
	uint8_t alert_level;       /* 1 warning, TLS_ALERT_FATAL */
	uint8_t alert_description;
	struct tls_name sni;          /* the host the client asked for */
	struct tls_name alpn_offered; /* the client's first protocol that is no GREASE */
	struct tls_name alpn;         /* the server's choice; TLS 1.3 encrypts it */

	struct tls_side from[2];   /* not to be looked at: indexed by side */
};

/* Heap; NULL when there is no memory. */
struct tls_peek *tls_new(void);

/* Gives it back. t may be NULL. */
void tls_free(struct tls_peek *t);

/*
 * Bytes that side sent, in order, the first byte of TLS first. Cut as they may be, the results are the same.
 * False: of neither side anything more can be learnt. It is encrypted, or no TLS, or had a fatal alert, or a gap
 * left no way to tell where records begin, or TLS_LOOK_MAX is reached. What is pushed then is ignored.
 */
bool tls_push(struct tls_peek *t, enum side side, struct span bytes);

/*
 * n bytes that side sent here are missing. Where they are bytes that are skipped anyway, inside of one record,
 * nothing is lost; otherwise that is all of that side.
 */
void tls_gap(struct tls_peek *t, enum side side, uint64_t n);

/*
 * True when bytes could be the beginning of a record of handshake (RFC 8446 section 5.1: 0x16 0x03), or of
 * alert (0x15 0x03), with as many bytes as there are. False for none.
 */
static inline bool tls_starts(struct span bytes)
{
	return bytes.n > 0 && bytes.p[0] == 0x16 && (bytes.n == 1 || bytes.p[1] == 3);
}

static inline bool tls_alert_starts(struct span bytes)
{
	return bytes.n > 0 && bytes.p[0] == 0x15 && (bytes.n == 1 || bytes.p[1] == 3);
}

/* "SSLv3", "TLSv1", "TLS 1.2": Suricata's words. Static; NULL for numbers that are none of its five. */
const char *tls_version_name(uint16_t version);

/* "TLS_AES_128_GCM_SHA256": as IANA calls it. Static; NULL for those that are hardly met. */
const char *tls_cipher_name(uint16_t cipher);

/* "handshake_failure": RFC 8446 section 6 and its predecessors. Static; NULL for numbers without a name. */
const char *tls_alert_name(uint8_t description);

#endif
