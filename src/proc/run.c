/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inputs one after another, signals, the exit status. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc_impl.h"

static volatile sig_atomic_t stop, reload;

static struct {
	struct proc_config *config;
	char **path; /* captures, directories resolved */
	size_t n;
	struct emit_source *source;
	struct capture *volatile capture; /* the one being read, for the signal handler */
	const char *name;
	bool progress;
	int status;
} run;

static void on_signal(int number)
{
	(void)number;
	stop = stop == 0 ? 1 : 2; /* the second time at once */
	if (run.capture != NULL)
		capture_stop(run.capture);
}

static void on_reload(int number)
{
	(void)number;
	reload = 1;
}

static void catch_signals(void)
{
	struct sigaction a = { .sa_handler = on_signal };

	sigaction(SIGINT, &a, NULL);
	sigaction(SIGTERM, &a, NULL);
	a.sa_handler = on_reload;
	a.sa_flags = SA_RESTART; /* no reason for a read to fail */
	sigaction(SIGUSR2, &a, NULL);
	a.sa_handler = SIG_IGN; /* a closed pipe is an error of write, not the end */
	sigaction(SIGPIPE, &a, NULL);
}

/* Something failed; what can be done goes on. */
static void failed(const char *name, const char *why)
{
	progress_clear();
	log_error("%s: %s", name, why);
	counter_add(COUNTER_CAPTURE_ERRORS, 1);
	run.status = 1;
}

/* ---- the list of inputs ---- */

static bool add_path(const char *path)
{
	char **bigger = realloc(run.path, (run.n + 1) * sizeof *run.path);

	if (bigger == NULL)
		return false;
	run.path = bigger;
	run.path[run.n] = strdup(path);
	return run.path[run.n] != NULL && ++run.n > 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* A name that promises a capture: then it had better be one. */
static bool named_like_capture(const char *name)
{
	static const char *const endings[] = { ".pcap", ".pcapng", ".cap", ".pcap.gz", ".pcapng.gz", ".cap.gz",
					       ".pcap.zst", ".pcapng.zst", ".cap.zst" };
	size_t i, n = strlen(name);

	for (i = 0; i < sizeof endings / sizeof endings[0]; i++) {
		size_t e = strlen(endings[i]);

		if (n > e && strcmp(name + n - e, endings[i]) == 0)
			return true;
	}
	return false;
}

/* The captures in a directory, in the order of their names. False: no memory. */
static bool add_directory(const char *directory)
{
	struct dirent **entry;
	int n = scandir(directory, &entry, NULL, by_name), i;
	size_t before = run.n;
	bool ok = true;

	if (n < 0) {
		failed(directory, strerror(errno));
		return true;
	}
	for (i = 0; i < n; i++) {
		size_t size = strlen(directory) + strlen(entry[i]->d_name) + 2;
		char *path = malloc(size);
		struct stat st;

		if (path == NULL) {
			ok = false;
		} else {
			snprintf(path, size, "%s%s%s", directory,
				 directory[strlen(directory) - 1] == '/' ? "" : "/", entry[i]->d_name);
			if (entry[i]->d_name[0] != '.' && stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
				if (named_like_capture(entry[i]->d_name) || capture_looks_like_one(path))
					ok = ok && add_path(path);
				else
					log_info("%s: not a capture, left out", path);
			}
		}
		free(path);
		free(entry[i]);
	}
	free(entry);
	if (ok && run.n == before)
		failed(directory, "no captures in it");
	return ok;
}

static bool list_inputs(void)
{
	const struct proc_config *c = run.config;
	struct stat st;
	size_t i;

	if (c->interface != NULL && !add_path(c->interface))
		return false;
	for (i = 0; i < c->n_paths; i++) {
		bool directory = stat(c->paths[i], &st) == 0 && S_ISDIR(st.st_mode);

		if (!(directory ? add_directory(c->paths[i]) : add_path(c->paths[i])))
			return false;
	}
	run.source = calloc(run.n + 1, sizeof *run.source);
	if (run.source == NULL)
		return false;
	for (i = 0; i < run.n; i++)
		run.source[i] = (struct emit_source){ .name = run.path[i], .live = c->interface != NULL };
	return true;
}

static void free_inputs(void)
{
	size_t i;

	for (i = 0; i < run.n; i++)
		free(run.path[i]);
	free(run.path);
	free(run.source);
	run.path = NULL;
	run.source = NULL;
	run.n = 0;
}

/* ---- reading ---- */

static void draw(void)
{
	if (run.progress)
		progress_draw(run.capture, run.name);
}

/* New rules for the old ones, between two packets: sessions under way go on. */
static void reload_rules(void)
{
	struct ruleset *rs;

	reload = 0; /* first: another signal means another load */
	rs = run.config->reload(run.config->reload_ctx, run.config->rules);
	if (rs == NULL) {
		log_error("the rules were not reloaded: the old ones stay");
		return;
	}
	ruleset_free(run.config->rules);
	run.config->rules = rs;
	sensor_rules_changed();
	log_warn("reloaded: %zu rules", ruleset_count(rs));
}

/* Reads what is open. */
static void read_capture(struct capture *c, size_t i, bool live)
{
	struct sensor_input in = { .capture = c, .source = (uint32_t)i, .live = live, .pause = draw,
				   .between = reload_rules, .wanted = &reload };
	char why[CAPTURE_ERROR_SIZE + 64];

	run.name = run.path[i];
	run.capture = c;
	if (!decode_supports(capture_dlt(c))) {
		snprintf(why, sizeof why, "link type %s (%d) is not supported", capture_dlt_name(c), capture_dlt(c));
		failed(run.name, why);
	} else if (sensor_read(&in, &stop) != 0 && stop == 0) {
		snprintf(why, sizeof why, "%s; what came before it counts", capture_error(c));
		failed(run.name, why);
	}
	run.capture = NULL;
	progress_clear();
}

static void replay(void)
{
	char err[CAPTURE_ERROR_SIZE];
	struct capture *c;
	size_t i;

	capture_before_wait(writer_flush);
	for (i = 0; i < run.n && stop == 0 && !writer_dead(); i++) {
		const char *name = strcmp(run.path[i], "-") == 0 ? "standard input" : run.path[i];

		c = capture_open_file(run.path[i], run.config->filter, err);
		if (c == NULL) {
			failed(name, err);
			continue;
		}
		log_debug("reading %s (%s)", name, capture_dlt_name(c));
		read_capture(c, i, false);
		capture_close(c);
	}
	if (stop != 0) {
		log_error("interrupted; not everything was read");
		run.status = 1;
	}
}

static void capture_live(struct capture_stats *stats)
{
	struct capture_options options = run.config->capture;
	struct kernel_filter prefilter;
	char err[CAPTURE_ERROR_SIZE];
	struct capture *c;

	kernel_filter(&prefilter, run.config);
	options.prefilter = prefilter.text;
	options.filter = run.config->filter;
	c = capture_open_live(run.path[0], &options, err);
	kernel_filter_free(&prefilter);
	if (c == NULL) {
		failed(run.path[0], err);
		return;
	}
	if (!run.config->quiet)
		fprintf(stderr, "plainpop: capturing on %s (%s)\n", run.path[0], capture_dlt_name(c));
	read_capture(c, 0, true);
	capture_stats(c, stats);
	counter_add(COUNTER_CAPTURE_PACKETS, stats->received);
	counter_add(COUNTER_CAPTURE_DROPS, stats->dropped);
	counter_add(COUNTER_CAPTURE_IFDROPS, stats->if_dropped);
	capture_close(c);
}

static void print_counters(void)
{
	int i;

	for (i = 0; i < COUNTER_MAX; i++)
		if (counter_value[i] > 0)
			log_info("%s %llu (%s)", counter_name((enum counter)i),
				 (unsigned long long)counter_value[i], counter_help((enum counter)i));
}

int proc_run(struct proc_config *config)
{
	struct capture_stats stats = { 0 };
	bool live = config->interface != NULL, text = false, to_terminal = isatty(STDERR_FILENO) == 1;
	uint64_t lost;
	size_t i;

	run.config = config;
	run.status = 0;
	for (i = 0; i < config->n_outputs; i++)
		text |= output_is_text(config->outputs[i]);
	run.progress = to_terminal && !live && !config->quiet;
	catch_signals();
	if (!list_inputs()) {
		log_error("out of memory");
		free_inputs();
		return 1;
	}
	if (writer_start(config, run.source) > 0)
		run.status = 1;
	if (config->n_outputs == 0) { /* nowhere to say anything */
		free_inputs();
		return 1;
	}
	if (sensor_start(config) != 0) {
		log_error("cannot start: %s", strerror(errno));
		writer_stop();
		free_inputs();
		return 1;
	}
	if (live)
		capture_live(&stats);
	else
		replay();
	sensor_stop();
	if (writer_save() != 0)
		run.status = 1;
	lost = writer_stop();
	if (lost > 0) {
		log_error("%llu records could not be written", (unsigned long long)lost);
		run.status = 1;
	}
	print_counters();
	if (!config->quiet && (live || text || to_terminal || config->verbose))
		summary_print(live ? &stats : NULL);
	free_inputs();
	return run.status;
}
