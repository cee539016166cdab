/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Answers that refuse a login for coming in the clear, before anybody looked at the password. POP3 has no code for it
 * ([AUTH] and [SYS/PERM] say less), so it goes by the words of servers. Exchange is not among them: its "Command is
 * not valid in this state" is said of other mistakes, too.
 */
#include "servers.h"

/* Both must stand in it, without regard to case. */
static const struct {
	const char *one, *other;
} refusals[] = {
	{ "[PRIVACYREQUIRED]", "" },                  /* RFC 5530, where a server shares the code with IMAP */
	{ "plaintext auth", "disallowed" },           /* Dovecot up to 2.3, Kopano */
	{ "cleartext auth", "disallowed" },           /* Dovecot from 2.4 on */
	{ "plaintext", "disabled" },
	{ "cleartext", "disabled" },
	{ "only available under a layer", "" },       /* Cyrus */
	{ "TLS required", "" },                       /* Courier: "TLS required to log in." */
	{ "TLS is required", "" },
	{ "STLS is required", "" },                   /* hMailServer, */
	{ "SSL/TLS", "required" },                    /* and "A SSL/TLS-connection is required for authentication." */
	{ "after entering TLS", "" },                 /* Zimbra */
	{ "must use", "TLS" },
	{ "must use", "SSL" },
	{ "must issue", "STLS" },
	{ "must issue", "STARTTLS" },
	{ "use STLS", "" },
	{ "STLS first", "" },
	{ "encryption required", "" },
	{ "secure connection required", "" },
};

bool refusal_of_plaintext(struct span answer)
{
	size_t i;

	for (i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
		if (span_contains(answer, refusals[i].one) &&
		    (refusals[i].other[0] == '\0' || span_contains(answer, refusals[i].other)))
			return true;
	return false;
}
