/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a server is, as far as its greeting tells. */
#include "impl.h"

static const struct {
	const char *name, *words;
} products[PRODUCT_MAX] = {
#define PRODUCT(id, product, known_by) { product, known_by },
#include "products.def"
#undef PRODUCT
};

enum product product_of(struct span text)
{
	int i;

	for (i = PRODUCT_UNKNOWN + 1; i < PRODUCT_MAX; i++)
		if (span_contains(text, products[i].words))
			return (enum product)i;
	return PRODUCT_UNKNOWN;
}

const char *product_name(enum product p)
{
	return products[p].name;
}
