/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From settings to a run: everything that can be wrong is found before anything is started. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cyaml/cyaml.h>
#include <openssl/crypto.h>
#include <yaml.h>
#include <zlib.h>
#include <zstd.h>

#include "cli_impl.h"
#include "plainpop/capture.h"
#include "plainpop/top.h"

/* Passwords pass through this process: it leaves no core file, and nobody may look into it. */
static void no_core(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}

static void print_version(void)
{
	const char *library;
	size_t i;

	printf("plainpop %s\n", PLAINPOP_VERSION);
	printf("%s\n", capture_version());
	printf("libnids 1.26\njson-c %s\n%s\nzlib %s\nzstd %s\n", emit_version(), OpenSSL_version(OPENSSL_VERSION),
	       zlibVersion(), ZSTD_versionString());
	printf("libcyaml %s\nlibyaml %s\n", cyaml_version_str, yaml_get_version_string());
	for (i = 0; (library = emit_library(i)) != NULL; i++)
		printf("%s\n", library);
	printf("formats: %s\nsinks: %s\n", emit_formats(), emit_sinks());
	if (exporter_version() != NULL)
		printf("metrics: libmicrohttpd %s\n", exporter_version());
	else
		printf("metrics: not in this build\n");
	printf("top: %s\n", top_terminal_version() != NULL ? top_terminal_version() : "plain text alone, ncurses is not in this build");
}

/* ---- one setting after another, into the configuration ---- */

static bool set_secrets(struct proc_config *c, const struct settings *s)
{
	char err[256];
	struct secret_key *key;
	bool created;

	c->secrets = s->secrets;
	if (c->secrets != POP3_SECRETS_FINGERPRINT) {
		c->key = secret_key_random(); /* to count by */
		if (c->key == NULL)
			log_error("cannot make a key for fingerprints: %s", strerror(errno));
		return c->key != NULL;
	}
	key = secret_key_open(s->secret_key, &created, err);
	if (key == NULL) {
		log_error("%s: %s (--secret-key names another key file)", s->secret_key, err);
		return false;
	}
	if (created)
		log_warn("%s: made a new key; fingerprints compare only between sensors that share it", s->secret_key);
	c->key = key;
	return true;
}

static bool set_breached(struct proc_config *c, const char *path)
{
	char err[256];

	if (path == NULL)
		return true;
	c->breached = breached_open(path, err);
	if (c->breached == NULL)
		log_error("%s: %s", path, err);
	return c->breached != NULL;
}

static bool set_servers(struct proc_config *c, const char *path)
{
	char err[256];

	c->servers = servers_open(path, err);
	if (c->servers == NULL)
		log_error("%s", err);
	else if (c->secrets == POP3_SECRETS_SHOW)
		servers_omit_texts(c->servers);
	return c->servers != NULL;
}

static bool set_control(struct proc_config *c, const char *path)
{
	char err[256];

	if (path == NULL)
		return true;
	c->control = control_open(path, err);
	if (c->control == NULL)
		log_error("--control %s: %s", path, err);
	return c->control != NULL;
}

static bool set_metrics(struct proc_config *c, const char *address)
{
	char err[256];

	if (address == NULL)
		return true;
	c->exporter = exporter_open(address, err);
	if (c->exporter == NULL)
		log_error("--metrics %s: %s", address, err);
	return c->exporter != NULL;
}

static bool set_filter(struct proc_config *c, const struct settings *s)
{
	char err[CAPTURE_ERROR_SIZE];

	if ((s->filter != NULL) + (s->filter_read != NULL) + (s->filter_words != NULL) > 1) {
		log_error("more than one BPF expression was given: one, joined by `and', is what there can be");
		return false;
	}
	c->filter = s->filter != NULL ? s->filter : s->filter_read != NULL ? s->filter_read : s->filter_words;
	if (s->filter_words != NULL && !capture_filter_valid(s->filter_words, err)) {
		log_error("filter `%s': %s", s->filter_words, err);
		return false;
	}
	return true;
}

/* What is only asked about the rules. */
static bool only_rules(const struct settings *s)
{
	return s->test || s->list_rules || s->explain != 0;
}

static bool set_inputs(struct proc_config *c, const struct settings *s)
{
	size_t i, j;

	if (s->read.n > 0 && s->interface.n > 0) {
		log_error("-r and -i exclude each other: one run replays, another one watches");
		return false;
	}
	for (i = 0; i < s->interface.n; i++)
		for (j = 0; j < i; j++)
			if (strcmp(s->interface.p[i], s->interface.p[j]) == 0) {
				log_error("-i %s: given twice", s->interface.p[i]);
				return false;
			}
	if (s->interface.n * (s->workers > 0 ? s->workers : 1) > PROC_SENSORS_MAX) {
		log_error("%zu interfaces with %u sensors each: %d sensors are the most", s->interface.n,
			  s->workers > 0 ? s->workers : 1, PROC_SENSORS_MAX);
		return false;
	}
	if (s->read.n + s->interface.n == 0 && !only_rules(s)) {
		log_error("nothing to do: -r PATH replays a capture, -i NAME watches an interface; see --help");
		return false;
	}
	c->paths = s->read.p;
	c->n_paths = s->read.n;
	c->interfaces = s->interface.p;
	c->n_interfaces = s->interface.n;
	c->workers = s->workers;
	return true;
}

static bool set_outputs(struct proc_config *c, const struct settings *s)
{
	const char *const standard[] = { isatty(STDOUT_FILENO) == 1 ? "text:-" : "eve:-" };
	const char *const *spec = s->output.n > 0 ? s->output.p : standard;
	size_t n = s->output.n > 0 ? s->output.n : 1, i;
	char err[OUTPUT_ERROR_SIZE];

	c->outputs = calloc(n, sizeof(struct output *));
	if (c->outputs == NULL)
		return false;
	for (i = 0; i < n; i++) {
		if (output_parse(spec[i], &c->outputs[i], err) != OUTPUT_OK) {
			log_error("-o %s: %s", spec[i], err);
			return false;
		}
		/* A replay is about what is in the capture. */
		if (c->n_interfaces == 0)
			output_only_if_named(c->outputs[i], RECORD_STATS);
		c->n_outputs++;
	}
	return true;
}

static struct ruleset *rules_from(void *ctx, int fd, const struct ruleset *old)
{
	return rules_again(ctx, fd, old);
}

static struct ruleset *reload(void *ctx, const struct ruleset *old, int *fd)
{
	size_t wrong;
	struct ruleset *rs = rules_load(ctx, old, &wrong, fd);

	if (rs != NULL && wrong > 0)
		log_warn("%zu rules are wrong and left out", wrong);
	return rs;
}

/* For -T: what would be opened, without making what is not there yet. */
static bool check_files(const struct settings *s)
{
	struct proc_config c = { .secrets = s->secrets };
	struct servers *servers = NULL;
	char err[256] = "";
	bool ok = true;

	if (s->secrets == POP3_SECRETS_FINGERPRINT && access(s->secret_key, F_OK) == 0)
		ok = set_secrets(&c, s);
	ok = set_breached(&c, s->breached) && ok;
	if (s->servers != NULL && access(s->servers, F_OK) == 0) {
		servers = servers_view(s->servers, err);
		if (err[0] != '\0')
			log_error("%s", err);
		ok = err[0] == '\0' && ok;
	}
	servers_free(servers);
	secret_key_free((struct secret_key *)(uintptr_t)c.key);
	breached_close((struct breached *)(uintptr_t)c.breached);
	return ok;
}

static int tell_rules(const struct settings *s, const struct ruleset *rs, size_t wrong)
{
	if (s->test)
		return rules_test(rs, wrong);
	if (s->explain != 0)
		return rules_explain(rs, s->explain);
	rules_list(rs);
	return EXIT_DONE;
}

static int run(struct settings *s)
{
	static struct proc_config c; /* its port set is large */
	struct ruleset *rs = NULL;
	size_t wrong, i;
	int status = EXIT_WRONG;
	bool ok;

	settings_preset(s);
	c = (struct proc_config){ .quiet = s->verbose < 0, .verbose = s->verbose > 0, .checksums = s->checksums,
				  .any_port = s->any_port, .ports = s->port_set };
	log_set_level((enum log_level)(s->verbose < 0   ? LOG_LEVEL_ERROR
				       : s->verbose > 1 ? LOG_LEVEL_DEBUG
							: LOG_LEVEL_WARN + s->verbose));
	c.capture = (struct capture_options){ .buffer = s->buffer_size << 20, .snaplen = s->snaplen,
					      .immediate = s->immediate, .no_promiscuous = s->no_promiscuous };
	/* Everything that is wrong is told, not only the first. */
	ok = set_inputs(&c, s);
	ok = set_filter(&c, s) && ok;
	ok = set_outputs(&c, s) && ok;
	ok = (!s->test || check_files(s)) && ok;
	rs = rules_load(s, NULL, &wrong, NULL);
	if (rs == NULL || !ok)
		goto out;
	if (only_rules(s)) {
		status = tell_rules(s, rs, wrong);
		goto out;
	}
	if (!set_secrets(&c, s) || !set_breached(&c, s->breached) || !set_servers(&c, s->servers) ||
	    !set_control(&c, s->control) || !set_metrics(&c, s->metrics))
		goto out;
	c.servers_path = s->servers;
	if (wrong > 0)
		log_warn("%zu rules are wrong and left out", wrong);
	if (c.secrets == POP3_SECRETS_SHOW)
		log_warn("--secrets=show: the outputs will hold passwords in the clear");
	c.rules = rs;
	c.user = s->user;
	c.group = s->group;
	c.no_sandbox = s->no_sandbox;
	c.memory = (size_t)s->memory << 20;
	c.stats_interval = s->stats_interval;
	c.spool = s->spool;
	c.spool_size = (uint64_t)s->spool_size << 20;
	c.reload = reload;
	c.rules_from = rules_from;
	c.reload_ctx = s;
	status = proc_run(&c);
	rs = c.rules; /* it may be another by now */
out:
	for (i = 0; i < c.n_outputs; i++)
		output_close(c.outputs[i]);
	free(c.outputs);
	secret_key_free((struct secret_key *)(uintptr_t)c.key);
	servers_free(c.servers);
	control_close(c.control);
	exporter_close(c.exporter);
	breached_close((struct breached *)(uintptr_t)c.breached);
	ruleset_free(rs);
	return status;
}

int main(int argc, char **argv)
{
	struct settings s;
	int status = EXIT_WRONG;

	no_core();
	if (argc > 1 && strcmp(argv[1], "servers") == 0)
		return servers_command(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "ctl") == 0)
		return ctl_command(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "report") == 0)
		return report_command(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "top") == 0)
		return top_command(argc - 1, argv + 1);
	if (options_read(argc, argv, &s) == 0) {
		status = EXIT_DONE;
		if (s.help || s.help_all)
			options_help(s.help_all);
		else if (s.version)
			print_version();
		else if (s.completion != NULL)
			completion_print(stdout, s.completion);
		else
			status = config_read(&s) == 0 ? run(&s) : EXIT_WRONG;
	}
	settings_free(&s);
	return status;
}
