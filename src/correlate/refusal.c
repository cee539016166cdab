/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Answers that refuse a login for coming in the clear, before anybody looked at the password. POP3 has no code for it
 * ([AUTH] and [SYS/PERM] say less), so it goes by the words of servers. Exchange is not among them: its "Command is
 * not valid in this state" is said of other mistakes, too.
 */
#include "servers.h"

#define LOOKED_AT 1024 /* bytes of the answer */

/* Both must stand in it, in small letters. */
static const struct {
	const char *one, *other;
} refusals[] = {
	{ "[privacyrequired]", "" },                  /* RFC 5530, where a server shares the code with IMAP */
	{ "plaintext auth", "disallowed" },           /* Dovecot up to 2.3, Kopano */
	{ "cleartext auth", "disallowed" },           /* Dovecot from 2.4 on */
	{ "plaintext", "disabled" },
	{ "cleartext", "disabled" },
	{ "only available under a layer", "" },       /* Cyrus */
	{ "tls required", "" },                       /* Courier: "TLS required to log in." */
	{ "tls is required", "" },
	{ "stls is required", "" },                   /* hMailServer, */
	{ "ssl/tls", "required" },                    /* and "A SSL/TLS-connection is required for authentication." */
	{ "after entering tls", "" },                 /* Zimbra */
	{ "must use", "tls" },
	{ "must use", "ssl" },
	{ "must issue", "stls" },
	{ "must issue", "starttls" },
	{ "use stls", "" },
	{ "stls first", "" },
	{ "encryption required", "" },
	{ "secure connection required", "" },
};

static bool contains(struct span lower, const char *word)
{
	return memmem(lower.p, lower.n, word, strlen(word)) != NULL;
}

bool refusal_of_plaintext(struct span answer)
{
	uint8_t text[LOOKED_AT];
	struct span lower = { text, answer.n < sizeof text ? answer.n : sizeof text };
	size_t i;

	for (i = 0; i < lower.n; i++)
		text[i] = ascii_lower(answer.p[i]);
	for (i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
		if (contains(lower, refusals[i].one) && contains(lower, refusals[i].other))
			return true;
	return false;
}
