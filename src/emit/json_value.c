/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values as JSON. */
#include <stdio.h>

#include "json.h"

static void add_time(struct json *j, const char *key, size_t key_n, uint64_t ts, enum json_style style)
{
	char text[TIME_SIZE];

	if (style == JSON_OCSF) {
		json_add_number(j, key, key_n, ts / 1000);
		return;
	}
	emit_time(ts, 'T', style == JSON_EVE ? "+0000" : "Z", text);
	json_add_word(j, key, key_n, text);
}

static void add_id(struct json *j, const char *key, size_t key_n, uint64_t n, enum json_style style)
{
	char digits[21];

	if (style == JSON_EVE) {
		json_add_number(j, key, key_n, n);
		return;
	}
	snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
	json_add_word(j, key, key_n, digits);
}

static void add_hex(struct json *j, const char *key, size_t key_n, struct span bytes)
{
	static const char digits[] = "0123456789abcdef";
	char hex[2 * EVENT_SECRET_ID + 1];
	size_t i;

	for (i = 0; i < bytes.n && i < EVENT_SECRET_ID; i++) {
		hex[2 * i] = digits[bytes.p[i] >> 4];
		hex[2 * i + 1] = digits[bytes.p[i] & 15];
	}
	hex[2 * i] = '\0';
	json_add_word(j, key, key_n, hex);
}

static void add_strings(struct json *j, const char *key, size_t key_n, const char *const *list, size_t n)
{
	size_t i;

	json_open(j, key, key_n, '[');
	for (i = 0; i < n; i++)
		json_add_text(j, NO_KEY, span_str(list[i]));
	json_close(j, ']');
}

static void add_numbers(struct json *j, const char *key, size_t key_n, const struct value *v, enum json_style style)
{
	size_t i;

	json_open(j, key, key_n, '[');
	for (i = 0; i < v->n; i++)
		if (v->kind == VALUE_IDS)
			add_id(j, NO_KEY, v->numbers[i], style);
		else
			json_add_number(j, NO_KEY, v->numbers[i]);
	json_close(j, ']');
}

/* A text of parts, as an array of them. */
static void add_parts(struct json *j, const char *key, size_t key_n, const struct value *v)
{
	struct span rest = v->bytes, item;

	json_open(j, key, key_n, '[');
	while (value_next(v->kind, &rest, &item))
		json_add_text(j, NO_KEY, item);
	json_close(j, ']');
}

/* The keys are a rule's, and rules are files: they may be anything. */
static void add_metadata(struct json *j, const char *key, size_t key_n, const struct value *v)
{
	size_t i;

	json_open(j, key, key_n, '{');
	for (i = 0; i < v->n; i++) {
		json_add_text(j, NO_KEY, span_str(v->metadata[i].key));
		j->first = true; /* a colon in place of the comma */
		add_strings(j, ":", 1, v->metadata[i].value, v->metadata[i].n);
	}
	json_close(j, '}');
}

void json_add_value(struct json *j, const char *key, size_t key_n, const struct value *v, enum json_style style,
		    const struct scene *s)
{
	char address[ADDRESS_SIZE];

	switch (v->kind) {
	case VALUE_NONE:
		break;
	case VALUE_TEXT:
		json_add_text(j, key, key_n, v->bytes);
		break;
	case VALUE_WORD:
		json_add_word(j, key, key_n, v->word);
		break;
	case VALUE_NUMBER:
		json_add_number(j, key, key_n, v->number);
		break;
	case VALUE_ID:
		add_id(j, key, key_n, v->number, style);
		break;
	case VALUE_BOOL:
		json_add_bool(j, key, key_n, v->number != 0);
		break;
	case VALUE_TIME:
		add_time(j, key, key_n, v->number, style);
		break;
	case VALUE_ADDRESS:
		emit_address(v->address, (uint8_t)v->n, address);
		json_add_word(j, key, key_n, address);
		break;
	case VALUE_HEX:
		add_hex(j, key, key_n, v->bytes);
		break;
	case VALUE_LINES:
	case VALUE_WORDS:
	case VALUE_SINGLE:
		add_parts(j, key, key_n, v);
		break;
	case VALUE_NUMBERS:
	case VALUE_IDS:
		add_numbers(j, key, key_n, v, style);
		break;
	case VALUE_STRINGS:
		add_strings(j, key, key_n, v->strings, v->n);
		break;
	case VALUE_METADATA:
		add_metadata(j, key, key_n, v);
		break;
	case VALUE_OWN:
		v->own(j, key, key_n, s);
		break;
	}
}

/* ---- places ---- */

/* One part of a path as a key, without [] behind it. */
static size_t key_of(const char *part, size_t n, char key[JSON_KEY_MAX])
{
	if (n > 2 && part[n - 1] == ']')
		n -= 2;
	if (n > JSON_KEY_MAX - 3)
		n = JSON_KEY_MAX - 3;
	key[0] = '"';
	memcpy(key + 1, part, n);
	memcpy(key + 1 + n, "\":", 2);
	return n + 3;
}

/* How many bytes of both are objects that they share: up to the dot behind the last one, that included. */
static size_t shared_part(const char *a, const char *b)
{
	size_t i, n = 0;

	for (i = 0; a[i] != '\0' && a[i] == b[i]; i++)
		if (a[i] == '.')
			n = i + 1;
	return n;
}

/* Closes the objects of path behind its first n bytes, the inner ones first. */
static void close_objects(struct json *j, const char *path, size_t n)
{
	size_t i;

	for (i = strlen(path); i > n; i--)
		if (path[i - 1] == '.') {
			json_close(j, '}');
			if (i >= 2 && path[i - 2] == ']')
				json_close(j, ']');
		}
}

size_t json_path_to(struct json_path *p, const char *path, char key[JSON_KEY_MAX])
{
	size_t n = shared_part(p->at, path), part;

	close_objects(p->j, p->at, n);
	for (p->at = path, path += n; path[part = strcspn(path, ".")] == '.'; path += part + 1) {
		size_t key_n = key_of(path, part, key);
		bool array = part > 2 && path[part - 1] == ']';

		json_open(p->j, key, key_n, array ? '[' : '{');
		if (array)
			json_open(p->j, NO_KEY, '{');
	}
	return key_of(path, part, key);
}

void json_path_end(struct json_path *p)
{
	close_objects(p->j, p->at, 0);
	p->at = "";
}
