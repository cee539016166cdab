/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts, each for the place where it is written: there nothing in it means anything but itself. */
#include "impl.h"

void html_text(FILE *out, const char *s)
{
	for (; *s != '\0'; s++)
		switch (*s) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			putc_unlocked(*s, out);
		}
}

/* < and > could end the script element that it stands in, or begin a comment there; & is for XHTML. */
void json_text(FILE *out, const char *s)
{
	putc_unlocked('"', out);
	for (; *s != '\0'; s++)
		if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if ((uint8_t)*s < 0x20 || *s == '<' || *s == '>' || *s == '&' || *s == 0x7f)
			fprintf(out, "\\u%04x", (unsigned)(uint8_t)*s);
		else
			putc_unlocked(*s, out);
	putc_unlocked('"', out);
}

/* A spreadsheet takes what begins so for a formula; an apostrophe in front makes it a text to all of them. */
void csv_text(FILE *out, const char *s)
{
	putc_unlocked('"', out);
	if (*s != '\0' && strchr("=+-@\t\r\n|%", *s) != NULL)
		putc_unlocked('\'', out);
	for (; *s != '\0'; s++) {
		if (*s == '"')
			putc_unlocked('"', out);
		putc_unlocked(*s == '\n' ? ' ' : *s, out);
	}
	putc_unlocked('"', out);
}
