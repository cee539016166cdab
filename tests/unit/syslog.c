/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The syslog transports: targets and options, messages byte for byte, and what arrives at receivers that end in the middle, hang
 * or are not who they should be. Receivers are threads of the test on loopback.
 */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../../src/emit/tls.h"
#include "../../src/emit/transport/syslog.h"
#include "../../src/emit/resend.h"
#include "unit.h"

/* ---- targets and options ---- */

UNIT(syslog, targets)
{
	static const struct {
		const char *target, *message;
	} cases[] = {
		{ "syslog:", "" },
		{ "syslog:/run/log", "" },
		{ "syslog+udp://h", "" },
		{ "syslog+udp://h:1514", "" },
		{ "syslog+tcp://192.0.2.1:601", "" },
		{ "syslog+tcp://[2001:db8::1]", "" },
		{ "syslog+tls://[2001:db8::1]:6514", "" },
		{ "syslog+tls://logs.example.org", "" },
		{ "syslog:log", "not of the form syslog:[/PATH]" },
		{ "syslog://h:514", "syslog+udp://HOST" },
		{ "syslog+udp://", "not of the form syslog+udp://HOST[:PORT]" },
		{ "syslog+udp://h/x", "not of the form syslog+udp://" },
		{ "syslog+tcp://:514", "not of the form syslog+tcp://HOST[:PORT]" },
		{ "syslog+tcp://h:0", "not of the form syslog+tcp://" },
		{ "syslog+tcp://h:65536", "not of the form" },
		{ "syslog+tcp://h:514/", "not of the form" },
		{ "syslog+tls://[::1", "not of the form syslog+tls://HOST[:PORT]" },
		{ "syslog+tls://me@h", "not of the form" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		const struct transport *how = transport_for(cases[i].target);
		char err[OUTPUT_ERROR_SIZE] = "";
		void *t = how->open(cases[i].target, err);

		cr_expect((t != NULL) == (cases[i].message[0] == '\0'), "%s: %s", cases[i].target, err);
		cr_expect(strstr(err, cases[i].message) != NULL, "%s: %s", cases[i].target, err);
		if (t != NULL)
			how->free(t);
	}
}

static void *open_target(const char *target)
{
	char err[OUTPUT_ERROR_SIZE] = "";
	void *t = transport_for(target)->open(target, err);

	cr_assert(t != NULL, "%s: %s", target, err);
	return t;
}

UNIT(syslog, options)
{
	static const struct {
		const char *target, *name, *value, *message;
	} cases[] = {
		{ "syslog:", "facility", "local0", "" },
		{ "syslog+udp://h", "facility", "authpriv", "" },
		{ "syslog+tcp://h", "hostname", "sensor-1.example.org", "" },
		{ "syslog+tcp://h", "resend", "0", "" },
		{ "syslog+tcp://h", "resend", "65536", "" },
		{ "syslog+tls://h", "name", "logs.example.org", "" },
		{ "syslog+tls://h", "verify", "yes", "" },
		{ "syslog:", "facility", "local8", "no such facility: local8" },
		{ "syslog:", "facility", "", "no such facility" },
		{ "syslog:", "hostname", "a b", "hostname=: 1 to 255" },
		{ "syslog:", "hostname", "", "hostname=: 1 to 255" },
		{ "syslog:", "hostname", "s\xc3\xa9nsor", "hostname=: 1 to 255" },
		{ "syslog+udp://h", "resend", "1", "no such option: resend" },
		{ "syslog+tcp://h", "resend", "65537", "resend=: KiB, from 0 to 65536" },
		{ "syslog+tcp://h", "resend", "-1", "resend=: KiB" },
		{ "syslog+tcp://h", "resend", "1M", "resend=: KiB" },
		{ "syslog+tcp://h", "ca", "/dev/null", "no such option: ca" },
		{ "syslog+tls://h", "ca", "/nonexistent", "ca=/nonexistent: " },
		{ "syslog+tls://h", "ca", "/dev/null", "ca=/dev/null: " },
		{ "syslog+tls://h", "cert", "/nonexistent", "cert=/nonexistent: No such file" },
		{ "syslog+tls://h", "key", "/nonexistent", "key=/nonexistent: No such file" },
		{ "syslog+tls://h", "key", "/dev/null", "key=/dev/null: no private key in PEM" },
		{ "syslog+tls://h", "key", "/dev/zero", "key=/dev/zero: File too large" },
		{ "syslog+tls://h", "name", "", "name=: a name has 1 to 255 bytes" },
		{ "syslog+tls://h", "verify", "maybe", "verify=maybe: yes or no" },
		{ "syslog+tls://h", "ciphers", "all", "no such option: ciphers" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		const struct transport *how = transport_for(cases[i].target);
		void *t = open_target(cases[i].target);
		char err[OUTPUT_ERROR_SIZE] = "";
		bool ok = how->option(t, cases[i].name, cases[i].value, err);

		cr_expect(ok == (cases[i].message[0] == '\0'), "%s=%s: %s", cases[i].name, cases[i].value, err);
		cr_expect(strstr(err, cases[i].message) != NULL, "%s=%s: %s", cases[i].name, cases[i].value, err);
		how->free(t);
	}
}

UNIT(syslog, hostnames)
{
	static const struct {
		const char *name, *expected;
	} cases[] = {
		{ "sensor", "sensor" },
		{ "sensor.example.org", "sensor.example.org" },
		{ "", "-" },
		{ "a b", "a_b" },
		{ "a\nb\t\x7f", "a_b__" },
		{ "s\xc3\xa9", "s__" },
		{ "!~", "!~" },
	};
	char longest[300], out[SYSLOG_HOSTNAME_SIZE];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		syslog_hostname(cases[i].name, out);
		cr_expect_str_eq(out, cases[i].expected);
	}
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	syslog_hostname(longest, out);
	cr_expect(strlen(out) == 255);
}

/* ---- messages ---- */

#define ID "000102030405060708090a0b0c0d0e0f"
#define TS 1767225599000042 /* 2025-12-31T23:59:59.000042Z */

static struct shipment shipment(uint8_t type, uint8_t severity, const char *line)
{
	struct shipment r = { .ts = TS, .type = type, .severity = severity, .line = line, .n = (uint32_t)strlen(line) };
	size_t i;

	for (i = 0; i < SHIPMENT_ID; i++)
		r.id[i] = (uint8_t)i;
	return r;
}

UNIT(syslog, messages)
{
	static const struct {
		unsigned facility;
		uint8_t type, severity;
		const char *key, *expected, *local;
	} cases[] = {
		{ 21, RECORD_ALERT, 1, "", "<169>1 2025-12-31T23:59:59.000042Z sensor plainpop 77 alert [plainpop@32473 id=\"" ID "\"] ",
		  "<169>Jan  1 05:29:59 plainpop[77]: " },
		{ 21, RECORD_ALERT, 2, "", "<171>1 2025-12-31T23:59:59.000042Z sensor plainpop 77 alert [plainpop@32473 id=\"" ID "\"] ",
		  "<171>Jan  1 05:29:59 plainpop[77]: " },
		{ 21, RECORD_ALERT, 3, "", "<172>1 2025-12-31T23:59:59.000042Z sensor plainpop 77 alert [plainpop@32473 id=\"" ID "\"] ",
		  "<172>Jan  1 05:29:59 plainpop[77]: " },
		{ 21, RECORD_ALERT, 0, "", "<172>1 2025-12-31T23:59:59.000042Z sensor plainpop 77 alert [plainpop@32473 id=\"" ID "\"] ",
		  "<172>Jan  1 05:29:59 plainpop[77]: " },
		{ 21, RECORD_ANOMALY, 0, "",
		  "<173>1 2025-12-31T23:59:59.000042Z sensor plainpop 77 anomaly [plainpop@32473 id=\"" ID "\"] ",
		  "<173>Jan  1 05:29:59 plainpop[77]: " },
		{ 21, RECORD_POP3, 0, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
		  "<174>1 2025-12-31T23:59:59.000042Z sensor plainpop 77 pop3 [plainpop@32473 id=\"" ID
		  "\" community_id=\"1:LQU9qZlK+B5F3KDmev6m5PMibrg=\"] ",
		  "<174>Jan  1 05:29:59 plainpop[77]: " },
		{ 21, RECORD_STATS, 0, "", "<174>1 2025-12-31T23:59:59.000042Z sensor plainpop 77 stats [plainpop@32473 id=\"" ID "\"] ",
		  "<174>Jan  1 05:29:59 plainpop[77]: " },
		{ 0, RECORD_ALERT, 1, "", "<1>1 2025-12-31T23:59:59.000042Z sensor plainpop 77 alert [plainpop@32473 id=\"" ID "\"] ",
		  "<1>Jan  1 05:29:59 plainpop[77]: " },
		{ 23, RECORD_STATS, 0, "a\"b\\c]d",
		  "<190>1 2025-12-31T23:59:59.000042Z sensor plainpop 77 stats [plainpop@32473 id=\"" ID
		  "\" community_id=\"a\\\"b\\\\c\\]d\"] ",
		  "<190>Jan  1 05:29:59 plainpop[77]: " },
	};
	struct syslog_sender s = { .hostname = "sensor", .procid = 77 };
	size_t i;

	setenv("TZ", "IST-5:30", 1);
	tzset();
	for (i = 0; i < COUNT(cases); i++) {
		struct shipment r = shipment(cases[i].type, cases[i].severity, "{\"user\":\"ren\xc3\xa9\"}");
		char out[SYSLOG_HEADER_SIZE], counted[SYSLOG_HEADER_SIZE];
		struct span h, c;

		strncpy(r.key, cases[i].key, sizeof r.key - 1);
		s.facility = cases[i].facility;
		h = syslog_header(&s, &r, false, out);
		cr_expect(h.n == strlen(cases[i].expected) && memcmp(h.p, cases[i].expected, h.n) == 0, "%zu: %.*s", i,
			  (int)h.n, out);
		/* Octets, not characters. */
		c = syslog_header(&s, &r, true, counted);
		cr_expect(strtoul(counted, NULL, 10) == h.n + r.n, "%zu: %.*s", i, (int)c.n, counted);
		cr_expect(c.n > h.n + 1 && c.p[c.n - h.n - 1] == ' ' && memcmp(c.p + c.n - h.n, h.p, h.n) == 0);
		h = syslog_local_header(&s, &r, out);
		cr_expect(h.n == strlen(cases[i].local) && memcmp(h.p, cases[i].local, h.n) == 0, "%zu: %.*s", i, (int)h.n,
			  out);
	}
}

/* Whatever is in it, it fits. */
UNIT(syslog, longest_header)
{
	struct syslog_sender s = { .facility = 23, .procid = INT64_MAX };
	struct shipment r = shipment(RECORD_ANOMALY, 0, "");
	char out[SYSLOG_HEADER_SIZE];
	struct span h;

	memset(s.hostname, 'x', sizeof s.hostname - 1);
	memset(r.key, ']', sizeof r.key - 1);
	r.n = SHIPMENT_MAX;
	h = syslog_header(&s, &r, true, out);
	cr_expect(h.n < sizeof out);
	cr_expect(memcmp(h.p + h.n - 5, "\\]\"] ", 5) == 0, "%.*s", (int)h.n, out);
	cr_expect(strtoul(out, NULL, 10) + 7 == h.n + r.n);
}

/* ---- the window ---- */

/* Frames of all lengths through a small ring, sent in odd pieces, compared with what should come out. */
UNIT(syslog, window)
{
	struct resend w;
	static char line[RESEND_FRAME_MAX];
	uint64_t sent = 0, put = 0, random = 1;
	size_t i, k;

	cr_assert(resend_init(&w, 300000));
	for (i = 0; i < 3000; i++) {
		char header[16];
		size_t n = (random = random * 6364136223846793005u + 1442695040888963407u) >> 33;
		uint64_t from = w.head;

		n = i % 50 == 0 ? n % (SHIPMENT_MAX - 16) : n % 2000;
		memset(line, 'a' + (int)(i % 26), n);
		snprintf(header, sizeof header, "%zu ", n);
		resend_put(&w, span_str(header), span_of(line, n));
		put = from + strlen(header) + n;
		cr_assert(w.head == put && w.head - w.tail <= w.size);
		if (i % 7 == 0) { /* fails in the middle of it: taken out, or sent to its end */
			size_t half = resend_unsent(&w).n / 2 + 1;

			resend_sent(&w, half);
			k = resend_cut(&w, from);
			cr_assert(k == (half == strlen(header) + n) && w.sent == (k ? put : from) && w.head == w.sent);
			if (i % 21 == 0) {
				cr_assert(resend_rewind(&w) <= 300000 && w.sent == w.tail);
				cr_assert(w.tail == 0 || w.ring[w.tail % w.size] != ' ');
			}
		}
		while (resend_unsent_bytes(&w) > 0)
			resend_sent(&w, resend_unsent(&w).n);
		sent = w.sent;
		if (i == 1500) {
			resend_grow(&w, 700000);
			cr_assert(w.sent == sent && w.keep == 700000);
			cr_assert(resend_rewind(&w) > 0);
			resend_sent(&w, resend_unsent_bytes(&w));
		}
		if (i > 1500)
			w.keep = 300000;
	}
	/* What is left is whole frames, each of one letter. */
	resend_rewind(&w);
	for (k = 0; w.sent < w.head; k++) {
		size_t n = 0, at;

		for (; w.ring[w.sent % w.size] != ' '; w.sent++)
			n = n * 10 + (size_t)(w.ring[w.sent % w.size] - '0');
		w.sent++;
		for (at = 1; at < n; at++)
			cr_assert(w.ring[(w.sent + at) % w.size] == w.ring[w.sent % w.size]);
		w.sent += n;
	}
	cr_expect(k > 10 && w.sent == w.head);
	resend_forget(&w);
	cr_expect(resend_rewind(&w) == 0);
	resend_fini(&w);
}

/* ---- datagrams ---- */

static void *opened(const char *target)
{
	char err[OUTPUT_ERROR_SIZE] = "";
	void *t = open_target(target);

	cr_assert(transport_for(target)->option(t, "hostname", "sensor", err), "%s", err);
	signal(SIGPIPE, SIG_IGN); /* as it is in the program */
	return t;
}

static size_t deliver_one(const char *target, void *t, const char *line, uint64_t *refused)
{
	struct shipment r = shipment(RECORD_POP3, 0, line);
	char err[OUTPUT_ERROR_SIZE] = "";
	size_t n = transport_for(target)->deliver(t, &r, 1, refused, err);

	cr_expect(n == 1, "%s: %s", target, err);
	return n;
}

/* What arrives has the record at its end, behind a header. */
static void expect_arrived(int fd, const char *begin, const char *end, size_t end_n)
{
	char got[1000];
	ssize_t n = recv(fd, got, sizeof got, 0);

	cr_assert(n > (ssize_t)(strlen(begin) + end_n));
	cr_expect(memcmp(got, begin, strlen(begin)) == 0, "%.*s", (int)n, got);
	cr_expect(memcmp(got + n - end_n, end, end_n) == 0, "%.*s", (int)n, got);
}

/* A socket on loopback, and its port. */
static int loopback(int type, int *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type, 0);
	socklen_t size = sizeof a;

	cr_assert(bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && getsockname(fd, (struct sockaddr *)&a, &size) == 0);
	*port = ntohs(a.sin_port);
	return fd;
}

UNIT(syslog, udp)
{
	int port, fd = loopback(SOCK_DGRAM, &port);
	char target[64], err[OUTPUT_ERROR_SIZE] = "", *line = calloc(1, 70001);
	uint64_t refused = 0;
	void *t;

	snprintf(target, sizeof target, "syslog+udp://127.0.0.1:%d", port);
	t = opened(target);
	cr_assert(transport_syslog_datagram.connect(t, err) == 0, "%s", err);
	deliver_one(target, t, "{\"n\":1}", &refused);
	memset(line, 'x', 70000);
	deliver_one(target, t, line, &refused);
	cr_expect(refused == 1, "too long for UDP");
	deliver_one(target, t, "{\"n\":2}", &refused);
	cr_expect(refused == 1);
	expect_arrived(fd, "<174>1 2025-12-31T23:59:59.000042Z sensor plainpop ", "\"] {\"n\":1}", 10);
	expect_arrived(fd, "<174>1 2025-12-31T23:59:59.000042Z sensor plainpop ", "\"] {\"n\":2}", 10);
	transport_syslog_datagram.disconnect(t);
	transport_syslog_datagram.free(t);
	free(line);
	close(fd);
}

UNIT(syslog, dev_log)
{
	static const struct {
		int type;
		size_t end; /* with or without the NUL that parts messages of a stream */
	} cases[] = { { SOCK_DGRAM, 10 }, { SOCK_STREAM, 11 } };
	char directory[] = "/tmp/plainpop-syslog-XXXXXX", target[128], err[OUTPUT_ERROR_SIZE] = "";
	size_t i;

	cr_assert(mkdtemp(directory) != NULL);
	setenv("TZ", "UTC0", 1);
	for (i = 0; i < COUNT(cases); i++) {
		struct sockaddr_un a = { .sun_family = AF_UNIX };
		int fd = socket(AF_UNIX, cases[i].type, 0), from = fd;
		uint64_t refused = 0;
		void *t;

		snprintf(a.sun_path, sizeof a.sun_path, "%s/log", directory);
		snprintf(target, sizeof target, "syslog:%s", a.sun_path);
		t = opened(target);
		cr_expect(transport_syslog_datagram.connect(t, err) != 0);
		cr_expect(strstr(err, "/log: No such file") != NULL, "%s", err);
		cr_assert(bind(fd, (struct sockaddr *)&a, sizeof a) == 0);
		cr_assert(cases[i].type == SOCK_DGRAM || listen(fd, 1) == 0);
		cr_assert(transport_syslog_datagram.connect(t, err) == 0, "%s", err);
		deliver_one(target, t, "{\"n\":345}", &refused);
		if (cases[i].type == SOCK_STREAM)
			from = accept(fd, NULL, NULL);
		expect_arrived(from, "<174>Dec 31 23:59:59 plainpop[", " {\"n\":345}", cases[i].end);
		transport_syslog_datagram.disconnect(t);
		transport_syslog_datagram.free(t);
		if (from != fd)
			close(from);
		close(fd);
		unlink(a.sun_path);
	}
	rmdir(directory);
}

/* ---- certificates, made here ---- */

static char folder[] = "/tmp/plainpop-syslog-XXXXXX";

static const char *file(const char *name)
{
	static char path[4][96];
	static int turn;

	turn = (turn + 1) % 4;
	snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
	return path[turn];
}

static void extend(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = value != NULL ? X509V3_EXT_conf_nid(NULL, NULL, nid, value) : NULL;

	if (e != NULL)
		X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

struct identity {
	X509 *x;
	EVP_PKEY *key;
};

/* name.pem and name.key, good until so many seconds from now; signed by itself without issuer. */
static struct identity certify(const char *name, const char *common, const char *alternative, long until,
			       const struct identity *issuer)
{
	struct identity id = { X509_new(), EVP_EC_gen("P-256") };
	X509_NAME *subject = X509_get_subject_name(id.x);
	char path[64];
	FILE *f;

	X509_set_version(id.x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(id.x), random());
	X509_gmtime_adj(X509_getm_notBefore(id.x), -86400);
	X509_gmtime_adj(X509_getm_notAfter(id.x), until);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const uint8_t *)common, -1, -1, 0);
	X509_set_issuer_name(id.x, issuer != NULL ? X509_get_subject_name(issuer->x) : subject);
	X509_set_pubkey(id.x, id.key);
	extend(id.x, NID_subject_alt_name, alternative);
	extend(id.x, NID_basic_constraints, issuer != NULL ? NULL : "critical,CA:TRUE");
	cr_assert(X509_sign(id.x, issuer != NULL ? issuer->key : id.key, EVP_sha256()) > 0);
	snprintf(path, sizeof path, "%s.pem", name);
	f = fopen(file(path), "w");
	cr_assert(f != NULL && PEM_write_X509(f, id.x) == 1 && fclose(f) == 0);
	snprintf(path, sizeof path, "%s.key", name);
	f = fopen(file(path), "w");
	cr_assert(f != NULL && PEM_write_PrivateKey(f, id.key, NULL, NULL, 0, NULL, NULL) == 1 && fclose(f) == 0);
	chmod(file(path), 0600);
	return id;
}

static const struct {
	const char *name, *common, *alternative;
	long until;
	bool other; /* signed by another authority */
} certificates[] = {
	{ "good", "good", "DNS:localhost,IP:127.0.0.1", 86400, false },
	{ "named", "named", "DNS:logs.example.org,DNS:*.siem.example.org", 86400, false },
	{ "common", "localhost", NULL, 86400, false },
	{ "expired", "expired", "DNS:localhost", -3600, false },
	{ "stranger", "stranger", "DNS:localhost", 86400, true },
	{ "client", "sensor-1", NULL, 86400, false },
};

static void certify_all(void)
{
	struct identity ca, other;
	size_t i;

	cr_assert(mkdtemp(folder) != NULL);
	ca = certify("ca", "test authority", NULL, 86400, NULL);
	other = certify("other", "another authority", NULL, 86400, NULL);
	for (i = 0; i < COUNT(certificates); i++) {
		struct identity id = certify(certificates[i].name, certificates[i].common, certificates[i].alternative,
					     certificates[i].until, certificates[i].other ? &other : &ca);

		X509_free(id.x);
		EVP_PKEY_free(id.key);
	}
	X509_free(ca.x);
	EVP_PKEY_free(ca.key);
	X509_free(other.x);
	EVP_PKEY_free(other.key);
}

static void remove_all(void)
{
	char path[64];
	size_t i;

	for (i = 0; i < COUNT(certificates) + 2; i++) {
		const char *name = i < COUNT(certificates) ? certificates[i].name : i == COUNT(certificates) ? "ca" : "other";

		snprintf(path, sizeof path, "%s.pem", name);
		unlink(file(path));
		snprintf(path, sizeof path, "%s.key", name);
		unlink(file(path));
	}
	rmdir(folder);
}

/* ---- receivers ---- */

#define RECEIVED_MAX 400000

struct receiver {
	int listener;
	char target[64];
	SSL_CTX *ctx;    /* NULL: without TLS */
	size_t frames;   /* closes the connection after so many; 0: when the sender does, */
	bool early,      /* with something unread */
		silent;  /* without close_notify */
	pthread_t thread;
	/* What arrived on one connection: numbers, as they stand in records, each with an id made of it. */
	uint32_t *number;
	size_t n, garbled;
	char client[64]; /* whose certificate the sender has shown */
};

static void receiver_open(struct receiver *v, SSL_CTX *ctx)
{
	int port;

	*v = (struct receiver){ .listener = loopback(SOCK_STREAM, &port), .ctx = ctx };
	cr_assert(listen(v->listener, 4) == 0);
	snprintf(v->target, sizeof v->target, "syslog+%s://%s:%d", ctx != NULL ? "tls" : "tcp",
		 ctx != NULL ? "localhost" : "127.0.0.1", port);
	v->number = calloc(RECEIVED_MAX, sizeof *v->number);
}

static void receiver_close(struct receiver *v)
{
	close(v->listener);
	SSL_CTX_free(v->ctx);
	free(v->number);
}

/* How many bytes of whole frames were at the beginning of the text. */
static size_t take_frames(struct receiver *v, char *text, size_t n)
{
	size_t used = 0;

	while (v->frames == 0 || v->n < v->frames) {
		char *space = memchr(text + used, ' ', n - used), *message, *end, *id, want[40];
		size_t length;
		unsigned k;

		if (space == NULL)
			break;
		length = strtoul(text + used, NULL, 10);
		message = space + 1;
		end = message + length;
		if (end > text + n)
			break;
		id = memmem(message, length, " id=\"", 5);
		if (id == NULL || end[-1] != '}' || sscanf(end - 12, "{\"n\":%6u}", &k) != 1 || v->n == RECEIVED_MAX) {
			v->garbled++;
			return n;
		}
		snprintf(want, sizeof want, " id=\"%08x%024d\"", k, 0);
		v->garbled += memcmp(id, want, strlen(want)) != 0;
		v->number[v->n++] = k;
		used = (size_t)(end - text);
	}
	return used;
}

static void read_frames(struct receiver *v, int fd, SSL *ssl)
{
	static const size_t size = RESEND_FRAME_MAX + 1;
	char *text = malloc(size);
	size_t n = 0, used;
	ssize_t got;

	while (v->frames == 0 || v->n < v->frames) {
		got = ssl != NULL ? SSL_read(ssl, text + n, (int)(size - 1 - n)) : recv(fd, text + n, size - 1 - n, 0);
		if (got <= 0)
			break;
		n += (size_t)got;
		text[n] = '\0';
		used = take_frames(v, text, n);
		memmove(text, text + used, n - used);
		n -= used;
	}
	if (v->early && v->frames > 0)
		recv(fd, text, 1, MSG_PEEK);
	free(text);
}

static void *receive_one(void *arg)
{
	struct receiver *v = arg;
	int fd = accept(v->listener, NULL, NULL);
	SSL *ssl = v->ctx != NULL ? SSL_new(v->ctx) : NULL;
	X509 *client;

	if (ssl != NULL) {
		SSL_set_fd(ssl, fd);
		if (SSL_accept(ssl) == 1) {
			client = SSL_get0_peer_certificate(ssl);
			if (client != NULL)
				X509_NAME_get_text_by_NID(X509_get_subject_name(client), NID_commonName, v->client,
							  sizeof v->client);
			read_frames(v, fd, ssl);
			if (!v->silent)
				SSL_shutdown(ssl);
		}
		SSL_free(ssl);
	} else {
		read_frames(v, fd, NULL);
	}
	close(fd);
	ERR_clear_error();
	return NULL;
}

/* Takes one connection: so many frames, or all. */
static void receiver_start(struct receiver *v, size_t frames)
{
	v->frames = frames;
	v->n = v->garbled = 0;
	v->client[0] = '\0';
	cr_assert(pthread_create(&v->thread, NULL, receive_one, v) == 0);
}

static void receiver_join(struct receiver *v)
{
	pthread_join(v->thread, NULL);
}

static SSL_CTX *server(const char *name, const char *client_ca, int max_version)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	char pem[64], key[64];

	snprintf(pem, sizeof pem, "%s.pem", name);
	snprintf(key, sizeof key, "%s.key", name);
	cr_assert(SSL_CTX_use_certificate_chain_file(ctx, file(pem)) == 1);
	cr_assert(SSL_CTX_use_PrivateKey_file(ctx, file(key), SSL_FILETYPE_PEM) == 1);
	if (max_version != 0) {
		SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
		SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
		SSL_CTX_set_max_proto_version(ctx, max_version);
	}
	if (client_ca != NULL) {
		cr_assert(SSL_CTX_load_verify_file(ctx, file(client_ca)) == 1);
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	}
	return ctx;
}

/* ---- senders ---- */

static void limit(void *t, int answer_ms)
{
	syslog_stream_limit(t, (struct syslog_limits){ .answer_ms = answer_ms, .reset_ms = 20 });
}

/* A receiver, and who sends to it; neither has begun. */
static void *pair(struct receiver *v, SSL_CTX *ctx)
{
	char err[OUTPUT_ERROR_SIZE] = "";
	void *t;

	receiver_open(v, ctx);
	t = opened(v->target);
	limit(t, TRANSPORT_TIMEOUT * 1000);
	if (ctx != NULL)
		cr_assert(transport_syslog_stream.option(t, "ca", file("ca.pem"), err), "%s", err);
	return t;
}

#define BATCH 100

/* Delivers the records from this number on, so many. How many of them are done with. */
static size_t deliver(void *t, uint32_t from, size_t n, size_t pad, char err[OUTPUT_ERROR_SIZE])
{
	static char line[BATCH][3000];
	struct shipment r[BATCH];
	uint64_t refused = 0;
	size_t i, done;

	cr_assert(n <= BATCH && pad + 100 < sizeof line[0]);
	for (i = 0; i < n; i++) {
		uint32_t number = from + (uint32_t)i;

		snprintf(line[i], sizeof line[i], "%*s{\"n\":%06u}", (int)pad, "", number);
		r[i] = shipment(RECORD_POP3, 0, line[i]);
		memset(r[i].id, 0, sizeof r[i].id);
		r[i].id[0] = (uint8_t)(number >> 24);
		r[i].id[1] = (uint8_t)(number >> 16);
		r[i].id[2] = (uint8_t)(number >> 8);
		r[i].id[3] = (uint8_t)number;
	}
	done = transport_syslog_stream.deliver(t, r, n, &refused, err);
	cr_expect(refused == 0);
	return done;
}

static void connect_again(void *t)
{
	char err[OUTPUT_ERROR_SIZE] = "";

	cr_assert(transport_syslog_stream.connect(t, err) == 0, "%s", err);
}

/* From, from + 1, ..., to - 1. */
static void expect_all(const struct receiver *v, uint32_t from, uint32_t to)
{
	size_t i;

	cr_expect(v->garbled == 0, "%zu garbled", v->garbled);
	cr_expect(v->n == to - from, "%zu of %u", v->n, to - from);
	for (i = 0; i < v->n; i++)
		cr_assert(v->number[i] == from + i, "%u in place of %zu", v->number[i], from + i);
}

/* The receiver is there (again), for so many frames. */
static void connect_to(struct receiver *v, void *t, size_t frames)
{
	receiver_start(v, frames);
	connect_again(t);
}

/* Sends until that fails. The number of the record that comes next. */
static uint32_t deliver_until_failure(void *t, size_t pad, char err[OUTPUT_ERROR_SIZE])
{
	uint32_t n = 0;
	size_t done;

	do
		n += (uint32_t)(done = deliver(t, n, BATCH, pad, err));
	while (done == BATCH && n < RECEIVED_MAX);
	cr_expect(done < BATCH, "never noticed");
	return n;
}

static void deliver_batch(void *t, uint32_t from, size_t pad)
{
	char err[OUTPUT_ERROR_SIZE] = "";

	cr_assert(deliver(t, from, BATCH, pad, err) == BATCH, "%s", err);
}

static void sender_end(void *t)
{
	transport_syslog_stream.disconnect(t);
	transport_syslog_stream.free(t);
}

/* Both end, and these have arrived over the last connection. */
static void end_with(struct receiver *v, void *t, uint32_t from, uint32_t to)
{
	sender_end(t);
	receiver_join(v);
	expect_all(v, from, to);
	receiver_close(v);
}

/* All arrives, once, when nothing is wrong. */
static void nothing_wrong(SSL_CTX *ctx)
{
	char err[OUTPUT_ERROR_SIZE] = "";
	struct receiver v;
	void *t = pair(&v, ctx);
	uint32_t n;

	connect_to(&v, t, 0);
	for (n = 0; n < 5000; n += BATCH)
		deliver_batch(t, n, n / 4);
	cr_expect(transport_syslog_stream.idle(t, err) == 0, "%s", err);
	end_with(&v, t, 0, n);
}

/*
 * The receiver ends in the middle of it with much unread, twice, the second time before everything was sent again. All that was
 * sent and not read comes again on the next connection.
 */
static void ends_in_the_middle(SSL_CTX *ctx, bool silent)
{
	char err[OUTPUT_ERROR_SIZE] = "";
	struct receiver v;
	uint32_t n = 0, read, round;
	void *t = pair(&v, ctx);

	v.early = true;
	v.silent = silent;
	for (round = 0; round < 2; round++) {
		size_t done = BATCH;

		receiver_start(&v, 1000);
		if (round == 0)
			connect_again(t);
		else if (transport_syslog_stream.connect(t, err) != 0)
			done = 0; /* noticed while sending again */
		while (done == BATCH) {
			done = deliver(t, n, BATCH, 200, err);
			n += (uint32_t)done;
			cr_assert(n < RECEIVED_MAX, "never noticed");
		}
		cr_expect(err[0] != '\0');
		transport_syslog_stream.disconnect(t);
		receiver_join(&v);
		cr_expect(v.garbled == 0 && v.n == 1000);
		cr_expect(round == 1 || v.number[999] == 999);
	}
	read = v.number[999] + 1;
	connect_to(&v, t, 0);
	deliver_batch(t, n, 200);
	n += BATCH;
	sender_end(t);
	receiver_join(&v);
	cr_assert(v.n > BATCH && v.number[0] <= read, "%u is lost", read);
	expect_all(&v, v.number[0], n);
	receiver_close(&v);
}

/* The receiver has read everything when it ends: nothing comes twice. With TLS it has to say that it ends. */
static void ends_idle(SSL_CTX *ctx, bool silent)
{
	char err[OUTPUT_ERROR_SIZE] = "";
	struct receiver v;
	void *t = pair(&v, ctx);

	v.silent = silent;
	connect_to(&v, t, BATCH);
	deliver_batch(t, 0, 0);
	receiver_join(&v);
	expect_all(&v, 0, BATCH);
	cr_expect(transport_syslog_stream.idle(t, err) != 0);
	cr_expect(strstr(err, "closed by the other side") != NULL, "%s", err);
	transport_syslog_stream.disconnect(t);
	connect_to(&v, t, 0);
	deliver_batch(t, BATCH, 0);
	end_with(&v, t, ctx != NULL && silent ? 0 : BATCH, 2 * BATCH);
}

UNIT(syslog, tcp)
{
	nothing_wrong(NULL);
	ends_in_the_middle(NULL, false);
	ends_idle(NULL, false);
}

UNIT(syslog, tls)
{
	certify_all();
	nothing_wrong(server("good", NULL, 0));
	nothing_wrong(server("good", NULL, TLS1_2_VERSION));
	ends_in_the_middle(server("good", NULL, 0), false);
	ends_in_the_middle(server("good", NULL, TLS1_2_VERSION), true);
	ends_idle(server("good", NULL, 0), false);
	ends_idle(server("good", NULL, 0), true);
	remove_all();
}

/* resend=0: nothing comes twice, whatever was lost. */
UNIT(syslog, resend_nothing)
{
	char err[OUTPUT_ERROR_SIZE] = "";
	struct receiver v;
	void *t = pair(&v, NULL);
	uint32_t n;

	v.early = true;
	cr_assert(transport_syslog_stream.option(t, "resend", "0", err));
	connect_to(&v, t, 10);
	n = deliver_until_failure(t, 1000, err);
	transport_syslog_stream.disconnect(t);
	receiver_join(&v);
	connect_to(&v, t, 0);
	deliver_batch(t, n, 0);
	end_with(&v, t, n, n + BATCH);
}

/* Connected, and that is all: neither a handshake nor a read. */
UNIT(syslog, hangs)
{
	char err[OUTPUT_ERROR_SIZE] = "";
	struct receiver v;
	void *t = pair(&v, NULL);

	limit(t, 50);
	connect_again(t);
	deliver_until_failure(t, 2000, err);
	cr_expect(strstr(err, "timed out") != NULL, "%s", err);
	sender_end(t);

	/* Nothing is lost by it. */
	v.target[8] = 'l';
	v.target[9] = 's';
	t = opened(v.target);
	limit(t, 50);
	err[0] = '\0';
	cr_expect(transport_syslog_stream.connect(t, err) != 0 && strstr(err, "timed out") != NULL, "%s", err);
	transport_syslog_stream.free(t);
	receiver_close(&v);
}

/* ---- who is believed ---- */

UNIT(syslog, tls_verification)
{
	static const struct {
		const char *server, *client_ca;
		int max_version;
		const char *option[3][2], *message, *client;
	} cases[] = {
		{ "good", NULL, 0, { { "ca", "ca.pem" } }, "", "" },
		{ "good", NULL, 0, { { "ca", "ca.pem" }, { "name", "127.0.0.1" } }, "", "" },
		{ "good", NULL, TLS1_2_VERSION, { { "ca", "ca.pem" } }, "", "" },
		{ "common", NULL, 0, { { "ca", "ca.pem" } }, "", "" },
		{ "good", NULL, 0, { { "ca", "good.pem" } }, "", "" }, /* itself, and no authority */
		{ "named", NULL, 0, { { "ca", "ca.pem" }, { "name", "logs.example.org" } }, "", "" },
		{ "named", NULL, 0, { { "ca", "ca.pem" }, { "name", "a.siem.example.org" } }, "", "" },
		{ "named", NULL, 0, { { "ca", "ca.pem" }, { "name", "a.b.siem.example.org" } }, "ostname mismatch", "" },
		{ "named", NULL, 0, { { "ca", "ca.pem" } }, "the certificate of localhost: hostname mismatch", "" },
		{ "good", NULL, 0, { { "ca", "ca.pem" }, { "name", "127.0.0.2" } }, "127.0.0.2: IP address mismatch", "" },
		{ "good", NULL, 0, { { "ca", "other.pem" } }, "of localhost: unable to get local issuer certificate", "" },
		{ "good", NULL, 0, { { NULL, NULL } }, "of localhost: unable to get local issuer certificate", "" },
		{ "stranger", NULL, 0, { { "ca", "ca.pem" } }, "unable to get local issuer certificate", "" },
		{ "expired", NULL, 0, { { "ca", "ca.pem" } }, "of localhost: certificate has expired", "" },
		{ "expired", NULL, 0, { { "verify", "no" } }, "", "" },
		{ "stranger", NULL, 0, { { "verify", "no" } }, "", "" },
		{ "good", NULL, TLS1_1_VERSION, { { "ca", "ca.pem" } }, "protocol", "" },
		{ "good", "ca.pem", 0, { { "ca", "ca.pem" }, { "cert", "client.pem" }, { "key", "client.key" } }, "", "sensor-1" },
		{ "good", "ca.pem", 0, { { "ca", "ca.pem" }, { "key", "client.key" }, { "cert", "client.pem" } }, "", "sensor-1" },
		{ "good", "ca.pem", TLS1_2_VERSION, { { "ca", "ca.pem" }, { "cert", "client.pem" }, { "key", "client.key" } }, "",
		  "sensor-1" },
		{ "good", "ca.pem", 0, { { "ca", "ca.pem" } }, "certificate required", "" },
		{ "good", "ca.pem", TLS1_2_VERSION, { { "ca", "ca.pem" } }, "alert handshake failure", "" },
		{ "good", "other.pem", 0, { { "ca", "ca.pem" }, { "cert", "client.pem" }, { "key", "client.key" } },
		  "alert unknown ca", "" },
		{ "good", NULL, 0, { { "ca", "ca.pem" }, { "cert", "client.pem" } }, "cert= and key= go together", "" },
		{ "good", NULL, 0, { { "ca", "ca.pem" }, { "key", "client.key" } }, "cert= and key= go together", "" },
	};
	size_t i, k;

	certify_all();
	for (i = 0; i < COUNT(cases); i++) {
		char err[OUTPUT_ERROR_SIZE] = "";
		struct receiver v;
		void *t;

		receiver_open(&v, server(cases[i].server, cases[i].client_ca, cases[i].max_version));
		t = opened(v.target);
		limit(t, 10 * TRANSPORT_TIMEOUT * 1000);
		for (k = 0; k < 3 && cases[i].option[k][0] != NULL; k++) {
			const char *name = cases[i].option[k][0], *value = cases[i].option[k][1];

			if (strcmp(name, "name") != 0 && strcmp(name, "verify") != 0)
				value = file(value);
			cr_assert(transport_syslog_stream.option(t, name, value, err), "%s", err);
		}
		receiver_start(&v, 0);
		if (transport_syslog_stream.connect(t, err) == 0) {
			cr_expect(cases[i].message[0] == '\0', "%zu: no %s", i, cases[i].message);
			cr_expect(deliver(t, 0, 1, 0, err) == 1);
			transport_syslog_stream.disconnect(t);
			receiver_join(&v);
			expect_all(&v, 0, 1);
		} else {
			cr_expect(cases[i].message[0] != '\0' && strstr(err, cases[i].message) != NULL, "%zu: %s", i, err);
			receiver_join(&v);
			cr_expect(v.n == 0);
		}
		cr_expect_str_eq(v.client, cases[i].client);
		transport_syslog_stream.free(t);
		receiver_close(&v);
	}
	remove_all();
}

/* The key is looked at when it is given. */
UNIT(syslog, tls_key_of_another)
{
	char err[OUTPUT_ERROR_SIZE] = "";
	void *t;
	size_t i;

	certify_all();
	for (i = 0; i < 2; i++) {
		t = opened("syslog+tls://localhost");
		cr_assert(transport_syslog_stream.option(t, i ? "key" : "cert", file(i ? "good.key" : "client.pem"), err), "%s", err);
		cr_expect(!transport_syslog_stream.option(t, i ? "cert" : "key", file(i ? "client.pem" : "good.key"), err));
		cr_expect(strstr(err, "mismatch") != NULL || strstr(err, "do not belong together") != NULL, "%s", err);
		transport_syslog_stream.free(t);
	}
	remove_all();
}
