/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CRAM-MD5 (RFC 2195): the server's challenge, then user SP hex(HMAC-MD5(password, challenge)). */
#include "../impl.h"

#define HASHCAT 10200 /* $cram_md5$base64 of the challenge$base64 of the response */

static bool is_digest(struct span s)
{
	return s.n == 32 && is_hex(s);
}

static enum sasl_result response(struct pop3 *p, unsigned step, const struct sasl_response *r, struct attempt *a)
{
	const uint8_t *space = r->bytes.n > 0 ? memrchr(r->bytes.p, ' ', r->bytes.n) : NULL;

	(void)step;
	if (r->bytes.n == 0 && r->decodable)
		return SASL_MORE; /* an empty answer to an empty prompt: the challenge is still to come */
	attempt_digest(a, r->on_wire);
	if (!r->decodable || space == NULL || !is_digest(span_skip(r->bytes, (size_t)(space - r->bytes.p) + 1))) {
		/* What is no digest may be a password, blanks and all. */
		attempt_proof(a, r->bytes);
		attempt_undecodable(a);
		return SASL_DONE;
	}
	/* The name may have spaces, the digest has none. */
	attempt_proof(a, span_skip(r->bytes, (size_t)(space - r->bytes.p) + 1));
	if (r->beheaded)
		attempt_cut(a); /* half a name would be another's */
	else
		attempt_user(a, span_of(r->bytes.p, (size_t)(space - r->bytes.p)));
	if (r->challenge_on_wire.n > 0)
		attempt_hash(p, a, HASHCAT, (const struct hash_part[]){ { span_str("$cram_md5$"), false },
			     { r->challenge_on_wire, false }, { span_str("$"), false }, { r->on_wire, false } }, 4);
	return SASL_DONE;
}

const struct sasl_mechanism sasl_cram_md5 = {
	.name = "CRAM-MD5",
	.exposure = EXPOSURE_CRACKABLE_DIGEST,
	.responses = 1,
	.response = response,
};
