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

bool refusal_of_plaintext(struct span answer)
{
	char text[LOOKED_AT + 1];
	size_t i;

	answer = span_take(answer, LOOKED_AT);
	/* A string, because strstr() takes a fifth of the time of memmem(). No word has a NUL, nor a byte 1. */
	for (i = 0; i < answer.n; i++)
		text[i] = answer.p[i] != '\0' ? (char)ascii_lower(answer.p[i]) : 1;
	text[i] = '\0';
	for (i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
		if (strstr(text, refusals[i].one) != NULL && strstr(text, refusals[i].other) != NULL)
			return true;
	return false;
}
