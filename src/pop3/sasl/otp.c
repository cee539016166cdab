/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One-time passwords: OTP (RFC 2444) sends [authzid] NUL authcid, SKEY (RFC 2222 section 7.3) the name alone;
 * then the challenge, and the password for this once. It opens nothing again, but it was made of a passphrase
 * that a dictionary can be tried on (RFC 2289 section 9).
 */
#include "../impl.h"

static void set_names(struct attempt *a, struct span names)
{
	const uint8_t *nul = names.n > 0 ? memchr(names.p, 0, names.n) : NULL;

	if (nul != NULL) {
		attempt_authzid(a, span_of(names.p, (size_t)(nul - names.p)));
		names = span_skip(names, (size_t)(nul - names.p) + 1);
	}
	attempt_user(a, names);
}

static enum sasl_result response(struct pop3 *p, unsigned step, const struct sasl_response *r, struct attempt *a)
{
	(void)p;
	if (!r->decodable)
		attempt_undecodable(a);
	if (r->bytes.n == 0)
		return SASL_MORE;
	if (!attempt_has_user(a) && step == 0 && r->decodable) {
		set_names(a, r->bytes);
		return SASL_MORE;
	}
	attempt_digest(a, r->on_wire);
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
