/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the numbers of TLS are called. */
#include "tls.h"

struct number_name {
	uint16_t number;
	const char *name;
};

static const char *find(const struct number_name *names, size_t n, uint16_t number)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (names[i].number == number)
			return names[i].name;
	return NULL;
}

const char *tls_version_name(uint16_t version)
{
	static const struct number_name names[] = {
		{ TLS_SSL3, "SSLv3" },  { TLS_1_0, "TLSv1" }, { TLS_1_1, "TLS 1.1" },
		{ TLS_1_2, "TLS 1.2" }, { TLS_1_3, "TLS 1.3" },
	};

	return find(names, sizeof names / sizeof names[0], version);
}

/*
 * RFC 8446 section 6 and appendix B.2, which has the names of those that are no longer sent.
 * 121: Encrypted ClientHello.
 */
const char *tls_alert_name(uint8_t description)
{
	static const struct number_name names[] = {
		{ 0, "close_notify" },
		{ 10, "unexpected_message" },
		{ 20, "bad_record_mac" },
		{ 21, "decryption_failed" },
		{ 22, "record_overflow" },
		{ 30, "decompression_failure" },
		{ 40, "handshake_failure" },
		{ 41, "no_certificate" },
		{ 42, "bad_certificate" },
		{ 43, "unsupported_certificate" },
		{ 44, "certificate_revoked" },
		{ 45, "certificate_expired" },
		{ 46, "certificate_unknown" },
		{ 47, "illegal_parameter" },
		{ 48, "unknown_ca" },
		{ 49, "access_denied" },
		{ 50, "decode_error" },
		{ 51, "decrypt_error" },
		{ 60, "export_restriction" },
		{ 70, "protocol_version" },
		{ 71, "insufficient_security" },
		{ 80, "internal_error" },
		{ 86, "inappropriate_fallback" },
		{ 90, "user_canceled" },
		{ 100, "no_renegotiation" },
		{ 109, "missing_extension" },
		{ 110, "unsupported_extension" },
		{ 111, "certificate_unobtainable" },
		{ 112, "unrecognized_name" },
		{ 113, "bad_certificate_status_response" },
		{ 114, "bad_certificate_hash_value" },
		{ 115, "unknown_psk_identity" },
		{ 116, "certificate_required" },
		{ 120, "no_application_protocol" },
		{ 121, "ech_required" },
	};

	return find(names, sizeof names / sizeof names[0], description);
}

/* Of the IANA registry "TLS Cipher Suites" what servers choose, old and weak ones above all. */
const char *tls_cipher_name(uint16_t cipher)
{
	static const struct number_name names[] = {
		{ 0x0001, "TLS_RSA_WITH_NULL_MD5" },
		{ 0x0002, "TLS_RSA_WITH_NULL_SHA" },
		{ 0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5" },
		{ 0x0004, "TLS_RSA_WITH_RC4_128_MD5" },
		{ 0x0005, "TLS_RSA_WITH_RC4_128_SHA" },
		{ 0x0006, "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5" },
		{ 0x0008, "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA" },
		{ 0x0009, "TLS_RSA_WITH_DES_CBC_SHA" },
		{ 0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA" },
		{ 0x0014, "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA" },
		{ 0x0015, "TLS_DHE_RSA_WITH_DES_CBC_SHA" },
		{ 0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA" },
		{ 0x0018, "TLS_DH_anon_WITH_RC4_128_MD5" },
		{ 0x001b, "TLS_DH_anon_WITH_3DES_EDE_CBC_SHA" },
		{ 0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA" },
		{ 0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA" },
		{ 0x0034, "TLS_DH_anon_WITH_AES_128_CBC_SHA" },
		{ 0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA" },
		{ 0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA" },
		{ 0x003a, "TLS_DH_anon_WITH_AES_256_CBC_SHA" },
		{ 0x003b, "TLS_RSA_WITH_NULL_SHA256" },
		{ 0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256" },
		{ 0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256" },
		{ 0x0041, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA" },
		{ 0x0045, "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA" },
		{ 0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256" },
		{ 0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256" },
		{ 0x0084, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA" },
		{ 0x0088, "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA" },
		{ 0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256" },
		{ 0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384" },
		{ 0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256" },
		{ 0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384" },
		{ 0x00a6, "TLS_DH_anon_WITH_AES_128_GCM_SHA256" },
		{ 0x00a7, "TLS_DH_anon_WITH_AES_256_GCM_SHA384" },
		{ 0x00ba, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256" },
		{ 0x00be, "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256" },
		{ 0x00c0, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256" },
		{ 0x00c4, "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256" },
		{ 0x1301, "TLS_AES_128_GCM_SHA256" },
		{ 0x1302, "TLS_AES_256_GCM_SHA384" },
		{ 0x1303, "TLS_CHACHA20_POLY1305_SHA256" },
		{ 0x1304, "TLS_AES_128_CCM_SHA256" },
		{ 0x1305, "TLS_AES_128_CCM_8_SHA256" },
		{ 0xc006, "TLS_ECDHE_ECDSA_WITH_NULL_SHA" },
		{ 0xc007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA" },
		{ 0xc008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA" },
		{ 0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA" },
		{ 0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA" },
		{ 0xc010, "TLS_ECDHE_RSA_WITH_NULL_SHA" },
		{ 0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA" },
		{ 0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA" },
		{ 0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA" },
		{ 0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA" },
		{ 0xc018, "TLS_ECDH_anon_WITH_AES_128_CBC_SHA" },
		{ 0xc019, "TLS_ECDH_anon_WITH_AES_256_CBC_SHA" },
		{ 0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256" },
		{ 0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384" },
		{ 0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256" },
		{ 0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384" },
		{ 0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" },
		{ 0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384" },
		{ 0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" },
		{ 0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384" },
		{ 0xc072, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256" },
		{ 0xc073, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384" },
		{ 0xc076, "TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256" },
		{ 0xc077, "TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384" },
		{ 0xc09c, "TLS_RSA_WITH_AES_128_CCM" },
		{ 0xc09d, "TLS_RSA_WITH_AES_256_CCM" },
		{ 0xc09e, "TLS_DHE_RSA_WITH_AES_128_CCM" },
		{ 0xc09f, "TLS_DHE_RSA_WITH_AES_256_CCM" },
		{ 0xc0a0, "TLS_RSA_WITH_AES_128_CCM_8" },
		{ 0xc0a1, "TLS_RSA_WITH_AES_256_CCM_8" },
		{ 0xc0a2, "TLS_DHE_RSA_WITH_AES_128_CCM_8" },
		{ 0xc0a3, "TLS_DHE_RSA_WITH_AES_256_CCM_8" },
		{ 0xc0ac, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM" },
		{ 0xc0ad, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM" },
		{ 0xc0ae, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8" },
		{ 0xc0af, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8" },
		{ 0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256" },
		{ 0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256" },
		{ 0xccaa, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256" },
	};

	return find(names, sizeof names / sizeof names[0], cipher);
}
