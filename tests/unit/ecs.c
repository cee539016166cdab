/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records in ECS. tests/e2e/formats holds all that the cases write to the schema's fields, types and values. */
#include "records.h"

#define SOURCE(more) "'source': {'ip': '192.0.2.10', 'port': 49152" more "}, "
#define DESTINATION(more) "'destination': {'ip': '198.51.100.25', 'port': 110" more "}, "
#define HEAD "'@timestamp': '2025-12-31T23:59:59.123456Z', 'ecs': {'version': '8.11.0'}, "
#define NETWORK                                                                                                  \
	"'network': {'community_id': '1:XMe51gaIcRrr7e5oNbv8quO+Yyc=', 'protocol': 'pop3', 'transport': 'tcp'," \
	"'type': 'ipv4'}, "
#define OBSERVER "'vendor': 'plainpop', 'product': 'plainpop', 'type': 'ids', 'version': '" PLAINPOP_VERSION "'"
#define OFFLINE "'flow_id': '2251799813685247', 'pcap_cnt': 7, 'pcap_filename': 'some \\'where\\'/a.pcap'"
#define IPS "'ip': ['192.0.2.10', '198.51.100.25']"

UNIT(emit, ecs_login)
{
	struct event *e = new_login();
	const struct record r = { .type = RECORD_POP3, .event = e };

	event_set(e, EVENT_USER, SPAN("alice"));
	event_set(e, EVENT_AUTHZID, SPAN("boss"));
	event_set(e, EVENT_RESPONSE, SPAN("Logged in."));
	e->response_set = e->response_ok = true;
	expect_json_line("ecs", &r, "{" HEAD SOURCE("") DESTINATION("") NETWORK
		"'event': {'action': 'login', 'category': ['authentication', 'network'], 'dataset': 'plainpop.pop3',"
		"'kind': 'event', 'module': 'plainpop', 'outcome': 'success', 'type': ['start']},"
		"'message': 'POP3 login', 'observer': {" OBSERVER "},"
		"'plainpop': {" OFFLINE ", 'exposure': 'password', 'mechanism': 'USER/PASS', 'password_redacted': true,"
		"'request': {'command': 'PASS', 'args': ['[redacted]']}, 'stls': 'not_asked',"
		"'response': {'success': true, 'status': 'OK', 'header': 'Logged in.'}},"
		"'related': {" IPS ", 'user': ['alice', 'boss']},"
		"'user': {'name': 'alice', 'effective': {'name': 'boss'}}}");
	free(e);
}

/* A sub-technique counts as its technique, too; two of one technique are one. */
UNIT(emit, ecs_alert)
{
	static const char *ids[] = { "T1110.001", "T1552", "T1110.004" };
	struct signature_metadata metadata[] = { { "mitre_tactic_id", tactic, 1 }, { "mitre_technique_id", ids, 3 } };
	struct alert_counts counts = { .count = 12, .users = 3, .first_seen = TS - 1 };
	struct event *e = new_login();
	struct signature *s = new_signature();
	const struct record r = { .type = RECORD_ALERT, .event = e, .signature = s, .counts = &counts };

	s->metadata = metadata;
	s->severity = 2;
	e->source = 1;
	e->flow.n_vlan = 3;
	memcpy(e->flow.vlan, (uint16_t[]){ 100, 200, 300 }, sizeof e->flow.vlan);
	event_set(e, EVENT_TLS_VERSION, SPAN("TLS 1.2"));
	event_set(e, EVENT_TLS_SNI, SPAN("mail.example"));
	more = ",host=sensor-1";
	expect_json_line("ecs", &r, "{" HEAD SOURCE(", 'bytes': 250, 'packets': 5") DESTINATION(", 'bytes': 240, 'packets': 4")
		"'network': {'community_id': '1:XMe51gaIcRrr7e5oNbv8quO+Yyc=', 'protocol': 'pop3', 'transport': 'tcp',"
		"'type': 'ipv4', 'vlan': {'id': '100'}, 'inner': {'vlan': {'id': '300'}}},"
		"'event': {'action': 'alert', 'category': ['network', 'intrusion_detection'], 'dataset': 'plainpop.alert',"
		"'kind': 'alert', 'module': 'plainpop', 'outcome': 'success', 'severity': 2, 'type': ['info'],"
		"'start': '2025-12-31T23:59:57.123456Z'},"
		"'message': 'it \\'happened\\'', 'observer': {" OBSERVER ", 'hostname': 'sensor-1', 'name': 'sensor-1',"
		"'ingress': {'interface': {'name': 'eth0'}}},"
		"'plainpop': {'flow_id': '2251799813685247', 'count': 12, 'distinct_users': 3,"
		"'first_seen': '2025-12-31T23:59:59.123455Z', 'gid': '1',"
		"'metadata': {'mitre_tactic_id': ['TA0006'], 'mitre_technique_id': ['T1110.001', 'T1552', 'T1110.004']},"
		"'exposure': 'password', 'mechanism': 'USER/PASS', 'password_redacted': true,"
		"'request': {'command': 'PASS', 'args': ['[redacted]']}, 'stls': 'not_asked'},"
		"'related': {" IPS "}, 'rule': {'id': '9100000', 'name': 'it \\'happened\\'', 'version': '2',"
		"'category': 'Credentials Accepted over Cleartext', 'reference': 'https://www.rfc-editor.org/rfc/rfc8314'},"
		"'threat': {'framework': 'MITRE ATT&CK', 'tactic': {'id': ['TA0006']}, 'technique': {'id': ['T1110', 'T1552'],"
		"'subtechnique': {'id': ['T1110.001', 'T1110.004']}}},"
		"'tls': {'version': '1.2', 'version_protocol': 'tls', 'client': {'server_name': 'mail.example'}}}");
	free(e);
}

UNIT(emit, ecs_session)
{
	struct event *e = new_event(EVENT_SESSION);
	const struct record r = { .type = RECORD_POP3, .event = e };

	e->commands = 5;
	e->logins = 1;
	e->end_reason = END_RESET;
	event_set(e, EVENT_CAPABILITIES, SPAN("USER\nSASL PLAIN"));
	event_set(e, EVENT_TLS_VERSION, SPAN("SSLv3"));
	expect_json_line("ecs", &r, "{" HEAD SOURCE("") DESTINATION("") NETWORK
		"'event': {'action': 'session-end', 'category': ['network'], 'dataset': 'plainpop.pop3', 'kind': 'event',"
		"'module': 'plainpop', 'reason': 'reset', 'type': ['connection', 'end'], 'duration': 2000000000,"
		"'start': '2025-12-31T23:59:57.123456Z', 'end': '2025-12-31T23:59:59.123456Z'},"
		"'message': 'POP3 session', 'observer': {" OBSERVER "}, 'plainpop': {" OFFLINE ","
		"'session': {'commands': 5, 'messages': 0, 'retr_bytes': 0, 'logins': 1},"
		"'capabilities': ['USER', 'SASL PLAIN']}, 'related': {" IPS "},"
		"'tls': {'version': '3', 'version_protocol': 'ssl'}}");
	free(e);
}

/* What runs there instead, where that is known; what the sensor says of itself is no traffic. */
UNIT(emit, ecs_others)
{
	static const struct {
		enum event_anomaly anomaly;
		const char *protocol; /* NULL: none */
	} cases[] = { { ANOMALY_HTTP, "http" }, { ANOMALY_TEXT, NULL }, { ANOMALY_OVERLAP, "pop3" } };
	struct stats stats = { .uptime = 5 };
	const struct record of_sensor[] = { { .type = RECORD_ANOMALY, .ts = TS, .anomaly = "kernel_drops", .number = 7 },
					    { .type = RECORD_STATS, .ts = TS, .stats = &stats } };
	struct json_object *o;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct event *e = new_event(EVENT_ANOMALY);
		const struct record r = { .type = RECORD_ANOMALY, .event = e };

		e->anomaly = cases[i].anomaly;
		o = parsed_line(line_of("ecs", &r));
		cr_expect_str_eq(json_object_get_string(at_path(o, "event.action")), event_anomaly_name(e->anomaly));
		if (cases[i].protocol != NULL)
			cr_expect_str_eq(json_object_get_string(at_path(o, "network.protocol")), cases[i].protocol);
		else
			cr_expect(at_path(o, "network.protocol") == NULL);
		json_object_put(o);
		free(e);
	}
	for (i = 0; i < COUNT(of_sensor); i++) {
		o = parsed_line(line_of("ecs", &of_sensor[i]));
		cr_expect(at_path(o, "event.category") == NULL && at_path(o, "source") == NULL && at_path(o, "network") == NULL);
		cr_expect_str_eq(json_object_get_string(at_path(o, "event.kind")), i == 0 ? "event" : "metric");
		cr_expect(json_object_get_int(at_path(o, i == 0 ? "plainpop.anomaly.code" : "plainpop.stats.uptime")) ==
			  (i == 0 ? 7 : 5));
		json_object_put(o);
	}
}
