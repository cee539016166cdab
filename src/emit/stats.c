/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counters as JSON, an object within another for each dot in their names, as Suricata has them. */
#include <stdlib.h>

#include "json.h"

void stats_add(struct json *j, const char *key, size_t key_n, const struct stats *s)
{
	struct json_path p = { .j = j, .at = "" };
	char part[JSON_KEY_MAX];
	int i;

	json_open(j, key, key_n, '{');
	json_add_number(j, KEY("uptime"), s->uptime);
	for (i = 0; i < COUNTER_MAX; i++)
		json_add_number(j, part, json_path_to(&p, counter_name((enum counter)i), part), s->counter[i]);
	json_path_end(&p);
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
