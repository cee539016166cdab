/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is to be read. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc_impl.h"

const char *input_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* Something failed; what can be done goes on. */
static void failed(struct inputs *in, const char *name, const char *why)
{
	log_error("%s: %s", name, why);
	counter_add(COUNTER_CAPTURE_ERRORS, 1);
	in->failed = true;
}

static bool add_path(struct inputs *in, const char *path)
{
	char **bigger = realloc(in->path, (in->n + 1) * sizeof *in->path);

	if (bigger == NULL)
		return false;
	in->path = bigger;
	in->path[in->n] = strdup(path);
	return in->path[in->n] != NULL && ++in->n > 0;
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
static bool add_directory(struct inputs *in, const char *directory)
{
	struct dirent **entry;
	int n = scandir(directory, &entry, NULL, by_name), i;
	size_t before = in->n;
	bool ok = true;

	if (n < 0) {
		failed(in, directory, strerror(errno));
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
					ok = ok && add_path(in, path);
				else
					log_info("%s: not a capture, left out", path);
			}
		}
		free(path);
		free(entry[i]);
	}
	free(entry);
	if (ok && in->n == before)
		failed(in, directory, "no captures in it; each can be named by itself");
	return ok;
}

/* How much there is to read: nothing is said where that is not known of all. */
static void measure(struct inputs *in)
{
	bool all = true;
	struct stat st;
	size_t i;

	for (i = 0; i < in->n; i++) {
		if (strcmp(in->path[i], "-") == 0 || stat(in->path[i], &st) != 0 || !S_ISREG(st.st_mode)) {
			all &= strcmp(in->path[i], "-") != 0 && access(in->path[i], F_OK) != 0; /* one that is not there is no matter */
			continue;
		}
		in->size[i] = (uint64_t)st.st_size;
		in->total += in->size[i];
	}
	if (!all)
		in->total = 0;
}

bool inputs_list(struct inputs *in, const struct proc_config *c)
{
	struct stat st;
	size_t i;

	for (i = 0; i < c->n_interfaces; i++)
		if (!add_path(in, c->interfaces[i]))
			return false;
	for (i = 0; i < c->n_paths; i++) {
		bool directory = stat(c->paths[i], &st) == 0 && S_ISDIR(st.st_mode);

		if (!(directory ? add_directory(in, c->paths[i]) : add_path(in, c->paths[i])))
			return false;
	}
	in->source = calloc(in->n + 1, sizeof *in->source);
	in->bad = calloc(in->n + 1, sizeof *in->bad);
	in->size = calloc(in->n + 1, sizeof *in->size);
	if (in->source == NULL || in->bad == NULL || in->size == NULL)
		return false;
	if (c->n_interfaces == 0)
		measure(in);
	for (i = 0; i < in->n; i++)
		in->source[i] = (struct emit_source){ .name = in->path[i], .live = c->n_interfaces > 0 };
	return true;
}

void inputs_free(struct inputs *in)
{
	size_t i;

	for (i = 0; i < in->n; i++)
		free(in->path[i]);
	free(in->path);
	free(in->source);
	free(in->bad);
	free(in->size);
	*in = (struct inputs){ .n = 0 };
}

bool inputs_can_be_read_again(const struct inputs *in)
{
	struct stat st;
	size_t i;

	for (i = 0; i < in->n; i++)
		if (strcmp(in->path[i], "-") == 0 || (stat(in->path[i], &st) == 0 && !S_ISREG(st.st_mode)))
			return false;
	return true;
}

int input_open_file(const char *path)
{
	return strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
}

struct capture *input_open_interface(const char *name, const struct proc_config *config, struct capture_fanout *fanout,
				     char err[CAPTURE_ERROR_SIZE])
{
	struct capture_options options = config->capture;
	struct kernel_filter prefilter;
	struct capture *c;

	kernel_filter(&prefilter, config);
	options.prefilter = prefilter.text;
	options.filter = config->filter;
	options.fanout = fanout;
	c = capture_open_live(name, &options, err);
	kernel_filter_free(&prefilter);
	return c;
}
