/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writing JSON, one value after another, into a buffer. No tree: json-c takes 8 µs to build and print a
 * record, which is more than all the rest of a session costs. What is the same for all records of a rule
 * is written once (eve.c); and json-c reads the lines back in the tests.
 *
 * Keys are string literals without anything to escape, in the macro KEY().
 */
#ifndef PLAINPOP_EMIT_JSON_H
#define PLAINPOP_EMIT_JSON_H

#include "value.h"

struct json {
	struct buffer *out;
	bool first;  /* nothing stands in front in this object or array */
	bool failed; /* no memory: what follows is not written */
};

/* A literal key with its quotes and colon, and its length. */
#define KEY(name) "\"" name "\":", sizeof("\"" name "\":") - 1
/* In place of a KEY() for values in an array. */
#define NO_KEY "", 0

void json_begin(struct json *j, struct buffer *out);

/* An object or array as the value of key; close with the same bracket. */
void json_open(struct json *j, const char *key, size_t key_n, char bracket);
void json_close(struct json *j, char bracket);

/* Room for n more bytes, or NULL. */
static inline char *json_room(struct json *j, size_t n)
{
	if (j->failed || !buffer_reserve(j->out, n)) {
		j->failed = true;
		return NULL;
	}
	return j->out->p + j->out->n;
}

/* The comma, if one is due, and the key; then room for n bytes of value, or NULL. Here because most keys are constant. */
static inline char *json_key(struct json *j, const char *key, size_t key_n, size_t n)
{
	char *p = json_room(j, 1 + key_n + n);

	if (p == NULL)
		return NULL;
	*p = ',';
	p += !j->first;
	j->first = false;
	memcpy(p, key, key_n);
	return p + key_n;
}

/* What follows a key. p is from json_key(), which was asked for so many bytes. NULL: nothing. */
void json_put_text(struct json *j, char *p, struct span s);
void json_put_raw(struct json *j, char *p, struct span s);
void json_put_number(struct json *j, char *p, uint64_t n);
void json_put_word(struct json *j, char *p, const char *s, size_t n);

#define JSON_TEXT_MAX(n) (2 + 5 * (n)) /* at worst each byte becomes \\xNN */
#define JSON_NUMBER_MAX 20

/* Bytes from outside: made printable (\xNN), then escaped. */
static inline void json_add_text(struct json *j, const char *key, size_t key_n, struct span s)
{
	json_put_text(j, json_key(j, key, key_n, JSON_TEXT_MAX(s.n)), s);
}

/* JSON that is ready. */
static inline void json_add_raw(struct json *j, const char *key, size_t key_n, struct span s)
{
	json_put_raw(j, json_key(j, key, key_n, s.n), s);
}

static inline void json_add_number(struct json *j, const char *key, size_t key_n, uint64_t n)
{
	json_put_number(j, json_key(j, key, key_n, JSON_NUMBER_MAX), n);
}

static inline void json_add_bool(struct json *j, const char *key, size_t key_n, bool b)
{
	json_add_raw(j, key, key_n, b ? span_of("true", 4) : span_of("false", 5));
}

/* A string of our own that needs no escaping. */
static inline void json_add_word(struct json *j, const char *key, size_t key_n, const char *s)
{
	size_t n = strlen(s);

	json_put_word(j, json_key(j, key, key_n, n + 2), s, n);
}

/* How formats differ in what they make of a value. */
enum json_style {
	JSON_EVE,  /* 2026-01-31T23:59:59.123456+0000 */
	JSON_ECS,  /* ...Z; an id is text */
	JSON_OCSF, /* milliseconds; an id is text */
};

/* A value of any kind; nothing when there is none. */
void json_add_value(struct json *j, const char *key, size_t key_n, const struct value *v, enum json_style style,
		    const struct scene *s);

/*
 * Values at places such as "user.name", each object opened when it is needed: those of one must follow one another. A
 * part that ends in "[]" is an array with one object in it.
 */
struct json_path {
	struct json *j;
	const char *at; /* the place of the last value; "" in the beginning */
};

#define JSON_KEY_MAX 64 /* bytes of one part, with quotes and colon; unit tests look at all there are */

/* Closes and opens what is between the last value and this one; its last part as a key, and the length of that. */
size_t json_path_to(struct json_path *p, const char *path, char key[JSON_KEY_MAX]);
/* Closes what is open. */
void json_path_end(struct json_path *p);

/* The counters, as an object; stats.c. */
void stats_add(struct json *j, const char *key, size_t key_n, const struct stats *s);

#endif
