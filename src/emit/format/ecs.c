/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Elastic Common Schema 8.11 (https://www.elastic.co/guide/en/ecs/8.11/): nested JSON. What the schema has no field for
 * stands in "plainpop". Here is what ECS wants said in its own way: how an event is sorted (event.kind, .category,
 * .type), who watches, what is related, and the threat.
 */
#include <ctype.h>

#include "../tree.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *kind(const struct scene *s)
{
	switch (s->record->type) {
	case RECORD_ALERT:
		return "alert";
	case RECORD_STATS:
		return "metric";
	case RECORD_POP3:
	case RECORD_ANOMALY:
		break;
	}
	return "event";
}

static bool is_login(const struct scene *s)
{
	return s->record->type == RECORD_POP3 && s->event->kind == EVENT_LOGIN;
}

static bool is_session(const struct scene *s)
{
	return s->record->type == RECORD_POP3 && s->event->kind == EVENT_SESSION;
}

/* The buckets that it belongs to; what the sensor says of itself belongs to none. */
static struct value category(const struct scene *s)
{
	static const char *const alert[] = { "network", "intrusion_detection" };
	static const char *const login[] = { "authentication", "network" };
	static const char *const network[] = { "network" };

	if (s->record->type == RECORD_ALERT)
		return value_strings(alert, COUNT(alert));
	if (is_login(s))
		return value_strings(login, COUNT(login));
	return s->event != NULL ? value_strings(network, COUNT(network)) : value_none();
}

static struct value type(const struct scene *s)
{
	static const char *const start[] = { "start" };
	static const char *const end[] = { "connection", "end" };
	static const char *const info[] = { "info" };

	if (is_login(s))
		return value_strings(start, COUNT(start));
	return is_session(s) ? value_strings(end, COUNT(end)) : value_strings(info, COUNT(info));
}

static const char *action(const struct scene *s)
{
	if (s->record->type == RECORD_ANOMALY)
		return scene_anomaly(s);
	if (s->record->type == RECORD_POP3)
		return is_login(s) ? "login" : "session-end";
	return s->type;
}

static const char *dataset(const struct scene *s)
{
	switch (s->record->type) {
	case RECORD_ALERT:
		return "plainpop.alert";
	case RECORD_POP3:
		return "plainpop.pop3";
	case RECORD_ANOMALY:
		return "plainpop.anomaly";
	case RECORD_STATS:
		break;
	}
	return "plainpop.stats";
}

/* Of an anomaly what it was instead; NULL: that is not known. */
static const char *protocol(const struct scene *s)
{
	const char *other;

	if (s->record->type != RECORD_ANOMALY)
		return "pop3";
	other = event_anomaly_protocol(s->event->anomaly);
	return other == NULL ? "pop3" : strcmp(other, "failed") != 0 ? other : NULL;
}

/* Of "TLS 1.2" and "SSLv3" the number, and the name before it. */
static struct value tls_version(const struct event *e)
{
	struct value v = value_text(e, EVENT_TLS_VERSION, VALUE_TEXT);

	while (v.kind == VALUE_TEXT && v.bytes.n > 0 && !isdigit(v.bytes.p[0]))
		v.bytes = span_skip(v.bytes, 1);
	return v.kind == VALUE_TEXT && v.bytes.n > 0 ? v : value_none();
}

static const char *tls_protocol(const struct event *e)
{
	return span_starts(event_get(e, EVENT_TLS_VERSION), "SSL") ? "ssl" : "tls";
}

/* Records of a flow may have TLS; others and alerts of lines have not. */
static bool has_tls(const struct event *e)
{
	return e != NULL && event_has(e, EVENT_TLS_VERSION);
}

static void add_users(struct json *j, const char *key, size_t key_n, const struct scene *s)
{
	static const enum event_text names[] = { EVENT_USER, EVENT_AUTHZID };
	size_t i;

	json_open(j, key, key_n, '[');
	for (i = 0; i < COUNT(names); i++)
		if (event_has(s->event, names[i]))
			json_add_text(j, NO_KEY, event_get(s->event, names[i]));
	json_close(j, ']');
}

static bool has_users(const struct scene *s)
{
	return s->event != NULL && (event_has(s->event, EVENT_USER) || event_has(s->event, EVENT_AUTHZID));
}

/* Each technique once, a sub-technique as what it is one of. */
static void add_techniques(struct json *j, const char *key, size_t key_n, const struct scene *s)
{
	struct attack_ids ids = attack_techniques(s->signature);
	size_t i, k;

	json_open(j, key, key_n, '[');
	for (i = 0; i < ids.n; i++) {
		for (k = 0; k < i && !span_eq(attack_parent(ids.id[k]), attack_parent(ids.id[i])); k++)
			;
		if (k == i)
			json_add_text(j, NO_KEY, attack_parent(ids.id[i]));
	}
	json_close(j, ']');
}

static void add_subtechniques(struct json *j, const char *key, size_t key_n, const struct scene *s)
{
	struct attack_ids ids = attack_techniques(s->signature);
	size_t i;

	json_open(j, key, key_n, '[');
	for (i = 0; i < ids.n; i++)
		if (attack_is_sub(ids.id[i]))
			json_add_text(j, NO_KEY, span_str(ids.id[i]));
	json_close(j, ']');
}

static bool has_subtechniques(const struct scene *s)
{
	struct attack_ids ids = attack_techniques(s->signature);
	size_t i;

	for (i = 0; i < ids.n && !attack_is_sub(ids.id[i]); i++)
		;
	return i < ids.n;
}

static void add_counters(struct json *j, const char *key, size_t key_n, const struct scene *s)
{
	stats_add(j, key, key_n, s->record->stats);
}

#define WRITTEN(condition, function) \
	IF(condition, ((struct value){ .kind = VALUE_OWN, .own = (function) }))
#define VLANS (e != NULL ? e->flow.n_vlan : 0)
#define TACTICS attack_tactics(s->signature)

#define OWN(X)                                                                                                 \
	X(ecs_version, "ecs.version", WORD("8.11.0"))                                                          \
	X(message, "message", ((struct value){ .kind = VALUE_TEXT, .bytes = scene_title(s) }))                 \
	X(kind, "event.kind", WORD(kind(s)))                                                                   \
	X(category, "event.category", category(s))                                                             \
	X(type, "event.type", type(s))                                                                         \
	X(action, "event.action", WORD(action(s)))                                                             \
	X(dataset, "event.dataset", WORD(dataset(s)))                                                          \
	X(module, "event.module", WORD("plainpop"))                                                            \
	X(duration, "event.duration", IF(is_session(s), NUMBER((e->end - e->start) * 1000)))                   \
	X(transport, "network.transport", IF(e != NULL, WORD("tcp")))                                          \
	X(network, "network.type", IF(e != NULL, WORD(e->flow.ip_v == 4 ? "ipv4" : "ipv6")))                   \
	X(protocol, "network.protocol", IF(e != NULL, WORD(protocol(s))))                                      \
	X(vlan, "network.vlan.id", IF(VLANS > 0, ID(e->flow.vlan[0])))                                         \
	X(inner_vlan, "network.inner.vlan.id", IF(VLANS > 1, ID(e->flow.vlan[e->flow.n_vlan - 1])))            \
	X(vendor, "observer.vendor", WORD("plainpop"))                                                         \
	X(product, "observer.product", WORD("plainpop"))                                                       \
	X(observer, "observer.type", WORD("ids"))                                                              \
	X(version, "observer.version", WORD(PLAINPOP_VERSION))                                                 \
	X(name, "observer.name", WORD(s->host))                                                                \
	X(ips, "related.ip", IF(e != NULL, value_strings(s->address, 2)))                                      \
	X(users, "related.user", WRITTEN(has_users(s), add_users))                                             \
	X(reference, "rule.reference",                                                                         \
	  IF(s->signature != NULL && s->signature->n_references > 0, STRING(s->signature->reference[0])))      \
	X(framework, "threat.framework", IF(attack_techniques(s->signature).n > 0, WORD("MITRE ATT&CK")))      \
	X(techniques, "threat.technique.id", WRITTEN(attack_techniques(s->signature).n > 0, add_techniques))   \
	X(subtechniques, "threat.technique.subtechnique.id", WRITTEN(has_subtechniques(s), add_subtechniques)) \
	X(tactics, "threat.tactic.id", value_strings(TACTICS.id, TACTICS.n))                                   \
	X(tls_version, "tls.version", IF(has_tls(e), tls_version(e)))                                          \
	X(tls_protocol, "tls.version_protocol", IF(has_tls(e), WORD(tls_protocol(e))))                         \
	X(counters, "plainpop.stats", WRITTEN(s->record->type == RECORD_STATS, add_counters))

OWN(TREE_GET)
static const struct tree_own own[] = { OWN(TREE_ROW) };
_Static_assert(COUNT(own) <= TREE_OWN, "TREE_OWN is too small");

static bool write_record(const struct scene *s, struct buffer *out)
{
	static struct tree tree = { .name = NAME_ECS, .style = JSON_ECS, .own = own, .n_own = COUNT(own) };

	return tree_write(&tree, s, out);
}

const struct format format_ecs = {
	.name = "ecs",
	.types = RECORD_ALERT | RECORD_POP3 | RECORD_ANOMALY | RECORD_STATS,
	.defaults = RECORD_ALERT | RECORD_POP3 | RECORD_ANOMALY | RECORD_STATS,
	.write = write_record,
};
