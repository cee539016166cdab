/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop: asks once a second, draws what came, does what is pressed; nothing of it waits for anything else. */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "impl.h"

#define EVERY 1000 /* ms between questions */

static struct {
	struct view view;
	struct model model[2]; /* the one that is shown, and the one that is read into */
	unsigned shown;
	struct history history;
	struct canvas canvas;
	struct asking asking;
	char trouble[TOP_ERROR_SIZE];
	int64_t next; /* when to ask, ms */
	bool stale;   /* what stands on the screen is */
} top;

static volatile sig_atomic_t ended;

static void on_end(int number)
{
	(void)number;
	ended = 1;
}

static void set_trouble(const char *text)
{
	top.stale |= strcmp(text, top.trouble) != 0;
	snprintf(top.trouble, sizeof top.trouble, "%s", text);
}

/* ---- asking ---- */

static void take_answer(void)
{
	char err[TOP_ERROR_SIZE];

	if (!model_read(&top.model[1 - top.shown], span_of(top.asking.answer, top.asking.n), err)) {
		set_trouble(err);
		return;
	}
	top.shown = 1 - top.shown;
	top.view.model = &top.model[top.shown];
	history_add(&top.history, top.view.model);
	set_trouble("");
	top.stale = true;
}

static void ask_if_due(const char *path)
{
	char err[TOP_ERROR_SIZE];
	int64_t now = time_steady_ms();

	if (top.asking.fd >= 0 || top.view.paused || now < top.next)
		return;
	top.next = now + EVERY;
	if (!ask_start(&top.asking, path, top.view.order, err))
		set_trouble(err);
}

/* True when there was an answer, good or not, or will be none. */
static bool go_on(void)
{
	char err[TOP_ERROR_SIZE];
	enum ask_result r;

	if (top.asking.fd < 0)
		return true;
	r = ask_go_on(&top.asking, err);
	if (r == ASK_WAIT)
		return false;
	if (r == ASK_DONE)
		take_answer();
	else
		set_trouble(err);
	ask_end(&top.asking);
	return true;
}

/* ---- as text ---- */

static bool is_blank(const struct canvas *c, unsigned row)
{
	unsigned i;

	for (i = 0; i < c->columns; i++)
		if (c->cell[(size_t)row * c->columns + i].bytes[0] != ' ')
			return false;
	return true;
}

static void print_canvas(unsigned rows)
{
	static char run[CANVAS_COLUMNS * CELL_BYTES];
	enum style style;
	unsigned row, at;
	size_t n, line;

	for (row = 0; row < rows; row++) {
		static char text[CANVAS_COLUMNS * CELL_BYTES];

		for (at = 0, line = 0; at < top.canvas.columns; line += n) {
			at = canvas_run(&top.canvas, row, at, &style, run, &n);
			memcpy(text + line, run, n);
		}
		while (line > 0 && text[line - 1] == ' ')
			line--;
		printf("%.*s\n", (int)line, text);
	}
}

/* The answer, or why there is none. */
static bool ask_and_wait(const char *path)
{
	top.next = 0;
	ask_if_due(path);
	while (!go_on()) {
		struct pollfd p = ask_poll(&top.asking);

		poll(&p, 1, EVERY);
	}
	return top.trouble[0] == '\0';
}

/* Twice, as only two answers tell a rate. */
static int print_once(const char *path)
{
	struct canvas *c = &top.canvas;
	bool ok = ask_and_wait(path) && poll(NULL, 0, EVERY) == 0 && ask_and_wait(path);
	unsigned rows;

	if (!ok) {
		log_error("%s: %s", path, top.trouble);
		return 1;
	}
	rows = view_rows(&top.view);
	if (!canvas_resize(c, rows, terminal_columns(STDOUT_FILENO))) {
		log_error("out of memory");
		return 1;
	}
	view_draw(c, &top.view);
	while (rows > 0 && is_blank(c, rows - 1))
		rows--;
	print_canvas(rows);
	if (fflush(stdout) == 0)
		return 0;
	log_error("standard output: %s", strerror(errno));
	return 1;
}

/* ---- on a terminal ---- */

static void draw(void)
{
	unsigned rows, columns;

	screen_size(&rows, &columns);
	if (!canvas_resize(&top.canvas, rows, columns))
		return; /* the next time, perhaps */
	view_draw(&top.canvas, &top.view);
	screen_show(&top.canvas);
	top.stale = false;
}

/* False: that was to quit. */
static bool obey(enum press press)
{
	struct view *v = &top.view;
	unsigned *scroll = &v->scroll[v->focus];

	switch (press) {
	case PRESS_QUIT:
		return false;
	case PRESS_PAUSE:
		v->paused = !v->paused;
		break;
	case PRESS_SORT:
		v->order = (v->order + 1) % ORDER_MAX;
		top.next = 0;
		break;
	case PRESS_NEXT:
		v->focus = (v->focus + 1) % LIST_MAX;
		break;
	case PRESS_BACK:
		v->focus = (v->focus + LIST_MAX - 1) % LIST_MAX;
		break;
	case PRESS_UP:
		*scroll -= *scroll > 0;
		break;
	case PRESS_DOWN:
		*scroll += *scroll < MODEL_ROWS;
		break;
	case PRESS_HELP:
		v->help = !v->help;
		break;
	case PRESS_NONE:
	case PRESS_RESIZED:
	case PRESS_OTHER:
		break;
	}
	top.stale = true;
	return true;
}

/* Until something is pressed, comes, is to be asked, or ends us. False: the terminal is gone. */
static bool wait_for_work(const sigset_t *mask)
{
	struct pollfd p[2] = { { .fd = STDIN_FILENO, .events = POLLIN }, ask_poll(&top.asking) };
	int64_t left = top.view.paused ? EVERY : top.next - time_steady_ms();
	struct timespec t = { 0 };

	if (left > 0)
		t = (struct timespec){ .tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000 };
	if (top.asking.fd >= 0)
		t = (struct timespec){ .tv_sec = 1 };
	/* Signals come here and nowhere else: one that came before is not slept through. */
	return ppoll(p, 2, &t, mask) <= 0 || (p[0].revents & (POLLHUP | POLLERR | POLLNVAL)) == 0;
}

static void watch(const char *path, const sigset_t *mask)
{
	enum press press;
	bool on = true;

	while (on && !ended) {
		ask_if_due(path);
		go_on();
		if (top.stale)
			draw();
		on = wait_for_work(mask);
		while (on && (press = screen_pressed()) != PRESS_NONE)
			on = obey(press);
	}
}

static int show(const char *path)
{
	struct sigaction end = { .sa_handler = on_end };
	char err[TOP_ERROR_SIZE];
	sigset_t held, before;

	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGHUP);
	sigaddset(&held, SIGQUIT);
	sigaddset(&held, SIGWINCH);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGHUP, &end, NULL);
	sigaction(SIGQUIT, &end, NULL);
	sigprocmask(SIG_BLOCK, &held, &before);
	if (!screen_open(err)) {
		log_warn("%s: this is how it is once", err);
		sigprocmask(SIG_SETMASK, &before, NULL);
		return print_once(path);
	}
	top.view.keys = true;
	top.stale = true;
	watch(path, &before);
	screen_close();
	return 0;
}

int top_run(const char *path, bool once)
{
	bool terminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
	int status;

	setlocale(LC_CTYPE, "");
	top.asking.fd = -1;
	top.canvas.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	top.view = (struct view){ .history = &top.history, .trouble = top.trouble, .path = path };
	status = once || !terminal ? print_once(path) : show(path);
	ask_end(&top.asking);
	canvas_free(&top.canvas);
	return status;
}
