/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table as a file: JSON, one object a line.
 *
 *   {"plainpop":"servers","version":1,"servers":2}
 *   {"address":"198.51.100.25","port":110,"first_seen":1704164645000000,...}
 *
 * The first line says how many others there are, so that a file that was cut is known for one. The longest unseen come
 * first. Times are µs since the epoch.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "servers.h"

#define ERR_SIZE 256

static const char *const stls_names[SERVER_STLS_MAX] = {
	[SERVER_STLS_UNKNOWN] = "unknown", [SERVER_STLS_OFFERED] = "offered", [SERVER_STLS_NOT_OFFERED] = "not_offered",
};

const char *server_stls_name(enum server_stls stls)
{
	return stls_names[stls];
}

/* ---- writing ---- */

static void add_number(struct json_object *o, const char *key, uint64_t v)
{
	json_object_object_add(o, key, json_object_new_int64(v < (uint64_t)SERVERS_NUMBER_MAX ? (int64_t)v : SERVERS_NUMBER_MAX));
}

static void add_address(struct json_object *o, const char *key, uint8_t ip_v, const uint8_t addr[16])
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(ip_v == 4 ? AF_INET : AF_INET6, addr, text, sizeof text) != NULL)
		json_object_object_add(o, key, json_object_new_string(text));
}

static void add_missing(struct json_object *o, const struct server_missing *m)
{
	struct json_object *missing;

	if (m->sessions == 0)
		return;
	missing = json_object_new_object();
	add_number(missing, "since", m->since);
	add_number(missing, "sessions", m->sessions);
	add_address(missing, "client", m->ip_v, m->client);
	json_object_object_add(missing, "clients", json_object_new_boolean(m->clients));
	json_object_object_add(o, "stls_missing", missing);
}

static void add_capabilities(struct json_object *o, const char *lines)
{
	struct json_object *list;

	if (lines == NULL)
		return;
	list = json_object_new_array();
	for (; *lines != '\0'; lines += *lines == '\n' ? 1 : 0) {
		size_t n = strcspn(lines, "\n");

		json_object_array_add(list, json_object_new_string_len(lines, (int)n));
		lines += n;
	}
	json_object_object_add(o, "capabilities", list);
}

static struct json_object *object_of(const struct server *v)
{
	struct json_object *o = json_object_new_object(), *vlans;
	unsigned i;

	add_address(o, "address", v->key.ip_v, v->key.addr);
	add_number(o, "port", v->key.port);
	if (v->key.n_vlan > 0) {
		vlans = json_object_new_array();
		for (i = 0; i < v->key.n_vlan; i++)
			json_object_array_add(vlans, json_object_new_int(v->key.vlan[i]));
		json_object_object_add(o, "vlan", vlans);
	}
	if (v->key.tunnel != 0)
		add_number(o, "tunnel", v->key.tunnel);
	if (v->vni_set)
		add_number(o, "vni", v->vni);
	add_number(o, "first_seen", v->first_seen);
	add_number(o, "last_seen", v->last_seen);
	add_number(o, "sessions", v->sessions);
	add_number(o, "logins", v->logins);
	json_object_object_add(o, "stls", json_object_new_string(stls_names[v->stls]));
	if (v->stls == SERVER_STLS_OFFERED)
		add_number(o, "stls_since", v->offered);
	add_missing(o, &v->missing);
	json_object_object_add(o, "plaintext_accepted", json_object_new_boolean(v->plaintext_accepted));
	json_object_object_add(o, "plaintext_refused", json_object_new_boolean(v->plaintext_refused));
	if (v->banner != NULL)
		json_object_object_add(o, "banner", json_object_new_string(v->banner));
	add_capabilities(o, v->capabilities);
	return o;
}

int servers_file_write(const struct servers *s, FILE *f)
{
	const struct server *v;

	fprintf(f, "{\"plainpop\":\"servers\",\"version\":%d,\"servers\":%zu}\n", SERVERS_VERSION, s->n);
	for (v = s->oldest; v != NULL; v = v->newer) {
		struct json_object *o = object_of(v);
		const char *line =
			json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
		bool ok = line != NULL && fprintf(f, "%s\n", line) > 0;

		json_object_put(o);
		if (!ok)
			return -1;
	}
	return ferror(f) != 0 ? -1 : 0;
}

/* The directory of a path. Heap. */
static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* A rename is on the disk once its directory is. Where that can't be done it is not worth failing for. */
static void sync_parent(const char *path)
{
	char *parent = parent_of(path);
	int fd = parent != NULL ? open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(parent);
}

static int write_and_close(const struct servers *s, int fd)
{
	FILE *f = fdopen(fd, "w");
	int r;

	if (f == NULL) {
		close(fd);
		return -1;
	}
	r = servers_file_write(s, f);
	if (fflush(f) != 0 || fsync(fd) != 0)
		r = -1;
	return fclose(f) != 0 ? -1 : r;
}

/* A file beside the one that is kept, filled by what and put in its place. 0, or -1 with errno. */
static int replace(const struct servers *s, int (*fill)(const struct servers *s, int to, int from), int from)
{
	size_t size = strlen(s->path) + sizeof ".XXXXXX";
	char *path = malloc(size);
	int fd, r = -1, why;

	if (path == NULL)
		return -1;
	snprintf(path, size, "%s.XXXXXX", s->path);
	fd = mkostemp(path, O_CLOEXEC); /* mode 0600 */
	if (fd >= 0) {
		r = fill(s, fd, from);
		if (r == 0)
			r = rename(path, s->path);
		why = errno;
		if (r != 0)
			unlink(path);
		errno = why;
	}
	free(path);
	if (r == 0)
		sync_parent(s->path);
	return r;
}

static int fill_with_table(const struct servers *s, int to, int from)
{
	(void)from;
	return write_and_close(s, to);
}

static int fill_with_file(const struct servers *s, int to, int from)
{
	char buf[65536];
	off_t at = 0;
	ssize_t n;
	int r = -1;

	(void)s;
	while ((n = pread(from, buf, sizeof buf, at)) > 0 && write(to, buf, (size_t)n) == n)
		at += n;
	if (n == 0 && fsync(to) == 0)
		r = 0;
	return close(to) != 0 ? -1 : r;
}

int servers_save(struct servers *s)
{
	if (s->path == NULL || !s->changed)
		return 0;
	if (replace(s, fill_with_table, -1) != 0)
		return -1;
	s->changed = false;
	return 0;
}

bool servers_changed(const struct servers *s)
{
	return s->path != NULL && s->changed;
}

int servers_write(struct servers *s, int fd)
{
	int copy = dup(fd);

	if (copy < 0 || write_and_close(s, copy) != 0)
		return -1;
	s->changed = false;
	return 0;
}

int servers_take(struct servers *s, int fd)
{
	return s->path == NULL ? 0 : replace(s, fill_with_file, fd);
}

/* ---- opening ---- */

/* Reads what is there. False with errno when the file can't be read; *bad: how many lines are wrong. */
static bool load(struct servers *s, const char *path, size_t *bad, char err[ERR_SIZE])
{
	FILE *f = fopen(path, "re");
	struct stat st;

	if (f == NULL)
		return false;
	if (fstat(fileno(f), &st) == 0 && S_ISDIR(st.st_mode)) {
		fclose(f);
		errno = EISDIR;
		return false;
	}
	*bad = servers_file_read(s, f, path, err);
	fclose(f);
	return true;
}

/* The directory of the file, if only that is missing. */
static void make_parent(const char *path)
{
	char *parent = parent_of(path);

	if (parent != NULL)
		mkdir(parent, 0755); /* that it failed shows when the file is made */
	free(parent);
}

/* True when the file can be written beside what is there. */
static bool may_replace(const char *path)
{
	char *parent = parent_of(path);
	bool may = parent != NULL && access(parent, W_OK | X_OK) == 0;

	free(parent);
	return may;
}

struct servers *servers_open(const char *path, char err[256])
{
	struct servers *s = servers_new();
	size_t bad = 0;

	if (s == NULL || path == NULL) {
		if (s == NULL)
			snprintf(err, ERR_SIZE, "%s", strerror(errno));
		return s;
	}
	s->path = strdup(path);
	if (s->path == NULL)
		goto failed;
	if (load(s, path, &bad, err)) {
		if (bad > 0) {
			size_t n = strlen(err);

			snprintf(err + n, ERR_SIZE - n, "; mend it, or move it away to begin with an empty table");
			servers_free(s);
			return NULL;
		}
		if (!may_replace(path))
			goto failed;
		return s;
	}
	if (errno != ENOENT)
		goto failed;
	make_parent(path);
	s->changed = true;
	if (servers_save(s) == 0)
		return s;
failed:
	snprintf(err, ERR_SIZE, "%.128s: %s", path, strerror(errno));
	servers_free(s);
	return NULL;
}

struct servers *servers_view(const char *path, char err[256])
{
	struct servers *s = servers_new();
	size_t bad = 0;

	err[0] = '\0';
	if (s != NULL && load(s, path, &bad, err)) {
		size_t n = strlen(err);

		if (bad > 1)
			snprintf(err + n, ERR_SIZE - n, "; and %zu more lines are wrong", bad - 1);
		return s;
	}
	snprintf(err, ERR_SIZE, "%.128s: %s%s", path, strerror(errno), errno == ENOENT ? "; plainpop --servers FILE makes it" : "");
	servers_free(s);
	return NULL;
}
