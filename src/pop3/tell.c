/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines, as rules want to see them, and what of them may be told. */
#include "impl.h"

/* What is not known to be POP3 is nothing to look at where anything may be spoken. */
static bool wanted(const struct pop3 *p, enum side side)
{
	return p->config->line != NULL && (p->confirmed || (p->flags & POP3_ANY_PORT) == 0) &&
	       (p->config->wants_line == NULL || p->config->wants_line(p->user_ctx, side, p->raw));
}

#define COMMAND_OCTETS 255  /* RFC 2449 section 4, with the line's end */
#define RESPONSE_OCTETS 512

static unsigned words(struct span s)
{
	unsigned n = 0;

	while (s.n > 0)
		n += span_word(&s).n > 0 ? 1 : 0;
	return n;
}

static uint32_t odd_command(const struct pop3 *p, const struct pop3_line *l)
{
	static const struct {
		uint8_t least, most;
	} arguments[] = {
#define ANY UINT8_MAX
#define COMMAND(id, word, what, shape, least, most) [COMMAND_##id] = { least, most },
#include "commands.def"
#undef COMMAND
#undef ANY
	};
	enum command c = command_of(l->command);
	uint32_t odd = 0;
	unsigned n;

	if (p->n_pending == POP3_PENDING_MAX || p->untracked > 0)
		odd |= 1u << ANOMALY_TOO_MANY;
	/* RFC 5034 section 4: with an initial response it may be longer. */
	if (l->raw.n > COMMAND_OCTETS && c != COMMAND_AUTH)
		odd |= 1u << ANOMALY_LONG_REQUEST;
	/* Behind a gap it may be the end of anything. */
	if (c == COMMAND_UNKNOWN)
		return p->skip_line[SIDE_CLIENT] ? odd : odd | 1u << ANOMALY_UNKNOWN_COMMAND;
	n = words(l->args);
	if (n < arguments[c].least || (n > arguments[c].most && arguments[c].most != UINT8_MAX))
		odd |= 1u << ANOMALY_ARGUMENTS;
	return odd;
}

void tell_client_line(const struct pop3 *p, struct span line)
{
	struct pop3_line l;

	if (p->client_message || !wanted(p, SIDE_CLIENT))
		return;
	l = (struct pop3_line){ .side = SIDE_CLIENT, .raw = p->raw, .session = p };
	if (!p->sasl.active) {
		l.args = span_ltrim(line);
		l.command = span_word(&l.args);
		l.odd = odd_command(p, &l);
	}
	p->config->line(p->user_ctx, &l);
}

/* Behind the status, and the blank behind that. */
static struct span behind_status(struct span line)
{
	span_word(&line);
	return line;
}

void tell_server_line(const struct pop3 *p, struct span line)
{
	const struct pending *front;
	struct pop3_line l;
	bool status;

	if (!wanted(p, SIDE_SERVER))
		return;
	front = p->n_pending > 0 ? &p->pending[p->first_pending] : NULL;
	status = span_starts(line, "+OK") || span_starts(line, "-ERR") || span_starts(line, "+");
	l = (struct pop3_line){ .side = SIDE_SERVER, .raw = p->raw, .session = p };
	if (p->shape == SHAPE_CAPABILITIES && !span_is(line, ".")) {
		l.capability = line;
	} else if (p->shape == SHAPE_SINGLE && status) {
		l.response = line;
		if (l.raw.n > RESPONSE_OCTETS && !span_starts(line, "+ "))
			l.odd = 1u << ANOMALY_LONG_RESPONSE;
		if (!p->greeted)
			l.banner = behind_status(line);
		else if (front != NULL && front->command != COMMAND_GAP && p->extra_answers == 0)
			l.command = span_str(command_word(front->command));
		if (front != NULL && p->greeted && front->command == COMMAND_USER && p->user_set)
			l.user = blob_span(&p->user);
	}
	p->config->line(p->user_ctx, &l);
}

static void client_event(const struct pop3_line *l, struct event *e)
{
	enum command c = command_of(l->command);
	bool show = l->session->config->secrets == POP3_SECRETS_SHOW;
	bool secret = c == COMMAND_UNKNOWN || c == COMMAND_PASS || c == COMMAND_AUTH || c == COMMAND_APOP;

	/* A word that is no command may be a password that went astray. */
	if (l->command.p == NULL || (c == COMMAND_UNKNOWN && !show))
		return;
	event_set(e, EVENT_COMMAND, l->command);
	event_set(e, EVENT_ARGS, show || !secret ? l->args : span_str("[redacted]"));
}

static void server_event(const struct pop3_line *l, struct event *e)
{
	bool show = l->session->config->secrets == POP3_SECRETS_SHOW;
	struct span text = behind_status(l->response);

	if (l->command.n > 0)
		event_set(e, EVENT_COMMAND, l->command);
	if (l->user.p != NULL)
		event_set(e, EVENT_USER, l->user);
	if (l->response.p == NULL)
		return;
	e->response_set = true;
	e->response_ok = span_starts(l->response, "+");
	if (!show && any_secret_told(l->session, text))
		text = span_str("[redacted]");
	event_set(e, EVENT_RESPONSE, text);
	if (l->banner.p != NULL)
		event_set(e, EVENT_BANNER, text);
}

void pop3_line_event(const struct pop3_line *l, struct event *e)
{
	if (l->side == SIDE_CLIENT)
		client_event(l, e);
	else
		server_event(l, e);
}
