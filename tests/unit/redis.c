/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transport to Redis, against servers that say what a table says. tests/e2e/brokers has a real one. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../src/emit/ship.h"
#include "unit.h"

static const struct transport *const redis = &transport_redis;

UNIT(redis, targets)
{
	static const struct {
		const char *target;
		const char *wrong; /* what the message holds, or NULL */
	} cases[] = {
		{ "redis://h:1/k", NULL },
		{ "redis://h/k", NULL },
		{ "redis://[2001:db8::1]/k", NULL },
		{ "redis://alice@h:1/plainpop:alerts/eve", NULL },
		{ "rediss://h/k", NULL },
		{ "redis://h:1", "has to be" },
		{ "redis://h:1/", "a key has" },
		{ "redis://h:1/a\nb", "a key has" },
		{ "redis:///k", "has to be" },
		{ "redis://h:0/k", "has to be" },
		{ "redis://h:65536/k", "has to be" },
		{ "redis://@h/k", "a user has" },
		{ "redis://alice:Rabbit@h/k", "password-file" },
		{ "redis://:Rabbit@h/k", "password-file" },
		{ "redis://alice:Rab@bit@h/k", "password-file" },
	};
	char err[OUTPUT_ERROR_SIZE], text[1024];
	size_t i;
	void *t;

	for (i = 0; i < COUNT(cases); i++) {
		err[0] = '\0';
		t = redis->open(cases[i].target, err);
		cr_expect((t != NULL) == (cases[i].wrong == NULL), "%s: %s", cases[i].target, err);
		cr_expect(cases[i].wrong == NULL || strstr(err, cases[i].wrong) != NULL, "%s: %s", cases[i].target, err);
		cr_expect(strstr(err, "Rabbit") == NULL, "a password in a message");
		if (t != NULL)
			redis->free(t);
	}
	for (i = 512; i < 514; i++) {
		memset(text, 'k', sizeof text);
		memcpy(text, "redis://h/", 10);
		text[10 + i] = '\0';
		t = redis->open(text, err);
		cr_expect((t != NULL) == (i == 512));
		if (t != NULL)
			redis->free(t);
	}
	memset(text, 'u', 8 + 256);
	memcpy(text, "redis://", 8);
	memcpy(text + 8 + 256, "@h/k", 5);
	cr_expect(redis->open(text, err) == NULL);
}

UNIT(redis, options)
{
	static const struct {
		const char *target, *name, *value;
		const char *wrong;
	} cases[] = {
		{ "redis://h/k", "stream", "", NULL },
		{ "redis://h/k", "stream", "yes", NULL },
		{ "redis://h/k", "stream", "no", NULL },
		{ "redis://h/k", "stream", "maybe", "yes or no" },
		{ "redis://h/k", "maxlen", "1", NULL },
		{ "redis://h/k", "maxlen", "100000000000000000", NULL },
		{ "redis://h/k", "maxlen", "0", "a number" },
		{ "redis://h/k", "maxlen", "", "a number" },
		{ "redis://h/k", "maxlen", "-1", "a number" },
		{ "redis://h/k", "maxlen", "1000000000000000000", "a number" },
		{ "redis://h/k", "user", "alice", NULL },
		{ "redis://h/k", "user", "", "a user has" },
		{ "redis://h/k", "password-file", "/nonexistent", "No such file" },
		{ "redis://h/k", "ca", "/nonexistent", "for rediss" },
		{ "redis://h/k", "name", "h", "for rediss" },
		{ "rediss://h/k", "name", "h", NULL },
		{ "rediss://h/k", "ca", "/nonexistent", "/nonexistent" },
		{ "redis://h/k", "db", "1", "not db" },
	};
	char err[OUTPUT_ERROR_SIZE];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		void *t = redis->open(cases[i].target, err);
		bool good;

		err[0] = '\0';
		good = redis->option(t, cases[i].name, cases[i].value, err);
		cr_expect(good == (cases[i].wrong == NULL), "%s=%s: %s", cases[i].name, cases[i].value, err);
		cr_expect(good || strstr(err, cases[i].wrong) != NULL, "%s=%s: %s", cases[i].name, cases[i].value, err);
		redis->free(t);
	}
}

/* ---- servers that say what they are told to, and then end ---- */

struct server {
	int fd;
	unsigned port;
	const char *says;
	char *heard;
	pthread_t thread;
};

static void *serve(void *arg)
{
	struct server *s = arg;
	int fd = accept(s->fd, NULL, NULL);
	size_t n = strlen(s->says), used = 0, i;
	ssize_t got;

	/* Byte by byte, so that no answer comes whole. */
	for (i = 0; i < n && send(fd, s->says + i, 1, MSG_NOSIGNAL) == 1; i++)
		;
	shutdown(fd, SHUT_WR);
	while (used < 4095 && (got = read(fd, s->heard + used, 4095 - used)) > 0)
		used += (size_t)got;
	close(fd);
	return NULL;
}

static void server_open(struct server *s, const char *says)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;

	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	s->says = says;
	s->heard = calloc(1, 4096);
	cr_assert(bind(s->fd, (struct sockaddr *)&a, sizeof a) == 0 && listen(s->fd, 1) == 0);
	cr_assert(getsockname(s->fd, (struct sockaddr *)&a, &n) == 0);
	s->port = ntohs(a.sin_port);
	cr_assert(pthread_create(&s->thread, NULL, serve, s) == 0);
}

static void server_close(struct server *s)
{
	pthread_join(s->thread, NULL);
	close(s->fd);
	free(s->heard);
}

static const char *password_file(void)
{
	static char path[64];
	int fd;

	snprintf(path, sizeof path, "/tmp/plainpop-unit-XXXXXX");
	fd = mkstemp(path);
	cr_assert(fd >= 0 && write(fd, "Rabbit-Hole\n", 12) == 12);
	close(fd);
	return path;
}

/* Three records, to a list, or to a stream. */
UNIT(redis, answers)
{
	static const struct {
		const char *says;
		bool stream, password;
		int done; /* -1: it does not even connect */
		const char *why;
	} cases[] = {
		{ ":3\r\n", false, false, 3, "" },
		{ "+OK\r\n:3\r\n", false, true, 3, "" },
		{ "$3\r\n1-0\r\n$3\r\n1-1\r\n$3\r\n1-2\r\n", true, false, 3, "" },
		{ "$3\r\n1-0\r\n-OOM command not allowed when used memory > 'maxmemory'.\r\n$3\r\n1-2\r\n", true, false, 1, "OOM command" },
		{ "$3\r\n1-0\r\n$3\r\n1-1\r\n", true, false, 2, "closed" },
		{ "$3\r\n1-0\r\n$30\r\n1-1\r\n", true, false, 1, "closed" },
		{ "", false, false, 0, "closed" },
		{ "-LOADING Redis is loading the dataset in memory\r\n", false, false, 0, "LOADING" },
		{ "-READONLY You can't write against a read only replica.\r\n", false, false, 0, "read only replica" },
		{ "-WRONGTYPE Operation against a key\r\n", false, false, 0, "another type" },
		{ "-NOAUTH Authentication required.\r\n", false, false, 0, "password-file" },
		{ "-MOVED 3999 127.0.0.1:6381\r\n", false, false, 0, "clusters are not followed" },
		{ "-DENIED Redis is running in protected mode\r\n", false, false, 0, "protected mode" },
		/* What was sent is in nobody's log. */
		{ "-ERR unknown command 'RPUSH', with args beginning with: 'k' 'one' \r\n", false, false, 0, "ERR unknown command" },
		{ "-ERR unknown command `AUTH`, with args beginning with: `Rabbit-Hole`\r\n", false, true, -1, "ERR unknown command" },
		{ "-ERR no such thing as Rabbit-Hole\r\n", false, true, -1, "refuses AUTH" },
		{ "-WRONGPASS Rabbit-Hole\r\n", false, true, -1, "refuses AUTH" },
		{ "-ERR invalid password\r\n", false, true, -1, "invalid password" },
		/* No Redis, or none that does what it is asked for. */
		{ "220 ftp.example\r\n", false, false, 0, "not Redis" },
		{ "HTTP/1.1 400 Bad Request\r\n", false, true, -1, "not Redis" },
		{ "+OK\r\n", false, false, 0, "not Redis" },
		{ "$-1\r\n", true, false, 0, "not Redis" },
		{ "*1\r\n:3\r\n", false, false, 0, "not Redis" },
		{ "*1000000000\r\n", false, false, 0, "not Redis" },
		{ "*-1\r\n", false, false, 0, "not Redis" },
		{ ":3x\r\n", false, false, 0, "not Redis" },
		{ "$99999999999999999999\r\n", true, false, 0, "not Redis" },
	};
	static const struct shipment records[] = {
		{ .line = "one", .n = 3 }, { .line = "two", .n = 3 }, { .line = "three", .n = 5 },
	};
	char err[OUTPUT_ERROR_SIZE], target[64];
	const char *file = password_file();
	uint64_t refused = 0;
	struct server s;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		int done = -1;
		void *t;

		err[0] = '\0';
		server_open(&s, cases[i].says);
		snprintf(target, sizeof target, "redis://127.0.0.1:%u/k", s.port);
		t = redis->open(target, err);
		cr_assert(t != NULL && (!cases[i].stream || redis->option(t, "stream", "", err)));
		cr_assert(!cases[i].password || redis->option(t, "password-file", file, err), "%s", err);
		if (redis->connect(t, err) == 0)
			done = (int)redis->deliver(t, records, 3, &refused, err);
		cr_expect(done == cases[i].done, "%s: %d, %s", cases[i].says, done, err);
		cr_expect(strstr(err, cases[i].why) != NULL, "%s: %s", cases[i].says, err);
		cr_expect(strstr(err, "Rabbit") == NULL && strstr(err, "one") == NULL, "%s: %s", cases[i].says, err);
		redis->disconnect(t);
		redis->free(t);
		server_close(&s);
	}
	cr_expect(refused == 0);
	unlink(file);
}

/* What is asked for, byte by byte. */
UNIT(redis, commands)
{
	static const struct shipment records[] = {
		{ .line = "{\"a\":1}", .n = 7, .id = { 0, 1, 2, 0xab, [15] = 0xff } },
		{ .line = "\r\n", .n = 2 },
	};
	static const char list[] = "*4\r\n$5\r\nRPUSH\r\n$1\r\nk\r\n$7\r\n{\"a\":1}\r\n$2\r\n\r\n\r\n";
	static const char stream[] = "*3\r\n$4\r\nAUTH\r\n$5\r\nalice\r\n$11\r\nRabbit-Hole\r\n"
				     "*10\r\n$4\r\nXADD\r\n$1\r\nk\r\n$6\r\nMAXLEN\r\n$1\r\n~\r\n$4\r\n5000\r\n$1\r\n*\r\n$2\r\nid\r\n"
				     "$32\r\n000102ab0000000000000000000000ff\r\n$6\r\nrecord\r\n$7\r\n{\"a\":1}\r\n";
	char err[OUTPUT_ERROR_SIZE] = "", target[64];
	const char *file = password_file();
	uint64_t refused = 0;
	struct server s;
	void *t;

	server_open(&s, ":2\r\n");
	snprintf(target, sizeof target, "redis://127.0.0.1:%u/k", s.port);
	t = redis->open(target, err);
	cr_assert(redis->connect(t, err) == 0, "%s", err);
	cr_expect(redis->deliver(t, records, 2, &refused, err) == 2, "%s", err);
	redis->disconnect(t);
	redis->free(t);
	pthread_join(s.thread, NULL);
	cr_expect_str_eq(s.heard, list);
	close(s.fd);
	free(s.heard);

	server_open(&s, "+OK\r\n$3\r\n1-0\r\n");
	snprintf(target, sizeof target, "redis://alice@127.0.0.1:%u/k", s.port);
	t = redis->open(target, err);
	cr_assert(redis->option(t, "password-file", file, err) && redis->option(t, "maxlen", "5000", err));
	cr_assert(redis->connect(t, err) == 0, "%s", err);
	cr_expect(redis->deliver(t, records, 1, &refused, err) == 1, "%s", err);
	redis->disconnect(t);
	redis->free(t);
	pthread_join(s.thread, NULL);
	cr_expect_str_eq(s.heard, stream);
	close(s.fd);
	free(s.heard);
	unlink(file);
}

/* An answer without end. */
UNIT(redis, endless)
{
	static const struct shipment record = { .line = "one", .n = 3 };
	char err[OUTPUT_ERROR_SIZE] = "", target[64], *says = malloc(1 << 18);
	uint64_t refused = 0;
	struct server s;
	void *t;

	memset(says, '1', 1 << 18);
	memcpy(says, "$500000000\r\n", 12);
	says[(1 << 18) - 1] = '\0';
	server_open(&s, says);
	snprintf(target, sizeof target, "redis://127.0.0.1:%u/k", s.port);
	t = redis->open(target, err);
	cr_assert(redis->connect(t, err) == 0, "%s", err);
	cr_expect(redis->deliver(t, &record, 1, &refused, err) == 0);
	cr_expect(strstr(err, "not Redis") != NULL, "%s", err);
	redis->disconnect(t);
	redis->free(t);
	server_close(&s);
	free(says);
}

/* A server that goes while there is nothing to do for it is noticed; one that speaks up, too. */
UNIT(redis, idle)
{
	static const struct {
		const char *says, *why;
	} cases[] = { { "", "closed" }, { "-ERR max number of clients reached\r\n", "not asked" } };
	char err[OUTPUT_ERROR_SIZE], target[64];
	struct server s;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		void *t;

		server_open(&s, cases[i].says);
		snprintf(target, sizeof target, "redis://127.0.0.1:%u/k", s.port);
		t = redis->open(target, err);
		cr_assert(redis->connect(t, err) == 0, "%s", err);
		while (redis->idle(t, err) == 0)
			;
		cr_expect(strstr(err, cases[i].why) != NULL, "%s", err);
		redis->disconnect(t);
		redis->free(t);
		server_close(&s);
	}
}

UNIT(redis, nobody_there)
{
	char err[OUTPUT_ERROR_SIZE] = "";
	void *t = redis->open("redis://alice@127.0.0.1:1/k", err);

	cr_expect(redis->connect(t, err) == -1 && strstr(err, "Connection refused") != NULL, "%s", err);
	redis->disconnect(t);
	redis->free(t);
}
