/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counters as JSON, an object within another for each dot in their names, as Suricata has them. */
#include <stdlib.h>

#include "json.h"

#define NAME_MAX_SIZE 64 /* bytes of a counter's name, with quotes and colon; the unit test looks at all of them */

/* One part of a name as a key: "kernel_drops": */
static size_t key_of(const char *part, size_t n, char key[NAME_MAX_SIZE])
{
	if (n > NAME_MAX_SIZE - 3)
		n = NAME_MAX_SIZE - 3;
	key[0] = '"';
	memcpy(key + 1, part, n);
	memcpy(key + 1 + n, "\":", 2);
	return n + 3;
}

/* How many bytes of both names are objects that they share: up to the dot behind the last one, that included. */
static size_t shared_part(const char *a, const char *b)
{
	size_t i, n = 0;

	for (i = 0; a[i] != '\0' && a[i] == b[i]; i++)
		if (a[i] == '.')
			n = i + 1;
	return n;
}

static void close_objects(struct json *j, const char *rest)
{
	for (; *rest != '\0'; rest++)
		if (*rest == '.')
			json_close(j, '}');
}

static void add_counter(struct json *j, const char *before, const char *name, uint64_t value)
{
	size_t n = shared_part(before, name), part;
	char key[NAME_MAX_SIZE];

	close_objects(j, before + n);
	for (name += n; name[part = strcspn(name, ".")] == '.'; name += part + 1)
		json_open(j, key, key_of(name, part, key), '{');
	json_add_number(j, key, key_of(name, part, key), value);
}

void stats_add(struct json *j, const char *key, size_t key_n, const struct stats *s)
{
	const char *before = "";
	int i;

	json_open(j, key, key_n, '{');
	json_add_number(j, KEY("uptime"), s->uptime);
	for (i = 0; i < COUNTER_MAX; i++) {
		add_counter(j, before, counter_name((enum counter)i), s->counter[i]);
		before = counter_name((enum counter)i);
	}
	close_objects(j, before);
	json_close(j, '}');
}

char *emit_stats(const struct stats *s)
{
	struct buffer out = { 0 };
	struct json j;

	json_begin(&j, &out);
	stats_add(&j, NO_KEY, s);
	if (j.failed || !buffer_add(&out, "\n", 2)) { /* with the NUL */
		buffer_free(&out);
		return NULL;
	}
	return out.p;
}
