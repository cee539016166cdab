/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "tree.h"

static int by_place(const void *a, const void *b)
{
	return strcmp(((const struct tree_leaf *)a)->place, ((const struct tree_leaf *)b)->place);
}

static void grow(struct tree *t)
{
	size_t i;

	for (i = 0; i < FIELDS; i++)
		if (fields[i].name[t->name] != NULL)
			t->leaf[t->n++] = (struct tree_leaf){ fields[i].name[t->name], 1u << fields[i].set, fields[i].get };
	for (i = 0; i < t->n_own && i < TREE_OWN; i++)
		t->leaf[t->n++] = (struct tree_leaf){ t->own[i].place, ~0u, t->own[i].get };
	qsort(t->leaf, t->n, sizeof t->leaf[0], by_place);
}

bool tree_write(struct tree *t, const struct scene *s, struct buffer *out)
{
	unsigned sets = field_sets(s);
	char key[JSON_KEY_MAX];
	struct json_path p;
	struct json j;
	size_t i;

	if (t->n == 0)
		grow(t);
	json_begin(&j, out);
	p = (struct json_path){ .j = &j, .at = "" };
	json_open(&j, NO_KEY, '{');
	for (i = 0; i < t->n; i++) {
		struct value v = value_none();

		if ((t->leaf[i].sets & sets) != 0)
			v = t->leaf[i].get(s);
		if (v.kind != VALUE_NONE)
			json_add_value(&j, key, json_path_to(&p, t->leaf[i].place, key), &v, t->style, s);
	}
	json_path_end(&p);
	json_close(&j, '}');
	return !j.failed && buffer_add(out, "\n", 1);
}
