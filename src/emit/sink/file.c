/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file, appended to in whole lines, or standard output ("-"). Its name may have conversions of strftime(3), and is another
 * one then when the time comes. Lines are gathered and written together; flush is called when traffic pauses. A line that a full disk cut in two is taken off again, so that
 * what reads the file never sees half a record.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../impl.h"
#include "../ship.h"

#define GATHER (256u << 10)
#define KEPT (32u << 20) /* bytes that wait for a pipe that nobody reads just now */
#define NAME_SIZE 4096
#define LAST_MS 2000 /* that a pipe has at the end */
#define MEND_MAX (256 << 10) /* bytes of a line at the most */

struct file {
	int fd;
	bool tty, regular, closed; /* closed: the reader of a pipe went away */
	bool complained;
	size_t taken; /* bytes of the lines that a pipe has taken */
	bool hurry; /* a pipe that nobody reads just now keeps nobody waiting */
	char *target, *name; /* as it was given, and as it is now */
	struct buffer lines;
	uint64_t lost;
};

static bool takes(const char *target)
{
	(void)target;
	return true;
}

/* What a target is called now; heap. NULL with errno. */
static char *name_now(const char *target)
{
	char name[NAME_SIZE];
	time_t now = time(NULL);
	struct tm t;
	size_t n;

	if (strcmp(target, "-") == 0)
		return strdup("standard output");
	if (strchr(target, '%') == NULL)
		return strdup(target);
	n = localtime_r(&now, &t) != NULL ? strftime(name, sizeof name, target, &t) : 0;
	if (n > 0)
		return strdup(name);
	errno = ENAMETOOLONG;
	return NULL;
}

/* Records name accounts: not for everybody to read. */
static int open_target(const char *target)
{
	char *name = name_now(target);
	int fd = name != NULL ? open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640) : -1;

	free(name);
	return fd;
}

static int open_again(const char *target)
{
	return strcmp(target, "-") == 0 ? -1 : open_target(target);
}

/* What can be done about it. */
static const char *advice(int error)
{
	switch (error) {
	case ENOENT:
		return "; make its directory first, `mkdir -p'";
	case EACCES:
	case EPERM:
		return "; it has to be writable for whoever starts plainpop";
	case EISDIR:
		return "; give a file in it";
	case ENOSPC:
	case EDQUOT:
		return " until there is room again";
	default:
		return "";
	}
}

static void *file_open(const char *target, char err[OUTPUT_ERROR_SIZE])
{
	bool out = strcmp(target, "-") == 0;
	struct file *f = calloc(1, sizeof *f);
	struct stat st;

	if (f == NULL || (f->target = strdup(target)) == NULL || (f->name = name_now(target)) == NULL) {
		snprintf(err, OUTPUT_ERROR_SIZE, "%s: %s", target, strerror(errno));
		if (f != NULL)
			free(f->target);
		free(f);
		return NULL;
	}
	f->fd = out ? STDOUT_FILENO : open_target(target);
	if (f->fd < 0 || fstat(f->fd, &st) != 0) {
		snprintf(err, OUTPUT_ERROR_SIZE, "%s: cannot be written: %s%s", f->name, strerror(errno), advice(errno));
		free(f->target);
		free(f->name);
		free(f);
		return NULL;
	}
	f->tty = isatty(f->fd) == 1;
	f->regular = S_ISREG(st.st_mode);
	return f;
}

static uint64_t count_lines(const char *p, size_t n)
{
	uint64_t lines = 0;
	const char *lf;

	while (n > 0 && (lf = memchr(p, '\n', n)) != NULL) {
		lines++;
		n -= (size_t)(lf + 1 - p);
		p = lf + 1;
	}
	return lines;
}

/* The rest could not be written. at is how much of the buffer was. */
static void give_up(struct file *f, size_t at, int error)
{
	uint64_t lost;
	size_t whole = at;
	off_t end;

	while (whole > 0 && f->lines.p[whole - 1] != '\n')
		whole--;
	if (whole < at && f->regular && (end = lseek(f->fd, 0, SEEK_END)) >= (off_t)(at - whole) &&
	    ftruncate(f->fd, end - (off_t)(at - whole)) != 0)
		log_warn("%s ends in half a record", f->name);
	lost = count_lines(f->lines.p + whole, f->lines.n - whole);
	if (whole > f->taken) /* what was before that is counted */
		counter_add(COUNTER_OUTPUT_RECORDS, count_lines(f->lines.p + f->taken, whole - f->taken));
	counter_add(COUNTER_OUTPUT_DROPPED, lost);
	f->lost += lost;
	if (error == EPIPE)
		f->closed = true;
	if (!f->complained)
		log_error("%s: %s; records are being lost%s", f->name, strerror(error), advice(error));
	f->complained = true;
}

/* How much can be written now, of n bytes. */
static size_t room(const struct file *f, size_t n)
{
	struct pollfd p = { .fd = f->fd, .events = POLLOUT };

	if (!f->hurry || f->regular || f->tty)
		return n;
	if (poll(&p, 1, 0) <= 0)
		return 0;
	return n < PIPE_BUF ? n : PIPE_BUF; /* pipe(7): that there is room for so much is what poll() says */
}

/* The pipe takes no more now. at is how much of the buffer it took: the rest waits. */
static void keep(struct file *f, size_t at)
{
	counter_add(COUNTER_OUTPUT_RECORDS, count_lines(f->lines.p + f->taken, at - f->taken));
	f->taken = at;
	if (f->taken < f->lines.n / 2)
		return; /* to move what is left each time would take its time */
	memmove(f->lines.p, f->lines.p + at, f->lines.n - at);
	f->lines.n -= at;
	f->taken = 0;
}

static bool flush(void *s)
{
	struct file *f = s;
	size_t at = f->taken, most;

	while (at < f->lines.n) {
		ssize_t n;

		if ((most = room(f, f->lines.n - at)) == 0) {
			keep(f, at);
			return false;
		}
		n = write(f->fd, f->lines.p + at, most);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			give_up(f, at, errno);
			f->lines.n = f->taken = 0;
			return true;
		}
		at += (size_t)n;
	}
	if (f->lines.n > 0) {
		counter_add(COUNTER_OUTPUT_RECORDS, count_lines(f->lines.p + f->taken, f->lines.n - f->taken));
		f->complained = false; /* there is room again: say so when it ends again */
	}
	f->lines.n = f->taken = 0;
	return true;
}

static void file_write(void *s, const struct shipment *r)
{
	struct file *f = s;

	bool full = f->hurry && !f->regular && f->lines.n + r->n + 1 > KEPT;

	if (f->closed || full || !buffer_add(&f->lines, r->line, r->n + 1)) {
		counter_add(COUNTER_OUTPUT_DROPPED, 1);
		f->lost++;
		if (full && !f->complained)
			log_error("%s: nobody reads it; records are being lost", f->name);
		f->complained |= full;
		return;
	}
	if (f->tty || f->lines.n >= GATHER)
		flush(f);
}

static int waits(const void *s)
{
	const struct file *f = s;

	return f->lines.n > f->taken ? f->fd : -1;
}

static bool dead(const void *s)
{
	return ((const struct file *)s)->closed;
}

/* Takes half a line off the end of a file; sets one off from what follows where that cannot be done. */
static void mend(void *s)
{
	struct file *f = s;
	off_t end = f->regular ? lseek(f->fd, 0, SEEK_END) : 0, whole = end;
	int in = f->regular ? open(f->name, O_RDONLY | O_CLOEXEC) : -1;
	char c = '\n';

	if (!f->regular && write(f->fd, &c, 1) < 0)
		log_warn("%s: a record may be torn", f->name);
	while (in >= 0 && whole > 0 && end - whole < MEND_MAX && pread(in, &c, 1, whole - 1) == 1 && c != '\n')
		whole--;
	if (whole < end && c == '\n' && ftruncate(f->fd, whole) != 0)
		log_warn("%s ends in half a record", f->name);
	if (in >= 0)
		close(in);
}

static bool due(const void *s)
{
	const struct file *f = s;
	char *name = strchr(f->target, '%') != NULL ? name_now(f->target) : NULL;
	bool another = name != NULL && strcmp(name, f->name) != 0;

	free(name);
	return another;
}

static void adopt(void *s, int fd)
{
	struct file *f = s;
	char *name = name_now(f->target);
	struct stat st;

	flush(f);
	if (name != NULL) {
		free(f->name);
		f->name = name;
	}
	if (f->fd != STDOUT_FILENO)
		close(f->fd);
	f->fd = fd;
	f->regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	f->closed = f->complained = false;
}

static void hurry(void *s)
{
	((struct file *)s)->hurry = true;
}

static uint64_t file_close(void *s)
{
	struct file *f = s;
	struct pollfd p = { .fd = f->fd, .events = POLLOUT };
	uint64_t lost;

	/* Whoever reads may be about to; but not for ever. */
	do {
		flush(f);
	} while (f->lines.n > 0 && poll(&p, 1, LAST_MS) > 0 && p.revents == POLLOUT);
	lost = count_lines(f->lines.p + f->taken, f->lines.n - f->taken);
	counter_add(COUNTER_OUTPUT_DROPPED, lost);
	f->lost += lost;
	/* A network file system may tell only now that there was no room. */
	if (f->fd != STDOUT_FILENO && close(f->fd) != 0) {
		log_error("%s: %s; records may be lost", f->name, strerror(errno));
		f->lost++;
	}
	lost = f->lost;
	buffer_free(&f->lines);
	free(f->target);
	free(f->name);
	free(f);
	return lost;
}

const struct sink sink_file = {
	.name = "file",
	.takes = takes,
	.open = file_open,
	.open_again = open_again,
	.due = due,
	.hurry = hurry,
	.adopt = adopt,
	.mend = mend,
	.write = file_write,
	.flush = flush,
	.waits = waits,
	.dead = dead,
	.close = file_close,
};
