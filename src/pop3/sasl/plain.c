/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PLAIN (RFC 4616): [authzid] NUL authcid NUL passwd, in one response. */
#include "../impl.h"

static enum sasl_result response(struct pop3 *p, unsigned step, const struct sasl_response *r, struct attempt *a)
{
	const uint8_t *first, *second;
	struct span rest = r->bytes;

	(void)step;
	if (!r->decodable)
		attempt_undecodable(a);
	second = r->cut && rest.n > 0 ? memrchr(rest.p, 0, rest.n) : NULL;
	if (r->cut && (second == NULL || memchr(rest.p, 0, (size_t)(second - rest.p)) == NULL)) {
		/* Half a name would be another's, and of the password nothing came. */
		attempt_lost(a, r->on_wire);
		return SASL_DONE;
	}
	first = rest.n > 0 ? memchr(rest.p, 0, rest.n) : NULL;
	if (first == NULL) {
		/* No NUL: whatever it is, it stood where a password stands. */
		attempt_undecodable(a);
		attempt_secret(p, a, rest, r->on_wire);
		return SASL_DONE;
	}
	rest = span_skip(rest, (size_t)(first - rest.p) + 1);
	second = rest.n > 0 ? memchr(rest.p, 0, rest.n) : NULL;
	if (second == NULL && !r->decodable) {
		attempt_secret(p, a, rest, r->on_wire);
		return SASL_DONE;
	}
	if (second == NULL) {
		/* One NUL: some clients leave the empty authzid out together with its NUL. */
		attempt_user(a, span_of(r->bytes.p, (size_t)(first - r->bytes.p)));
		attempt_secret(p, a, rest, r->on_wire);
		return SASL_DONE;
	}
	if (!r->beheaded)
		attempt_authzid(a, span_of(r->bytes.p, (size_t)(first - r->bytes.p)));
	else if (first > r->bytes.p)
		attempt_cut(a);
	attempt_user(a, span_of(rest.p, (size_t)(second - rest.p)));
	attempt_secret(p, a, span_skip(rest, (size_t)(second - rest.p) + 1), r->on_wire);
	return SASL_DONE;
}

const struct sasl_mechanism sasl_plain = {
	.name = "PLAIN",
	.exposure = EXPOSURE_PASSWORD,
	.takes_parts = true,
	.responses = 1,
	.response = response,
};
