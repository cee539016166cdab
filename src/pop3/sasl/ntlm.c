/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * NTLM ([MS-NLMP], [MS-POP3]): client NEGOTIATE, server CHALLENGE, client AUTHENTICATE, each beginning with
 * "NTLMSSP" NUL and its type. Numbers are little-endian; texts are fields of length, room and offset.
 *
 *   CHALLENGE     24: the server's challenge, 8 bytes
 *   AUTHENTICATE  12: LM response  20: NT response  28: domain  36: user  60: flags
 */
#include "../impl.h"

#define HEAD 12
#define FLAG_UNICODE 1
#define CHALLENGE_AT 24
#define CHALLENGE_SIZE 8
#define PROOF_SIZE 16 /* of an NTLMv2 response: the HMAC, before what it is over */
#define V1_SIZE 24    /* of an NTLMv1 response */
#define HASHCAT_V1 5500
#define HASHCAT_V2 5600
#define NAME_MAX_BYTES 1024

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | (uint32_t)p[0];
}

/* The type of a message, 0 when it is none. */
static uint32_t type_of(struct span message)
{
	if (message.n < HEAD || memcmp(message.p, "NTLMSSP", 8) != 0)
		return 0;
	return le32(message.p + 8);
}

/* The field described at at. False when the message does not reach that far. */
static bool field(struct span message, size_t at, struct span *out)
{
	size_t n, offset;

	if (message.n < at + 8)
		return false;
	n = (size_t)(message.p[at] | message.p[at + 1] << 8);
	offset = le32(message.p + at + 4);
	if (n == 0) {
		*out = span_of(NULL, 0);
		return true;
	}
	if (offset > message.n || n > message.n - offset)
		return false;
	*out = span_of(message.p + offset, n);
	return true;
}

static size_t put_utf8(uint8_t *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (uint8_t)(0xc0 | c >> 6);
		out[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (uint8_t)(0xe0 | c >> 12);
		out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | c >> 18);
	out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (c & 0x3f));
	return 4;
}

/* UTF-16 to UTF-8. Half a surrogate pair comes out as bytes that are no UTF-8, for all to see. */
static struct span to_utf8(struct span in, uint8_t out[NAME_MAX_BYTES])
{
	size_t i, n = 0;

	for (i = 0; i + 1 < in.n && n + 4 <= NAME_MAX_BYTES; i += 2) {
		uint32_t c = (uint32_t)(in.p[i] | in.p[i + 1] << 8), low;

		if (c >= 0xd800 && c < 0xdc00 && i + 3 < in.n) {
			low = (uint32_t)(in.p[i + 2] | in.p[i + 3] << 8);
			if (low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				i += 2;
			}
		}
		n += put_utf8(out + n, c);
	}
	return span_of(out, n);
}

/* user::domain:..., as John and hashcat read them. */
static void hash(struct pop3 *p, struct attempt *a, struct span user, struct span domain, struct span lm,
		 struct span nt, struct span challenge)
{
	static const struct hash_part colon = { { (const uint8_t *)":", 1 }, false };
	struct hash_part c = { span_take(span_skip(challenge, CHALLENGE_AT), CHALLENGE_SIZE), true };

	if (type_of(challenge) != 2 || c.bytes.n < CHALLENGE_SIZE || nt.n < V1_SIZE ||
	    (user.n > 0 && memchr(user.p, ':', user.n) != NULL))
		return;
	if (nt.n == V1_SIZE)
		attempt_hash(p, a, HASHCAT_V1, (const struct hash_part[]){ { user, false }, colon, colon,
			     { domain, false }, colon, { lm, true }, colon, { nt, true }, colon, c }, 10);
	else
		attempt_hash(p, a, HASHCAT_V2, (const struct hash_part[]){ { user, false }, colon, colon,
			     { domain, false }, colon, c, colon, { span_take(nt, PROOF_SIZE), true }, colon,
			     { span_skip(nt, PROOF_SIZE), true } }, 10);
}

static void authenticate(struct pop3 *p, const struct sasl_response *r, struct attempt *a)
{
	uint8_t user_text[NAME_MAX_BYTES], domain_text[NAME_MAX_BYTES];
	struct span m = r->bytes, lm, nt, domain, user;
	/* Old clients leave the flags out; their texts are UTF-16, too. */
	bool unicode = m.n < 64 || (m.p[60] & FLAG_UNICODE) != 0;

	if (!field(m, 12, &lm) || !field(m, 20, &nt) || !field(m, 28, &domain) || !field(m, 36, &user)) {
		attempt_digest(a, r->on_wire);
		attempt_undecodable(a);
		return;
	}
	if (user.n == 0 && nt.n == 0)
		return; /* anonymous: it proves nothing */
	attempt_digest(a, r->on_wire);
	if (unicode) {
		user = to_utf8(user, user_text);
		domain = to_utf8(domain, domain_text);
	}
	attempt_user(a, user);
	attempt_domain(a, domain);
	hash(p, a, user, domain, lm, nt, r->challenge);
}

static enum sasl_result response(struct pop3 *p, unsigned step, const struct sasl_response *r, struct attempt *a)
{
	(void)step;
	if (!r->decodable)
		attempt_undecodable(a);
	switch (type_of(r->bytes)) {
	case 1:
		return SASL_MORE;
	case 3:
		authenticate(p, r, a);
		return SASL_DONE;
	}
	if (r->bytes.n > 0)
		attempt_undecodable(a);
	return SASL_MORE;
}

const struct sasl_mechanism sasl_ntlm = {
	.name = "NTLM",
	.exposure = EXPOSURE_CRACKABLE_DIGEST,
	.response = response,
};
