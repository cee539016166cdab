/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * OCSF 1.5 (https://schema.ocsf.io/1.5.0/): an alert is a Detection Finding (2004), a login an Authentication (3002). In
 * a finding what was seen of the network is its evidence. What the classes have no attribute for stands in "unmapped".
 * Sessions, anomalies and statistics are neither, and left out.
 */
#include <stdio.h>

#include "../tree.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OCSF_VERSION "1.5.0"

/* A rule's 1 to 3 as OCSF's High, Medium, Low. */
static const struct {
	uint64_t id;
	const char *name;
} severities[] = { { 1, "Informational" }, { 4, "High" }, { 3, "Medium" }, { 2, "Low" } };

static size_t severity(const struct scene *s)
{
	return s->signature == NULL ? 0 : s->signature->severity >= 3 ? 3 : s->signature->severity < 2 ? 1 : 2;
}

/* What both classes have. The number of a class begins with that of its category; both know one activity, 1. */
#define BOTH(X, of, class, title, deed, state_id, state)                                                       \
	X(of##_product, "metadata.product.name", WORD("plainpop"))                                             \
	X(of##_vendor, "metadata.product.vendor_name", WORD("plainpop"))                                       \
	X(of##_product_version, "metadata.product.version", WORD(PLAINPOP_VERSION))                            \
	X(of##_version, "metadata.version", WORD(OCSF_VERSION))                                                \
	X(of##_logger, "metadata.loggers[].name", WORD(s->host))                                               \
	X(of##_device, "metadata.loggers[].device.type_id", IF(s->host != NULL || s->source->live, NUMBER(0))) \
	X(of##_message, "message", ((struct value){ .kind = VALUE_TEXT, .bytes = scene_title(s) }))            \
	X(of##_activity, "activity_id", NUMBER(1))                                                             \
	X(of##_severity_id, "severity_id", NUMBER(severities[severity(s)].id))                                 \
	X(of##_severity, "severity", WORD(severities[severity(s)].name))                                       \
	X(of##_category, "category_uid", NUMBER((class) / 1000))                                               \
	X(of##_class, "class_uid", NUMBER(class))                                                              \
	X(of##_class_name, "class_name", WORD(title))                                                          \
	X(of##_type, "type_uid", NUMBER((class) * 100 + 1))                                                    \
	X(of##_activity_name, "activity_name", WORD(deed))                                                     \
	X(of##_status_id, "status_id", NUMBER(state_id))                                                       \
	X(of##_status, "status", WORD(state))

/* ---- alerts ---- */

/* One that no other finding has, and that is the same at every replay: flow, packet, rule, and which of the packet's. */
static void add_uid(struct json *j, const char *key, size_t key_n, const struct scene *s)
{
	char text[128];

	snprintf(text, sizeof text, "%llu-%llu-%u:%u-%u", (unsigned long long)s->event->flow_id,
		 (unsigned long long)s->event->packet, s->signature->gid, s->signature->sid, s->nth);
	json_add_word(j, key, key_n, text);
}

static void add_rule_uid(struct json *j, const char *key, size_t key_n, const struct scene *s)
{
	char text[32];

	snprintf(text, sizeof text, "%u:%u", s->signature->gid, s->signature->sid);
	json_add_word(j, key, key_n, text);
}

/* An object for each technique, with the tactic when there is one of it. */
static void add_attacks(struct json *j, const char *key, size_t key_n, const struct scene *s)
{
	struct attack_ids ids = attack_techniques(s->signature), tactics = attack_tactics(s->signature);
	struct json_path p = { .j = j, .at = "" };
	char part[JSON_KEY_MAX];
	size_t i;

	json_open(j, key, key_n, '[');
	for (i = 0; i < ids.n; i++) {
		json_open(j, NO_KEY, '{');
		json_add_text(j, part, json_path_to(&p, "technique.uid", part), attack_parent(ids.id[i]));
		if (attack_is_sub(ids.id[i]))
			json_add_text(j, part, json_path_to(&p, "sub_technique.uid", part), span_str(ids.id[i]));
		if (tactics.n == 1)
			json_add_text(j, part, json_path_to(&p, "tactic.uid", part), span_str(tactics.id[0]));
		json_path_end(&p);
		json_close(j, '}');
	}
	json_close(j, ']');
}

#define WRITTEN(function) ((struct value){ .kind = VALUE_OWN, .own = (function) })

#define FINDING(X)                                                                                          \
	BOTH(X, finding, 2004, "Detection Finding", "Create", 1, "New")                                     \
	X(finding_uid, "finding_info.uid", WRITTEN(add_uid))                                                \
	X(finding_rule_name, "finding_info.analytic.name", STRING(s->signature->msg))                       \
	X(finding_rule_uid, "finding_info.analytic.uid", WRITTEN(add_rule_uid))                             \
	X(finding_rule_type, "finding_info.analytic.type", WORD("Rule"))                                    \
	X(finding_rule_type_id, "finding_info.analytic.type_id", NUMBER(1))                                 \
	X(finding_attacks, "finding_info.attacks",                                                          \
	  IF(attack_techniques(s->signature).n > 0, WRITTEN(add_attacks)))                                  \
	X(finding_direction_id, "evidences[].connection_info.direction_id", NUMBER(0))                      \
	X(finding_direction, "evidences[].connection_info.direction", WORD("Unknown"))                      \
	X(finding_protocol, "evidences[].connection_info.protocol_name", WORD("tcp"))                       \
	X(finding_protocol_num, "evidences[].connection_info.protocol_num", NUMBER(6))

/* ---- logins ---- */

/* OCSF's number and name of a mechanism; others are "Other" by the name they have. */
static const struct protocol {
	const char *mechanism;
	uint64_t id;
	const char *name;
} protocols[] = {
	{ "NTLM", 1, "NTLM" },		{ "GSSAPI", 2, "Kerberos" },	      { "KERBEROS_V4", 2, "Kerberos" },
	{ "DIGEST-MD5", 3, "Digest" },	{ "XOAUTH2", 6, "OAUTH 2.0" },	      { "OAUTHBEARER", 6, "OAUTH 2.0" },
};

static const struct protocol *protocol(const struct event *e)
{
	static const struct protocol other = { "", 99, NULL }, unknown = { "", 0, "Unknown" };
	size_t i;

	if (!event_has(e, EVENT_MECHANISM))
		return &unknown;
	for (i = 0; i < COUNT(protocols); i++)
		if (span_eq(event_get(e, EVENT_MECHANISM), span_str(protocols[i].mechanism)))
			return &protocols[i];
	return &other;
}

static struct value protocol_name(const struct event *e)
{
	const struct protocol *p = protocol(e);

	return p->name != NULL ? value_word(p->name) : value_text(e, EVENT_MECHANISM, VALUE_TEXT);
}

/* True when whoever listens can use what was sent as it is. */
static bool cleartext(const struct event *e)
{
	return e->exposure == EXPOSURE_PASSWORD || e->exposure == EXPOSURE_BEARER_TOKEN;
}

static uint64_t status_id(const struct event *e)
{
	return e->outcome == OUTCOME_SUCCESS ? 1 : e->outcome == OUTCOME_FAILURE ? 2 : 0;
}

static const char *status(const struct event *e)
{
	static const char *const names[] = { "Unknown", "Success", "Failure" };

	return names[status_id(e)];
}

/* A user there has to be, also when the name was not seen. */
#define LOGIN(X)                                                                                    \
	BOTH(X, login, 3002, "Authentication", "Logon", status_id(e), status(e))                    \
	X(login_nobody, "user.name", IF(!event_has(e, EVENT_USER), WORD("")))                       \
	X(login_protocol_id, "auth_protocol_id", NUMBER(protocol(e)->id))                           \
	X(login_protocol, "auth_protocol", protocol_name(e))                                        \
	X(login_cleartext, "is_cleartext", BOOL(cleartext(e)))                                      \
	X(login_remote, "is_remote", BOOL(true))                                                    \
	X(login_logon_id, "logon_type_id", NUMBER(cleartext(e) ? 8 : 3))                            \
	X(login_logon, "logon_type", WORD(cleartext(e) ? "Network Cleartext" : "Network"))          \
	X(login_service, "service.name", WORD("pop3"))

FINDING(TREE_GET)
LOGIN(TREE_GET)
static const struct tree_own of_finding[] = { FINDING(TREE_ROW) };
static const struct tree_own of_login[] = { LOGIN(TREE_ROW) };
_Static_assert(COUNT(of_finding) <= TREE_OWN && COUNT(of_login) <= TREE_OWN, "TREE_OWN is too small");

static bool write_record(const struct scene *s, struct buffer *out)
{
	static struct tree finding = { .name = NAME_OCSF_FINDING, .style = JSON_OCSF, .own = of_finding,
				       .n_own = COUNT(of_finding) };
	static struct tree login = { .name = NAME_OCSF_LOGIN, .style = JSON_OCSF, .own = of_login,
				     .n_own = COUNT(of_login) };

	if (s->record->type == RECORD_ALERT)
		return tree_write(&finding, s, out);
	return s->event->kind != EVENT_LOGIN || tree_write(&login, s, out);
}

const struct format format_ocsf = {
	.name = "ocsf",
	.types = RECORD_ALERT | RECORD_POP3,
	.defaults = RECORD_ALERT | RECORD_POP3,
	.write = write_record,
};
