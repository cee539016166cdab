/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One record, as JSON that somebody else may have written. What is a secret, or may repeat one, is not looked at at all:
 * password, hash, the arguments of commands, answers.
 */
#include <arpa/inet.h>
#include <json-c/json.h>
#include <stdio.h>

#include "impl.h"

#define SECOND UINT64_C(1000000)
#define PLACE_SIZE 96

/* ---- values ---- */

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	return json_object_object_get_ex(o, key, &v) ? v : NULL;
}

static struct json_object *object(struct json_object *o, const char *key)
{
	struct json_object *v = member(o, key);

	return json_object_is_type(v, json_type_object) ? v : NULL;
}

/* Empty when there is none. */
static struct span text(struct json_object *o, const char *key)
{
	struct json_object *v = member(o, key);

	if (!json_object_is_type(v, json_type_string))
		return span_of("", 0);
	return span_of(json_object_get_string(v), (size_t)json_object_get_string_len(v));
}

/* 0 when there is none; no more than max. */
static uint64_t number(struct json_object *o, const char *key, uint64_t max)
{
	struct json_object *v = member(o, key);
	int64_t n = json_object_is_type(v, json_type_int) ? json_object_get_int64(v) : 0;

	return n < 0 ? 0 : (uint64_t)n > max ? max : (uint64_t)n;
}

static bool flag(struct json_object *o, const char *key)
{
	struct json_object *v = member(o, key);

	return json_object_is_type(v, json_type_boolean) && json_object_get_boolean(v);
}

/* So many digits. False: there are none. */
static bool digits(const uint8_t *p, size_t n, int *out)
{
	for (*out = 0; n > 0; n--, p++) {
		if (*p < '0' || *p > '9')
			return false;
		*out = *out * 10 + (*p - '0');
	}
	return true;
}

/* 2026-01-31T23:59:59.123456+0000, and no other form. 0: it is not that. */
static uint64_t timestamp(struct span s)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd.dddddd+0000";
	struct tm tm = { 0 };
	int year, month, us;
	size_t i;
	time_t t;

	if (s.n != sizeof form - 1)
		return 0;
	for (i = 0; i < s.n; i++)
		if (form[i] == 'd' ? s.p[i] < '0' || s.p[i] > '9' : s.p[i] != (uint8_t)form[i])
			return 0;
	if (!digits(s.p, 4, &year) || !digits(s.p + 5, 2, &month) || !digits(s.p + 8, 2, &tm.tm_mday) ||
	    !digits(s.p + 11, 2, &tm.tm_hour) || !digits(s.p + 14, 2, &tm.tm_min) || !digits(s.p + 17, 2, &tm.tm_sec) ||
	    !digits(s.p + 20, 6, &us) || year < 1970 || year > 2105 || month < 1 || month > 12 || tm.tm_mday < 1 ||
	    tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return 0;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	t = timegm(&tm);
	/* Some captures begin where time does; 0 stands for none. */
	return t < 0 ? 0 : t == 0 && us == 0 ? 1 : (uint64_t)t * SECOND + (uint64_t)us;
}

static bool is_address(struct span s)
{
	char copy[INET6_ADDRSTRLEN];
	uint8_t any[16];

	if (s.n == 0 || s.n >= sizeof copy || memchr(s.p, '\0', s.n) != NULL)
		return false;
	memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	return inet_pton(AF_INET, copy, any) == 1 || inet_pton(AF_INET6, copy, any) == 1;
}

static enum event_exposure exposure_of(struct span s)
{
	int i;

	for (i = EXPOSURE_MAX - 1; i > 0; i--)
		if (span_eq(s, span_str(event_exposure_name((enum event_exposure)i))))
			break;
	return (enum event_exposure)i;
}

static enum event_stls stls_of(struct span s)
{
	int i;

	for (i = STLS_MAX - 1; i > 0; i--)
		if (span_eq(s, span_str(event_stls_name((enum event_stls)i))))
			break;
	return (enum event_stls)i;
}

static bool result_of(struct span s, enum result *out)
{
	*out = span_is(s, "success") ? RESULT_ACCEPTED : span_is(s, "failure") ? RESULT_REFUSED : RESULT_UNKNOWN;
	return *out != RESULT_UNKNOWN || span_is(s, "unknown");
}

/* ---- what all records have ---- */

struct head {
	struct ends ends;
	uint64_t ts;
	char place[PLACE_SIZE], id[24]; /* of the flow */
	uint32_t client_port;
};

/* The VLANs, and the number of the virtual network, which part equal addresses. */
static void read_place(struct head *h, struct json_object *o, struct json_object *with_vni)
{
	struct json_object *vlan = member(o, "vlan");
	size_t n = json_object_is_type(vlan, json_type_array) ? json_object_array_length(vlan) : 0, i, at = 0;

	h->place[0] = '\0';
	for (i = 0; i < n && i < FLOW_VLANS; i++)
		at += (size_t)snprintf(h->place + at, sizeof h->place - at, "%s%d", i == 0 ? "VLAN " : ".",
				       json_object_get_int(json_object_array_get_idx(vlan, i)) & 0xffff);
	if (member(with_vni, "vni") != NULL)
		at += (size_t)snprintf(h->place + at, sizeof h->place - at, "%sVNI %u", at > 0 ? ", " : "",
				       (unsigned)number(with_vni, "vni", UINT32_MAX));
	h->ends.place = span_of(h->place, at);
}

/* What is wrong with it, or NULL. */
static const char *read_head(struct head *h, struct json_object *o, struct json_object *with_vni)
{
	h->ends.client = text(o, "src_ip");
	h->ends.server = text(o, "dest_ip");
	h->ends.port = (uint32_t)number(o, "dest_port", UINT16_MAX);
	h->client_port = (uint32_t)number(o, "src_port", UINT16_MAX);
	h->ts = timestamp(text(o, "timestamp"));
	snprintf(h->id, sizeof h->id, "%llu", (unsigned long long)number(o, "flow_id", INT64_MAX));
	read_place(h, o, with_vni);
	if (h->ts == 0)
		return "timestamp is not one";
	if (!is_address(h->ends.client))
		return "src_ip is not an address";
	return is_address(h->ends.server) ? NULL : "dest_ip is not an address";
}

/* ---- the same record from two outputs ---- */

enum known { KNOWN_NOT, KNOWN_BY_ALERT, KNOWN };

/* What tells records of a kind apart, as bytes for a hash. The ends may be anything: an anomaly need not have any. */
static uint64_t identity(const struct report *r, char kind, const struct head *h, struct span more, struct span and_more)
{
	char key[4 * TEXT_LONGEST];
	struct span a = span_take(more, TEXT_LONGEST), b = span_take(and_more, TEXT_LONGEST);
	struct span client = span_take(h->ends.client, INET6_ADDRSTRLEN), server = span_take(h->ends.server, INET6_ADDRSTRLEN);
	int n = snprintf(key, sizeof key, "%c %llu %s %.*s %u %.*s %u %s %zu %zu ", kind, (unsigned long long)h->ts, h->id,
			 (int)client.n, (const char *)client.p, h->client_port, (int)server.n, (const char *)server.p,
			 h->ends.port, h->place, a.n, b.n);
	size_t at = (size_t)n;

	memcpy(key + at, a.p, a.n);
	memcpy(key + at + a.n, b.p, b.n);
	return hash_keyed(r->texts.hash_key, key, at + a.n + b.n);
}

/* Whether the record was there before; by_alert: this is only what an alert tells of a login. */
static enum known look_up(struct report *r, uint64_t id, bool by_alert)
{
	uint32_t *was;

	if (r->options.complete)
		return by_alert ? KNOWN : KNOWN_NOT;
	was = map_get(&r->seen, id);
	if (was == NULL) {
		if (!map_put(&r->seen, id, by_alert, SEEN_MAX))
			r->beyond.seen++;
		return KNOWN_NOT;
	}
	if (*was == 1 && !by_alert) {
		*was = 0;
		return KNOWN_BY_ALERT;
	}
	return KNOWN;
}

/* ---- records ---- */

static enum taken taken(bool ok, const char **why)
{
	*why = "out of memory";
	return ok ? TAKEN : DAMAGED;
}

/* A login, as a pop3 record or an alert has it: the same keys in both. */
static enum taken take_login(struct report *r, struct head *h, struct json_object *login, bool by_alert, const char **why)
{
	struct told_login l = {
		.ends = h->ends, .ts = h->ts, .user = text(login, "user"), .domain = text(login, "domain"),
		.mechanism = text(login, "mechanism"), .secret = text(login, "secret_id"), .key = text(login, "secret_key_id"),
		.banner = text(login, "banner"), .exposure = exposure_of(text(login, "exposure")),
		.valid = flag(login, "credential_valid"), .breached = flag(login, "breached"),
	};

	if (!result_of(text(login, "outcome"), &l.result)) {
		*why = "outcome is not one of success, failure, unknown";
		return DAMAGED;
	}
	/* Of one packet there may be several, and of one name: refused, and then accepted. */
	switch (look_up(r, identity(r, "012"[l.result], h, l.user, l.secret), by_alert)) {
	case KNOWN_NOT:
		break;
	case KNOWN_BY_ALERT:
		r->of_alerts--;
		return TAKEN;
	case KNOWN:
		return AGAIN;
	}
	r->of_alerts += by_alert;
	return taken(model_login(r, &l), why);
}

static enum taken take_session(struct report *r, struct head *h, struct json_object *s, const char **why)
{
	struct json_object *capture = object(s, "capture"), *lines = member(s, "capabilities"), *line;
	struct told_session t = {
		.ends = h->ends, .ts = h->ts, .banner = text(s, "banner"), .stls = stls_of(text(s, "stls")),
		.logins = number(s, "logins", 1) > 0, .one_sided = flag(capture, "one_sided"),
		.midstream = flag(capture, "midstream"), .truncated = flag(capture, "truncated"),
		.gap_bytes = number(capture, "gap_bytes", UINT32_MAX),
	};
	size_t n = json_object_is_type(lines, json_type_array) ? json_object_array_length(lines) : 0, i;

	for (i = 0; i < n && i < 64; i++) {
		line = json_object_array_get_idx(lines, i);
		if (!json_object_is_type(line, json_type_string))
			continue;
		t.offers |= strcasecmp(json_object_get_string(line), "STLS") == 0;
		if (strncasecmp(json_object_get_string(line), "IMPLEMENTATION ", 15) == 0)
			t.implementation = json_object_get_string(line) + 15;
	}
	t.offers |= t.stls == STLS_OFFERED_UNUSED || t.stls == STLS_UPGRADED;
	if (look_up(r, identity(r, 's', h, text(s, "start"), text(s, "end")), false) != KNOWN_NOT)
		return AGAIN;
	return taken(model_session(r, &t), why);
}

static enum taken take_pop3(struct report *r, struct json_object *o, const char **why)
{
	struct json_object *pop3 = object(o, "pop3"), *login = object(pop3, "login"), *session = object(pop3, "session");
	struct head h;

	if (login == NULL && session == NULL)
		return FOREIGN; /* Suricata's own */
	*why = read_head(&h, o, login != NULL ? login : session);
	if (*why != NULL)
		return DAMAGED;
	return login != NULL ? take_login(r, &h, login, false, why) : take_session(r, &h, session, why);
}

/* What the rule calls it, by the technique it names. */
static enum attack_kind attack_in(struct json_object *alert, uint32_t severity)
{
	struct json_object *list = member(object(alert, "metadata"), "mitre_technique_id"), *v;
	size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0, i;
	enum attack_kind kind = ATTACK_MAX;

	for (i = 0; i < n && i < 16 && severity < 3; i++) {
		v = json_object_array_get_idx(list, i);
		if (!json_object_is_type(v, json_type_string))
			continue;
		if (strcmp(json_object_get_string(v), "T1552") == 0)
			return ATTACK_MAX;
		if (kind == ATTACK_MAX)
			kind = attack_of(span_str(json_object_get_string(v)));
	}
	return kind;
}

static enum taken take_alert(struct report *r, struct json_object *o, const char **why)
{
	struct json_object *alert = object(o, "alert"), *pop3 = object(object(alert, "context"), "pop3");
	struct told_alert a;
	struct head h;
	char sid[24];
	int n;

	if (pop3 == NULL)
		return FOREIGN;
	*why = read_head(&h, o, pop3);
	if (*why != NULL)
		return DAMAGED;
	a = (struct told_alert){
		.ends = h.ends, .ts = h.ts, .user = text(pop3, "user"), .domain = text(pop3, "domain"),
		.signature = text(alert, "signature"), .sid = (uint32_t)number(alert, "signature_id", UINT32_MAX),
		.severity = (uint32_t)number(alert, "severity", 255), .first_seen = timestamp(text(pop3, "first_seen")),
		.logins = (uint32_t)number(pop3, "count", UINT32_MAX),
		.users = (uint32_t)number(pop3, "distinct_users", UINT32_MAX),
		.secrets = (uint32_t)number(pop3, "distinct_secrets", UINT32_MAX),
		.sources = (uint32_t)number(pop3, "distinct_sources", UINT32_MAX),
	};
	a.attack = attack_in(alert, a.severity);
	/* A login that is told by alerts alone, as their output takes nothing else, is a login all the same. */
	if (object(o, "pop3") != NULL && member(pop3, "outcome") != NULL && take_login(r, &h, pop3, true, why) == DAMAGED)
		return DAMAGED;
	n = snprintf(sid, sizeof sid, "%u", a.sid);
	if (!r->options.complete &&
	    look_up(r, identity(r, 'a', &h, a.user, span_of(sid, (size_t)n)), false) != KNOWN_NOT)
		return AGAIN;
	return taken(model_alert(r, &a), why);
}

static enum taken take_anomaly(struct report *r, struct json_object *o)
{
	struct span event = text(object(o, "anomaly"), "event");
	uint64_t many = number(object(o, "anomaly"), "code", UINT32_MAX);
	struct head h;
	int i;

	read_head(&h, o, NULL); /* one of the sensor itself has no ends */
	if (!r->options.complete && look_up(r, identity(r, 'n', &h, event, text(o, "host")), false) != KNOWN_NOT)
		return AGAIN;
	if (span_is(event, "kernel_drops"))
		r->kernel_drops += many;
	else if (span_is(event, "output_drops"))
		r->output_drops += many;
	else if (span_is(event, "secrets_shown"))
		r->secrets_shown++;
	else {
		for (i = 0; i < ANOMALY_MAX; i++)
			if (span_eq(event, span_str(event_anomaly_name((enum event_anomaly)i))))
				break;
		if (i == ANOMALY_MAX)
			return FOREIGN;
		r->anomaly[i]++;
	}
	return TAKEN;
}

/* The number that a counter's name, with dots between objects, leads to. */
static uint64_t counter_in(struct json_object *stats, const char *name)
{
	char part[64];
	size_t n;

	for (; (n = strcspn(name, ".")) < strlen(name) && n < sizeof part; name += n + 1) {
		memcpy(part, name, n);
		part[n] = '\0';
		stats = object(stats, part);
	}
	return number(stats, name, INT64_MAX);
}

static enum taken take_stats(struct report *r, struct json_object *o, const char **why)
{
	struct json_object *stats = object(o, "stats");
	uint64_t counter[COUNTER_MAX], ts = timestamp(text(o, "timestamp"));
	int i;

	/* Suricata's have no such object. */
	if (object(stats, "pop3") == NULL)
		return FOREIGN;
	*why = "timestamp is not one";
	if (ts == 0)
		return DAMAGED;
	for (i = 0; i < COUNTER_MAX; i++)
		counter[i] = counter_in(stats, counter_name((enum counter)i));
	return taken(model_stats(r, text(o, "host"), ts / SECOND, number(stats, "uptime", UINT32_MAX), counter), why);
}

enum taken record_take(struct report *r, struct json_object *o, const char **why)
{
	struct span type = text(o, "event_type");

	if (span_is(type, "pop3"))
		return take_pop3(r, o, why);
	if (span_is(type, "alert"))
		return take_alert(r, o, why);
	if (span_is(type, "anomaly"))
		return take_anomaly(r, o);
	return span_is(type, "stats") ? take_stats(r, o, why) : FOREIGN;
}
