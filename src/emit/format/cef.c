/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ArcSight's Common Event Format, version 0, a line without a syslog prefix:
 *
 *   CEF:0|plainpop|plainpop|VERSION|CLASS|NAME|SEVERITY|key=value key=value ...
 *
 * Keys are those of its dictionary, cut to the lengths that it gives; what it has no key for is one of the custom
 * fields with a label, or a key of our own that begins with "plainpop".
 */
#include <stdio.h>

#include "../field.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Characters that the dictionary allows. */
static const struct {
	const char *key;
	size_t limit;
} limits[] = {
	{ "cs", 4000 }, /* cs1 to cs6 */
	{ "act", 63 },		    { "app", 31 },	{ "cat", 1023 },    { "deviceInboundInterface", 128 },
	{ "dntdom", 255 },	    { "duser", 1023 },	{ "dvchost", 100 }, { "externalId", 40 },
	{ "frameworkName", 256 },   { "msg", 1023 },	{ "outcome", 63 },  { "proto", 31 },
	{ "reason", 1023 },	    { "threatAttackID", 32 },
};

static bool put(struct buffer *out, const char *s)
{
	return buffer_add(out, s, strlen(s));
}

/* ---- the header ---- */

static bool put_header(struct buffer *out, struct span s, size_t limit)
{
	return put(out, "|") && buffer_add_text(out, s, &(struct escape){ .backslash = "\\|", .hex = "", .limit = limit });
}

/* What tells events of one kind from those of others: of an alert the rule. */
static bool put_class(struct buffer *out, const struct scene *s)
{
	char rule[32];

	switch (s->record->type) {
	case RECORD_ALERT:
		snprintf(rule, sizeof rule, "%u:%u", s->signature->gid, s->signature->sid);
		return put_header(out, span_str(rule), 0);
	case RECORD_POP3:
		return put_header(out, span_str(s->event->kind == EVENT_LOGIN ? "login" : "session"), 0);
	case RECORD_ANOMALY:
	case RECORD_STATS:
		break;
	}
	return put_header(out, span_str(scene_anomaly(s)), 0);
}

/* A rule's 1 to 3 as High, Medium, Low; all else is Low, too. */
static const char *severity(const struct scene *s)
{
	if (s->signature == NULL)
		return "1";
	return s->signature->severity >= 3 ? "3" : s->signature->severity < 2 ? "8" : "5";
}

/* ---- the extension ---- */

static size_t limit_of(const char *key)
{
	size_t i, n;

	for (i = 0; i < COUNT(limits); i++) {
		n = strlen(limits[i].key);
		if (strncmp(key, limits[i].key, n) == 0 && (key[n] == '\0' || i == 0))
			return limits[i].limit;
	}
	return 0;
}

/* What separates items of a list: newlines are written as \n, and there can be none in an item. */
static bool put_items(struct buffer *out, const struct value *v, const struct escape *how)
{
	struct span rest = v->bytes, item;
	bool ok = true;
	size_t i;

	for (i = 0; ok && value_next(v->kind, &rest, &item); i++)
		ok = (i == 0 || put(out, v->kind == VALUE_LINES ? "\\n" : " ")) && buffer_add_text(out, item, how);
	return ok;
}

/* As many as there is room for. */
static bool put_strings(struct buffer *out, const char *const *list, size_t n, const struct escape *how)
{
	size_t i, before = out->n;
	bool ok = true;

	for (i = 0; i < n && ok; i++) {
		if (how->limit > 0 && i > 0 && out->n - before + 1 + strlen(list[i]) > how->limit)
			break;
		ok = (i == 0 || put(out, " ")) && buffer_add_text(out, span_str(list[i]), how);
	}
	return ok;
}

static bool put_numbers(struct buffer *out, const uint16_t *list, size_t n)
{
	char digits[8];
	bool ok = true;
	size_t i;

	for (i = 0; i < n && ok; i++) {
		snprintf(digits, sizeof digits, i == 0 ? "%u" : ",%u", list[i]);
		ok = put(out, digits);
	}
	return ok;
}

static bool put_number(struct buffer *out, uint64_t v)
{
	char digits[20];
	size_t n = sizeof digits;

	do {
		digits[--n] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	return buffer_add(out, digits + n, sizeof digits - n);
}

static bool put_hex(struct buffer *out, struct span bytes)
{
	char hex[3];
	bool ok = true;

	for (; bytes.n > 0 && ok; bytes = span_skip(bytes, 1)) {
		snprintf(hex, sizeof hex, "%02x", bytes.p[0]);
		ok = put(out, hex);
	}
	return ok;
}

static bool put_value(struct buffer *out, const struct value *v, size_t limit)
{
	const struct escape how = { .backslash = "\\=", .hex = "", .limit = limit };
	char address[ADDRESS_SIZE];

	switch (v->kind) {
	case VALUE_TEXT:
		return buffer_add_text(out, v->bytes, &how);
	case VALUE_WORD: /* a community id ends in = */
		return buffer_add_text(out, span_str(v->word), &how);
	case VALUE_NUMBER:
	case VALUE_ID:
		return put_number(out, v->number);
	case VALUE_BOOL:
		return put(out, v->number != 0 ? "true" : "false");
	case VALUE_TIME:
		return put_number(out, v->number / 1000);
	case VALUE_ADDRESS:
		emit_address(v->address, (uint8_t)v->n, address);
		return put(out, address);
	case VALUE_HEX:
		return put_hex(out, v->bytes);
	case VALUE_LINES:
	case VALUE_WORDS:
	case VALUE_SINGLE:
		return put_items(out, v, &how);
	case VALUE_NUMBERS:
	case VALUE_IDS:
		return put_numbers(out, v->numbers, v->n);
	case VALUE_STRINGS:
		return put_strings(out, v->strings, v->n, &how);
	case VALUE_NONE:
	case VALUE_METADATA:
	case VALUE_OWN:
		break;
	}
	return true;
}

/* The extension, of pairs with a blank between them. */
struct pairs {
	struct buffer *out;
	size_t begin;
	bool failed; /* no memory */
};

/* "key=value", or a custom field with its label. */
static void put_pair(struct pairs *p, const char *key, struct value v)
{
	const char *label = strchr(key, ':');
	size_t n = label != NULL ? (size_t)(label - key) : strlen(key);
	struct buffer *out = p->out;

	if (v.kind == VALUE_NONE || p->failed)
		return;
	p->failed = (out->n > p->begin && !put(out, " ")) ||
		    (label != NULL &&
		     !(buffer_add(out, key, n) && put(out, "Label=") && put(out, label + 1) && put(out, " "))) ||
		    !(buffer_add(out, key, n) && put(out, "=") && put_value(out, &v, limit_of(key)));
}

static void put_fields(struct pairs *p, const struct scene *s)
{
	unsigned sets = field_sets(s);
	size_t i;

	for (i = 0; i < FIELDS; i++)
		if (fields[i].name[NAME_CEF] != NULL && (sets >> fields[i].set & 1) != 0)
			put_pair(p, fields[i].name[NAME_CEF], fields[i].get(s));
}

/* In version 0 src and dst are IPv4; IPv6 has custom fields, by these numbers and labels. */
static void put_ends(struct pairs *p, const struct scene *s)
{
	bool ipv6 = s->event->flow.ip_v == 6;

	put_pair(p, ipv6 ? "c6a2:Source IPv6 Address" : "src", value_word(s->address[SIDE_CLIENT]));
	put_pair(p, ipv6 ? "c6a3:Destination IPv6 Address" : "dst", value_word(s->address[SIDE_SERVER]));
}

/* Keys of version 1.2, which others take for our own. */
static void put_attack(struct pairs *p, const struct signature *rule)
{
	struct attack_ids ids = attack_techniques(rule);

	if (ids.n == 0)
		return;
	put_pair(p, "frameworkName", value_word("MITRE ATT&CK"));
	put_pair(p, "threatAttackID", value_strings(ids.id, ids.n));
}

static bool write_record(const struct scene *s, struct buffer *out)
{
	struct pairs p = { .out = out };

	if (!put(out, "CEF:0|plainpop|plainpop|" PLAINPOP_VERSION) || !put_class(out, s) ||
	    !put_header(out, scene_title(s), 512) || !put(out, "|") || !put(out, severity(s)) || !put(out, "|"))
		return false;
	p.begin = out->n;
	put_fields(&p, s);
	if (s->event != NULL)
		put_ends(&p, s);
	if (s->record->type != RECORD_ANOMALY) /* which says by itself what it is */
		put_pair(&p, "app", value_word("pop3"));
	put_attack(&p, s->signature);
	return !p.failed && put(out, "\n");
}

const struct format format_cef = {
	.name = "cef",
	.types = RECORD_ALERT | RECORD_POP3 | RECORD_ANOMALY,
	.defaults = RECORD_ALERT | RECORD_POP3,
	.write = write_record,
};
