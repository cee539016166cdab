/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SCRAM (RFC 5802, RFC 7677):
 *
 *   client-first: ("n" | "y" | "p=" binding) "," ["a=" authzid] "," "n=" user "," "r=" nonce
 *   client-final: "c=" binding "," "r=" nonce "," "p=" proof
 *
 * The hash and whether a channel is bound (-PLUS) make no difference to who listens. A dictionary can be
 * tried on the proof, too, but at thousands of hashes a word.
 */
#include "../impl.h"

#define NAME_MAX_BYTES 512

/* The bytes up to the next comma, which is cut off, too. */
static struct span item(struct span *s)
{
	size_t i = 0;
	struct span it;

	while (i < s->n && s->p[i] != ',')
		i++;
	it = span_take(*s, i);
	*s = span_skip(*s, i + 1);
	return it;
}

/* saslname: "=2C" is a comma, "=3D" an equals sign, and nothing else begins with "=". False: it does. */
static bool unescape(struct span in, uint8_t out[NAME_MAX_BYTES], size_t *n)
{
	bool ok = true;
	size_t i;

	*n = 0;
	for (i = 0; i < in.n && *n < NAME_MAX_BYTES; i++) {
		uint8_t c = in.p[i];

		if (c == '=') {
			struct span code = span_skip(in, i);

			if (span_starts(code, "=2C") || span_starts(code, "=3D")) {
				c = (code.p[2] | 0x20) == 'c' ? ',' : '=';
				i += 2;
			} else {
				ok = false;
			}
		}
		out[(*n)++] = c;
	}
	return ok && i == in.n;
}

static bool client_first(struct attempt *a, struct span rest)
{
	struct span flag = item(&rest), authzid = item(&rest), name = item(&rest);
	uint8_t text[NAME_MAX_BYTES];
	bool ok = true;
	size_t n;

	if (!span_is(flag, "n") && !span_is(flag, "y") && !span_starts(flag, "p="))
		return false;
	if (span_starts(name, "m=")) /* a mandatory extension: none is known */
		name = item(&rest);
	if (!span_starts(name, "n=") || (authzid.n > 0 && !span_starts(authzid, "a=")))
		return false;
	ok = unescape(span_skip(name, 2), text, &n);
	attempt_user(a, span_of(text, n));
	if (authzid.n > 0) {
		ok &= unescape(span_skip(authzid, 2), text, &n);
		attempt_authzid(a, span_of(text, n));
	}
	return ok;
}

static enum sasl_result response(struct pop3 *p, unsigned step, const struct sasl_response *r, struct attempt *a)
{
	(void)p;
	(void)step;
	if (r->bytes.n == 0 && r->decodable)
		return SASL_MORE;
	if (span_starts(r->bytes, "c=")) {
		attempt_digest(a, r->on_wire);
		attempt_proof(a, r->bytes);
		if (!r->decodable)
			attempt_undecodable(a);
		return SASL_DONE;
	}
	if (!client_first(a, r->bytes) || !r->decodable)
		attempt_undecodable(a);
	return SASL_MORE;
}

#define SCRAM(symbol, its_name) \
	const struct sasl_mechanism sasl_##symbol = { \
		.name = its_name, \
		.exposure = EXPOSURE_SCRAM, \
		.response = response, \
	}

SCRAM(scram_sha_1, "SCRAM-SHA-1");
SCRAM(scram_sha_1_plus, "SCRAM-SHA-1-PLUS");
SCRAM(scram_sha_256, "SCRAM-SHA-256");
SCRAM(scram_sha_256_plus, "SCRAM-SHA-256-PLUS");
SCRAM(scram_sha_512, "SCRAM-SHA-512");
SCRAM(scram_sha_512_plus, "SCRAM-SHA-512-PLUS");
