/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

/* ---- span ---- */

UNIT(base, span_compare)
{
	static const struct {
		struct span s;
		const char *word;
		bool is, starts;
	} cases[] = {
		{ BYTES("QUIT"), "QUIT", true, true },
		{ BYTES("quit"), "QUIT", true, true },
		{ BYTES("QUIT"), "quit", true, true },
		{ BYTES("QUITS"), "QUIT", false, true },
		{ BYTES("QUI"), "QUIT", false, false },
		{ BYTES("QUIT\0"), "QUIT", false, true },
		{ BYTES(""), "QUIT", false, false },
		{ BYTES(""), "", true, true },
		{ { NULL, 0 }, "", true, true },
		/* Only letters have a case: '@' and '`', '[' and '{' are apart by the same bit. */
		{ BYTES("@["), "`{", false, false },
		{ BYTES("\xc4"), "\xe4", false, false },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		cr_expect(span_is(cases[i].s, cases[i].word) == cases[i].is, "is: case %zu", i);
		cr_expect(span_starts(cases[i].s, cases[i].word) == cases[i].starts, "starts: case %zu", i);
	}
	cr_expect(span_eq(SPAN("a\0b"), SPAN("a\0b")));
	cr_expect(!span_eq(SPAN("a\0b"), SPAN("a\0c")));
	cr_expect(!span_eq(SPAN("a"), SPAN("A")));
	cr_expect(!span_eq(SPAN("a"), SPAN("ab")));
	cr_expect(span_eq(span_of(NULL, 0), SPAN("")));
}

UNIT(base, span_cut)
{
	struct span s = SPAN("abc");

	cr_expect(span_eq(span_skip(s, 1), SPAN("bc")));
	cr_expect(span_skip(s, 3).n == 0 && span_skip(s, 4).n == 0);
	cr_expect(span_eq(span_take(s, 2), SPAN("ab")));
	cr_expect(span_eq(span_take(s, 4), s));
	cr_expect(span_skip(span_of(NULL, 0), 1).n == 0);
	cr_expect(span_eq(span_ltrim(SPAN(" \t a ")), SPAN("a ")));
	cr_expect(span_ltrim(SPAN("  ")).n == 0);
	cr_expect(be16(SPAN("\xfe\xdc").p) == 0xfedc);
	cr_expect(be32(SPAN("\xfe\xdc\xba\x98").p) == 0xfedcba98);
}

UNIT(base, span_word)
{
	static const struct {
		struct span in, word, rest;
	} cases[] = {
		{ BYTES("PASS secret"), BYTES("PASS"), BYTES("secret") },
		/* One blank parts them; the others are the rest's own. */
		{ BYTES("PASS  two  "), BYTES("PASS"), BYTES(" two  ") },
		{ BYTES("PASS\tsecret"), BYTES("PASS"), BYTES("secret") },
		{ BYTES("PASS "), BYTES("PASS"), BYTES("") },
		{ BYTES("PASS"), BYTES("PASS"), BYTES("") },
		{ BYTES(" PASS"), BYTES(""), BYTES("PASS") },
		{ BYTES(""), BYTES(""), BYTES("") },
		{ { NULL, 0 }, BYTES(""), BYTES("") },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct span rest = cases[i].in, word = span_word(&rest);

		cr_expect(span_eq(word, cases[i].word), "word: case %zu", i);
		cr_expect(span_eq(rest, cases[i].rest), "rest: case %zu", i);
	}
}

/* ---- base64 ---- */

UNIT(base, base64)
{
	static const struct {
		const char *in;
		size_t cap;
		enum base64_result result;
		struct span out;
	} cases[] = {
		/* RFC 4648 section 10 */
		{ "", 0, BASE64_OK, BYTES("") },
		{ "Zg==", 1, BASE64_OK, BYTES("f") },
		{ "Zm8=", 2, BASE64_OK, BYTES("fo") },
		{ "Zm9v", 3, BASE64_OK, BYTES("foo") },
		{ "Zm9vYg==", 4, BASE64_OK, BYTES("foob") },
		{ "Zm9vYmE=", 5, BASE64_OK, BYTES("fooba") },
		{ "Zm9vYmFy", 6, BASE64_OK, BYTES("foobar") },
		{ "AGFsaWNlAHM=", 9, BASE64_OK, BYTES("\0alice\0s") },
		{ "+/+/", 3, BASE64_OK, BYTES("\xfb\xff\xbf") },
		/* no padding, or too little */
		{ "Zg", 1, BASE64_OK, BYTES("f") },
		{ "Zg=", 1, BASE64_OK, BYTES("f") },
		{ "Zm8", 2, BASE64_OK, BYTES("fo") },
		/* outside of the alphabet: what came before it counts */
		{ "Zm9v!", 3, BASE64_BAD, BYTES("foo") },
		{ "Zm9v\n", 3, BASE64_BAD, BYTES("foo") },
		{ "Zm 9v", 3, BASE64_BAD, BYTES("f") },
		{ "-_-_", 3, BASE64_BAD, BYTES("") },
		{ "\xff", 3, BASE64_BAD, BYTES("") },
		/* a lone digit */
		{ "Z", 3, BASE64_BAD, BYTES("") },
		{ "Z===", 3, BASE64_BAD, BYTES("") },
		{ "Zm9vY", 6, BASE64_BAD, BYTES("foo") },
		/* data behind the padding, and too much padding */
		{ "Zg==Zg==", 6, BASE64_BAD, BYTES("f") },
		{ "Zm8=v", 3, BASE64_BAD, BYTES("fo") },
		{ "Zg===", 3, BASE64_BAD, BYTES("f") },
		/* no room */
		{ "Zm9v", 2, BASE64_LONG, BYTES("fo") },
		{ "Zg==", 0, BASE64_LONG, BYTES("") },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct span in = span_str(cases[i].in);
		uint8_t *out = malloc(cases[i].cap + 1); /* the sanitizer watches the end */
		size_t n = 99;

		cr_assert(out != NULL);
		cr_expect(base64_decode(in, out + 1, cases[i].cap, &n) == cases[i].result, "%s: result", cases[i].in);
		cr_expect(span_eq(span_of(out + 1, n), cases[i].out), "%s: output", cases[i].in);
		cr_expect(n <= BASE64_DECODED_MAX(in.n), "%s: longer than it can be", cases[i].in);
		free(out);
	}
}

/* ---- hash ---- */

/* Made with an implementation after the paper, itself checked with the paper's vector for SipHash-2-4. */
UNIT(base, siphash_1_3)
{
	static const struct {
		size_t n;
		uint64_t sum;
	} cases[] = {
		{ 0, 0xabac0158050fc4dc }, { 1, 0xc9f49bf37d57ca93 },  { 7, 0xd3927d989bb11140 },
		{ 8, 0x369095118d299a8e }, { 9, 0x25a48eb36c063de4 },  { 15, 0xd320d86d2a519956 },
		{ 16, 0xcc4fdd1a7d908b66 }, { 63, 0x9d199062b7bbb3a8 },
	};
	uint8_t key[16], data[64], off[65];
	size_t i;

	for (i = 0; i < sizeof data; i++)
		data[i] = off[i + 1] = (uint8_t)i;
	memcpy(key, data, sizeof key);
	for (i = 0; i < COUNT(cases); i++) {
		cr_expect(hash_keyed(key, data, cases[i].n) == cases[i].sum, "%zu bytes", cases[i].n);
		cr_expect(hash_keyed(key, off + 1, cases[i].n) == cases[i].sum, "%zu bytes, unaligned", cases[i].n);
	}
	key[15] ^= 1;
	cr_expect(hash_keyed(key, data, 63) != cases[7].sum, "every bit of the key counts");
}

/* Of 0 to 8 words; computed apart, with numbers of any length (Python). */
static const uint64_t hash_words_expected[] = {
	0x89a12a1ef4177ca8, 0x36286d5bdeeae6f0, 0x8a582ab3dc2aa120, 0x4103c62e93ef76e8,
	0x751e8aae24c520d2, 0x938b93678b996353, 0x0898b474a97b9f1a, 0xec643f6da17d4f8e,
	0x3779f5763a82712f,
};

UNIT(base, hash_of_words)
{
	struct hash_key key;
	uint64_t word[HASH_WORDS], before;
	unsigned hits[16] = { 0 };
	size_t i, n, bit;

	for (i = 0; i < HASH_WORDS; i++)
		key.word[i] = UINT64_C(0x9e3779b97f4a7c15) * (i + 1);
	for (i = 0; i < 8; i++)
		key.last[i] = UINT64_C(0xd1342543de82ef95) * (i + 1);
	for (i = 0; i < HASH_WORDS; i++)
		word[i] = UINT64_C(0xbf58476d1ce4e5b9) * (i + 3);
	for (n = 0; n <= HASH_WORDS; n++)
		cr_expect(hash_words(&key, word, n) == hash_words_expected[n], "%zu words: %016llx", n,
			  (unsigned long long)hash_words(&key, word, n));
	before = hash_words(&key, word, 5);
	for (i = 0; i < 5; i++)
		for (bit = 0; bit < 64; bit++) {
			word[i] ^= UINT64_C(1) << bit;
			cr_expect(hash_words(&key, word, 5) != before, "bit %zu of word %zu counts", bit, i);
			word[i] ^= UINT64_C(1) << bit;
		}
	word[5] = 0;
	cr_expect(hash_words(&key, word, 6) != before, "a word 0 behind the last counts");
	/* Small numbers in a row fill all buckets alike. */
	for (i = 0; i < 16000; i++) {
		word[0] = i;
		hits[hash_words(&key, word, 2) % 16]++;
	}
	for (i = 0; i < 16; i++)
		cr_expect(hits[i] > 800 && hits[i] < 1200, "bucket %zu: %u of 16000", i, hits[i]);
}

UNIT(base, random)
{
	uint8_t a[16] = { 0 }, b[16] = { 0 };

	cr_assert(hash_random(a, sizeof a) == 0 && hash_random(b, sizeof b) == 0);
	cr_expect(memcmp(a, b, sizeof a) != 0);
}

/* ---- the key of fingerprints ---- */

/* A directory of its own for the test, with a name for the key in it. */
struct place {
	char dir[64], key[80];
};

static void place_init(struct place *p)
{
	snprintf(p->dir, sizeof p->dir, "/tmp/plainpop-unit-XXXXXX");
	cr_assert(mkdtemp(p->dir) != NULL);
	snprintf(p->key, sizeof p->key, "%s/key", p->dir);
}

static void place_fini(struct place *p)
{
	unlink(p->key);
	rmdir(p->dir);
}

static void write_key(const struct place *p, struct span bytes, mode_t mode)
{
	FILE *f;

	unlink(p->key);
	f = fopen(p->key, "wb");
	cr_assert(f != NULL);
	cr_assert(fwrite(bytes.p, 1, bytes.n, f) == bytes.n);
	cr_assert(fclose(f) == 0 && chmod(p->key, mode) == 0);
}

static struct secret_key *open_key(const struct place *p, bool *created)
{
	char err[256] = "";
	struct secret_key *k = secret_key_open(p->key, created, err);

	cr_assert(k != NULL, "%s", err);
	return k;
}

UNIT(base, key_created)
{
	uint8_t a[FINGERPRINT_SIZE], b[FINGERPRINT_SIZE];
	struct secret_key *first, *second;
	struct place p;
	struct stat st;
	bool created;

	place_init(&p);
	umask(0); /* the mode must not depend on it */
	first = open_key(&p, &created);
	cr_expect(created);
	cr_assert(stat(p.key, &st) == 0);
	cr_expect((st.st_mode & 07777) == 0600, "mode %o", st.st_mode & 07777u);

	second = open_key(&p, &created);
	cr_expect(!created, "it is there already");
	cr_expect_str_eq(secret_key_id(first), secret_key_id(second));
	secret_fingerprint(first, SPAN("secret"), a);
	secret_fingerprint(second, SPAN("secret"), b);
	cr_expect_arr_eq(a, b, sizeof a);
	secret_key_free(second);

	unlink(p.key);
	second = open_key(&p, &created);
	cr_expect(created);
	cr_expect_str_neq(secret_key_id(first), secret_key_id(second), "a new key is another");
	secret_key_free(second);
	second = secret_key_random();
	cr_assert(second != NULL);
	cr_expect_str_neq(secret_key_id(first), secret_key_id(second));
	secret_key_free(second);
	secret_key_free(first);
	place_fini(&p);
}

UNIT(base, key_refused)
{
	static const struct {
		struct span bytes;
		mode_t mode;
		const char *message;
	} cases[] = {
		{ BYTES("0123456789abcdef"), 0640, "640" },
		{ BYTES("0123456789abcdef"), 0604, "604" },
		{ BYTES("0123456789abcdef"), 0620, "620" },
		{ BYTES("0123456789abcde"), 0600, "16" },
		{ BYTES("0123456789abcde\n"), 0600, "16" }, /* the newline is the editor's */
		{ BYTES("\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"), 0600, "16" },
		{ BYTES(""), 0600, "16" },
	};
	char err[256], far[96];
	struct place p;
	size_t i;
	bool created;

	place_init(&p);
	for (i = 0; i < COUNT(cases); i++) {
		write_key(&p, cases[i].bytes, cases[i].mode);
		err[0] = '\0';
		cr_expect(secret_key_open(p.key, &created, err) == NULL, "case %zu", i);
		cr_expect(strstr(err, cases[i].message) != NULL, "case %zu: %s", i, err);
		cr_expect(!created);
	}
	/* Only the directory next to the file is made on the way. */
	snprintf(far, sizeof far, "%s/no/such/key", p.dir);
	err[0] = '\0';
	cr_expect(secret_key_open(far, &created, err) == NULL);
	cr_expect(err[0] != '\0' && !created);
	secret_key_free(NULL);
	place_fini(&p);
}

UNIT(base, fingerprint)
{
	static const struct {
		struct span key;
		struct span secret;
		const char *sum;
	} cases[] = {
		/* RFC 4231 sections 4.2 and 4.7 */
		{ BYTES("\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v"), BYTES("Hi There"),
		  "b0344c61d8db38535ca8afceaf0bf12b" },
		{ BYTES("\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
			"\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
			"\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
			"\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
			"\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
			"\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"),
		  BYTES("Test Using Larger Than Block-Size Key - Hash Key First"),
		  "60e431591ee0b67f0d8a26aacbf5b77f" },
		/* from an independent implementation; a newline at the end of the file is not part of the key */
		{ BYTES("correct horse battery staple\r\n"), BYTES("Rabbit-Hole-7"),
		  "cfe14f906ee121fae998cabccd3d0748" },
		{ BYTES("correct horse battery staple"), BYTES(""), "101408a980bd2fd8511425e0f883ff9d" },
	};
	struct place p;
	size_t i, j;
	bool created;

	place_init(&p);
	for (i = 0; i < COUNT(cases); i++) {
		uint8_t sum[FINGERPRINT_SIZE];
		char hex[2 * FINGERPRINT_SIZE + 1];
		struct secret_key *k;

		write_key(&p, cases[i].key, 0600);
		k = open_key(&p, &created);
		secret_fingerprint(k, SPAN("something before"), sum); /* no trace of it must be left */
		secret_fingerprint(k, cases[i].secret, sum);
		for (j = 0; j < sizeof sum; j++)
			snprintf(hex + 2 * j, 3, "%02x", sum[j]);
		cr_expect_str_eq(hex, cases[i].sum, "case %zu: %s", i, hex);
		cr_expect(strlen(secret_key_id(k)) == 16 &&
			  strspn(secret_key_id(k), "0123456789abcdef") == 16, "case %zu: key id", i);
		secret_key_free(k);
	}
	place_fini(&p);
}

/* ---- counters ---- */

UNIT(base, counters)
{
	int i, j;

	for (i = 0; i < COUNTER_MAX; i++) {
		cr_expect(counter_help((enum counter)i)[0] != '\0');
		cr_expect(strchr(counter_name((enum counter)i), '.') != NULL, "%s", counter_name((enum counter)i));
		for (j = 0; j < i; j++)
			cr_expect_str_neq(counter_name((enum counter)i), counter_name((enum counter)j));
	}
	counter_add(COUNTER_TCP_GAP, 2);
	counter_add(COUNTER_TCP_GAP, 3);
	cr_expect(counter_value[COUNTER_TCP_GAP] == 5);
}
