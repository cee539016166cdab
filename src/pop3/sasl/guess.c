/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which mechanism it is when the AUTH line fell into a gap. Some challenges and some responses can be of one
 * mechanism only; for the others there is no name.
 */
#include "../impl.h"

const struct sasl_mechanism *guess_by_challenge(struct span challenge, unsigned *step)
{
	*step = 0;
	if (span_starts(challenge, "user"))
		return &sasl_login;
	if (span_starts(challenge, "pass")) {
		*step = 1;
		return &sasl_login;
	}
	if (challenge.n > 2 && challenge.p[0] == '<' && challenge.p[challenge.n - 1] == '>' && span_contains(challenge, "@"))
		return &sasl_cram_md5;
	if (span_contains(challenge, "nonce=\""))
		return &sasl_digest_md5;
	if (challenge.n >= 12 && memcmp(challenge.p, "NTLMSSP", 8) == 0)
		return &sasl_ntlm;
	return &sasl_unnamed;
}

/* "user SP digest", as CRAM-MD5 has it. */
static bool ends_in_digest(struct span r)
{
	return r.n > 33 && r.p[r.n - 33] == ' ' && is_hex(span_skip(r, r.n - 32));
}

const struct sasl_mechanism *guess_by_response(struct span r)
{
	const uint8_t *first, *second;

	if (r.n >= 12 && memcmp(r.p, "NTLMSSP", 8) == 0)
		return &sasl_ntlm;
	if (span_starts(r, "user=") && span_contains(r, "\1auth="))
		return &sasl_xoauth2;
	if (span_starts(r, "n,") && span_contains(r, "\1auth="))
		return &sasl_oauthbearer;
	if (span_contains(r, "username=\"") && span_contains(r, "response="))
		return &sasl_digest_md5;
	/* [authzid] NUL authcid NUL passwd, with something in the last two. */
	first = r.n > 0 ? memchr(r.p, 0, r.n) : NULL;
	if (first == NULL)
		return ends_in_digest(r) ? &sasl_cram_md5 : NULL;
	r = span_skip(r, (size_t)(first - r.p) + 1);
	second = r.n > 0 ? memchr(r.p, 0, r.n) : NULL;
	if (second == NULL || second == r.p || second + 1 == r.p + r.n)
		return NULL;
	return &sasl_plain;
}

static enum sasl_result response(struct pop3 *p, unsigned step, const struct sasl_response *r, struct attempt *a)
{
	const struct sasl_mechanism *m = r->decodable ? guess_by_response(r->bytes) : NULL;

	if (m == NULL) {
		/* Whatever it is, it must not be repeated. */
		attempt_digest(a, r->on_wire);
		attempt_cut(a);
		return SASL_MORE;
	}
	p->sasl.mechanism = m;
	attempt_mechanism(a, m->name, m->exposure);
	return m->response(p, step, r, a);
}

const struct sasl_mechanism sasl_unnamed = {
	.name = NULL,
	.exposure = EXPOSURE_NONE,
	.response = response,
};
