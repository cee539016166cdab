/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records in CEF. */
#include "records.h"

#define HEADER(class, name, severity) "CEF:0|plainpop|plainpop|" PLAINPOP_VERSION "|" class "|" name "|" severity "|"
#define BEGIN "rt=1767225599123 externalId=2251799813685247 plainpopPcapCnt=7 spt=49152 dpt=110 proto=TCP cs1Label=community_id " \
	      "cs1=1:XMe51gaIcRrr7e5oNbv8quO+Yyc\\= "
#define OFFLINE "plainpopPcapFilename=some \"where\"/a.pcap "
#define END "src=192.0.2.10 dst=198.51.100.25 app=pop3"

static void expect_line(const struct record *r, const char *want)
{
	char *line = line_of("cef", r);

	cr_expect_str_eq(line, want);
	free(line);
}

UNIT(emit, cef_login)
{
	struct event *e = new_login();

	event_set(e, EVENT_USER, SPAN("a=b\\c|d"));
	event_set(e, EVENT_BANNER, SPAN("ready\r\n"));
	event_set(e, EVENT_FAILURE_REASON, SPAN("SYS/TEMP"));
	more = ",host=sensor-1";
	expect_line(&(struct record){ .type = RECORD_POP3, .event = e },
		    HEADER("login", "POP3 login", "1") BEGIN "dvchost=sensor-1 " OFFLINE
		    "duser=a\\=b\\\\c|d cs2Label=mechanism cs2=USER/PASS cs3Label=exposure cs3=password outcome=success "
		    "reason=SYS/TEMP plainpopPasswordRedacted=true cs4Label=stls cs4=not_asked "
		    "cs6Label=banner cs6=ready\\\\x0d\\\\x0a plainpopCommand=PASS plainpopArgs=[redacted] " END);
	free(e);
}

/* In a header the pipe and the backslash are escaped, the equals sign is not. */
UNIT(emit, cef_alert)
{
	struct alert_counts counts = { .count = 3, .first_seen = TS };
	struct event *e = new_event(EVENT_SESSION);
	struct signature *s = new_signature();

	s->msg = "a|b\\c=d";
	s->severity = 2;
	s->category = "";
	e->stls = STLS_STRIPPED;
	expect_line(&(struct record){ .type = RECORD_ALERT, .event = e, .signature = s, .counts = &counts },
		    HEADER("1:9100000", "a\\|b\\\\c=d", "5") BEGIN OFFLINE "act=allowed plainpopRev=2 cat= "
		    "plainpopReferences=https://www.rfc-editor.org/rfc/rfc8314 cs4Label=stls cs4=stripped cnt=3 "
		    "deviceCustomDate1Label=first_seen deviceCustomDate1=1767225599123 plainpopPktsToserver=5 "
		    "plainpopPktsToclient=4 in=250 out=240 start=1767225597123 " END
		    " frameworkName=MITRE ATT&CK threatAttackID=T1552 T1040");
	free(e);
}

/* Version 0 has IPv4 alone; IPv6 has custom fields. Lists stand in one field. */
UNIT(emit, cef_session)
{
	struct event *e = new_event(EVENT_SESSION);

	e->source = 1;
	e->flow.ip_v = 6;
	e->flow.n_vlan = 2;
	e->flow.vlan[0] = 100;
	e->flow.vlan[1] = 4094;
	e->end_reason = END_FIN;
	event_set(e, EVENT_CAPABILITIES, SPAN("USER\nX=\\"));
	memcpy(e->flow.addr[SIDE_CLIENT], "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x10", 16);
	memcpy(e->flow.addr[SIDE_SERVER], "\x20\1\x0d\xb8\0\1\0\0\0\0\0\0\0\0\0\x25", 16);
	expect_line(&(struct record){ .type = RECORD_POP3, .event = e },
		    HEADER("session", "POP3 session", "1") "rt=1767225599123 externalId=2251799813685247 "
		    "deviceInboundInterface=eth0 plainpopVlan=100,4094 spt=49152 dpt=110 proto=TCP cs1Label=community_id "
		    "cs1=1:9Abv3OId3MgYqtRoTkVoVIK6OAQ\\= start=1767225597123 end=1767225599123 cn1Label=commands cn1=0 "
		    "cn2Label=messages cn2=0 plainpopRetrBytes=0 cn3Label=logins cn3=0 plainpopCapabilities=USER\\nX\\=\\\\ "
		    "reason=fin c6a2Label=Source IPv6 Address c6a2=2001:db8::10 "
		    "c6a3Label=Destination IPv6 Address c6a3=2001:db8:1::25 app=pop3");
	free(e);
}

UNIT(emit, cef_anomaly)
{
	struct event *e = new_event(EVENT_ANOMALY);

	e->anomaly = ANOMALY_HTTP;
	expect_line(&(struct record){ .type = RECORD_ANOMALY, .event = e },
		    HEADER("http_on_pop3_port", "http_on_pop3_port", "1") BEGIN OFFLINE
		    "app=http cat=applayer src=192.0.2.10 dst=198.51.100.25");
	expect_line(&(struct record){ .type = RECORD_ANOMALY, .ts = TS, .anomaly = "kernel_drops", .number = 7 },
		    HEADER("kernel_drops", "kernel_drops", "1") "rt=1767225599123 cat=applayer cnt=7");
	free(e);
}

/* What the dictionary allows, and not half of an escape more. */
UNIT(emit, cef_lengths)
{
	static const struct {
		const char *fill;
		size_t times, kept; /* how often it is sent, and written */
		const char *written;
	} cases[] = {
		{ "x", 512, 512, "x" },
		{ "\xff", 512, 255, "\\\\xff" }, /* four characters each, of 1023 */
		{ "=", 512, 512, "\\=" },
		{ "\xc3\xb6", 256, 256, "\xc3\xb6" },
	};
	char name[513], *line, *at;
	size_t i, k;

	for (i = 0; i < COUNT(cases); i++) {
		struct event *e = new_login();
		size_t n = strlen(cases[i].fill);

		for (k = 0; k < cases[i].times; k++)
			memcpy(name + k * n, cases[i].fill, n);
		event_set(e, EVENT_USER, span_of(name, cases[i].times * n));
		line = line_of("cef", &(struct record){ .type = RECORD_POP3, .event = e });
		at = strstr(line, " duser=");
		cr_assert(at != NULL);
		at += 7;
		for (k = 0; strncmp(at, cases[i].written, strlen(cases[i].written)) == 0; k++)
			at += strlen(cases[i].written);
		cr_expect(k == cases[i].kept && strncmp(at, " cs2Label=", 10) == 0, "case %zu: %zu, then %.10s", i, k, at);
		free(line);
		free(e);
	}
}
