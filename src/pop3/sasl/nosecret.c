/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mechanisms without a secret: EXTERNAL (RFC 4422 appendix A) sends a name, which may be empty, and relies on
 * what is known already, such as a client certificate; ANONYMOUS (RFC 4505) sends whatever it likes to be
 * traced by.
 */
#include "../impl.h"

static enum sasl_result response(struct pop3 *p, unsigned step, const struct sasl_response *r, struct attempt *a)
{
	(void)step;
	if (!r->decodable)
		attempt_undecodable(a);
	else if (r->bytes.n > 0 && memchr(r->bytes.p, 0, r->bytes.n) != NULL)
		attempt_misplaced(p, a, r);
	else if (r->bytes.n > 0)
		attempt_user(a, r->bytes);
	return SASL_DONE;
}

#define NOSECRET(symbol, its_name) \
	const struct sasl_mechanism sasl_##symbol = { \
		.name = its_name, \
		.exposure = EXPOSURE_IDENTITY, \
		.empty_counts = true, \
		.response = response, \
	}

NOSECRET(external, "EXTERNAL");
NOSECRET(anonymous, "ANONYMOUS");
