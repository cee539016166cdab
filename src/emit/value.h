/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a field has to say of a record, whatever the format: a value that still knows what it is. Nothing is copied; a
 * value lives no longer than its record.
 */
#ifndef PLAINPOP_EMIT_VALUE_H
#define PLAINPOP_EMIT_VALUE_H

#include "impl.h"

enum value_kind {
	VALUE_NONE, /* nothing is known: the field is left out */
	VALUE_TEXT, /* bytes from outside */
	VALUE_WORD, /* a string of our own that needs no escaping */
	VALUE_NUMBER,
	VALUE_ID,      /* a number that nobody calculates with; text where a format has it so */
	VALUE_BOOL,
	VALUE_TIME,    /* µs since the epoch */
	VALUE_ADDRESS, /* bytes: 4 or 16 of them */
	VALUE_HEX,     /* bytes, written as hexadecimal digits */
	/* Lists: */
	VALUE_LINES,   /* bytes from outside, cut at newlines */
	VALUE_WORDS,   /* likewise, at blanks */
	VALUE_SINGLE,  /* likewise, not cut */
	VALUE_NUMBERS, /* of 16 bits */
	VALUE_IDS,     /* likewise */
	VALUE_STRINGS, /* n strings, from outside perhaps */
	VALUE_METADATA, /* of a rule: n keys, each with a list of strings */
	VALUE_OWN,      /* JSON that its format writes by itself */
};

struct json;
struct scene;

struct value {
	enum value_kind kind;
	union {
		struct span bytes; /* TEXT, LINES, WORDS, SINGLE, HEX */
		const char *word;
		uint64_t number; /* NUMBER, ID, BOOL, TIME */
		const uint8_t *address;
		const uint16_t *numbers;
		const char *const *strings;
		const struct signature_metadata *metadata;
		void (*own)(struct json *j, const char *key, size_t key_n, const struct scene *s);
	};
	size_t n; /* of a list; ADDRESS: 4 or 6 */
};

static inline struct value value_none(void)
{
	return (struct value){ .kind = VALUE_NONE };
}

/* A text of an event, as one or as a list of that kind. */
static inline struct value value_text(const struct event *e, enum event_text t, enum value_kind kind)
{
	return event_has(e, t) ? (struct value){ .kind = kind, .bytes = event_get(e, t) } : value_none();
}

/* A string that may hold anything. */
static inline struct value value_string(const char *s)
{
	return (struct value){ .kind = VALUE_TEXT, .bytes = span_str(s) };
}

/* NULL: none. */
static inline struct value value_word(const char *w)
{
	return w != NULL ? (struct value){ .kind = VALUE_WORD, .word = w } : value_none();
}

static inline struct value value_number(enum value_kind kind, uint64_t n)
{
	return (struct value){ .kind = kind, .number = n };
}

/* 0: none. */
static inline struct value value_some(enum value_kind kind, uint64_t n)
{
	return n > 0 ? value_number(kind, n) : value_none();
}

static inline struct value value_address(const uint8_t *bytes, uint8_t ip_v)
{
	return (struct value){ .kind = VALUE_ADDRESS, .address = bytes, .n = ip_v };
}

static inline struct value value_hex(const uint8_t *bytes, size_t n)
{
	return (struct value){ .kind = VALUE_HEX, .bytes = span_of(bytes, n) };
}

/* An empty list: none. */
static inline struct value value_numbers(enum value_kind kind, const uint16_t *list, size_t n)
{
	return n > 0 ? (struct value){ .kind = kind, .numbers = list, .n = n } : value_none();
}

static inline struct value value_strings(const char *const *list, size_t n)
{
	return n > 0 ? (struct value){ .kind = VALUE_STRINGS, .strings = list, .n = n } : value_none();
}

static inline struct value value_metadata(const struct signature_metadata *list, size_t n)
{
	return n > 0 ? (struct value){ .kind = VALUE_METADATA, .metadata = list, .n = n } : value_none();
}

/* The next of a list of bytes: cut off *rest. Before the first call *rest is all of it. False: there is none left. */
bool value_next(enum value_kind kind, struct span *rest, struct span *item);

#endif
