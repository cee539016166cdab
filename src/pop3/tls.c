/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TLS from outside. Records hold a stream of handshake messages; of these only the hellos are read, field by
 * field as they come: a hello may be as long as 128 KiB, and what of it is of interest fits into a few bytes.
 */
#include "impl.h"
#include "tls.h"

/* RFC 8446 section 5.1; 24: RFC 6520. */
enum { RECORD_CHANGE_CIPHER_SPEC = 20, RECORD_ALERT, RECORD_HANDSHAKE, RECORD_APPLICATION_DATA, RECORD_HEARTBEAT };

#define RECORD_HEAD 5 /* bytes: type, version, length */
/* RFC 5246 section 6.2.3. TLS 1.3 has 2^14 + 256, plaintext 2^14; which it is is not known of every record. */
#define RECORD_MAX ((1 << 14) + 2048)

/* RFC 5246 appendix E.2: a length of 15 bits under a set one, 1, the version, and three more lengths. */
#define V2_HEAD 11
#define V2_MARK 0x80
#define V2_CLIENT_HELLO 1

/* RFC 8446 appendix B.3. */
enum { HELLO_REQUEST, CLIENT_HELLO, SERVER_HELLO };
/* Section 4.2. */
enum { EXTENSION_SERVER_NAME = 0, EXTENSION_ALPN = 16, EXTENSION_SUPPORTED_VERSIONS = 43 };

#define HOST_NAME 0    /* RFC 6066 section 3 */
#define SESSION_MAX 32 /* bytes of a session's id */

/* What the body of a record is. */
enum { BODY_SKIP, BODY_HELLO, BODY_ALERT, BODY_V2_HELLO };

/* The parts of a hello, in their order. */
enum step {
	STEP_MESSAGE,     /* type and length of the message */
	STEP_VERSION,
	STEP_RANDOM,
	STEP_SESSION_LEN,
	STEP_SESSION,
	STEP_CIPHERS_LEN, /* the client's */
	STEP_CIPHERS,
	STEP_METHODS_LEN,
	STEP_METHODS,
	STEP_CIPHER,      /* the server's */
	STEP_METHOD,
	STEP_EXTENSIONS_LEN,
	STEP_EXTENSION,   /* its type and length */
	STEP_IGNORED,     /* what is left of it */
	STEP_SELECTED,    /* the one version of the server */
	STEP_SNI_LEN,
	STEP_SNI_HEAD,    /* type and length of a name */
	STEP_SNI_NAME,
	STEP_SNI_OTHER,   /* a name that is no host's */
	STEP_ALPN_LEN,
	STEP_ALPN_NAME_LEN,
	STEP_ALPN_NAME,
	STEP_NONE,        /* the hello was seen, the messages behind it are skipped */
};

/* RFC 8446 section 4.1.3: SHA-256 of "HelloRetryRequest" */
static const uint8_t retry_random[32] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

/* ---- fields ---- */

/* The step that follows takes n bytes of the message. */
static void begin(struct tls_peek *t, enum side side, enum step step, uint32_t n)
{
	struct tls_side *s = &t->from[side];

	if (n > s->left) {
		t->broken[side] = true;
		return;
	}
	s->left -= n;
	s->step = (uint8_t)step;
	s->want = n;
	s->n_field = 0;
}

/*
 * Likewise, inside of an extension. One that has no room for what it should hold is skipped: there are
 * enough programs that know better what belongs there.
 */
static void begin_inside(struct tls_peek *t, enum side side, enum step step, uint32_t n)
{
	struct tls_side *s = &t->from[side];

	if (n > s->inside) {
		step = STEP_IGNORED;
		n = s->inside;
	}
	s->inside = (uint16_t)(s->inside - n);
	begin(t, side, step, n);
}

static void ignore_extension(struct tls_peek *t, enum side side)
{
	begin_inside(t, side, STEP_IGNORED, t->from[side].inside);
}

static bool is_grease(struct span s)
{
	return s.n == 2 && s.p[0] == s.p[1] && (s.p[0] & 0x0f) == 0x0a;
}

static void name_append(struct tls_name *name, struct span bytes)
{
	size_t room = (size_t)(TLS_NAME_MAX - name->n);

	if (bytes.n > room)
		name->cut = true;
	bytes = span_take(bytes, room);
	memcpy(name->bytes + name->n, bytes.p, bytes.n);
	name->n = (uint8_t)(name->n + bytes.n);
}

static struct tls_name *alpn_of(struct tls_peek *t, enum side side)
{
	return side == SIDE_CLIENT ? &t->alpn_offered : &t->alpn;
}

/* ---- extensions ---- */

static void on_extension(struct tls_peek *t, enum side side)
{
	struct tls_side *s = &t->from[side];
	uint16_t type = be16(s->field), n = be16(s->field + 2);

	if (n > s->left) {
		t->broken[side] = true;
		return;
	}
	s->inside = n;
	/* Each may be there once (RFC 8446 section 4.2). Of those that are there twice the first counts. */
	if (type == EXTENSION_SERVER_NAME && side == SIDE_CLIENT && !t->sni.set)
		begin_inside(t, side, STEP_SNI_LEN, 2);
	else if (type == EXTENSION_ALPN && !alpn_of(t, side)->set)
		begin_inside(t, side, STEP_ALPN_LEN, 2);
	else if (type == EXTENSION_SUPPORTED_VERSIONS && side == SIDE_SERVER && n == 2 && s->selected == 0)
		begin_inside(t, side, STEP_SELECTED, 2);
	else
		ignore_extension(t, side);
}

static void on_sni_head(struct tls_peek *t, enum side side)
{
	const struct tls_side *s = &t->from[side];
	uint16_t n = be16(s->field + 1);

	begin_inside(t, side, s->field[0] == HOST_NAME && n > 0 ? STEP_SNI_NAME : STEP_SNI_OTHER, n);
}

static void on_alpn_name(struct tls_peek *t, enum side side)
{
	struct tls_name *name = alpn_of(t, side);

	if (is_grease(span_of(name->bytes, name->n))) {
		name->n = 0;
		begin_inside(t, side, STEP_ALPN_NAME_LEN, 1);
		return;
	}
	name->set = true;
	ignore_extension(t, side);
}

/* Where the bytes of a step inside of an extension are there. */
static void extension_step(struct tls_peek *t, enum side side)
{
	struct tls_side *s = &t->from[side];

	switch ((enum step)s->step) {
	case STEP_SELECTED:
		if (!is_grease(span_of(s->field, 2)))
			s->selected = be16(s->field);
		ignore_extension(t, side);
		break;
	case STEP_SNI_LEN:
	case STEP_ALPN_LEN:
		if (be16(s->field) != s->inside)
			ignore_extension(t, side);
		else if (s->step == STEP_SNI_LEN)
			begin_inside(t, side, STEP_SNI_HEAD, 3);
		else
			begin_inside(t, side, STEP_ALPN_NAME_LEN, 1);
		break;
	case STEP_SNI_HEAD:
		on_sni_head(t, side);
		break;
	case STEP_SNI_OTHER:
		begin_inside(t, side, STEP_SNI_HEAD, 3);
		break;
	case STEP_SNI_NAME:
		t->sni.set = true;
		ignore_extension(t, side);
		break;
	case STEP_ALPN_NAME_LEN:
		if (s->field[0] == 0)
			ignore_extension(t, side);
		else
			begin_inside(t, side, STEP_ALPN_NAME, s->field[0]);
		break;
	default: /* STEP_ALPN_NAME */
		on_alpn_name(t, side);
		break;
	}
}

/* ---- hellos ---- */

static void next_message(struct tls_side *s)
{
	s->step = STEP_MESSAGE;
	s->want = 4;
	s->n_field = 0;
}

static void on_message(struct tls_peek *t, enum side side)
{
	struct tls_side *s = &t->from[side];
	uint8_t type = s->field[0];

	s->left = be32(s->field) & 0xffffff;
	s->selected = 0;
	s->retry = side == SIDE_SERVER;
	if (type == (side == SIDE_CLIENT ? CLIENT_HELLO : SERVER_HELLO))
		begin(t, side, STEP_VERSION, 2);
	else if (type == HELLO_REQUEST && side == SIDE_SERVER && s->left == 0)
		next_message(s);
	else
		t->broken[side] = true;
}

static void hello_end(struct tls_peek *t, enum side side)
{
	struct tls_side *s = &t->from[side];

	s->step = STEP_NONE;
	if (side == SIDE_CLIENT) {
		t->client_hello = true;
		return;
	}
	t->version = s->selected != 0 ? s->selected : s->version;
	t->cipher = s->cipher;
	if (s->retry) {
		t->hello_retry = true;
		next_message(s); /* the ServerHello proper */
	} else {
		t->server_hello = true;
	}
}

static void next_extension(struct tls_peek *t, enum side side)
{
	if (t->from[side].left == 0)
		hello_end(t, side);
	else
		begin(t, side, STEP_EXTENSION, 4);
}

/* A length: the bytes counted follow as the next step. */
static void on_length(struct tls_peek *t, enum side side, uint32_t n, bool good)
{
	if (good)
		begin(t, side, (enum step)(t->from[side].step + 1), n);
	else
		t->broken[side] = true;
}

/* The bytes of a step are there. */
static void on_step(struct tls_peek *t, enum side side)
{
	struct tls_side *s = &t->from[side];
	uint16_t n = be16(s->field);

	switch ((enum step)s->step) {
	case STEP_MESSAGE:
		on_message(t, side);
		break;
	case STEP_VERSION:
		s->version = n;
		on_length(t, side, sizeof retry_random, s->field[0] == 3);
		break;
	case STEP_RANDOM:
		begin(t, side, STEP_SESSION_LEN, 1);
		break;
	case STEP_SESSION_LEN:
		on_length(t, side, s->field[0], s->field[0] <= SESSION_MAX);
		break;
	case STEP_SESSION:
		begin(t, side, side == SIDE_CLIENT ? STEP_CIPHERS_LEN : STEP_CIPHER, 2);
		break;
	case STEP_CIPHERS_LEN:
		on_length(t, side, n, n >= 2 && n % 2 == 0);
		break;
	case STEP_CIPHERS:
		begin(t, side, STEP_METHODS_LEN, 1);
		break;
	case STEP_METHODS_LEN:
		on_length(t, side, s->field[0], s->field[0] > 0);
		break;
	case STEP_CIPHER:
		s->cipher = n;
		begin(t, side, STEP_METHOD, 1);
		break;
	case STEP_METHODS:
	case STEP_METHOD: /* RFC 5246 section 7.4.1.2: the extensions may be left out altogether */
		if (s->left == 0)
			hello_end(t, side);
		else
			begin(t, side, STEP_EXTENSIONS_LEN, 2);
		break;
	case STEP_EXTENSIONS_LEN:
		if (n != s->left)
			t->broken[side] = true;
		else
			next_extension(t, side);
		break;
	case STEP_EXTENSION:
		on_extension(t, side);
		break;
	case STEP_IGNORED:
		next_extension(t, side);
		break;
	default:
		extension_step(t, side);
		break;
	}
}

/* True when the bytes of the step are not looked at. */
static bool step_skips(const struct tls_side *s, enum side side)
{
	switch ((enum step)s->step) {
	case STEP_RANDOM:
		return side == SIDE_CLIENT;
	case STEP_SESSION:
	case STEP_CIPHERS:
	case STEP_METHODS:
	case STEP_METHOD:
	case STEP_IGNORED:
	case STEP_SNI_OTHER:
		return true;
	default:
		return false;
	}
}

static void keep(struct tls_peek *t, enum side side, struct span bytes)
{
	struct tls_side *s = &t->from[side];
	const uint8_t *expected = retry_random + sizeof retry_random - s->want;

	switch ((enum step)s->step) {
	case STEP_RANDOM:
		s->retry = s->retry && memcmp(expected, bytes.p, bytes.n) == 0;
		break;
	case STEP_SNI_NAME:
		name_append(&t->sni, bytes);
		break;
	case STEP_ALPN_NAME:
		name_append(alpn_of(t, side), bytes);
		break;
	default:
		memcpy(s->field + s->n_field, bytes.p, bytes.n);
		s->n_field = (uint8_t)(s->n_field + bytes.n);
		break;
	}
}

/* n bytes of the step were kept or skipped. */
static void step_advance(struct tls_peek *t, enum side side, size_t n)
{
	struct tls_side *s = &t->from[side];

	s->want -= (uint32_t)n;
	while (s->want == 0 && s->step != STEP_NONE && !t->broken[side])
		on_step(t, side);
}

/* Reads on in a hello. Returns how many bytes it took. */
static size_t hello_eat(struct tls_peek *t, enum side side, struct span in)
{
	struct tls_side *s = &t->from[side];

	if (s->step == STEP_NONE)
		return in.n;
	in = span_take(in, s->want);
	if (!step_skips(s, side))
		keep(t, side, in);
	step_advance(t, side, in.n);
	return in.n;
}

/* ---- records ---- */

/* True when more could be learnt of that side. */
static bool reading(const struct tls_peek *t, enum side side)
{
	const struct tls_side *s = &t->from[side];

	if (t->broken[side] || s->over || s->looked >= TLS_LOOK_MAX)
		return false;
	/* In TLS 1.3 it only pleases middleboxes (RFC 8446 appendix D.4), before what is plaintext even. */
	if (s->changed && t->server_hello && t->version <= TLS_1_2)
		return false;
	/* Of a client it could be early data, which a HelloRetryRequest or an alert may follow. */
	return !s->protected || (side == SIDE_CLIENT && !t->server_hello);
}

static void on_alert(struct tls_peek *t, enum side side)
{
	struct tls_side *s = &t->from[side];
	bool fatal = s->alert[0] == TLS_ALERT_FATAL;

	if (s->alert[0] == 0 || s->alert[0] > TLS_ALERT_FATAL) {
		t->broken[side] = true;
		return;
	}
	if (!t->alert || (fatal && t->alert_level != TLS_ALERT_FATAL)) {
		t->alert = true;
		t->alert_side = side;
		t->alert_level = s->alert[0];
		t->alert_description = s->alert[1];
	}
	s->over = fatal;
}

static void body_advance(struct tls_peek *t, enum side side, size_t n)
{
	struct tls_side *s = &t->from[side];

	s->body = (uint16_t)(s->body - n);
	if (s->body > 0)
		return;
	if (s->body_kind == BODY_ALERT)
		on_alert(t, side);
	else if (s->body_kind == BODY_V2_HELLO)
		hello_end(t, side);
}

static size_t body_eat(struct tls_peek *t, enum side side, struct span in)
{
	struct tls_side *s = &t->from[side];
	size_t n;

	in = span_take(in, s->body);
	n = in.n;
	if (s->body_kind == BODY_HELLO)
		n = hello_eat(t, side, in);
	else if (s->body_kind == BODY_ALERT)
		memcpy(s->alert + sizeof s->alert - s->body, in.p, n);
	body_advance(t, side, n);
	return n;
}

/* The head of a record is there, and good. */
static void on_record(struct tls_side *s)
{
	s->body = be16(s->head + 3);
	s->body_kind = BODY_SKIP;
	switch (s->head[0]) {
	case RECORD_CHANGE_CIPHER_SPEC:
		s->changed = true;
		break;
	case RECORD_APPLICATION_DATA:
		s->protected = true;
		break;
	case RECORD_ALERT:
		/* An encrypted one is longer, of whatever cipher. */
		if (s->body == sizeof s->alert)
			s->body_kind = BODY_ALERT;
		break;
	case RECORD_HANDSHAKE:
		s->body_kind = BODY_HELLO;
		break;
	default: /* RFC 6520: a heartbeat */
		break;
	}
}

/* The same for a ClientHello of SSLv2. False: it is none. */
static bool on_v2_hello(struct tls_side *s)
{
	uint16_t n = be16(s->head) & 0x7fff, ciphers = be16(s->head + 5);
	uint32_t rest = (uint32_t)ciphers + be16(s->head + 7) + be16(s->head + 9);

	s->body = (uint16_t)rest;
	s->body_kind = BODY_V2_HELLO;
	return ciphers > 0 && ciphers % 3 == 0 && rest + V2_HEAD - 2 == n;
}

static bool is_v2(const struct tls_side *s)
{
	return (s->head[0] & V2_MARK) != 0;
}

/* False when the head at hand is none of TLS, of which its last byte tells. */
static bool head_good(const struct tls_side *s, enum side side)
{
	uint8_t type = s->head[0];

	switch (s->have) {
	case 1:
		if (!s->begun)
			return type == RECORD_HANDSHAKE || type == RECORD_ALERT || (is_v2(s) && side == SIDE_CLIENT);
		return type >= RECORD_CHANGE_CIPHER_SPEC && type <= RECORD_HEARTBEAT;
	case 2:
		return is_v2(s) || s->head[1] == 3;
	case 3:
		return !is_v2(s) || s->head[2] == V2_CLIENT_HELLO;
	case 4:
		return !is_v2(s) || s->head[3] == 3;
	case RECORD_HEAD:
		return is_v2(s) || be16(s->head + 3) <= RECORD_MAX;
	default:
		return true;
	}
}

static size_t head_eat(struct tls_peek *t, enum side side, struct span in)
{
	struct tls_side *s = &t->from[side];

	s->head[s->have++] = in.p[0];
	if (!head_good(s, side)) {
		t->broken[side] = true;
	} else if (is_v2(s) && s->have == V2_HEAD) {
		t->broken[side] = !on_v2_hello(s);
		s->begun = true;
		s->have = 0;
	} else if (!is_v2(s) && s->have == RECORD_HEAD) {
		on_record(s);
		s->begun = true;
		s->have = 0;
	}
	return 1;
}

/* ---- what others call ---- */

struct tls_peek *tls_new(void)
{
	struct tls_peek *t = heap_new(sizeof *t);

	if (t == NULL)
		return NULL;
	memset(t, 0, sizeof *t);
	next_message(&t->from[SIDE_CLIENT]);
	next_message(&t->from[SIDE_SERVER]);
	return t;
}

void tls_free(struct tls_peek *t)
{
	heap_free(t, sizeof *t);
}

bool tls_push(struct tls_peek *t, enum side side, struct span bytes)
{
	struct tls_side *s = &t->from[side];

	while (bytes.n > 0 && reading(t, side)) {
		struct span in = span_take(bytes, TLS_LOOK_MAX - s->looked);
		size_t n = s->body > 0 ? body_eat(t, side, in) : head_eat(t, side, in);

		s->looked += (uint32_t)n;
		bytes = span_skip(bytes, n);
	}
	return reading(t, SIDE_CLIENT) || reading(t, SIDE_SERVER);
}

void tls_gap(struct tls_peek *t, enum side side, uint64_t n)
{
	struct tls_side *s = &t->from[side];
	bool hello = s->body_kind == BODY_HELLO && s->step != STEP_NONE;

	if (n == 0 || !reading(t, side))
		return;
	if (n > s->body || n > TLS_LOOK_MAX - s->looked || s->body_kind == BODY_ALERT ||
	    (hello && (!step_skips(s, side) || n > s->want))) {
		s->over = true;
		return;
	}
	s->looked += (uint32_t)n;
	if (hello)
		step_advance(t, side, (size_t)n);
	body_advance(t, side, (size_t)n);
}
