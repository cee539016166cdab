/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * base: what every room stands on. Borrowed bytes, base64, a keyed hash, the named counters, the clock,
 * terminals and the log. Nothing here knows of packets or of POP3.
 */
#ifndef PLAINPOP_BASE_H
#define PLAINPOP_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

/* ---- memory -------------------------------------------------------------------------------------- */

#define MEMORY_LINE 64 /* bytes that come from memory together, on most machines */

/* Asks for n bytes that will be looked at soon, so that they have come from memory by then. p may be anything, NULL too. */
static inline void memory_ask(const void *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i += MEMORY_LINE)
		__builtin_prefetch((const void *)((uintptr_t)p + i)); /* an address, not an object */
}

/* ---- span: bytes that belong to somebody else ---------------------------------------------------- */

/* Borrowed bytes: valid until whoever lent them says so (usually: until the next push). */
struct span {
	const uint8_t *p;
	size_t n;
};

static inline struct span span_of(const void *p, size_t n)
{
	return (struct span){ .p = p, .n = n };
}

static inline struct span span_str(const char *s)
{
	return span_of(s, strlen(s));
}

/* What is left of s without its first n bytes; empty when it has fewer. */
static inline struct span span_skip(struct span s, size_t n)
{
	if (n >= s.n)
		return span_of(s.p == NULL ? NULL : s.p + s.n, 0);
	return span_of(s.p + n, s.n - n);
}

/* The first n bytes of s, or all of it when it has fewer. */
static inline struct span span_take(struct span s, size_t n)
{
	return span_of(s.p, n < s.n ? n : s.n);
}

/* True when both hold the same bytes. */
bool span_eq(struct span a, struct span b);

/* A letter of ASCII in lower case; any other byte as it is. */
static inline uint8_t ascii_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* True when s begins with the given word, ASCII letters compared without case. */
static inline bool span_starts(struct span s, const char *word)
{
	size_t i;

	for (i = 0; word[i] != '\0'; i++)
		if (i >= s.n || ascii_lower(s.p[i]) != ascii_lower((uint8_t)word[i]))
			return false;
	return true;
}

/* True when s is the given word, ASCII letters compared without case. */
static inline bool span_is(struct span s, const char *word)
{
	return s.n == strlen(word) && span_starts(s, word);
}

/* True when the given word stands somewhere in s, ASCII letters compared without case. */
bool span_contains(struct span s, const char *word);

/* s without the blanks and tabs at its beginning, or at both ends. */
struct span span_ltrim(struct span s);
struct span span_trim(struct span s);

/*
 * Cuts the first word (bytes up to a blank or tab) off *s and returns it; *s is then what follows the
 * one blank behind the word. Leading blanks are not skipped.
 */
struct span span_word(struct span *s);

/* The length of the character that s (not empty) begins with, or 0 when it is not printable UTF-8 (RFC 3629). */
size_t span_character(struct span s);

/* Longest printable form of n bytes. */
#define PRINTABLE_MAX(n) (4 * (n) + 1)

/*
 * Bytes as text that can do no harm to terminals and logs: printable UTF-8 stays, any other byte becomes \xNN. out has
 * PRINTABLE_MAX(s.n) bytes and is ended by NUL. Returns its length. Text that is printable stays what it is.
 */
size_t span_printable(struct span s, char *out);

/* Numbers in network byte order. The caller has checked the length. */
static inline uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

/* ---- memory -------------------------------------------------------------------------------------- */

/*
 * What malloc() takes for n bytes: a word of its own, in steps of two words, four at the least. So glibc does it, and
 * what is kept within bounds is often so small that this is half of it. 0 for what was not allocated.
 */
static inline size_t memory_of(size_t n)
{
	const size_t word = sizeof(size_t), taken = (n + word + 2 * word - 1) & ~(2 * word - 1);

	if (n == 0)
		return 0;
	return taken < 4 * word ? 4 * word : taken;
}

/* Whether all that is done with memory is looked at (AddressSanitizer). */
#ifndef __has_feature /* clang has it, and there it is the way to ask */
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define SANITIZED true
#else
#define SANITIZED false
#endif

#define SPARES 64

/*
 * Pieces of one size that were given back, the last ones of them: what comes and goes all the time is used again while it is
 * at hand, and malloc() does not put it together with its neighbours and take it apart again. All zero: none.
 */
struct spares {
	void *at[SPARES];
	size_t n;
};

/* As malloc() and free(); size: the same for all of them. What is in a piece that is given back is not wiped. */
void *spares_take(struct spares *s, size_t size);
void spares_give(struct spares *s, void *p);
/* Nothing is kept behind that. */
void spares_free(struct spares *s);

/* ---- files in the program -------------------------------------------------------------------------- */

/*
 * A file as it is, put into the program by the assembler: the program has it wherever it is run from, and the file stays
 * what people read and copy. The Makefile has to say that the object depends on it. path: from where make runs.
 */
#define BUILTIN(symbol, path)                                  \
	__asm__(".section .rodata\n"                           \
		".global " #symbol "\n"                        \
		#symbol ":\n"                                  \
		".incbin \"" path "\"\n"                       \
		".global " #symbol "_end\n"                    \
		#symbol "_end:\n"                              \
		".previous\n");                                \
	extern const uint8_t symbol[], symbol##_end[]

/* Its bytes. */
#define BUILTIN_SPAN(symbol) span_of(symbol, (size_t)(symbol##_end - symbol))

/* ---- base64 (RFC 4648 section 4) ----------------------------------------------------------------- */

enum base64_result {
	BASE64_OK,
	BASE64_BAD,   /* a byte outside the alphabet, data behind the padding, or a lone last digit */
	BASE64_LONG,  /* more than fits into out */
};

/* Bytes that decoding n digits may need at the most. */
#define BASE64_DECODED_MAX(n) ((n) / 4 * 3 + 3)

/*
 * Decodes in into out (cap bytes) and sets *n to the bytes written, also when it fails part way.
 * Missing padding is accepted, since clients leave it out and servers accept that.
 */
enum base64_result base64_decode(struct span in, uint8_t *out, size_t cap, size_t *n);

/* ---- hash ---------------------------------------------------------------------------------------- */

/*
 * SipHash-1-3 of n bytes under a 16 byte key: a table that hostile packets fill must not let them
 * choose its buckets. (Aumasson and Bernstein, 2012; one compression and three finalisation rounds.)
 */
uint64_t hash_keyed(const uint8_t key[16], const void *data, size_t n);

#define HASH_WORDS 8 /* at most; an even number */

/* Fill it with hash_random(). */
struct hash_key {
	uint64_t word[HASH_WORDS];
	uint64_t last[8];
};

/*
 * A hash of n words, HASH_WORDS at most, for tables alone: who does not see it cannot make two keys collide on purpose, but
 * it is no function to show to anybody. NH (RFC 4418 section 5.2.2, with words of 64 bits), and of its 128 bits the strongly
 * universal multiply-shift of Dietzfelbinger (1996): a third of what SipHash takes for so few.
 */
uint64_t hash_words(const struct hash_key *key, const uint64_t *word, size_t n);

/* Fills n bytes with randomness from the kernel. 0, or -1 with errno. */
int hash_random(void *out, size_t n);

/* ---- fingerprints of secrets --------------------------------------------------------------------- */

#define FINGERPRINT_SIZE 16 /* bytes: the first 128 bits of HMAC-SHA-256 */

struct secret_key;

/*
 * Reads the key that an operator's sensors share from a file that only its owner may read; makes the file
 * (mode 0600, random key) when there is none, and then sets *created. Heap; NULL with a message in err
 * (256 bytes).
 */
struct secret_key *secret_key_open(const char *path, bool *created, char err[256]);

/* A key for the life of the process: its fingerprints serve to count, and are of no use to anybody else. Heap or NULL. */
struct secret_key *secret_key_random(void);
void secret_key_free(struct secret_key *k);

/* 16 hexadecimal digits that tell keys apart without giving them away. Owned by k. */
const char *secret_key_id(const struct secret_key *k);

/* HMAC-SHA-256 (RFC 2104) of the secret under the key, cut to 128 bits; an empty secret has one, too. About 150 ns. */
void secret_fingerprint(const struct secret_key *k, struct span secret, uint8_t out[FINGERPRINT_SIZE]);

/* ---- breached passwords -------------------------------------------------------------------------- */

struct breached;

/*
 * Opens a list of the SHA-1 hashes of passwords, one a line in their order, as Pwned Passwords are published: 40
 * hexadecimal digits of either case, perhaps a colon and a count, LF or CR LF. Some of its lines are looked at. Heap;
 * NULL with a message in err (256 bytes).
 */
struct breached *breached_open(const char *path, char err[256]);

/*
 * True when the secret is in the list. Some 3 µs where its pages are in memory; each that is not is a read from disk,
 * about five of them.
 *
 * The file is mapped. One that has become shorter is not read any more (and that is counted); but whoever cuts it at
 * the very moment of a search, or a disk that fails to read it, ends the process (SIGBUS). To bring a new list,
 * rename it into place: the one that is open stays what it is.
 */
bool breached_has(const struct breached *b, struct span secret);
void breached_close(struct breached *b);

/* ---- counters ------------------------------------------------------------------------------------ */

enum counter {
#define COUNTER(id, name, what) COUNTER_##id,
#include "plainpop/counters.def"
#undef COUNTER
	COUNTER_MAX
};

/* One set for the process, COUNTER_MAX of them: a sensor is a process, not a thread. */
extern uint64_t *counter_value;

/*
 * From now on they are counted here, on top of what is there already: memory that other processes can read, say. What
 * was counted before the first call is added; what was counted elsewhere since then stays there.
 */
void counter_use(uint64_t values[COUNTER_MAX]);

static inline void counter_add(enum counter c, uint64_t n)
{
	counter_value[c] += n;
}

/* The counter's name in statistics ("decoder.pkts") and what it counts, for people. Static strings. */
const char *counter_name(enum counter c);
const char *counter_help(enum counter c);

/* ---- time ---------------------------------------------------------------------------------------- */

/* For how long something lasts: a clock that nobody sets, and that never goes back (CLOCK_MONOTONIC). */
uint64_t time_steady(void);   /* µs */
int64_t time_steady_ms(void); /* signed: what is left until a moment may be less than nothing */
time_t time_steady_s(void);

/* µs since 1970: for what is written down. May be set while we run (CLOCK_REALTIME). */
uint64_t time_wall(void);

/* ---- terminals ----------------------------------------------------------------------------------- */

/*
 * Whether codes for colours may be written there: to a terminal, not one that says it is dumb or colourless, and not where
 * NO_COLOR is set to anything (no-color.org).
 */
bool terminal_colours(int fd);
/* The same by what decides it: whether it is a terminal, and the variables NO_COLOR and TERM, or NULL. */
bool terminal_wants_colours(bool terminal, const char *no_color, const char *term);
/* Whether a line there can be drawn anew: a terminal that does not say it is dumb. */
bool terminal_redraws(int fd);
#define TERMINAL_CLEAR_LINE "\r\033[K"
/* How wide it is; 80 where that is not known or can not be. */
unsigned terminal_columns(int fd);

/* ---- log and diagnostics ------------------------------------------------------------------------- */

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Messages above this level are not written. Default: LOG_LEVEL_WARN. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/*
 * One line to standard error, "plainpop: " in front. Bytes that could steer a terminal are written as
 * \xNN, since names of files and interfaces come from outside. Never give it a secret.
 */
void log_write(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A bar is drawn on the terminal that standard error is, by this process or another one: messages take its place. */
void log_over_bar(bool yes);

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_write(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* Where a loaded file (rules, classification) is wrong, and why. Lines and columns count from 1. */
struct diag {
	char file[256];
	unsigned line;
	unsigned column;
	char message[256];
};

#endif
