/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One-time passwords: OTP (RFC 2444) sends [authzid] NUL authcid, SKEY (RFC 2222 section 7.3) the name alone;
 * then the challenge, and the password for this once. It opens nothing again, but it was made of a passphrase
 * that a dictionary can be tried on (RFC 2289 section 9).
 */
#include "../impl.h"

static void set_names(struct pop3 *p, struct attempt *a, const struct sasl_response *r)
{
	struct span names = r->bytes;
	const uint8_t *nul = memchr(names.p, 0, names.n);

	if (nul != NULL) {
		struct span authzid = span_of(names.p, (size_t)(nul - names.p));

		names = span_skip(names, authzid.n + 1);
		if (names.n > 0 && memchr(names.p, 0, names.n) != NULL) {
			attempt_misplaced(p, a, r);
			return;
		}
		attempt_authzid(a, authzid);
	}
	attempt_user(a, names);
}

static enum sasl_result response(struct pop3 *p, unsigned step, const struct sasl_response *r, struct attempt *a)
{
	if (!r->decodable)
		attempt_undecodable(a);
	if (r->bytes.n == 0)
		return SASL_MORE;
	if (!attempt_has_user(a) && step == 0 && r->decodable) {
		set_names(p, a, r);
		return SASL_MORE;
	}
	attempt_digest(a, r->on_wire);
	attempt_proof(a, r->bytes);
	return SASL_DONE;
}

#define OTP(symbol, its_name) \
	const struct sasl_mechanism sasl_##symbol = { \
		.name = its_name, \
		.exposure = EXPOSURE_CRACKABLE_DIGEST, \
		.ordered = true, \
		.response = response, \
	}

OTP(otp, "OTP");
OTP(skey, "SKEY");
