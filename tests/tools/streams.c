/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the stream room hands to its handler, as JSON: a line a session, when it ends.
 *
 *	streams [-p PORT[,PORT...] | -a] FILE...
 *
 *	{"file": FILE, "client": [ADDRESS, PORT], "server": [ADDRESS, PORT], "said": [[SIDE, HEX or N], ...],
 *	 "midstream": BOOL, "end": REASON, "packet": N}
 *
 * said is in order, over both sides: "c" or "s", and the bytes, or how many are missing. Neighbours of one kind
 * are one. packet is the number of the packet at hand when the session ended. Captures are unrelated.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "plainpop/capture.h"
#include "plainpop/stream.h"

enum kind { NOTHING, DATA, GAP };

/* What a session has said so far, as text. */
struct said {
	char *text;
	size_t n, cap;
	enum side side;
	enum kind last;
	uint64_t gap; /* not written yet */
};

static const char *file;

static void add(struct said *w, const char *text, size_t n)
{
	if (w->n + n > w->cap) {
		w->cap = 2 * (w->n + n);
		w->text = realloc(w->text, w->cap);
		if (w->text == NULL) {
			perror("streams");
			exit(2);
		}
	}
	memcpy(w->text + w->n, text, n);
	w->n += n;
}

static void finish(struct said *w)
{
	char text[64];

	if (w->last == DATA)
		add(w, "\"]", 2);
	else if (w->last == GAP)
		add(w, text, (size_t)snprintf(text, sizeof text, "%llu]", (unsigned long long)w->gap));
	w->last = NOTHING;
	w->gap = 0;
}

/* False when it goes on with what was said last. */
static void begin(struct said *w, enum side side, enum kind kind)
{
	if (w->last == kind && w->side == side)
		return;
	finish(w);
	if (w->n > 0)
		add(w, ", ", 2);
	add(w, side == SIDE_CLIENT ? "[\"c\", " : "[\"s\", ", 6);
	if (kind == DATA)
		add(w, "\"", 1);
	w->side = side;
	w->last = kind;
}

static void on_open(void *ctx, struct stream *s)
{
	(void)ctx;
	s->user = calloc(1, sizeof(struct said));
	if (s->user == NULL) {
		perror("streams");
		exit(2);
	}
}

static void on_data(void *ctx, struct stream *s, enum side side, struct span bytes)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	(void)ctx;
	begin(s->user, side, DATA);
	for (i = 0; i < bytes.n; i++) {
		const char hex[2] = { digits[bytes.p[i] >> 4], digits[bytes.p[i] & 15] };

		add(s->user, hex, 2);
	}
}

static void on_gap(void *ctx, struct stream *s, enum side side, uint64_t n)
{
	struct said *w = s->user;

	(void)ctx;
	begin(w, side, GAP);
	w->gap += n;
}

static void print_end(const char *name, const struct stream *s, enum side side)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(s->key.ip_v == 6 ? AF_INET6 : AF_INET, s->key.addr[side], text, sizeof text);
	printf("\"%s\": [\"%s\", %u], ", name, text, s->key.port[side]);
}

static void on_close(void *ctx, struct stream *s, enum event_end reason)
{
	struct said *w = s->user;
	const char *p;

	(void)ctx;
	finish(w);
	printf("{\"file\": \"");
	for (p = file; *p != '\0'; p++)
		printf(*p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
	printf("\", ");
	print_end("client", s, SIDE_CLIENT);
	print_end("server", s, SIDE_SERVER);
	printf("\"said\": [");
	if (w->n > 0)
		fwrite(w->text, 1, w->n, stdout);
	printf("], \"midstream\": %s, \"end\": \"%s\", \"packet\": %llu}\n", s->midstream ? "true" : "false",
	       event_end_name(reason), (unsigned long long)s->packet);
	free(w->text);
	free(w);
	s->user = NULL;
}

/* With every port watched, any first bytes are worth a guess. */
static enum stream_speaker on_first(void *ctx, struct span first)
{
	(void)ctx;
	(void)first;
	return STREAM_SPEAKER_CLIENT;
}

static int read_file(const char *path)
{
	char err[CAPTURE_ERROR_SIZE];
	struct capture *c = capture_open_fd(open(path, O_RDONLY | O_CLOEXEC), NULL, err);
	enum capture_result r = CAPTURE_END;
	struct capture_packet raw;

	if (c == NULL) {
		fprintf(stderr, "%s: %s\n", path, err);
		return 1;
	}
	file = path;
	while (decode_supports(capture_dlt(c)) && (r = capture_next(c, &raw)) == CAPTURE_PACKET) {
		struct packet p = { .ts = raw.ts, .number = raw.number, .len = raw.len };
		enum decode_result what;

		do {
			what = decode_packet(&p, capture_dlt(c), raw.data);
			if (what == DECODE_TCP || what == DECODE_FRAGMENT)
				stream_packet(&p);
		} while (decode_next(&p));
	}
	if (r == CAPTURE_ERROR)
		fprintf(stderr, "%s: %s\n", path, capture_error(c));
	capture_close(c);
	stream_flush();
	return r == CAPTURE_ERROR;
}

int main(int argc, char **argv)
{
	static struct port_set ports;
	struct stream_handler handler = { .open = on_open, .data = on_data, .gap = on_gap, .close = on_close };
	struct stream_config config = STREAM_CONFIG_DEFAULT;
	char *text = NULL, *next;
	int option, status = 0;

	config.ports = &ports;
	port_set_add(&ports, 110);
	while ((option = getopt(argc, argv, "ap:")) != -1) {
		switch (option) {
		case 'a':
			config.any_port = true;
			handler.speaker = on_first;
			break;
		case 'p':
			text = optarg;
			break;
		default:
			text = NULL;
			optind = argc;
			break;
		}
	}
	if (optind == argc) {
		fprintf(stderr, "usage: streams [-p PORT[,PORT...] | -a] FILE...\n");
		return 2;
	}
	for (; text != NULL && *text != '\0'; text = *next == ',' ? next + 1 : next) {
		unsigned long port = strtoul(text, &next, 10);

		if (next == text || port < 1 || port > 65535 || (*next != ',' && *next != '\0')) {
			fprintf(stderr, "streams: -p %s: expected ports such as 110,995\n", text);
			return 2;
		}
		port_set_add(&ports, (uint16_t)port);
	}
	if (stream_start(&config, &handler) != 0) {
		perror("streams");
		return 2;
	}
	for (; optind < argc; optind++)
		status |= read_file(argv[optind]);
	stream_stop();
	return status;
}
