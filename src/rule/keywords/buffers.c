/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keywords of buffers.def. */
#include "../impl.h"

/* The buffer is one of the words. */
static bool is_word(const struct rule_test *t, const struct rule_subject *s)
{
	static const enum event_text texts[RULE_BUFFER_MAX] = {
		[RULE_BUFFER_COMMAND] = EVENT_COMMAND,	   [RULE_BUFFER_ARGS] = EVENT_ARGS,
		[RULE_BUFFER_BANNER] = EVENT_BANNER,	   [RULE_BUFFER_USER] = EVENT_USER,
		[RULE_BUFFER_MECHANISM] = EVENT_MECHANISM, [RULE_BUFFER_TLS_VERSION] = EVENT_TLS_VERSION,
	};
	struct span bytes = s->buffer[t->buffer];
	size_t i;

	if (bytes.p == NULL)
		bytes = event_get(s->event, texts[t->buffer]);
	for (i = 0; i < t->n; i++)
		if (span_is(bytes, t->word[i]))
			return true;
	return false;
}

static bool has_words(enum rule_buffer b)
{
	return b == RULE_BUFFER_COMMAND || b == RULE_BUFFER_ARGS || b == RULE_BUFFER_BANNER || b == RULE_BUFFER_USER ||
	       b == RULE_BUFFER_MECHANISM || b == RULE_BUFFER_TLS_VERSION;
}

const char *buffer_keyword(struct ruleset *rs, struct full_rule *r, struct span value, enum rule_buffer buffer)
{
	struct rule_test *t;

	if (value.p == NULL)
		return buffer_select(rs, r, buffer) ? NULL : "out of memory";
	if (!has_words(buffer))
		return "takes no value: content follows it";
	t = rule_test_add(rs, r);
	if (t == NULL)
		return "out of memory";
	t->match = is_word;
	t->buffer = (uint8_t)buffer;
	t->negated = negation(&value);
	do {
		struct span item = list_item(&value);

		if (item.n == 0)
			return "a value is missing";
		t->word = arena_grow(&rs->arena, t->word, t->n, sizeof(char *));
		if (t->word == NULL || (t->word[t->n] = arena_string(&rs->arena, item)) == NULL)
			return "out of memory";
		t->n++;
	} while (value.n > 0);
	return NULL;
}

#define BUFFER(id, symbol, name, kinds, prefers)                                                                \
	static const char *parse_##symbol(struct ruleset *rs, struct full_rule *r, struct span value)           \
	{                                                                                                       \
		return buffer_keyword(rs, r, value, RULE_BUFFER_##id);                                          \
	}                                                                                                       \
	const struct keyword keyword_##symbol = { name, VALUE_OPTIONAL, KEYWORD_ANYWHERE, parse_##symbol, kinds, prefers };
#include "../buffers.def"
#undef BUFFER
