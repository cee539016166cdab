/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report as JSON: a summary, and the tables with a list of objects each. tests/e2e/schema/report.json has its form. */
#include "impl.h"

static void write_list(const struct report *r, const struct cell *c, FILE *out)
{
	uint32_t i;

	fputc('[', out);
	for (i = 0; i < c->items; i++) {
		fputs(i > 0 ? "," : "", out);
		json_text(out, text_of(r, c->item[i]));
	}
	fputc(']', out);
}

static void write_time(uint64_t us, FILE *out)
{
	char when[STAMP_SIZE];

	if (us == 0)
		fputs("null", out);
	else
		json_text(out, stamp(us, when));
}

static void write_member(const struct report *r, const struct column *column, const struct cell *c, FILE *out)
{
	fprintf(out, "\"%s\":", column->key);
	switch (column->kind) {
	case CELL_TEXT:
	case CELL_WORD:
		if (c->text == NULL)
			fputs("null", out);
		else
			json_text(out, c->text);
		break;
	case CELL_NUMBER:
	case CELL_BAR:
	case CELL_ID:
		fprintf(out, "%llu", (unsigned long long)c->number);
		break;
	case CELL_TIME:
		write_time(c->number, out);
		break;
	case CELL_LIST:
	case CELL_BRIEF:
		write_list(r, c, out);
		if (c->more > 0)
			fprintf(out, ",\"%s_more\":%u", column->key, c->more);
		break;
	}
}

static void write_curve(const struct curve *c, FILE *out)
{
	static const char *const names[RESULT_MAX] = { "accepted", "refused", "unanswered" };
	size_t steps = curve_steps(c), i;
	int k;

	fprintf(out, ",\"curve\":{\"from\":");
	write_time(curve_start(c, 0), out);
	fprintf(out, ",\"step\":%llu", (unsigned long long)c->step);
	for (k = 0; k < RESULT_MAX; k++) {
		fprintf(out, ",\"%s\":[", names[k]);
		for (i = 0; i < steps; i++)
			fprintf(out, "%s%u", i > 0 ? "," : "", c->n[i][k]);
		fputc(']', out);
	}
	fputc('}', out);
}

static void write_table(const struct report *r, enum table t, FILE *out)
{
	const struct table_about *about = table_about(t);
	size_t rows = about->rows(r), i, k;

	fprintf(out, ",\n\"%s\":[", about->name);
	for (i = 0; i < rows; i++) {
		fputs(i > 0 ? ",\n{" : "\n{", out);
		for (k = 0; k < about->columns; k++) {
			struct cell c = about->column[k].cell(r, i);

			fputs(k > 0 ? "," : "", out);
			write_member(r, &about->column[k], &c, out);
		}
		if (t == TABLE_ATTACKS && r->attack.p[r->attacks_by_rank[i]].curve->step > 0)
			write_curve(r->attack.p[r->attacks_by_rank[i]].curve, out);
		fputc('}', out);
	}
	fputc(']', out);
}

static void write_summary(const struct report *r, FILE *out)
{
	const struct {
		const char *key;
		uint64_t n;
	} numbers[] = {
		{ "exposed_accounts", r->exposed }, { "exposed_servers", r->exposed_servers },
		{ "token_accounts", r->tokens }, { "digest_accounts", r->digests }, { "refused_accounts", r->refused },
		{ "breached_accounts", r->breached }, { "opened_accounts", r->unlocked }, { "clients", r->client.n },
		{ "sessions", r->sessions }, { "accepted", r->logins.of[RESULT_ACCEPTED] },
		{ "refused", r->logins.of[RESULT_REFUSED] }, { "unanswered", r->logins.of[RESULT_UNKNOWN] },
		{ "alerts", r->alerts }, { "logins_from_alerts", r->of_alerts },
	};
	size_t i;

	fputs("\"summary\":{", out);
	for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		fprintf(out, "%s\"%s\":%llu", i > 0 ? "," : "", numbers[i].key, (unsigned long long)numbers[i].n);
	fputs(",\"first_seen\":", out);
	write_time(r->period.first, out);
	fputs(",\"last_seen\":", out);
	write_time(r->period.last, out);
	fprintf(out, ",\"timeline_step\":%llu,\"counters_known\":%s,\"pseudonyms\":%s}", (unsigned long long)r->timeline.step,
		r->run.n > 0 ? "true" : "false", r->options.pseudonyms != NULL ? "true" : "false");
}

void json_write(const struct report *r, FILE *out)
{
	int t;

	fputs("{\"plainpop\":\"report\",\"version\":1,\n", out);
	write_summary(r, out);
	for (t = 0; t < TABLE_MAX; t++)
		write_table(r, (enum table)t, out);
	fputs("}\n", out);
}
