/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of this room share:
 *
 *   ask.c      asks by the socket, without waiting
 *   model.c    the answer, out of its JSON
 *   history.c  what some answers together tell: rates
 *   canvas.c   cells of a screen, and what may be put into them
 *   view.c     what stands where
 *   lists.c    alerts, servers and accounts in it
 *   screen.c   the terminal, by ncurses
 *   top.c      the loop
 */
#ifndef PLAINPOP_TOP_IMPL_H
#define PLAINPOP_TOP_IMPL_H

#include <poll.h>

#include "plainpop/top.h"

/* ---- model.c ---- */

#define MODEL_ROWS 32
#define MODEL_SOURCES 8

/* Texts are ended by NUL; they are as they came, and only a canvas makes them harmless. */
struct model_alert {
	char time[32], signature[256], user[256], client[48], server[48];
	uint64_t severity, server_port;
};

struct model_row {
	char user[256], server[48], last[32];
	bool user_cut;
	uint64_t server_port, success, failure, unknown;
};

struct model_rows {
	struct model_row row[MODEL_ROWS];
	size_t n;
	uint64_t kept, forgotten;
};

struct model {
	char version[32], now[32], order[16];
	char source[MODEL_SOURCES][128];
	size_t n_sources;     /* of these */
	uint64_t all_sources; /* that there are */
	uint64_t clock, run, uptime, rules, flows, memory;
	bool live;
	uint64_t counter[COUNTER_MAX];
	struct model_alert alert[MODEL_ROWS];
	size_t n_alerts;
	struct model_rows servers, accounts;
};

#define TOP_ERROR_SIZE 256

/* False: it is no answer, and err says what is wrong with it, or what the other side said. */
bool model_read(struct model *m, struct span json, char err[TOP_ERROR_SIZE]);

/* ---- history.c ---- */

#define HISTORY 11 /* answers kept */

struct history {
	uint64_t run;
	struct {
		uint64_t clock;
		uint64_t counter[COUNTER_MAX];
	} at[HISTORY]; /* the oldest first */
	size_t n;
};

/* One more answer; one of another run, or of before, is the first of all. */
void history_add(struct history *h, const struct model *m);
/* Per second, over all that is kept; below 0: not known yet. */
double history_rate(const struct history *h, enum counter c);

/* ---- canvas.c ---- */

enum style { STYLE_PLAIN, STYLE_TITLE, STYLE_HEADING, STYLE_FOCUS, STYLE_BAD, STYLE_WARN, STYLE_MAX };

#define CELL_BYTES 4

struct cell {
	uint8_t bytes[CELL_BYTES]; /* a character; n 0: the one before it is two cells wide */
	uint8_t n, style;
};

struct canvas {
	unsigned rows, columns;
	bool utf8; /* more than ASCII may be put into it */
	struct cell *cell;
};

#define CANVAS_ROWS 500
#define CANVAS_COLUMNS 1000

/* Blank; as large as asked for, within the caps. False: no memory, and it is as it was. */
bool canvas_resize(struct canvas *c, unsigned rows, unsigned columns);
void canvas_free(struct canvas *c);
/*
 * Puts text there, within so many columns and the canvas; what does not fit is cut, and ~ says so. Whatever a terminal could
 * take for more or less than one character of the width that everybody gives it becomes \xNN. Returns the columns it took.
 */
unsigned canvas_put(struct canvas *c, unsigned row, unsigned column, unsigned width, enum style style, struct span text);
/* The same of a text of our own, by printf; at the right end of the columns when right is true. */
unsigned canvas_print(struct canvas *c, unsigned row, unsigned column, unsigned width, enum style style, bool right,
		      const char *format, ...) __attribute__((format(printf, 7, 8)));
/* From a column on as much of a row as has one style, as bytes; out has CANVAS_COLUMNS * CELL_BYTES. *n: how many. Returns the
 * column behind it. */
unsigned canvas_run(const struct canvas *c, unsigned row, unsigned column, enum style *style, char *out, size_t *n);

/* ---- view.c, lists.c ---- */

enum list { LIST_ALERTS, LIST_SERVERS, LIST_ACCOUNTS, LIST_MAX };
enum order { ORDER_LOGINS, ORDER_FAILURES, ORDER_LATEST, ORDER_MAX };

#define VIEW_ROWS 8      /* fewer are too few */
#define VIEW_COLUMNS 40

struct view {
	const struct model *model; /* NULL: there was no answer yet */
	const struct history *history;
	const char *trouble;       /* with who is asked; "": none */
	const char *path;
	bool paused, help, keys;   /* keys: there is somebody to press one */
	enum order order;
	enum list focus;
	unsigned scroll[LIST_MAX]; /* rows above; more than there are count as all */
};

extern const char *const view_orders[ORDER_MAX];

/* Puts all of it onto a canvas that is blank. */
void view_draw(struct canvas *c, struct view *v);
/* How many rows it takes until nothing more is to be shown. */
unsigned view_rows(const struct view *v);
/* A number in at most 7 columns: 12345, 123 k, 1.23 M. */
void view_number(double n, bool fraction, char out[16]);

/* The three lists, into these rows; lists.c. */
void lists_draw(struct canvas *c, struct view *v, unsigned row, unsigned rows);
unsigned lists_rows(const struct view *v);

/* ---- screen.c ---- */

enum press {
	PRESS_NONE,
	PRESS_QUIT,
	PRESS_PAUSE,
	PRESS_SORT,
	PRESS_NEXT,
	PRESS_BACK,
	PRESS_UP,
	PRESS_DOWN,
	PRESS_HELP,
	PRESS_RESIZED, /* the terminal was */
	PRESS_OTHER,
};

/* False: this terminal, or this build, cannot; why is in err. */
bool screen_open(char err[TOP_ERROR_SIZE]);
void screen_size(unsigned *rows, unsigned *columns);
void screen_show(const struct canvas *c);
/* What was pressed, without waiting; PRESS_NONE: nothing more. */
enum press screen_pressed(void);
/* As it was before. */
void screen_close(void);

/* ---- ask.c ---- */

struct asking {
	int fd;        /* -1: nothing is asked */
	char question[32];
	size_t question_n, sent;
	char *answer;  /* heap */
	size_t n, cap;
	int64_t until; /* ms, by the monotonic clock */
};

enum ask_result { ASK_WAIT, ASK_DONE, ASK_FAILED };

/* False, with a message in err: nobody can be asked. */
bool ask_start(struct asking *a, const char *path, enum order order, char err[TOP_ERROR_SIZE]);
/* What to wait for. */
struct pollfd ask_poll(const struct asking *a);
/* As far as it goes. DONE: the answer is whole. FAILED: there is none, and err says why. */
enum ask_result ask_go_on(struct asking *a, char err[TOP_ERROR_SIZE]);
/* Forgets what was asked, and the answer. */
void ask_end(struct asking *a);

#endif
