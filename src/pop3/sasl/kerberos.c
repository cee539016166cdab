/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Kerberos: GSSAPI (RFC 4752), GSS-SPNEGO (RFC 4178), KERBEROS_V4 (RFC 2222 section 7.1). What is said is
 * encrypted; of the client only that it came. A security layer may follow (RFC 4422 section 3.7).
 */
#include "../impl.h"

/* What follows the signature, or nothing. */
static struct span ntlm_in(struct span s)
{
	const uint8_t *at = s.n > 0 ? memmem(s.p, s.n, "NTLMSSP", 8) : NULL;

	return at != NULL ? span_skip(s, (size_t)(at - s.p)) : span_of(NULL, 0);
}

static enum sasl_result response(struct pop3 *p, unsigned step, const struct sasl_response *r, struct attempt *a)
{
	struct sasl_response inner = *r;

	attempt_digest(a, r->on_wire);
	/* SPNEGO may carry NTLM, which is not opaque at all ([MS-NLMP] in a NegTokenInit, or bare). */
	inner.bytes = ntlm_in(r->bytes);
	inner.challenge = ntlm_in(r->challenge);
	if (inner.bytes.n > 0 && r->decodable) {
		attempt_exposes(a, sasl_ntlm.exposure);
		sasl_ntlm.response(p, step, &inner, a);
		return SASL_MORE;
	}
	if (!r->decodable)
		attempt_undecodable(a);
	return SASL_MORE; /* how often, only the two of them know */
}

#define KERBEROS(symbol, its_name) \
	const struct sasl_mechanism sasl_##symbol = { \
		.name = its_name, \
		.exposure = EXPOSURE_NONE, \
		.security_layer = true, \
		.response = response, \
	}

KERBEROS(gssapi, "GSSAPI");
KERBEROS(gss_spnego, "GSS-SPNEGO");
KERBEROS(kerberos_v4, "KERBEROS_V4");
