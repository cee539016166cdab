/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What follows from what was found: the rows of advice.def that apply. */
#include "impl.h"

#define PRODUCT_ANY PRODUCT_UNKNOWN

/* A server that takes what can be used again, outside of TLS: logins are on it, and none says that it refuses them. */
static bool takes_plaintext(const struct server *s)
{
	return s->exposed > 0;
}

static uint32_t plaintext(const struct report *r, enum product p)
{
	uint32_t i, n = 0;

	for (i = 0; i < r->server.n; i++)
		n += takes_plaintext(&r->server.p[i]) && r->server.p[i].product == p;
	return n;
}

/* Products that have advice of their own. */
static const enum product advised[] = {
#define ADVICE(finding, for_product, ...) PRODUCT_##for_product,
#include "advice.def"
#undef ADVICE
};

static uint32_t plaintext_others(const struct report *r)
{
	uint32_t all = 0, i;
	size_t k;

	for (i = 0; i < r->server.n; i++) {
		if (!takes_plaintext(&r->server.p[i]))
			continue;
		for (k = 0; k < sizeof advised / sizeof advised[0]; k++)
			if (advised[k] != PRODUCT_ANY && advised[k] == r->server.p[i].product)
				break;
		all += k == sizeof advised / sizeof advised[0];
	}
	return all;
}

static uint32_t stripped(const struct report *r)
{
	return r->stls[STLS_STRIPPED] + r->stls[STLS_INJECTED];
}

static uint32_t without_stls(const struct report *r)
{
	uint32_t i, n = 0;

	for (i = 0; i < r->server.n; i++) {
		const struct server *s = &r->server.p[i];

		n += !s->offers && s->stls[STLS_NOT_OFFERED] + s->stls[STLS_REFUSED] > 0;
	}
	return n;
}

static uint32_t unused(const struct report *r)
{
	uint32_t i, n = 0;

	for (i = 0; i < r->client.n; i++)
		n += r->client.p[i].unused > 0;
	return n;
}

static uint32_t guessing(const struct report *r)
{
	uint32_t i, n = 0;

	for (i = 0; i < r->attack.n; i++)
		n += r->attack.p[i].kind != ATTACK_TAKEOVER && r->attack.p[i].kind != ATTACK_TAMPERING;
	return n;
}

static uint32_t holes(const struct report *r)
{
	uint32_t i, n = 0;

	for (i = 0; i < r->quality.n; i++)
		n += r->quality.p[i].hole;
	return n;
}

static const struct {
	const char *urgency, *unit, *section, *title, *text;
	enum product product;
} rows[] = {
#define ADVICE(finding, for_product, when, units, where, what, how) { when, units, where, what, how, PRODUCT_##for_product },
#include "advice.def"
#undef ADVICE
};

bool advice_find(struct report *r)
{
	const uint64_t found[] = {
#define ADVICE(finding, ...) (finding),
#include "advice.def"
#undef ADVICE
	};
	struct advice *a;
	uint32_t i;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (found[i] == 0)
			continue;
		a = ROWS_ADD(r->advice);
		if (a == NULL)
			return false;
		*a = (struct advice){ .row = i, .count = (uint32_t)found[i], .product = rows[i].product };
	}
	return true;
}

const char *advice_title(const struct advice *a)
{
	return rows[a->row].title;
}

const char *advice_text(const struct advice *a)
{
	return rows[a->row].text;
}

const char *advice_unit(const struct advice *a)
{
	return rows[a->row].unit;
}

const char *advice_urgency(const struct advice *a)
{
	return rows[a->row].urgency;
}

const char *advice_section(const struct advice *a)
{
	return rows[a->row].section;
}
