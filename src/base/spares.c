/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "plainpop/base.h"

void *spares_take(struct spares *s, size_t size)
{
	return s->n > 0 ? s->at[--s->n] : malloc(size);
}

void spares_give(struct spares *s, void *p)
{
	/* What is used after it was given back is to be found. */
	if (SANITIZED || s->n == SPARES)
		free(p);
	else if (p != NULL)
		s->at[s->n++] = p;
}

void spares_free(struct spares *s)
{
	while (s->n > 0)
		free(s->at[--s->n]);
}
