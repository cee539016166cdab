/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plainpop report: from command line to page. Captures are replayed by this program, started once more with its own
 * options and its records in a pipe: so they are read behind the same walls as always, and nothing is written on the way.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plainpop/capture.h"
#include "request.h"

#define TOLD_MAX 10 /* damaged lines of a file that are told one by one */
#define RECORDS "eve:-,types=alert+pop3+anomaly+stats"

/* ---- reading ---- */

struct telling {
	uint64_t told;
};

static void tell_damaged(void *ctx, const char *name, uint64_t line, const char *why)
{
	struct telling *t = ctx;

	if (t->told++ < TOLD_MAX)
		log_error("%s:%llu: %s", name, (unsigned long long)line, why);
	else if (t->told == TOLD_MAX + 1)
		log_error("%s: and more; their number is in the report", name);
}

static bool take_stream(struct report *r, const char *name, FILE *f)
{
	struct telling t = { 0 };
	bool ok;

	__fsetlocking(f, FSETLOCKING_BYCALLER);
	ok = report_read(r, name, f, tell_damaged, &t) == 0;
	if (!ok) {
		log_error("%s: %s; the report has what stood before", name, strerror(errno));
		report_unread(r);
	}
	return ok && t.told == 0;
}

static bool take_file(struct report *r, const char *path)
{
	bool standard = strcmp(path, "-") == 0, ok;
	char err[CAPTURE_ERROR_SIZE];
	struct stat st;
	FILE *f = standard ? fdopen(dup(STDIN_FILENO), "rb") : fopen(path, "rbe"), *plain;

	if (f == NULL) {
		log_error("%s: %s", path, strerror(errno));
		report_unread(r);
		return false;
	}
	if (fstat(fileno(f), &st) == 0 && (S_ISDIR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_size == 0))) {
		if (S_ISDIR(st.st_mode))
			log_error("%s: a directory; its EVE files are meant by their names (a directory of captures by -r)", path);
		fclose(f);
		return !S_ISDIR(st.st_mode); /* a log that was just rotated is empty, and that is no fault */
	}
	plain = capture_inflate(f, err);
	if (plain == NULL) {
		log_error("%s: %s", path, err);
		report_unread(r);
		return false;
	}
	ok = take_stream(r, standard ? "standard input" : path, plain);
	fclose(plain);
	return ok;
}

/* A key for the life of a run, in memory: that equal passwords are known as such, and nobody can ask of which. */
static int passing_key(void)
{
	uint8_t key[32];
	char text[2 * sizeof key + 2];
	size_t i;
	int fd = memfd_create("plainpop key", 0);

	if (fd < 0 || hash_random(key, sizeof key) != 0 || fchmod(fd, 0600) != 0)
		goto failed;
	for (i = 0; i < sizeof key; i++)
		snprintf(text + 2 * i, 3, "%02x", key[i]);
	text[2 * sizeof key] = '\n';
	if (write(fd, text, 2 * sizeof key + 1) != (ssize_t)(2 * sizeof key + 1))
		goto failed;
	explicit_bzero(key, sizeof key);
	explicit_bzero(text, sizeof text);
	return fd;
failed:
	if (fd >= 0)
		close(fd);
	return -1;
}

/* In the child: this program, its records into the pipe. Does not return. */
static void __attribute__((noreturn)) replay(const struct strings *words, int out)
{
	if (dup2(out, STDOUT_FILENO) >= 0)
		execv("/proc/self/exe", (char **)(uintptr_t)words->p);
	log_error("cannot start the replay: %s", strerror(errno));
	_exit(EXIT_FAILED);
}

/* The words of the run that replays. Owned strings: none. */
static bool replay_words(const struct request *q, struct strings *words, char key_path[32], int *key)
{
	size_t i;

	*key = -1;
	if (!words_push(words, "plainpop") || !words_push(words, "-o") || !words_push(words, RECORDS))
		return false;
	if (q->own_key) {
		*key = passing_key();
		if (*key < 0) {
			log_error("cannot make a key for fingerprints: %s", strerror(errno));
			return false;
		}
		snprintf(key_path, 32, "/proc/self/fd/%d", *key);
		if (!words_push(words, "--secrets=fingerprint") || !words_push(words, "--secret-key") || !words_push(words, key_path))
			return false;
	} else if (q->secrets == NULL && !words_push(words, "--secrets=fingerprint")) {
		return false;
	}
	for (i = 0; i < q->run.n; i++)
		if (!words_push(words, q->run.p[i]))
			return false;
	return true;
}

/* The exit status so far. */
static int take_replay(const struct request *q, struct report *r)
{
	struct strings words = { 0 };
	int ends[2] = { -1, -1 }, key, status = 0, worst = EXIT_FAILED;
	char key_path[32];
	pid_t child;
	FILE *f;

	if (!replay_words(q, &words, key_path, &key) || pipe2(ends, O_CLOEXEC) != 0)
		goto out;
	fflush(NULL);
	child = fork();
	if (child == 0)
		replay(&words, ends[1]);
	close(ends[1]);
	f = child > 0 ? fdopen(ends[0], "rb") : NULL;
	if (f == NULL) {
		log_error("cannot start the replay: %s", strerror(errno));
		goto out;
	}
	/* Ctrl-C ends the replay, as always; the report is of what there was until then. */
	signal(SIGINT, SIG_IGN);
	worst = take_stream(r, "the replay", f) ? EXIT_DONE : EXIT_FAILED;
	fclose(f);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	signal(SIGINT, SIG_DFL);
	if (!WIFEXITED(status)) {
		log_error("the replay ended by signal %d; the report has what it had said by then", WTERMSIG(status));
		worst = EXIT_FAILED;
	} else if (WEXITSTATUS(status) > worst) {
		worst = WEXITSTATUS(status);
	}
	if (worst == EXIT_FAILED) /* interrupted, or one of the captures is damaged or not there */
		report_unread(r);
out:
	if (key >= 0)
		close(key);
	free(words.p);
	return worst;
}

/* ---- writing ---- */

static bool write_standard(const struct request *q, const struct report *r)
{
	if (report_write(r, q->form, q->table, stdout) && fflush(stdout) == 0)
		return true;
	log_error("standard output: %s", strerror(errno));
	return false;
}

/* A pipe, a terminal, /dev/null: nothing to put another file in the place of. */
static bool write_device(const struct request *q, const struct report *r)
{
	FILE *f = fopen(q->out, "wbe");
	bool ok = f != NULL && report_write(r, q->form, q->table, f);

	ok = f != NULL && fclose(f) == 0 && ok;
	if (!ok)
		log_error("%s: %s", q->out, strerror(errno));
	return ok;
}

/* Whole or not at all: into a new file beside it that is then called so. For its owner alone: it names people. */
static bool write_file(const struct request *q, const struct report *r)
{
	size_t n = strlen(q->out) + sizeof ".XXXXXX";
	char *path = malloc(n);
	FILE *f = NULL;
	int fd = -1;
	bool ok = false;

	if (path != NULL) {
		snprintf(path, n, "%s.XXXXXX", q->out);
		fd = mkostemp(path, O_CLOEXEC); /* mode 0600 */
	}
	if (fd >= 0)
		f = fdopen(fd, "wb");
	if (f != NULL) {
		__fsetlocking(f, FSETLOCKING_BYCALLER);
		ok = report_write(r, q->form, q->table, f) && fflush(f) == 0 && fsync(fd) == 0;
		ok = fclose(f) == 0 && ok;
		ok = ok && rename(path, q->out) == 0;
	}
	if (!ok) {
		log_error("%s: %s", q->out, strerror(errno));
		if (fd >= 0)
			unlink(path);
	}
	free(path);
	return ok;
}

static bool write_out(const struct request *q, const struct report *r)
{
	struct stat st;

	if (strcmp(q->out, "-") == 0)
		return write_standard(q, r);
	if (stat(q->out, &st) == 0 && !S_ISREG(st.st_mode))
		return write_device(q, r);
	return write_file(q, r);
}

/* What there was, in a line, unless it goes to standard output. */
static void say_done(const struct request *q, const struct report *r)
{
	if (report_records(r) == 0)
		log_warn("%s: there is nothing of plainpop's in it; `pop3' and `alert' records are what a report is made of", q->out);
	else
		log_info("%s: made of %llu records", q->out, (unsigned long long)report_records(r));
}

/* Whether the report would take the place of what it is to be made of. */
static bool is_input(const char *out, const struct strings *words)
{
	struct stat a, b;
	size_t i;

	if (stat(out, &a) != 0 || !S_ISREG(a.st_mode))
		return false;
	for (i = 0; i < words->n; i++)
		if (stat(words->p[i], &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
			return true;
	return false;
}

static struct secret_key *pseudonym_key(const struct request *q)
{
	char err[256];
	struct secret_key *key;
	bool created;

	if (q->secret_key == NULL) {
		key = secret_key_random();
		if (key == NULL)
			log_error("cannot make a key for pseudonyms: %s", strerror(errno));
		return key;
	}
	key = secret_key_open(q->secret_key, &created, err);
	if (key == NULL)
		log_error("%s: %s", q->secret_key, err);
	return key;
}

static int make(struct request *q)
{
	struct report_options options = { .complete = q->replay, .version = PLAINPOP_VERSION };
	struct secret_key *key = NULL;
	struct report *r = NULL;
	int status = EXIT_DONE;
	size_t i;

	if (is_input(q->out, &q->file) || is_input(q->out, &q->run)) {
		log_error("%s is what the report would be made of; give -o another name", q->out);
		return EXIT_WRONG;
	}
	/* Nobody named a key for fingerprints, and nobody has to: equal ones show all the same. */
	q->own_key = q->replay && q->secrets == NULL && q->secret_key == NULL;
	options.passing_key = q->own_key;
	if (q->pseudonyms && (key = pseudonym_key(q)) == NULL)
		return EXIT_WRONG;
	options.pseudonyms = key;
	r = report_new(&options);
	if (r == NULL) {
		log_error("out of memory");
		status = EXIT_FAILED;
		goto out;
	}
	if (q->replay)
		status = take_replay(q, r);
	for (i = 0; i < q->file.n; i++)
		if (!take_file(r, q->file.p[i]))
			status = EXIT_FAILED;
	if (status == EXIT_WRONG) /* the replay was never started, and has said why */
		goto out;
	if (!report_finish(r)) {
		log_error("out of memory");
		status = EXIT_FAILED;
		goto out;
	}
	if (!write_out(q, r))
		status = EXIT_FAILED;
	else
		say_done(q, r);
out:
	report_free(r);
	secret_key_free(key);
	return status;
}

int report_command(int argc, char **argv)
{
	struct request q = { 0 };
	int status = EXIT_WRONG;

	if (request_read(&q, argc, argv)) {
		status = EXIT_DONE;
		if (q.help)
			request_help();
		else
			status = make(&q);
	}
	request_free(&q);
	return status;
}
