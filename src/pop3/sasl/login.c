/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LOGIN (draft-murchison-sasl-login): the user name, then the password; any prompts. */
#include "../impl.h"

static enum sasl_result response(struct pop3 *p, unsigned step, const struct sasl_response *r, struct attempt *a)
{
	if (!r->decodable)
		attempt_undecodable(a);
	/* No name has a NUL: this is a response of PLAIN in the wrong place, password and all. */
	if (step == 0 && r->bytes.n > 0 && memchr(r->bytes.p, 0, r->bytes.n) != NULL) {
		attempt_misplaced(p, a, r);
		return SASL_MORE;
	}
	if (step == 0 && r->cut)
		return SASL_MORE; /* half a name would be another's */
	if (step == 0) {
		attempt_user(a, r->bytes);
		return SASL_MORE;
	}
	attempt_secret(p, a, r->bytes, r->on_wire);
	return SASL_DONE;
}

const struct sasl_mechanism sasl_login = {
	.name = "LOGIN",
	.exposure = EXPOSURE_PASSWORD,
	.takes_parts = true,
	.ordered = true,
	.responses = 2,
	.response = response,
};
