/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bearer tokens, each as good as a password until it expires. ^A is the byte 1.
 *
 *   XOAUTH2 (Google)        "user=" user ^A "auth=Bearer " token ^A ^A
 *   OAUTHBEARER (RFC 7628)  "n,a=" user "," ^A "host=" host ^A "port=" port ^A "auth=Bearer " token ^A ^A
 *
 * Where the token is refused the server says why in a prompt, which the client answers with an empty line or
 * a single ^A before it hears -ERR.
 */
#include "../impl.h"

#define SEPARATOR 1
#define NAME_MAX_BYTES 512

/* The bytes up to the next stop, which is cut off, too. */
static struct span item(struct span *s, uint8_t stop)
{
	const uint8_t *end = s->n > 0 ? memchr(s->p, stop, s->n) : NULL;
	struct span it = span_take(*s, end != NULL ? (size_t)(end - s->p) : s->n);

	*s = span_skip(*s, it.n + 1);
	return it;
}

/* The name behind a=, where "=2C" and "=3D" stand for a comma and an equals sign (RFC 5801 section 4). */
static void set_user(struct attempt *a, struct span name)
{
	uint8_t text[NAME_MAX_BYTES];
	size_t i, n = 0;

	for (i = 0; i < name.n && n < sizeof text; i++) {
		struct span code = span_skip(name, i);
		bool escaped = span_starts(code, "=2C") || span_starts(code, "=3D");

		text[n++] = !escaped ? name.p[i] : (code.p[2] | 0x20) == 'c' ? ',' : '=';
		i += escaped ? 2 : 0;
	}
	attempt_user(a, span_of(text, n));
}

/* The key=value pairs that both share. True when there was a token. */
static bool pairs(struct pop3 *p, struct attempt *a, struct span rest, const struct sasl_response *r)
{
	bool token = false;

	while (rest.n > 0) {
		struct span pair = item(&rest, SEPARATOR);

		if (span_starts(pair, "user=") && memmem(pair.p, pair.n, "auth=", 5) != NULL) {
			return false; /* a separator that is none: the token would be told as part of the name */
		} else if (span_starts(pair, "user=")) {
			attempt_user(a, span_skip(pair, 5));
		} else if (span_starts(pair, "auth=") && !token) {
			attempt_secret(p, a, span_skip(pair, 5), r->on_wire);
			token = true;
		}
	}
	return token;
}

static enum sasl_result response(struct pop3 *p, unsigned step, const struct sasl_response *r, struct attempt *a)
{
	struct span rest = r->bytes;
	bool gs2 = rest.n > 1 && rest.p[1] == ',' && (rest.p[0] == 'n' || rest.p[0] == 'y');

	(void)step;
	if (r->decodable && (r->bytes.n == 0 || (r->bytes.n == 1 && r->bytes.p[0] == SEPARATOR)))
		return SASL_MORE; /* the end of the dance */
	if (gs2 || span_starts(rest, "p=")) {
		struct span header = item(&rest, SEPARATOR), name;

		item(&header, ',');
		name = item(&header, ',');
		if (span_starts(name, "a="))
			set_user(a, span_skip(name, 2));
	}
	if (!pairs(p, a, rest, r) || !r->decodable) {
		attempt_undecodable(a);
		/* A name alone; or whatever it is, it stood where a token stands. */
		if (!attempt_has_secret(a) && !(attempt_has_user(a) && r->decodable))
			attempt_secret(p, a, r->bytes, r->on_wire);
	}
	return SASL_DONE;
}

const struct sasl_mechanism sasl_xoauth2 = {
	.name = "XOAUTH2",
	.exposure = EXPOSURE_BEARER_TOKEN,
	.response = response,
};

const struct sasl_mechanism sasl_oauthbearer = {
	.name = "OAUTHBEARER",
	.exposure = EXPOSURE_BEARER_TOKEN,
	.response = response,
};
