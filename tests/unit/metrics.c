/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Prometheus reads, and where it may read it. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../src/proc/listener.h"
#include "plainpop/emit.h"
#include "unit.h"

/* ---- where ---- */

UNIT(metrics, address)
{
	static const struct {
		const char *text, *message; /* a part of it; NULL: it is right, and */
		const char *host;           /* this is it; NULL: path */
		uint16_t port;
		const char *path;
	} cases[] = {
		{ "9917", NULL, "127.0.0.1", 9917, NULL },
		{ "1", NULL, "127.0.0.1", 1, NULL },
		{ "65535", NULL, "127.0.0.1", 65535, NULL },
		{ "00080", NULL, "127.0.0.1", 80, NULL },
		{ "127.0.0.1:9917", NULL, "127.0.0.1", 9917, NULL },
		{ "127.255.1.2:80", NULL, "127.255.1.2", 80, NULL },
		{ "localhost:9917", NULL, "127.0.0.1", 9917, NULL },
		{ "[::1]:9917", NULL, "::1", 9917, NULL },
		{ "[0:0:0:0:0:0:0:1]:9917", NULL, "::1", 9917, NULL },
		{ "unix:/run/x", NULL, NULL, 0, "/run/x" },
		{ "unix:x:80", NULL, NULL, 0, "x:80" },
		{ "unix:", "a path", NULL, 0, NULL },
		{ "", "a port", NULL, 0, NULL },
		{ "0", "a port", NULL, 0, NULL },
		{ "65536", "a port", NULL, 0, NULL },
		{ "100000", "a port", NULL, 0, NULL },
		{ "99999999999999999999", "a port", NULL, 0, NULL },
		{ "-1", "a port", NULL, 0, NULL },
		{ "+80", "a port", NULL, 0, NULL },
		{ " 80", "a port", NULL, 0, NULL },
		{ "80 ", "a port", NULL, 0, NULL },
		{ "0x50", "a port", NULL, 0, NULL },
		{ "127.0.0.1", "a port", NULL, 0, NULL },
		{ "127.0.0.1:", "a port", NULL, 0, NULL },
		{ "127.0.0.1:http", "a port", NULL, 0, NULL },
		{ "localhost", "a port", NULL, 0, NULL },
		{ "[::1]", "a port", NULL, 0, NULL },
		{ "[", "a port", NULL, 0, NULL },
		{ ":", "a port", NULL, 0, NULL },
		{ "/run/x", "a port", NULL, 0, NULL },
		{ "UNIX:/run/x", "a port", NULL, 0, NULL },
		{ "0.0.0.0:9917", "not a loopback", NULL, 0, NULL },
		{ "192.0.2.1:9917", "not a loopback", NULL, 0, NULL },
		{ "128.0.0.1:9917", "not a loopback", NULL, 0, NULL },
		{ "[::]:9917", "not a loopback", NULL, 0, NULL },
		{ "[2001:db8::1]:9917", "not a loopback", NULL, 0, NULL },
		{ "[::ffff:127.0.0.1]:9917", "not a loopback", NULL, 0, NULL },
		{ "[fe80::1%lo]:9917", "expected a loopback", NULL, 0, NULL },
		{ "[127.0.0.1]:9917", "expected a loopback", NULL, 0, NULL },
		{ "[::1:9917", "expected a loopback", NULL, 0, NULL },
		{ "[]:9917", "expected a loopback", NULL, 0, NULL },
		{ "[:9917", "expected a loopback", NULL, 0, NULL },
		{ "]:9917", "expected a loopback", NULL, 0, NULL },
		{ "::1:9917", "expected a loopback", NULL, 0, NULL },
		{ ":9917", "expected a loopback", NULL, 0, NULL },
		{ "*:9917", "expected a loopback", NULL, 0, NULL },
		{ "127.1:9917", "expected a loopback", NULL, 0, NULL },
		{ "2130706433:9917", "expected a loopback", NULL, 0, NULL },
		{ "mail.example.org:9917", "expected a loopback", NULL, 0, NULL },
		{ "LOCALHOST:9917", "expected a loopback", NULL, 0, NULL },
		{ "[localhost]:9917", "expected a loopback", NULL, 0, NULL },
		{ "a-name-that-is-longer-than-any-address-can-be-in-any-family:9917", "expected a loopback", NULL, 0, NULL },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		char err[LISTENER_ERROR_SIZE] = "", host[INET6_ADDRSTRLEN] = "";
		struct listener_address a;
		bool good = listener_parse(cases[i].text, &a, err);

		cr_expect(good == (cases[i].message == NULL), "%s: %s", cases[i].text, err);
		cr_expect(good ? err[0] == '\0' : strstr(err, cases[i].message) != NULL, "%s: %s", cases[i].text, err);
		if (!good)
			continue;
		cr_expect((a.path != NULL) == (cases[i].path != NULL), "%s", cases[i].text);
		if (a.path != NULL) {
			cr_expect_str_eq(a.path, cases[i].path);
			continue;
		}
		if (a.tcp.any.sa_family == AF_INET)
			inet_ntop(AF_INET, &a.tcp.v4.sin_addr, host, sizeof host);
		else
			inet_ntop(AF_INET6, &a.tcp.v6.sin6_addr, host, sizeof host);
		cr_expect_str_eq(host, cases[i].host, "%s: %s", cases[i].text, host);
		cr_expect(ntohs(a.tcp.any.sa_family == AF_INET ? a.tcp.v4.sin_port : a.tcp.v6.sin6_port) == cases[i].port,
			  "%s", cases[i].text);
	}
}

/* ---- what ---- */

static char *text_of(const struct metrics *m)
{
	size_t n = 0;
	char *text = emit_metrics(m, &n);

	cr_assert(text != NULL && n > 0);
	text = realloc(text, n + 1);
	cr_assert(text != NULL);
	text[n] = '\0';
	cr_expect(strlen(text) == n, "a NUL in it");
	cr_expect(text[n - 1] == '\n', "the last line is none");
	return text;
}

/* True when the text has this line. */
static bool has(const char *text, const char *line)
{
	const char *p = text;
	size_t n = strlen(line);

	for (; (p = strstr(p, line)) != NULL; p++)
		if ((p == text || p[-1] == '\n') && p[n] == '\n')
			return true;
	return false;
}

static size_t lines_of(const char *text, const char *begin)
{
	size_t n = 0;

	for (; text != NULL && *text != '\0'; text = strchr(text, '\n') + 1)
		n += strncmp(text, begin, strlen(begin)) == 0;
	return n;
}

static bool name_byte(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || c == '_' || (c >= '0' && c <= '9' && !first);
}

/* The whole grammar of what we write: HELP, TYPE, then samples of that name; each name once. */
static void expect_format(char *text)
{
	char *rest = NULL, *line, name[128] = "", label[384];
	unsigned long long value;
	int state = 0, end;
	size_t i;

	for (line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
		char this[128], type[16];

		end = 0;
		if (sscanf(line, "# HELP %127s %n", this, &end) == 1) {
			cr_expect(end > 0 && line[end] != '\0' && strchr(line, '\\') == NULL, "%s", line);
			snprintf(name, sizeof name, "%s", this);
			cr_expect(strncmp(name, "plainpop_", 9) == 0, "%s", name);
			for (i = 0; name[i] != '\0'; i++)
				cr_expect(name_byte(name[i], i == 0), "%s", name);
			state = 1;
		} else if (sscanf(line, "# TYPE %127s %15s%n", this, type, &end) == 2) {
			cr_expect(state == 1 && strcmp(this, name) == 0 && line[end] == '\0', "%s", line);
			cr_expect(strcmp(type, "gauge") == 0 || strcmp(type, "counter") == 0, "%s", line);
			cr_expect((strcmp(type, "counter") == 0) == (strcmp(name + strlen(name) - 6, "_total") == 0), "%s", line);
			state = 2;
		} else {
			cr_expect(state == 2 && strncmp(line, name, strlen(name)) == 0, "%s", line);
			cr_expect((sscanf(line + strlen(name), " %llu%n", &value, &end) == 1 ||
				   sscanf(line + strlen(name), "{%383[^}]} %llu%n", label, &value, &end) == 2) &&
					  line[strlen(name) + (size_t)end] == '\0',
				  "%s", line);
		}
	}
}

UNIT(metrics, counters)
{
	uint64_t first[COUNTER_MAX], second[COUNTER_MAX];
	struct metrics_sensor sensors[] = {
		{ .number = 0, .interface = "eth1", .up = true, .silent = 3, .flows = 12, .memory = 4096, .queued = 5, .counter = first },
		{ .number = 1, .interface = "eth2", .counter = second },
	};
	struct metrics m = { .version = "0.1.0", .uptime = 60, .rules = 68, .up = false, .writer_up = true,
			     .sensor = sensors, .n_sensors = 2 };
	static const char *const expected[] = {
		"# HELP plainpop_capture_kernel_drops_total packets the kernel dropped for want of buffer",
		"# TYPE plainpop_capture_kernel_drops_total counter",
		"plainpop_capture_kernel_drops_total{sensor=\"0\",interface=\"eth1\"} 17",
		"plainpop_capture_kernel_drops_total{sensor=\"1\",interface=\"eth2\"} 2000",
		"plainpop_capture_errors_total 3002", /* the supervisor counts these, too */
		"plainpop_flow_total{sensor=\"0\",interface=\"eth1\"} 1000",
		"plainpop_tcp_reassembly_gap_bytes_total{sensor=\"0\",interface=\"eth1\"} 1000",
		"plainpop_app_layer_tx_pop3_total{sensor=\"1\",interface=\"eth2\"} 2000",
		"plainpop_ipc_dropped_total{sensor=\"1\",interface=\"eth2\"} 2000",
		"plainpop_decoder_pkts_total{sensor=\"0\",interface=\"eth1\"} 18446744073709551615",
		"plainpop_decoder_bytes_total 9", /* nobody else should */
		"plainpop_detect_alert_total 3000",
		"plainpop_output_dropped_total 3000",
		"plainpop_build_info{version=\"0.1.0\"} 1",
		"# TYPE plainpop_up gauge",
		"plainpop_up 0",
		"plainpop_uptime_seconds 60",
		"plainpop_detect_engine_rules_loaded 68",
		"plainpop_writer_up 1",
		"plainpop_sensors 2",
		"plainpop_sensor_up{sensor=\"0\",interface=\"eth1\"} 1",
		"plainpop_sensor_up{sensor=\"1\",interface=\"eth2\"} 0",
		"plainpop_sensor_silent_seconds{sensor=\"0\",interface=\"eth1\"} 3",
		"plainpop_flow_active{sensor=\"0\",interface=\"eth1\"} 12",
		"plainpop_flow_memuse_bytes{sensor=\"0\",interface=\"eth1\"} 4096",
		"plainpop_ipc_queued_events{sensor=\"0\",interface=\"eth1\"} 5",
	};
	char *text;
	size_t i;

	for (i = 0; i < COUNTER_MAX; i++) {
		first[i] = 1000;
		second[i] = 2000;
	}
	first[COUNTER_CAPTURE_DROPS] = 17;
	first[COUNTER_DECODER_PKTS] = UINT64_MAX;
	m.others[COUNTER_CAPTURE_ERRORS] = 2;
	m.others[COUNTER_DECODER_BYTES] = 9;
	text = text_of(&m);
	for (i = 0; i < COUNT(expected); i++)
		cr_expect(has(text, expected[i]), "%s", expected[i]);
	cr_expect(lines_of(text, "plainpop_capture_kernel_drops_total") == 2 && lines_of(text, "plainpop_detect_alert_total") == 1);
	expect_format(text);
	free(text);
}

/* Every counter is there, also at the very beginning: one TYPE, one sample, with labels or without. */
UNIT(metrics, all)
{
	static const uint64_t none[COUNTER_MAX];
	struct metrics_sensor s = { .counter = none };
	struct metrics m = { .version = "x", .sensor = &s, .n_sensors = 1 };
	char *text = text_of(&m), name[96], line[128], *p;
	size_t i, families = lines_of(text, "# TYPE "), samples;

	cr_expect(families > COUNTER_MAX && families == lines_of(text, "# HELP "));
	for (i = 0; i < COUNTER_MAX; i++) {
		snprintf(name, sizeof name, "plainpop_%s", counter_name((enum counter)i));
		for (p = name; *p != '\0'; p++)
			*p = *p == '.' ? '_' : *p;
		if (strcmp(p - 6, "_total") != 0)
			strncat(name, "_total", sizeof name - strlen(name) - 1);
		snprintf(line, sizeof line, "# TYPE %s counter\n", name);
		cr_expect(lines_of(text, line) == 1, "%s", line);
		snprintf(line, sizeof line, "%s{sensor=\"0\"} 0\n", name);
		samples = lines_of(text, line);
		snprintf(line, sizeof line, "%s 0\n", name);
		cr_expect(samples + lines_of(text, line) == 1, "%s", name);
	}
	/* A replay waits for its input and is not silent, and has no interface. */
	cr_expect(lines_of(text, "plainpop_sensor_silent_seconds") == 0);
	cr_expect(has(text, "plainpop_sensor_up{sensor=\"0\"} 0"));
	expect_format(text);
	free(text);
	m.n_sensors = 0;
	text = text_of(&m);
	cr_expect(has(text, "plainpop_sensors 0") && lines_of(text, "plainpop_sensor_up") == 0);
	cr_expect(has(text, "plainpop_output_records_total 0") && lines_of(text, "plainpop_decoder_pkts_total") == 0);
	expect_format(text);
	free(text);
}

/* The name of an interface is anything. */
UNIT(metrics, labels)
{
	static const uint64_t none[COUNTER_MAX];
	static const struct {
		const char *name, *expected;
	} cases[] = {
		{ "", "" },
		{ "eth1.20", "eth1.20" },
		{ "\"", "\\\"" },
		{ "\\", "\\\\" },
		{ "a\",x=\"b", "a\\\",x=\\\"b" },
		{ "a\nplainpop_up 1", "a\\\\x0aplainpop_up 1" },
		{ "\x1b[0m\r\t", "\\\\x1b[0m\\\\x0d\\\\x09" },
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
		{ "\xff\xc3", "\\\\xff\\\\xc3" },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		  "\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff"
		  "\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff\\\\xff" },
		{ "0123456789abcdef0123456789abcdef-too-long", "0123456789abcdef0123456789abcdef" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct metrics_sensor s = { .number = UINT32_MAX, .interface = cases[i].name, .up = true, .counter = none };
		struct metrics m = { .version = "x", .sensor = &s, .n_sensors = 1 };
		char *text = text_of(&m), line[512];

		snprintf(line, sizeof line, "plainpop_sensor_up{sensor=\"4294967295\",interface=\"%s\"} 1", cases[i].expected);
		cr_expect(has(text, line), "%s", line);
		cr_expect(lines_of(text, "plainpop_up ") == 1, "%s", cases[i].name);
		free(text);
	}
}
