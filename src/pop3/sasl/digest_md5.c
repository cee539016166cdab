/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * DIGEST-MD5 (RFC 2831): the server's challenge, then username="..",realm="..",nonce="..",response=..; the
 * server proves itself in a second challenge, which the client answers with an empty line.
 */
#include "../impl.h"

#define VALUE_MAX 512

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/*
 * Cuts the next name=value or name="value" (RFC 2831 section 7.2) off *s. A value is unquoted into out, of
 * VALUE_MAX bytes; what is longer is cut. False at the end, or when it is none.
 */
static bool directive(struct span *s, struct span *name, uint8_t *out, size_t *n)
{
	bool quoted;
	size_t i = 0;

	while (s->n > 0 && (is_blank(s->p[0]) || s->p[0] == ','))
		*s = span_skip(*s, 1);
	while (i < s->n && s->p[i] != '=' && s->p[i] != ',')
		i++;
	if (i == s->n || s->p[i] != '=')
		return false;
	*name = span_take(*s, i);
	*s = span_skip(*s, i + 1);
	quoted = s->n > 0 && s->p[0] == '"';
	if (quoted)
		*s = span_skip(*s, 1);
	*n = 0;
	for (i = 0; i < s->n && (quoted ? s->p[i] != '"' : s->p[i] != ','); i++) {
		if (quoted && s->p[i] == '\\' && i + 1 < s->n)
			i++;
		if (*n < VALUE_MAX)
			out[(*n)++] = s->p[i];
	}
	if (quoted && i == s->n)
		return false; /* the quote is never closed */
	*s = span_skip(*s, quoted ? i + 1 : i);
	return true;
}

static enum sasl_result response(struct pop3 *p, unsigned step, const struct sasl_response *r, struct attempt *a)
{
	struct span rest = r->bytes, name;
	uint8_t value[VALUE_MAX];
	bool user = false;
	size_t n;

	(void)p;
	(void)step;
	if (r->bytes.n == 0 && r->decodable)
		return SASL_MORE;
	attempt_digest(a, r->on_wire);
	while (directive(&rest, &name, value, &n)) {
		if (span_is(name, "username") && !user) {
			attempt_user(a, span_of(value, n));
			user = true;
		} else if (span_is(name, "realm")) {
			attempt_domain(a, span_of(value, n));
		} else if (span_is(name, "response")) {
			attempt_proof(a, span_of(value, n));
		} else if (span_is(name, "authzid")) {
			attempt_authzid(a, span_of(value, n));
		}
	}
	if (!r->decodable || !user || rest.n > 0)
		attempt_undecodable(a);
	return SASL_DONE;
}

const struct sasl_mechanism sasl_digest_md5 = {
	.name = "DIGEST-MD5",
	.exposure = EXPOSURE_CRACKABLE_DIGEST,
	.security_layer = true, /* qop auth-int and auth-conf */
	.response = response,
};
