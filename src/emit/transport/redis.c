/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * redis://[USER@]HOST[:PORT]/KEY, rediss://... with TLS: records to the end of a list (RPUSH), or with the option stream to a
 * stream (XADD, fields id and record), which maxlen= keeps about as long.
 *
 * Delivered is what the server has answered to; whether it still has that after a crash is a matter of its appendonly and
 * appendfsync. At least once: what was sent and not answered to comes again. A list gets many records by one command, all of
 * them or none. A stream gets them one by one: if one of them is not taken, those behind it may come twice, with the same id.
 *
 * No error of a server is about a record, they are all about its state, our rights or the key: so none refuses for good, and
 * all are tried again until somebody has seen to it.
 *
 * hiredis makes commands and reads answers. The connection is ours, for the sake of TLS (hiredis 0.14 has none) and of limits.
 */
#include <errno.h>
#include <hiredis.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../credential.h"
#include "../ship.h"
#include "../tls.h"

#define KEY_MAX 512
#define USER_SIZE 256
#define CHUNK 500                 /* records under way at once, */
#define CHUNK_BYTES (512u << 10)  /* and their bytes, with which every server's limits agree */
#define ANSWER_MAX (64u << 10)    /* bytes; all that are asked for are short */
#define PATIENCE (TRANSPORT_TIMEOUT * 1000)

#if HIREDIS_MAJOR >= 1
typedef size_t element_count;
#else
typedef int element_count;
#endif

struct redis {
	char host[HOST_SIZE];
	char port[8];
	char key[KEY_MAX + 1];
	char user[USER_SIZE];
	char *password;
	bool stream;
	char max_length[24];      /* of a stream; "": any */
	bool warned;              /* of the password in the clear */
	struct tls_context *tls;  /* NULL: none */

	int fd;
	struct tls_stream *secured;
	redisReader *reader;
	redisReplyObjectFunctions functions; /* of the reader */
	size_t unread;                       /* bytes that it has got since the last whole answer */
};

static const char *const prefixes[] = { "redis://", "rediss://", NULL };

static const char *redis_linked(void)
{
	static char text[32];

	snprintf(text, sizeof text, "hiredis %d.%d.%d", HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH);
	return text;
}

/* ---- targets and options ---- */

static bool set_user(struct redis *c, const char *user, size_t n, char err[OUTPUT_ERROR_SIZE])
{
	if (n == 0 || n >= sizeof c->user) {
		snprintf(err, OUTPUT_ERROR_SIZE, "a user has 1 to %zu bytes", sizeof c->user - 1);
		return false;
	}
	memcpy(c->user, user, n);
	c->user[n] = '\0';
	return true;
}

static bool set_key(struct redis *c, const char *key, char err[OUTPUT_ERROR_SIZE])
{
	size_t n = strlen(key), i;

	for (i = 0; i < n; i++)
		if ((unsigned char)key[i] < ' ' || key[i] == 0x7f)
			break;
	if (n == 0 || n > KEY_MAX || i < n) {
		snprintf(err, OUTPUT_ERROR_SIZE, "a key has 1 to %d bytes, none of which are control characters", KEY_MAX);
		return false;
	}
	memcpy(c->key, key, n + 1);
	return true;
}

static bool read_target(struct redis *c, const char *text, char err[OUTPUT_ERROR_SIZE])
{
	size_t n = strcspn(text, "/");
	const char *at = memrchr(text, '@', n), *rest;

	if (at != NULL && memchr(text, ':', (size_t)(at - text)) != NULL) {
		snprintf(err, OUTPUT_ERROR_SIZE, "a password is not for the target, which everybody can see on the command line: "
			 "password-file=");
		return false;
	}
	if (at != NULL && !set_user(c, text, (size_t)(at - text), err))
		return false;
	if (!address_read(at != NULL ? at + 1 : text, "6379", c->host, c->port, &rest) || rest[0] != '/') {
		snprintf(err, OUTPUT_ERROR_SIZE, "it has to be redis://[USER@]HOST[:PORT]/KEY");
		return false;
	}
	return set_key(c, rest + 1, err);
}

static void redis_free(void *t)
{
	struct redis *c = t;

	credential_free(c->password);
	tls_context_free(c->tls);
	free(c);
}

static void *redis_open(const char *target, char err[OUTPUT_ERROR_SIZE])
{
	bool secured = strncmp(target, prefixes[1], strlen(prefixes[1])) == 0;
	struct redis *c = calloc(1, sizeof *c);

	if (c == NULL) {
		snprintf(err, OUTPUT_ERROR_SIZE, "out of memory");
		return NULL;
	}
	c->fd = -1;
	if (secured)
		c->tls = tls_context_new(err);
	if ((!secured || c->tls != NULL) && read_target(c, target + strlen(prefixes[secured]), err))
		return c;
	redis_free(c);
	return NULL;
}

static bool set_stream(struct redis *c, const char *value, char err[OUTPUT_ERROR_SIZE])
{
	c->stream = value == NULL || value[0] == '\0' || strcmp(value, "yes") == 0;
	if (c->stream || strcmp(value, "no") == 0)
		return true;
	snprintf(err, OUTPUT_ERROR_SIZE, "stream is yes or no");
	return false;
}

/* Nothing but a stream has one. */
static bool set_max_length(struct redis *c, const char *value, char err[OUTPUT_ERROR_SIZE])
{
	size_t n = strlen(value);

	if (n == 0 || n > 18 || value[0] == '0' || strspn(value, "0123456789") != n) {
		snprintf(err, OUTPUT_ERROR_SIZE, "maxlen is a number of records, from 1 on");
		return false;
	}
	memcpy(c->max_length, value, n + 1);
	c->stream = true;
	return true;
}

static bool is_of_tls(const char *name)
{
	static const char *const names[] = { "ca", "cert", "key", "name", "verify" };
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool redis_option(void *t, const char *name, const char *value, char err[OUTPUT_ERROR_SIZE])
{
	struct redis *c = t;

	if (strcmp(name, "stream") == 0)
		return set_stream(c, value, err);
	if (strcmp(name, "maxlen") == 0)
		return set_max_length(c, value, err);
	if (strcmp(name, "user") == 0)
		return set_user(c, value, strlen(value), err);
	if (strcmp(name, "password-file") == 0) {
		credential_free(c->password);
		c->password = credential_password(value, err);
		return c->password != NULL;
	}
	if (is_of_tls(name) && c->tls != NULL)
		return tls_context_option(c->tls, name, value, err);
	if (is_of_tls(name))
		snprintf(err, OUTPUT_ERROR_SIZE, "%s is for rediss://", name);
	else
		snprintf(err, OUTPUT_ERROR_SIZE, "redis knows stream, maxlen, user, password-file, ca, cert, key, name and verify, "
			 "not %s", name);
	return false;
}

/* ---- bytes ---- */

static int write_all(struct redis *c, const char *p, size_t n, char err[OUTPUT_ERROR_SIZE])
{
	while (n > 0) {
		ssize_t sent = c->secured != NULL ? tls_stream_write(c->secured, p, n, PATIENCE, err) :
						    send(c->fd, p, n, MSG_NOSIGNAL);

		if (sent < 0 && c->secured == NULL) {
			if (errno == EINTR)
				continue;
			snprintf(err, OUTPUT_ERROR_SIZE, "%s", strerror(errno == EAGAIN ? ETIMEDOUT : errno));
		}
		if (sent <= 0)
			return -1;
		p += sent;
		n -= (size_t)sent;
	}
	return 0;
}

/* As read(2) within so many ms; -1 with EAGAIN: nothing came. Else err says why. */
static ssize_t read_some(struct redis *c, char *p, size_t n, int ms, char err[OUTPUT_ERROR_SIZE])
{
	struct pollfd ready = { .fd = c->fd, .events = POLLIN };
	ssize_t got;

	if (c->secured != NULL) {
		got = tls_stream_read(c->secured, p, n, ms, err);
	} else {
		int r = poll(&ready, 1, ms);

		if (r == 0 || (r < 0 && errno == EINTR)) {
			errno = EAGAIN;
			return -1;
		}
		got = r < 0 ? -1 : recv(c->fd, p, n, 0);
		if (got < 0 && errno != EAGAIN)
			snprintf(err, OUTPUT_ERROR_SIZE, "%s", strerror(errno));
	}
	if (got == 0)
		snprintf(err, OUTPUT_ERROR_SIZE, "closed by the server");
	return got;
}

/* ---- commands and answers ---- */

/* Sends one, of so many words. */
static int command(struct redis *c, int count, const char **words, const size_t *sizes, char err[OUTPUT_ERROR_SIZE])
{
	char *text = NULL;
	long long n = redisFormatCommandArgv(&text, count, words, sizes);
	int r;

	if (n < 0 || text == NULL) {
		snprintf(err, OUTPUT_ERROR_SIZE, "out of memory");
		return -1;
	}
	r = write_all(c, text, (size_t)n, err);
	explicit_bzero(text, (size_t)n); /* a password, or records that have some */
	redisFreeCommand(text);
	return r;
}

/* The next answer, for freeReplyObject(); NULL with a message in err. */
static redisReply *answer(struct redis *c, char err[OUTPUT_ERROR_SIZE])
{
	int64_t end = time_steady_ms() + PATIENCE;
	void *reply = NULL;
	char buffer[4096];

	for (;;) {
		int64_t left = end - time_steady_ms();
		ssize_t n;

		if (redisReaderGetReply(c->reader, &reply) != REDIS_OK || c->unread > ANSWER_MAX) {
			snprintf(err, OUTPUT_ERROR_SIZE, "what answers there is not Redis");
			return NULL;
		}
		if (reply != NULL)
			break;
		n = read_some(c, buffer, sizeof buffer, left > 0 ? (int)left : 0, err);
		if (n < 0 && errno == EAGAIN && left > 0)
			continue;
		if (n < 0 && errno == EAGAIN)
			snprintf(err, OUTPUT_ERROR_SIZE, "no answer within %d seconds", TRANSPORT_TIMEOUT);
		if (n <= 0)
			return NULL;
		if (redisReaderFeed(c->reader, buffer, (size_t)n) != REDIS_OK) {
			snprintf(err, OUTPUT_ERROR_SIZE, "out of memory");
			return NULL;
		}
		c->unread += (size_t)n;
	}
	c->unread = 0;
	return reply;
}

/*
 * What the server complains about. Of errors that are not known only what is in front of the first quotation mark: behind it
 * servers like to repeat what they were sent.
 */
static void explain(const char *text, char err[OUTPUT_ERROR_SIZE])
{
	static const struct {
		const char *code;
		const char *advice;
	} known[] = {
		{ "NOAUTH", "password-file= is wanted" },
		{ "WRONGPASS", "" },
		{ "NOPERM", "" },
		{ "WRONGTYPE", "the key is of another type than list or stream" },
		{ "READONLY", "" },
		{ "MOVED", "clusters are not followed: name the node that has the key" },
		{ "OOM", "" },
		{ "LOADING", "" },
		{ "BUSY", "" },
		{ "MISCONF", "" },
		{ "MASTERDOWN", "" },
		{ "CLUSTERDOWN", "" },
		{ "NOREPLICAS", "" },
		{ "DENIED", "" },
	};
	size_t n = strcspn(text, " "), i;

	for (i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strlen(known[i].code) == n && memcmp(known[i].code, text, n) == 0) {
			snprintf(err, OUTPUT_ERROR_SIZE, "the server says: %.300s%s%s", text, known[i].advice[0] != '\0' ? "; " : "",
				 known[i].advice);
			return;
		}
	snprintf(err, OUTPUT_ERROR_SIZE, "the server says: %.*s", (int)strcspn(text, "'`\""), text);
}

/* The next answer is of this type; or -1 with a message in err. */
static int expect(struct redis *c, int type, char err[OUTPUT_ERROR_SIZE])
{
	redisReply *reply = answer(c, err);
	int r = -1;

	if (reply == NULL)
		return -1;
	if (reply->type == type)
		r = 0;
	else if (reply->type == REDIS_REPLY_ERROR)
		explain(reply->str, err);
	else
		snprintf(err, OUTPUT_ERROR_SIZE, "what answers there is not Redis");
	freeReplyObject(reply);
	return r;
}

/* ---- connecting ---- */

/* Nothing that is asked has many answers in one; room for them is not made. */
static void *no_array(const redisReadTask *task, element_count count)
{
	(void)task;
	(void)count;
	return NULL;
}

static int reader_open(struct redis *c, char err[OUTPUT_ERROR_SIZE])
{
	c->reader = redisReaderCreate();
	if (c->reader == NULL) {
		snprintf(err, OUTPUT_ERROR_SIZE, "out of memory");
		return -1;
	}
	c->functions = *c->reader->fn;
	c->functions.createArray = no_array;
	c->reader->fn = &c->functions;
	c->unread = 0;
	return 0;
}

static int log_in(struct redis *c, char err[OUTPUT_ERROR_SIZE])
{
	const char *words[3] = { "AUTH", c->user, c->password };
	size_t sizes[3] = { 4, strlen(c->user) };

	if (c->password == NULL) {
		if (c->user[0] == '\0')
			return 0;
		snprintf(err, OUTPUT_ERROR_SIZE, "a user needs password-file=");
		return -1;
	}
	if (c->tls == NULL && !c->warned)
		credential_in_clear(c->host);
	c->warned = true;
	sizes[2] = strlen(c->password);
	if (c->user[0] == '\0') {
		words[1] = words[2];
		sizes[1] = sizes[2];
	}
	if (command(c, c->user[0] == '\0' ? 2 : 3, words, sizes, err) == 0 && expect(c, REDIS_REPLY_STATUS, err) == 0)
		return 0;
	/* Whatever it is that has answered. */
	if (strstr(err, c->password) != NULL)
		snprintf(err, OUTPUT_ERROR_SIZE, "the server refuses AUTH");
	return -1;
}

static void redis_disconnect(void *t)
{
	struct redis *c = t;

	if (c->secured != NULL)
		tls_stream_finish(c->secured, 100);
	tls_stream_free(c->secured);
	c->secured = NULL;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	if (c->reader != NULL)
		redisReaderFree(c->reader);
	c->reader = NULL;
}

static int redis_connect(void *t, char err[OUTPUT_ERROR_SIZE])
{
	struct redis *c = t;
	int on = 1;

	c->fd = address_connect(c->host, c->port, SOCK_STREAM, err);
	if (c->fd < 0)
		return -1;
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (c->tls != NULL)
		c->secured = tls_stream_open(c->tls, c->fd, c->host, PATIENCE, err);
	if ((c->tls == NULL || c->secured != NULL) && reader_open(c, err) == 0 && log_in(c, err) == 0)
		return 0;
	redis_disconnect(c);
	return -1;
}

/* ---- delivering ---- */

/* All of them, or none. */
static size_t push(struct redis *c, const struct shipment *r, size_t n, char err[OUTPUT_ERROR_SIZE])
{
	const char *words[2 + CHUNK] = { "RPUSH", c->key };
	size_t sizes[2 + CHUNK] = { 5, strlen(c->key) }, i;

	for (i = 0; i < n; i++) {
		words[2 + i] = r[i].line;
		sizes[2 + i] = r[i].n;
	}
	if (command(c, (int)n + 2, words, sizes, err) != 0 || expect(c, REDIS_REPLY_INTEGER, err) != 0)
		return 0;
	return n;
}

static int add_one(struct redis *c, const struct shipment *r, char err[OUTPUT_ERROR_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	char id[2 * SHIPMENT_ID + 1];
	const char *words[10];
	size_t sizes[10];
	int n = 0, i;

	for (i = 0; i < SHIPMENT_ID; i++) {
		id[2 * i] = digits[r->id[i] >> 4];
		id[2 * i + 1] = digits[r->id[i] & 15];
	}
	id[2 * SHIPMENT_ID] = '\0';
	words[n++] = "XADD";
	words[n++] = c->key;
	if (c->max_length[0] != '\0') {
		words[n++] = "MAXLEN";
		words[n++] = "~";
		words[n++] = c->max_length;
	}
	words[n++] = "*";
	words[n++] = "id";
	words[n++] = id;
	words[n++] = "record";
	for (i = 0; i < n; i++)
		sizes[i] = strlen(words[i]);
	words[n] = r->line;
	sizes[n++] = r->n;
	return command(c, n, words, sizes, err);
}

/* Answers are read only once all are sent: they are short enough to wait for us. */
static size_t add(struct redis *c, const struct shipment *r, size_t n, char err[OUTPUT_ERROR_SIZE])
{
	char ignored[OUTPUT_ERROR_SIZE];
	size_t sent, done;

	for (sent = 0; sent < n; sent++)
		if (add_one(c, &r[sent], err) != 0)
			break;
	for (done = 0; done < sent; done++)
		if (expect(c, REDIS_REPLY_STRING, sent == n ? err : ignored) != 0)
			break;
	return done;
}

static size_t redis_deliver(void *t, const struct shipment *r, size_t n, uint64_t *refused, char err[OUTPUT_ERROR_SIZE])
{
	struct redis *c = t;
	size_t done = 0;

	(void)refused;
	while (done < n) {
		size_t m = 0, bytes = 0, got;

		do
			bytes += r[done + m++].n;
		while (done + m < n && m < CHUNK && bytes < CHUNK_BYTES);
		got = (c->stream ? add : push)(c, r + done, m, err);
		done += got;
		if (got < m)
			break;
	}
	return done;
}

/* A server has nothing to say now, but that it ends. */
static int redis_idle(void *t, char err[OUTPUT_ERROR_SIZE])
{
	struct redis *c = t;
	char byte;
	ssize_t n = read_some(c, &byte, 1, 0, err);

	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n > 0)
		snprintf(err, OUTPUT_ERROR_SIZE, "the server answers what was not asked");
	return -1;
}

const struct transport transport_redis = {
	.name = "redis",
	.prefixes = prefixes,
	.linked = redis_linked,
	.open = redis_open,
	.option = redis_option,
	.connect = redis_connect,
	.deliver = redis_deliver,
	.idle = redis_idle,
	.disconnect = redis_disconnect,
	.free = redis_free,
};
