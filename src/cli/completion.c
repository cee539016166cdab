/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What completes the options in bash, zsh and fish: made of the table, so that it has all of them. */
#include "cli_impl.h"

#define CTL_COMMANDS "stats reload reopen version servers top"

/* What an argument is, by its name in the table. */
enum completes { NOTHING, WORDS, FILES, DEVICES };

static enum completes completes(const struct option_row *o)
{
	if (o->argument == NULL)
		return NOTHING;
	if (strchr(o->argument, '|') != NULL)
		return WORDS;
	if (strcmp(o->name, "interface") == 0)
		return DEVICES;
	return strcmp(o->argument, "FILE") == 0 || strcmp(o->argument, "PATH...") == 0 || strcmp(o->argument, "SPEC") == 0
		       ? FILES
		       : NOTHING;
}

/* "a|b" as "a b". */
static void put_words(FILE *out, const char *argument)
{
	for (; *argument != '\0'; argument++)
		fputc(*argument == '|' ? ' ' : *argument, out);
}

/* The text within single quotes, with a backslash before each of these characters. */
static void put_escaped(FILE *out, const char *text, const char *special)
{
	for (; *text != '\0'; text++) {
		if (strchr(special, *text) != NULL)
			fputc('\\', out);
		if (*text == '\'')
			fputs("'\\''", out);
		else
			fputc(*text, out);
	}
}

static void put_both(FILE *out, const struct option_row *o, const char *separator)
{
	if (o->letter != 0)
		fprintf(out, "-%c%s", o->letter, separator);
	fprintf(out, "--%s", o->name);
}

/* ---- bash ---- */

static void bash_argument(FILE *out, const struct option_row *o)
{
	static const char *const how[] = {
		[NOTHING] = "COMPREPLY=()",
		[WORDS] = "mapfile -t COMPREPLY < <(compgen -W '",
		[FILES] = "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")",
		[DEVICES] = "mapfile -t COMPREPLY < <(cd /sys/class/net 2>/dev/null && compgen -W \"$(echo *)\" -- \"$cur\")",
	};

	fputs("    ", out);
	put_both(out, o, "|");
	fprintf(out, ") %s", how[completes(o)]);
	if (completes(o) == WORDS) {
		put_words(out, o->argument);
		fputs("' -- \"$cur\")", out);
	}
	fputs("; return ;;\n", out);
}

static void bash(FILE *out)
{
	size_t i;

	fputs("# bash completion for plainpop; made by plainpop --completion bash\n"
	      "_plainpop()\n"
	      "{\n"
	      "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "    # --name=value comes as three words\n"
	      "    if [[ $cur == = ]]; then\n"
	      "        cur=\n"
	      "    elif [[ $prev == = ]]; then\n"
	      "        prev=${COMP_WORDS[COMP_CWORD-2]}\n"
	      "    fi\n"
	      "    case $prev in\n", out);
	for (i = 0; i < OPTION_MAX; i++)
		if (option_rows[i].set != NULL && option_rows[i].argument != NULL)
			bash_argument(out, &option_rows[i]);
	fputs("    esac\n"
	      "    case ${COMP_WORDS[1]} in\n"
	      "    top) mapfile -t COMPREPLY < <(compgen -W '--control --once' -- \"$cur\") ;;\n"
	      "    ctl) mapfile -t COMPREPLY < <(compgen -W '--control " CTL_COMMANDS "' -- \"$cur\") ;;\n"
	      "    esac\n"
	      "    if ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[1]} == @(top|ctl) ]]; then\n"
	      "        return\n"
	      "    fi\n"
	      "    if [[ $cur == -* ]]; then\n"
	      "        mapfile -t COMPREPLY < <(compgen -W '", out);
	for (i = 0; i < OPTION_MAX; i++)
		if (option_rows[i].set != NULL) {
			put_both(out, &option_rows[i], " ");
			fputc(i + 1 < OPTION_MAX ? ' ' : '\'', out);
		}
	fputs(" -- \"$cur\")\n"
	      "    else\n"
	      "        compopt -o filenames\n"
	      "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	      "        if ((COMP_CWORD == 1)); then\n"
	      "            mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -W 'report servers top ctl' -- \"$cur\")\n"
	      "        fi\n"
	      "    fi\n"
	      "}\n"
	      "complete -F _plainpop plainpop\n", out);
}

/* ---- zsh ---- */

static void zsh_option(FILE *out, const struct option_row *o)
{
	static const char special[] = "[]:\\";
	const char *rest = "";

	fputs("  '*'", out);
	if (o->letter != 0)
		fprintf(out, "{-%c,--%s%s}", o->letter, o->name, o->argument != NULL ? "=" : "");
	else
		fprintf(out, "--%s%s", o->name, o->argument != NULL ? "=" : "");
	fputs("'[", out);
	put_escaped(out, o->help, special);
	fputc(']', out);
	if (o->argument != NULL) {
		fprintf(out, ":%s:", completes(o) == WORDS ? o->name : o->argument);
		if (completes(o) == WORDS) {
			fputc('(', out);
			put_words(out, o->argument);
			rest = ")";
		} else if (completes(o) == FILES) {
			rest = "_files";
		} else if (completes(o) == DEVICES) {
			rest = "_net_interfaces";
		}
	}
	fprintf(out, "%s' \\\n", rest);
}

static void zsh(FILE *out)
{
	size_t i;

	fputs("#compdef plainpop\n"
	      "# made by plainpop --completion zsh\n"
	      "_arguments -s \\\n", out);
	for (i = 0; i < OPTION_MAX; i++)
		if (option_rows[i].set != NULL)
			zsh_option(out, &option_rows[i]);
	fputs("  '*:capture:_files'\n", out);
}

/* ---- fish ---- */

static void fish(FILE *out)
{
	static const char *const how[] = {
		[NOTHING] = " -x", [WORDS] = " -x -a '", [FILES] = " -r -F", [DEVICES] = " -x -a '(__fish_print_interfaces)'",
	};
	const struct option_row *o;

	fputs("# fish completion for plainpop; made by plainpop --completion fish\n"
	      "complete -c plainpop -n __fish_is_first_arg -a report -d 'one page of what was found'\n"
	      "complete -c plainpop -n __fish_is_first_arg -a servers -d 'what is known of servers'\n"
	      "complete -c plainpop -n __fish_is_first_arg -a top -d 'how it is just now'\n"
	      "complete -c plainpop -n __fish_is_first_arg -a ctl -d 'asks the one that runs'\n"
	      "complete -c plainpop -n '__fish_seen_subcommand_from top' -f -l once -d 'as plain text'\n"
	      "complete -c plainpop -n '__fish_seen_subcommand_from ctl' -f -a '" CTL_COMMANDS "'\n", out);
	for (o = option_rows; o < option_rows + OPTION_MAX; o++) {
		if (o->set == NULL)
			continue;
		fputs("complete -c plainpop", out);
		if (o->letter != 0)
			fprintf(out, " -s %c", o->letter);
		fprintf(out, " -l %s -d '", o->name);
		put_escaped(out, o->help, "\\");
		fputc('\'', out);
		if (o->argument != NULL)
			fputs(how[completes(o)], out);
		if (completes(o) == WORDS) {
			put_words(out, o->argument);
			fputc('\'', out);
		}
		fputc('\n', out);
	}
}

bool completion_print(FILE *out, const char *shell)
{
	static const struct {
		const char *name;
		void (*print)(FILE *);
	} shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };
	size_t i;

	for (i = 0; i < sizeof shells / sizeof shells[0]; i++)
		if (strcmp(shell, shells[i].name) == 0) {
			if (out != NULL)
				shells[i].print(out);
			return true;
		}
	return false;
}
