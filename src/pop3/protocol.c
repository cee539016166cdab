/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What runs on a POP3 port and is not POP3: told by the first line of each side, or what there is of it.
 * Several protocols greet with the same number; then the client's first word decides.
 */
#include "impl.h"

enum { WHOLE = 1 }; /* the word is the whole line */

struct word {
	enum side side;
	const char *text;
	enum event_anomaly is;
	int flags;
};

/* How lines of these protocols begin, letters without case. */
static const struct word words[] = {
	{ SIDE_SERVER, "SSH-", ANOMALY_SSH, 0 },
	{ SIDE_SERVER, "HTTP/", ANOMALY_HTTP, 0 },
	{ SIDE_SERVER, "* OK", ANOMALY_IMAP, 0 },
	{ SIDE_SERVER, "* PREAUTH", ANOMALY_IMAP, 0 },
	{ SIDE_SERVER, "* BYE", ANOMALY_IMAP, 0 },
	{ SIDE_SERVER, "331 ", ANOMALY_FTP, 0 },
	{ SIDE_SERVER, "INFO {", ANOMALY_NATS, 0 },
	{ SIDE_SERVER, "+PONG", ANOMALY_REDIS, 0 },
	{ SIDE_SERVER, "-NOAUTH", ANOMALY_REDIS, 0 },
	{ SIDE_SERVER, "-DENIED", ANOMALY_REDIS, 0 },
	{ SIDE_SERVER, "-WRONGPASS", ANOMALY_REDIS, 0 },
	{ SIDE_SERVER, "-ERR max number of clients", ANOMALY_REDIS, 0 },
	{ SIDE_SERVER, "-ERR AUTH <password>", ANOMALY_REDIS, 0 },
	{ SIDE_SERVER, "-ERR Client sent AUTH", ANOMALY_REDIS, 0 },
	{ SIDE_SERVER, "NOTICE AUTH ", ANOMALY_IRC, 0 },
	{ SIDE_SERVER, "PING :", ANOMALY_IRC, 0 },
	{ SIDE_CLIENT, "SSH-", ANOMALY_SSH, 0 },
	{ SIDE_CLIENT, "GET /", ANOMALY_HTTP, 0 },
	{ SIDE_CLIENT, "GET http", ANOMALY_HTTP, 0 },
	{ SIDE_CLIENT, "POST /", ANOMALY_HTTP, 0 },
	{ SIDE_CLIENT, "HEAD /", ANOMALY_HTTP, 0 },
	{ SIDE_CLIENT, "PUT /", ANOMALY_HTTP, 0 },
	{ SIDE_CLIENT, "DELETE /", ANOMALY_HTTP, 0 },
	{ SIDE_CLIENT, "OPTIONS /", ANOMALY_HTTP, 0 },
	{ SIDE_CLIENT, "OPTIONS * HTTP", ANOMALY_HTTP, 0 },
	{ SIDE_CLIENT, "PROPFIND ", ANOMALY_HTTP, 0 },
	{ SIDE_CLIENT, "PRI * HTTP/2", ANOMALY_HTTP, 0 },
	{ SIDE_CLIENT, "CONNECT {", ANOMALY_NATS, 0 },
	{ SIDE_CLIENT, "EHLO", ANOMALY_SMTP, 0 },
	{ SIDE_CLIENT, "LHLO", ANOMALY_SMTP, 0 },
	{ SIDE_CLIENT, "MAIL FROM:", ANOMALY_SMTP, 0 },
	{ SIDE_CLIENT, "RCPT TO:", ANOMALY_SMTP, 0 },
	{ SIDE_CLIENT, "STARTTLS", ANOMALY_SMTP, WHOLE },
	{ SIDE_CLIENT, "NICK ", ANOMALY_IRC, 0 },
	{ SIDE_CLIENT, "CAP LS", ANOMALY_IRC, 0 },
	{ SIDE_CLIENT, "CAP REQ", ANOMALY_IRC, 0 },
	{ SIDE_CLIENT, "JOIN ", ANOMALY_IRC, 0 },
	{ SIDE_CLIENT, "PRIVMSG ", ANOMALY_IRC, 0 },
	{ SIDE_CLIENT, "PONG ", ANOMALY_IRC, 0 },
	{ SIDE_CLIENT, "PING", ANOMALY_REDIS, WHOLE },
	{ SIDE_CLIENT, "HELLO 2", ANOMALY_REDIS, 0 },
	{ SIDE_CLIENT, "HELLO 3", ANOMALY_REDIS, 0 },
	{ SIDE_CLIENT, "INFO", ANOMALY_REDIS, WHOLE },
	{ SIDE_CLIENT, "CONFIG ", ANOMALY_REDIS, 0 },
	{ SIDE_CLIENT, "PUB ", ANOMALY_NATS, 0 },
	{ SIDE_CLIENT, "SUB ", ANOMALY_NATS, 0 },
	{ SIDE_CLIENT, "MODE READER", ANOMALY_NNTP, 0 },
	{ SIDE_CLIENT, "CAPABILITIES", ANOMALY_NNTP, WHOLE },
	{ SIDE_CLIENT, "AUTHINFO ", ANOMALY_NNTP, 0 },
	{ SIDE_CLIENT, "GROUP ", ANOMALY_NNTP, 0 },
	{ SIDE_CLIENT, "ARTICLE ", ANOMALY_NNTP, 0 },
	{ SIDE_CLIENT, "IHAVE ", ANOMALY_NNTP, 0 },
	{ SIDE_CLIENT, "AUTH TLS", ANOMALY_FTP, WHOLE },
	{ SIDE_CLIENT, "AUTH SSL", ANOMALY_FTP, WHOLE },
	{ SIDE_CLIENT, "FEAT", ANOMALY_FTP, WHOLE },
	{ SIDE_CLIENT, "SYST", ANOMALY_FTP, WHOLE },
	{ SIDE_CLIENT, "PASV", ANOMALY_FTP, WHOLE },
	{ SIDE_CLIENT, "EPSV", ANOMALY_FTP, 0 },
	{ SIDE_CLIENT, "PORT ", ANOMALY_FTP, 0 },
	{ SIDE_CLIENT, "TYPE ", ANOMALY_FTP, 0 },
	{ SIDE_CLIENT, "CWD ", ANOMALY_FTP, 0 },
	{ SIDE_CLIENT, "PWD", ANOMALY_FTP, WHOLE },
	{ SIDE_CLIENT, "OPTS ", ANOMALY_FTP, 0 },
	{ SIDE_CLIENT, "STOR ", ANOMALY_FTP, 0 },
};

/* Where the first word is not enough: the server greets with one of these, and has the text somewhere. */
static const struct {
	const char *number, *text;
	enum event_anomaly is;
} greetings[] = {
	{ "220", "SMTP", ANOMALY_SMTP },
	{ "554", "SMTP", ANOMALY_SMTP },
	{ "421", "SMTP", ANOMALY_SMTP },
	{ "220", "FTP", ANOMALY_FTP },
	{ "421", "FTP", ANOMALY_FTP },
	{ "20", "NNTP", ANOMALY_NNTP },
	{ "20", "news", ANOMALY_NNTP },
	{ "20", "posting", ANOMALY_NNTP },
	{ ":", " NOTICE ", ANOMALY_IRC },
	{ ":", " 001 ", ANOMALY_IRC },
};

static enum event_anomaly by_word(enum side side, struct span line)
{
	size_t i;

	for (i = 0; i < sizeof words / sizeof words[0]; i++)
		if (words[i].side == side &&
		    ((words[i].flags & WHOLE) != 0 ? span_is(line, words[i].text) : span_starts(line, words[i].text)))
			return words[i].is;
	return ANOMALY_MAX;
}

/* "a1 LOGIN ...": a tag and a command of IMAP (RFC 3501 section 2.2.1). */
static bool imap_command(struct span line)
{
	static const char *const commands[] = { "LOGIN", "CAPABILITY", "AUTHENTICATE", "STARTTLS", "SELECT", "LOGOUT", "ID" };
	struct span tag = span_word(&line), command = span_word(&line);
	bool may_be = tag.n > 0 && command_of(tag) == COMMAND_UNKNOWN; /* "AUTH LOGIN" is none */
	size_t i;

	for (i = 0; may_be && i < sizeof commands / sizeof commands[0]; i++)
		if (span_is(command, commands[i]))
			return true;
	return false;
}

/* "*2": how many words follow, each with its length (the Redis serialization protocol). */
static bool redis_command(struct span line)
{
	return line.n >= 2 && line.p[0] == '*' && line.p[1] >= '0' && line.p[1] <= '9';
}

static enum event_anomaly by_server(struct span line)
{
	size_t i;

	for (i = 0; i < sizeof greetings / sizeof greetings[0]; i++)
		if (span_starts(line, greetings[i].number) && span_contains(line, greetings[i].text))
			return greetings[i].is;
	return by_word(SIDE_SERVER, line);
}

static enum event_anomaly by_client(struct span line)
{
	enum event_anomaly is = by_word(SIDE_CLIENT, line);

	if (is == ANOMALY_MAX && span_starts(line, "CONNECT ") && span_contains(line, " HTTP/"))
		is = ANOMALY_HTTP;
	if (is == ANOMALY_MAX && imap_command(line))
		is = ANOMALY_IMAP;
	if (is == ANOMALY_MAX && redis_command(line))
		is = ANOMALY_REDIS;
	return is;
}

bool protocol_foreign(struct span line)
{
	return by_client(line) != ANOMALY_MAX;
}

static bool is_text(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if ((s.p[i] < ' ' && s.p[i] != '\t' && s.p[i] != '\r' && s.p[i] != '\n' && s.p[i] != 0x1b) ||
		    s.p[i] == 0x7f)
			return false;
	return true;
}

/* The line in a head, without its end. */
static struct span line_of(const struct head *h)
{
	struct span s = span_of(h->bytes, h->n);

	while (s.n > 0 && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

static void decide(struct pop3 *p, bool last)
{
	struct head *server = &p->head[SIDE_SERVER], *client = &p->head[SIDE_CLIENT];
	struct span s = line_of(server), c = line_of(client);
	enum event_anomaly is = ANOMALY_MAX;

	if (server->whole || last)
		is = by_server(s);
	if (is == ANOMALY_MAX && (client->whole || last))
		is = by_client(c);
	/* Only FTP greets with that and is told a user's name (RFC 959 section 5.4). */
	if (is == ANOMALY_MAX && span_starts(s, "220") && span_starts(c, "USER "))
		is = ANOMALY_FTP;
	if (is == ANOMALY_MAX && !last && !(server->whole && client->whole))
		return;
	if (is == ANOMALY_MAX)
		is = is_text(s) && is_text(c) ? ANOMALY_TEXT : ANOMALY_BINARY;
	heap_free(p->head, HEADS);
	p->head = NULL;
	p->anomaly = is;
	p->phase = PHASE_DONE;
}

static void add(struct head *h, struct span bytes)
{
	size_t i;

	for (i = 0; i < bytes.n && !h->whole; i++) {
		if (h->n == 0 && memchr(" \t\r\n", bytes.p[i], 4) != NULL)
			continue; /* blanks say nothing */
		h->bytes[h->n++] = bytes.p[i];
		h->whole = bytes.p[i] == '\n' || h->n == HEAD_MAX;
	}
}

void protocol_begin(struct pop3 *p, enum side side, struct span head, bool whole)
{
	enum side other = side_other(side);

	p->phase = PHASE_OTHER;
	/* Elsewhere anything may run. */
	if ((p->flags & POP3_ANY_PORT) == 0)
		p->head = heap_new(HEADS);
	if (p->head == NULL) {
		p->phase = PHASE_DONE;
		return;
	}
	memset(p->head, 0, HEADS);
	add(&p->head[side], head);
	p->head[side].whole |= whole;
	add(&p->head[other], span_of(p->line[other].buf, p->line[other].n));
}

void protocol_push(struct pop3 *p, enum side side, struct span bytes)
{
	if (p->phase != PHASE_OTHER)
		return;
	add(&p->head[side], bytes);
	decide(p, false);
}

void protocol_end(struct pop3 *p)
{
	if (p->phase == PHASE_OTHER)
		decide(p, true);
}
