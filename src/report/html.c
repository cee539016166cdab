/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The page. It loads nothing, and may run nothing but its own script: the policy in its head names script and style by
 * their hashes. All that is from outside goes through html_text() or json_text().
 */
#include <openssl/evp.h>

#include "impl.h"

BUILTIN(builtin_script, "src/report/report.js");
BUILTIN(builtin_style, "src/report/report.css");

#define CARDS 12 /* attacks with a curve of their own; the table has all */
#define HASH_SIZE 32

static void write_hash(FILE *out, struct span s)
{
	uint8_t hash[HASH_SIZE], text[2 * HASH_SIZE];
	unsigned n = 0;

	if (EVP_Digest(s.p, s.n, hash, &n, EVP_sha256(), NULL) != 1 || n != HASH_SIZE)
		return; /* a policy without hash lets nothing run */
	EVP_EncodeBlock(text, hash, HASH_SIZE);
	fprintf(out, "'sha256-%s'", (const char *)text);
}

static void write_span(FILE *out, struct span s)
{
	fwrite(s.p, 1, s.n, out);
}

static void write_head(FILE *out)
{
	struct span style = BUILTIN_SPAN(builtin_style);

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src ", out);
	write_hash(out, style);
	fputs("; script-src ", out);
	write_hash(out, BUILTIN_SPAN(builtin_script));
	fputs("; base-uri 'none'; form-action 'none'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
	      "<meta name=\"robots\" content=\"noindex\">\n<title>POP3 passwords in the clear</title>\n<style>", out);
	write_span(out, style);
	fputs("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">To the report</a>\n", out);
}

/* 1,234 accounts */
static void some(FILE *out, uint64_t n, const char *one, const char *many)
{
	html_number(out, n);
	fprintf(out, "\u00a0%s", n == 1 ? one : many);
}

static void moment(FILE *out, uint64_t us)
{
	char when[STAMP_SIZE];

	if (us == 0) {
		fputs("(never)", out);
		return;
	}
	stamp(us, when);
	fprintf(out, "<time datetime=\"%s\">%.10s %.5s</time>", when, when, when + 11);
}

/* So many of a unit whose name ends in s: of one there is no s. */
static void units(FILE *out, uint64_t n, const char *unit)
{
	html_number(out, n);
	fprintf(out, " %.*s", (int)strlen(unit) - (n == 1), unit);
}

/* ---- what it comes to ---- */

static uint32_t holes(const struct report *r)
{
	uint32_t i, n = 0;

	for (i = 0; i < r->quality.n; i++)
		n += r->quality.p[i].hole;
	return n;
}

static void write_headline(const struct report *r, FILE *out)
{
	if (r->exposed > 0) {
		fputs("<h1><em>", out);
		some(out, r->exposed, "account", "accounts");
		fputs("</em> of <em>", out);
		some(out, r->exposed_servers, "server", "servers");
		fputs("</em> sent reusable passwords in the clear</h1>\n", out);
	} else {
		fprintf(out, "<h1>No account was seen to send a reusable password in the clear</h1>\n");
	}
	fputs("<p class=\"period\">", out);
	if (r->period.first != 0) {
		fputs("between ", out);
		moment(out, r->period.first);
		fputs(" and ", out);
		moment(out, r->period.last);
		fputs(" UTC", out);
	} else {
		fputs("There is no login and no session of plainpop's in what was read.", out);
	}
	fputs("</p>\n<p class=\"lead\">", out);
	if (r->exposed > 0)
		fputs("Whoever can see this traffic, a switch, a Wi-Fi, a provider, has these passwords. ", out);
	if (r->refused > 0) {
		some(out, r->refused, "other name was", "other names were");
		fputs(" only ever refused: mistyped, outdated, or guessed. ", out);
	}
	if (holes(r) > 0)
		fputs("The capture has holes (<a href=\"#quality\">what is missing</a>): these numbers are the least there can be.", out);
	else if (r->run.n == 0)
		fputs("Nothing says that the capture has holes, but no counters of the sensor were there to tell "
		      "(<a href=\"#quality\">more</a>).", out);
	fputs("</p>\n", out);
}

static void tile(FILE *out, uint64_t n, const char *label, const char *section, const char *class)
{
	fprintf(out, "<li class=\"tile %s\"><a href=\"#%s\"><b>", n > 0 ? class : "none", section);
	html_number(out, n);
	fprintf(out, "</b> <span>%s</span></a></li>\n", label);
}

static void write_tiles(const struct report *r, FILE *out)
{
	fputs("<ul class=\"tiles\" aria-label=\"In numbers\">\n", out);
	tile(out, r->exposed, "accounts with exposed passwords", "accounts", "bad");
	tile(out, r->exposed_servers, "servers that took them", "servers", "bad");
	tile(out, r->logins.of[RESULT_ACCEPTED], "logins accepted in the clear", "timeline", "bad");
	tile(out, r->tokens, "accounts with exposed tokens", "accounts", "bad");
	tile(out, r->digests, "accounts by crackable digest", "accounts", "warn");
	tile(out, r->unlocked, "accounts opened after guessing", "attacks", "bad");
	tile(out, r->attack.n, "attacks", "attacks", "warn");
	tile(out, r->groups, "passwords of several accounts", "reuse", "warn");
	tile(out, holes(r), "holes in the capture", "quality", "warn");
	fputs("</ul>\n", out);
}

static void write_todo(const struct report *r, FILE *out)
{
	uint32_t i;

	if (r->advice.n == 0)
		return;
	fputs("<section aria-labelledby=\"next\"><h2 id=\"next\">What to do, in this order</h2>\n<ol class=\"todo\">\n", out);
	for (i = 0; i < r->advice.n; i++) {
		const struct advice *a = &r->advice.p[i];

		fprintf(out, "<li><span class=\"badge %s\">%s</span> <a href=\"#advice-%u\">%s</a> <span class=\"count\">",
			i == 0 ? "bad" : "plain", advice_urgency(a), i + 1, advice_title(a));
		units(out, a->count, advice_unit(a));
		fputs("</span></li>\n", out);
	}
	fputs("</ol></section>\n", out);
}

/* ---- sections ---- */

static void open_section(FILE *out, const char *id, const char *title, const char *about)
{
	fprintf(out, "<section id=\"%s\" aria-labelledby=\"%s-h\"><h2 id=\"%s-h\">%s</h2>\n", id, id, id, title);
	if (about[0] != '\0')
		fprintf(out, "<p class=\"about\">%s</p>\n", about);
}

static void close_section(FILE *out)
{
	fputs("</section>\n", out);
}

static void write_legend(FILE *out)
{
	fputs("<ul class=\"legend\"><li><span class=\"key accepted\"></span>accepted</li><li><span class=\"key unknown\"></span>answer "
	      "not seen</li><li><span class=\"key refused\"></span>refused</li></ul>\n", out);
}

static void write_timeline(const struct report *r, FILE *out)
{
	open_section(out, "timeline", "Logins over time", table_about(TABLE_TIMELINE)->about);
	svg_curve(out, &r->timeline, "chart-timeline", "Logins over time, by outcome", false);
	write_legend(out);
	fputs("<details><summary>The same as a table</summary>\n", out);
	html_table(r, out, TABLE_TIMELINE);
	fputs("</details>\n", out);
	close_section(out);
}

static void write_section(const struct report *r, FILE *out, enum table t, const char *empty)
{
	const struct table_about *about = table_about(t);

	open_section(out, about->name, about->title, about->about);
	if (about->rows(r) > 0)
		html_table(r, out, t);
	else
		fprintf(out, "<p class=\"empty\">%s</p>\n", empty);
	close_section(out);
}

static void write_stls(const struct report *r, FILE *out)
{
	const struct svg_part parts[] = {
		{ "TLS used", "upgraded", r->stls[STLS_UPGRADED] },
		{ "offered, not used", "unused", r->stls[STLS_OFFERED_UNUSED] },
		{ "not asked for", "not-asked", r->stls[STLS_NOT_ASKED] },
		{ "not offered", "not-offered", r->stls[STLS_NOT_OFFERED] },
		{ "refused", "stls-refused", r->stls[STLS_REFUSED] },
		{ "failed", "failed", r->stls[STLS_FAILED] },
		{ "stripped or injected", "stripped", r->stls[STLS_STRIPPED] + r->stls[STLS_INJECTED] },
		{ "not known", "unknown", r->stls[STLS_UNKNOWN] },
	};
	const struct table_about *about = table_about(TABLE_STLS);

	open_section(out, "stls", "STLS: who could do better", about->about);
	if (r->sessions > 0)
		svg_parts(out, parts, sizeof parts / sizeof parts[0], "chart-stls", "Sessions by what became of STLS");
	if (about->rows(r) > 0 && r->sessions > 0)
		html_table(r, out, TABLE_STLS);
	else
		fputs("<p class=\"empty\">No records of sessions were read; their verdicts stand in records of type pop3.</p>\n", out);
	close_section(out);
}

static void write_card(const struct report *r, FILE *out, uint32_t i)
{
	const struct attack *a = &r->attack.p[r->attacks_by_rank[i]];
	const char *const by[] = { [BY_ACCOUNT] = "on account", [BY_CLIENT] = "by client", [BY_SERVER] = "on server" };
	char id[32];

	snprintf(id, sizeof id, "chart-attack-%u", i + 1);
	fprintf(out, "<li class=\"card\"><h3><span class=\"badge %s\">%s</span> %s <bdi>", a->kind == ATTACK_TAKEOVER ? "bad" : "warn",
		attack_name(a->kind), by[a->by]);
	html_text(out, text_of(r, attack_subject(r, a)));
	fprintf(out, "</bdi></h3>\n<p>%s</p>\n", attack_meaning(a->kind));
	svg_curve(out, a->curve, id, attack_name(a->kind), true);
	fputs("<p class=\"facts\">", out);
	moment(out, a->period.first);
	fputs(" to ", out);
	moment(out, a->period.last);
	fputs(" UTC. ", out);
	some(out, a->tally.of[RESULT_REFUSED], "login refused, ", "logins refused, ");
	html_number(out, a->tally.of[RESULT_ACCEPTED]);
	fputs(" accepted, ", out);
	html_number(out, a->tally.of[RESULT_UNKNOWN]);
	fputs(" not seen", out);
	if (a->users > 0) {
		fputs("; ", out);
		some(out, a->users, "user", "users");
	}
	if (a->secrets > 0) {
		fputs(", ", out);
		some(out, a->secrets, "password", "passwords");
	}
	if (a->sources > 0) {
		fputs(", ", out);
		some(out, a->sources, "source", "sources");
	}
	fputs(".</p>\n", out);
	if (a->curve->step > 0)
		html_curve(out, a->curve, attack_name(a->kind));
	fputs("</li>\n", out);
}

static void write_attacks(const struct report *r, FILE *out)
{
	uint32_t i;

	open_section(out, "attacks", "Attacks", "What rules made of many logins together. Curves and numbers are of all logins of "
						"the account, client or server concerned, from an hour before the first alert to an "
						"hour after the last.");
	if (r->attack.n == 0) {
		fputs("<p class=\"empty\">No alert of the kind was read.</p>\n", out);
	} else {
		write_legend(out);
		fputs("<ul class=\"cards\">\n", out);
		for (i = 0; i < r->attack.n && i < CARDS; i++)
			write_card(r, out, i);
		fputs("</ul>\n<h3>All attacks</h3>\n", out);
		html_table(r, out, TABLE_ATTACKS);
	}
	close_section(out);
}

static void write_quality(const struct report *r, FILE *out)
{
	open_section(out, "quality", "Capture quality", "What was not captured is not in this report.");
	if (r->run.n == 0)
		fputs("<p class=\"about\">No <code>stats</code> records were read: whether the sensor dropped packets is not known. A live "
		      "sensor writes them once a minute.</p>\n", out);
	if (r->quality.n > 0)
		html_table(r, out, TABLE_QUALITY);
	else
		fputs("<p class=\"empty\">Nothing is known to be missing.</p>\n", out);
	fputs("<h3>What was read</h3>\n", out);
	html_table(r, out, TABLE_SOURCES);
	close_section(out);
}

/* Text with paragraphs and `things to type'. */
static void rich_text(FILE *out, const char *s)
{
	bool code = false;

	fputs("<p>", out);
	for (; *s != '\0'; s++) {
		const char one[2] = { *s, '\0' };

		if (*s == '`') {
			code = !code;
			fputs(code ? "<code>" : "</code>", out);
		} else if (*s == '\n') {
			fputs("</p>\n<p>", out);
		} else {
			html_text(out, one);
		}
	}
	fputs("</p>\n", out);
}

static void write_advice(const struct report *r, FILE *out)
{
	uint32_t i;

	if (r->advice.n == 0)
		return;
	open_section(out, "advice", "What to do, at length", "RFC 8314 is the standard that calls POP3 in the clear obsolete.");
	for (i = 0; i < r->advice.n; i++) {
		const struct advice *a = &r->advice.p[i];

		fprintf(out, "<article id=\"advice-%u\"><h3>%u. %s</h3>\n<p class=\"facts\">", i + 1, i + 1, advice_title(a));
		units(out, a->count, advice_unit(a));
		fprintf(out, ": see <a href=\"#%s\">above</a>.</p>\n", advice_section(a));
		rich_text(out, advice_text(a));
		fputs("</article>\n", out);
	}
	close_section(out);
}

static void write_nav(FILE *out)
{
	static const char *const sections[][2] = {
		{ "timeline", "Timeline" }, { "servers", "Servers" }, { "accounts", "Accounts" }, { "clients", "Clients" },
		{ "stls", "STLS" }, { "attacks", "Attacks" }, { "reuse", "Shared passwords" }, { "alerts", "Alerts" },
		{ "quality", "Capture quality" },
	};
	size_t i;

	fputs("<nav aria-label=\"Sections\"><ul>", out);
	for (i = 0; i < sizeof sections / sizeof sections[0]; i++)
		fprintf(out, "<li><a href=\"#%s\">%s</a></li>", sections[i][0], sections[i][1]);
	fputs("</ul></nav>\n", out);
}

static void write_foot(const struct report *r, FILE *out)
{
	fputs("</main>\n<footer><p>Made by plainpop ", out);
	html_text(out, r->options.version);
	fputs(" from its own records. It holds no password. ", out);
	fputs(r->options.pseudonyms != NULL ? "Users, clients, sensors and files have pseudonyms; servers are called by their addresses."
					    : "It names people: treat it accordingly, or make it with <code>--pseudonyms</code>.", out);
	fputs(" All times are UTC.</p></footer>\n<script>", out);
	write_span(out, BUILTIN_SPAN(builtin_script));
	fputs("</script>\n</body>\n</html>\n", out);
}

bool html_write(const struct report *r, FILE *out)
{
	write_head(out);
	fputs("<header>\n<p class=\"brand\">plainpop <span>report</span></p>\n", out);
	write_headline(r, out);
	write_tiles(r, out);
	fputs("</header>\n", out);
	write_nav(out);
	fputs("<main id=\"main\">\n", out);
	write_todo(r, out);
	write_timeline(r, out);
	write_section(r, out, TABLE_SERVERS, "No server was seen.");
	write_section(r, out, TABLE_ACCOUNTS, "No login was seen.");
	write_section(r, out, TABLE_CLIENTS, "No client was seen.");
	write_stls(r, out);
	write_attacks(r, out);
	write_section(r, out, TABLE_REUSE, r->secret.n > 0 ? "No password was accepted for more than one account."
							  : "The records have no fingerprints: they come with --secrets=fingerprint.");
	write_section(r, out, TABLE_ALERTS, "No alert was read.");
	write_quality(r, out);
	write_advice(r, out);
	write_foot(r, out);
	return !ferror(out);
}

bool report_write(const struct report *r, enum report_form form, const char *table, FILE *out)
{
	int t;

	if (form == REPORT_HTML)
		return html_write(r, out);
	if (form == REPORT_JSON) {
		json_write(r, out);
		return !ferror(out);
	}
	for (t = 0; t < TABLE_MAX; t++)
		if (strcmp(table, table_about((enum table)t)->name) == 0)
			csv_write(r, (enum table)t, out);
	return !ferror(out);
}
