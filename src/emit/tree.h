/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records as nested JSON whose places are those of a format and not of EVE: the fields of fields.def, each at the place
 * that the format has for it, and what only the format has. Objects are made of the dots.
 */
#ifndef PLAINPOP_EMIT_TREE_H
#define PLAINPOP_EMIT_TREE_H

#include "field.h"
#include "json.h"

/* Something that one format alone has. */
struct tree_own {
	const char *place;
	struct value (*get)(const struct scene *s);
};

#define TREE_OWN 64 /* at the most */

struct tree {
	enum field_name name;
	enum json_style style;
	const struct tree_own *own;
	size_t n_own;
	/* Made of these when it is first written: in the order of places, so that each object is written once. */
	size_t n;
	struct tree_leaf {
		const char *place;
		unsigned sets; /* a record that has none of these does not have it */
		struct value (*get)(const struct scene *s);
	} leaf[FIELDS + TREE_OWN];
};

/* Appends the record as one line. False: no memory. */
bool tree_write(struct tree *t, const struct scene *s, struct buffer *out);

/*
 * A list of a format's own, X(ID, "place", value), the value in the words of field.h, as functions and as rows of
 * struct tree_own.
 */
#define TREE_GET(id, at, what)                              \
	static struct value own_##id(const struct scene *s) \
	{                                                   \
		const struct event *e = s->event;           \
		(void)e;                                    \
		return what;                                \
	}
#define TREE_ROW(id, at, what) { at, own_##id },

#endif
