/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records in OCSF. tests/e2e/formats holds all that the cases write to the required attributes of the classes. */
#include "records.h"

#define PRODUCT "'product': {'name': 'plainpop', 'vendor_name': 'plainpop', 'version': '" PLAINPOP_VERSION "'}, 'version': '1.5.0'"
#define OFFLINE "'pcap_cnt': 7, 'pcap_filename': 'some \\'where\\'/a.pcap'"
#define ENDS                                              \
	"'src_endpoint': {'ip': '192.0.2.10', 'port': 49152}," \
	"'dst_endpoint': {'ip': '198.51.100.25', 'port': 110}"

UNIT(emit, ocsf_login)
{
	struct event *e = new_login();
	const struct record r = { .type = RECORD_POP3, .event = e };

	event_set(e, EVENT_USER, SPAN("alice"));
	event_set(e, EVENT_DOMAIN, SPAN("EXAMPLE"));
	event_set(e, EVENT_FAILURE_REASON, SPAN("AUTH"));
	event_set(e, EVENT_RESPONSE, SPAN("[AUTH] no"));
	e->outcome = OUTCOME_FAILURE;
	e->response_set = true;
	more = ",host=sensor-1";
	expect_json_line("ocsf", &r, "{'activity_id': 1, 'activity_name': 'Logon', 'category_uid': 3, 'class_uid': 3002,"
		"'class_name': 'Authentication', 'type_uid': 300201, 'severity_id': 1, 'severity': 'Informational',"
		"'time': 1767225599123, 'message': 'POP3 login', 'metadata': {'log_name': 'pop3', " PRODUCT ","
		"'loggers': [{'name': 'sensor-1', 'device': {'hostname': 'sensor-1', 'type_id': 0}}]}, " ENDS ","
		"'auth_protocol_id': 99, 'auth_protocol': 'USER/PASS', 'is_cleartext': true, 'is_remote': true,"
		"'logon_type_id': 8, 'logon_type': 'Network Cleartext', 'service': {'name': 'pop3'},"
		"'session': {'uid': '2251799813685247'}, 'status_id': 2, 'status': 'Failure', 'status_code': 'AUTH',"
		"'status_detail': '[AUTH] no', 'user': {'name': 'alice', 'domain': 'EXAMPLE'},"
		"'unmapped': {" OFFLINE ", 'community_id': '1:XMe51gaIcRrr7e5oNbv8quO+Yyc=', 'exposure': 'password',"
		"'mechanism': 'USER/PASS', 'password_redacted': true, 'stls': 'not_asked',"
		"'request': {'command': 'PASS', 'args': ['[redacted]']}, 'response': {'success': false, 'status': 'ERR'}}}");
	free(e);
}

UNIT(emit, ocsf_alert)
{
	static const char *ids[] = { "T1552", "T1110.003" };
	struct signature_metadata metadata[] = { { "mitre_tactic_id", tactic, 1 }, { "mitre_technique_id", ids, 2 } };
	struct alert_counts counts = { .count = 12, .first_seen = TS - 1000 };
	struct event *e = new_login();
	struct signature *s = new_signature();
	const struct record r = { .type = RECORD_ALERT, .event = e, .signature = s, .counts = &counts };

	s->metadata = metadata;
	e->source = 1;
	event_set(e, EVENT_USER, SPAN("alice"));
	expect_json_line("ocsf", &r, "{'activity_id': 1, 'activity_name': 'Create', 'category_uid': 2, 'class_uid': 2004,"
		"'class_name': 'Detection Finding', 'type_uid': 200401, 'severity_id': 4, 'severity': 'High',"
		"'status_id': 1, 'status': 'New', 'time': 1767225599123, 'message': 'it \\'happened\\'',"
		"'metadata': {'log_name': 'alert', " PRODUCT ", 'loggers': [{'device': {'interface_name': 'eth0', 'type_id': 0}}]},"
		"'evidences': [{" ENDS ", 'connection_info': {'uid': '2251799813685247', 'direction_id': 0,"
		"'direction': 'Unknown', 'protocol_name': 'tcp', 'protocol_num': 6, 'protocol_ver_id': 4,"
		"'community_uid': '1:XMe51gaIcRrr7e5oNbv8quO+Yyc='}, 'user': {'name': 'alice'}}],"
		"'finding_info': {'uid': '2251799813685247-7-1:9100000-0', 'title': 'it \\'happened\\'',"
		"'analytic': {'uid': '1:9100000', 'name': 'it \\'happened\\'', 'type_id': 1, 'type': 'Rule', 'version': '2',"
		"'category': 'Credentials Accepted over Cleartext'}, 'related_events_count': 12,"
		"'first_seen_time': 1767225599122, 'attacks': [{'technique': {'uid': 'T1552'}, 'tactic': {'uid': 'TA0006'}},"
		"{'technique': {'uid': 'T1110'}, 'sub_technique': {'uid': 'T1110.003'}, 'tactic': {'uid': 'TA0006'}}]},"
		"'unmapped': {'exposure': 'password', 'mechanism': 'USER/PASS', 'outcome': 'success',"
		"'password_redacted': true, 'stls': 'not_asked', 'request': {'command': 'PASS', 'args': ['[redacted]']},"
		"'metadata': {'mitre_tactic_id': ['TA0006'], 'mitre_technique_id': ['T1552', 'T1110.003']},"
		"'references': ['https://www.rfc-editor.org/rfc/rfc8314'],"
		"'flow': {'pkts_toserver': 5, 'pkts_toclient': 4, 'bytes_toserver': 250, 'bytes_toclient': 240,"
		"'start': 1767225597123}}}");
	free(e);
}

/* What OCSF calls a mechanism, and whether what was sent can be used as it is. */
UNIT(emit, ocsf_protocols)
{
	static const struct {
		const char *mechanism;
		enum event_exposure exposure;
		int id;
		const char *name;
		bool cleartext;
	} cases[] = {
		{ "PLAIN", EXPOSURE_PASSWORD, 99, "PLAIN", true },
		{ "NTLM", EXPOSURE_CRACKABLE_DIGEST, 1, "NTLM", false },
		{ "GSSAPI", EXPOSURE_NONE, 2, "Kerberos", false },
		{ "DIGEST-MD5", EXPOSURE_CRACKABLE_DIGEST, 3, "Digest", false },
		{ "XOAUTH2", EXPOSURE_BEARER_TOKEN, 6, "OAUTH 2.0", true },
		{ "SCRAM-SHA-256", EXPOSURE_SCRAM, 99, "SCRAM-SHA-256", false },
		{ NULL, EXPOSURE_PASSWORD, 0, "Unknown", true },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct event *e = new_event(EVENT_LOGIN);
		const struct record r = { .type = RECORD_POP3, .event = e };
		struct json_object *o;

		e->outcome = OUTCOME_UNKNOWN;
		e->exposure = cases[i].exposure;
		if (cases[i].mechanism != NULL)
			event_set(e, EVENT_MECHANISM, span_str(cases[i].mechanism));
		o = parsed_line(line_of("ocsf", &r));
		cr_expect(json_object_get_int(at_path(o, "auth_protocol_id")) == cases[i].id, "%s", cases[i].name);
		cr_expect_str_eq(json_object_get_string(at_path(o, "auth_protocol")), cases[i].name);
		cr_expect(json_object_get_boolean(at_path(o, "is_cleartext")) == cases[i].cleartext, "%s", cases[i].name);
		cr_expect(json_object_get_int(at_path(o, "logon_type_id")) == (cases[i].cleartext ? 8 : 3));
		cr_expect(json_object_is_type(at_path(o, "status_id"), json_type_int) &&
			  json_object_get_int(at_path(o, "status_id")) == 0);
		/* A user is required, whether or not one was seen. */
		cr_expect_str_eq(json_object_get_string(at_path(o, "user.name")), "");
		json_object_put(o);
		free(e);
	}
}

/* There is no class for a session; nothing is written of it. */
UNIT(emit, ocsf_session)
{
	struct event *e = new_event(EVENT_SESSION);
	char *line = line_of("ocsf", &(struct record){ .type = RECORD_POP3, .event = e });

	cr_expect_str_eq(line, "");
	free(line);
	free(e);
}

/* Findings are told apart, also those of one packet, and another output counts for itself. */
UNIT(emit, ocsf_uids)
{
	struct event *e = new_login();
	const struct record r = { .type = RECORD_ALERT, .event = e, .signature = new_signature() };
	char dir[] = "/tmp/plainpop-unit-XXXXXX", path[64], spec[80], err[OUTPUT_ERROR_SIZE], *text;
	static const char *const wanted[] = { "-7-1:9100000-0\"", "-7-1:9100000-1\"", "-8-1:9100000-0\"" };
	size_t i, k, n;

	cr_assert(mkdtemp(dir) != NULL);
	snprintf(path, sizeof path, "%s/findings", dir);
	snprintf(spec, sizeof spec, "ocsf:%s", path);
	for (k = 0; k < 2; k++) {
		struct output *o = NULL;

		e->packet = 7;
		cr_assert(output_parse(spec, &o, err) == OUTPUT_OK && output_open(o, err) == OUTPUT_OK, "%s", err);
		for (i = 0; i < COUNT(wanted); i++) {
			e->packet += i == 2;
			output_record(o, &context, &r);
		}
		cr_expect(output_close(o) == 0);
		text = contents(path, &n);
		for (i = 0; i < COUNT(wanted); i++)
			cr_expect(strstr(text, wanted[i]) != NULL, "%s: %s", wanted[i], text);
		free(text);
		unlink(path);
	}
	rmdir(dir);
	free(e);
}
