/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From settings to a run: everything that can be wrong is found before anything is started. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <zlib.h>
#include <zstd.h>

#include "cli_impl.h"
#include "plainpop/capture.h"

#define FILTER_MAX 65536

/* Passwords pass through this process: it leaves no core file, and nobody may look into it. */
static void no_core(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}

static void print_version(void)
{
	printf("plainpop %s\n", PLAINPOP_VERSION);
	printf("%s\n", capture_version());
	printf("libnids 1.26\njson-c %s\n%s\nzlib %s\nzstd %s\n", emit_version(), OpenSSL_version(OPENSSL_VERSION),
	       zlibVersion(), ZSTD_versionString());
	printf("formats: eve text\nsinks: file\n");
}

/* ---- one setting after another, into the configuration ---- */

static bool set_ports(struct proc_config *c, const char *list)
{
	const char *p = list;

	do {
		char *end;
		unsigned long first, last;

		first = last = strtoul(p, &end, 10);
		if (end == p || *p < '0' || *p > '9')
			goto wrong;
		if (*end == '-') {
			p = end + 1;
			last = strtoul(p, &end, 10);
			if (end == p || *p < '0' || *p > '9')
				goto wrong;
		}
		if (first < 1 || last > 65535 || first > last || (*end != ',' && *end != '\0'))
			goto wrong;
		for (; first <= last; first++)
			port_set_add(&c->ports, (uint16_t)first);
		p = end + 1;
		if (*end == '\0')
			return true;
	} while (true);
wrong:
	log_error("-p %s: expected ports such as 110,995,1100-1110", list);
	return false;
}

static bool set_secrets(struct proc_config *c, const struct settings *s)
{
	static const char *const modes[] = { "redact", "fingerprint", "show" };
	char err[256];
	struct secret_key *key;
	bool created;
	int i;

	for (i = 0; i < 3; i++)
		if (strcmp(s->secrets, modes[i]) == 0)
			break;
	if (i == 3) {
		log_error("--secrets %s: expected redact, fingerprint or show", s->secrets);
		return false;
	}
	c->secrets = (enum pop3_secrets)i;
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

static bool set_checksums(struct proc_config *c, const char *mode)
{
	c->checksums = strcmp(mode, "all") == 0;
	if (c->checksums || strcmp(mode, "none") == 0)
		return true;
	log_error("-k %s: expected none or all", mode);
	return false;
}

/* The expression out of a file, comments (#) left out. Heap, or NULL. */
static char *read_filter(const char *path)
{
	char *text = calloc(1, FILTER_MAX);
	FILE *f = fopen(path, "re");
	size_t n;
	char *p;

	if (f == NULL || text == NULL) {
		log_error("%s: %s", path, strerror(errno));
		if (f != NULL)
			fclose(f);
		free(text);
		return NULL;
	}
	n = fread(text, 1, FILTER_MAX - 1, f);
	fclose(f);
	text[n] = '\0';
	for (p = text; *p != '\0'; p++) {
		if (*p == '#')
			memset(p, ' ', strcspn(p, "\n"));
		if (*p == '\n' || *p == '\r')
			*p = ' ';
	}
	return text;
}

static bool set_filter(struct proc_config *c, struct settings *s)
{
	char err[CAPTURE_ERROR_SIZE];
	int given = (s->filter != NULL) + (s->filter_file != NULL) + (s->filter_words != NULL);

	if (given > 1) {
		log_error("more than one BPF expression was given");
		return false;
	}
	if (s->filter_file != NULL) {
		s->filter_words = read_filter(s->filter_file);
		if (s->filter_words == NULL)
			return false;
	}
	c->filter = s->filter != NULL ? s->filter : s->filter_words;
	if (c->filter != NULL && !capture_filter_valid(c->filter, err)) {
		log_error("filter `%s': %s", c->filter, err);
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
	if (s->read.n > 0 && s->interface.n > 0) {
		log_error("-r and -i exclude each other");
		return false;
	}
	if (s->interface.n > 1) {
		log_error("-i: more than one interface is not supported yet");
		return false;
	}
	if (s->read.n + s->interface.n == 0 && !only_rules(s)) {
		log_error("nothing to do: -r PATH replays a capture, -i NAME watches an interface; see --help");
		return false;
	}
	c->paths = s->read.p;
	c->n_paths = s->read.n;
	c->interface = s->interface.n > 0 ? s->interface.p[0] : NULL;
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
		c->n_outputs++;
	}
	return true;
}

static struct ruleset *reload(void *ctx, const struct ruleset *old)
{
	size_t wrong;
	struct ruleset *rs = rules_load(ctx, old, &wrong);

	if (rs != NULL && wrong > 0)
		log_warn("%zu rules are wrong and left out", wrong);
	return rs;
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

	c = (struct proc_config){ .quiet = s->verbose < 0, .verbose = s->verbose > 0 };
	log_set_level((enum log_level)(s->verbose < 0   ? LOG_LEVEL_ERROR
				       : s->verbose > 1 ? LOG_LEVEL_DEBUG
							: LOG_LEVEL_WARN + s->verbose));
	c.any_port = s->any_port;
	c.capture = (struct capture_options){ .buffer = s->buffer_size << 20, .snaplen = s->snaplen,
					      .immediate = s->immediate, .no_promiscuous = s->no_promiscuous };
	if (!set_inputs(&c, s) || !set_ports(&c, s->ports) || !set_checksums(&c, s->checksums) ||
	    !set_filter(&c, s) || !set_outputs(&c, s))
		goto out;
	rs = rules_load(s, NULL, &wrong);
	if (rs == NULL)
		goto out;
	if (only_rules(s)) {
		status = tell_rules(s, rs, wrong);
		goto out;
	}
	if (!set_secrets(&c, s) || !set_breached(&c, s->breached) || !set_servers(&c, s->servers))
		goto out;
	if (wrong > 0)
		log_warn("%zu rules are wrong and left out", wrong);
	if (c.secrets == POP3_SECRETS_SHOW)
		log_warn("--secrets=show: the outputs will hold passwords in the clear");
	c.rules = rs;
	c.reload = reload;
	c.reload_ctx = s;
	status = proc_run(&c);
	rs = c.rules; /* it may be another by now */
out:
	for (i = 0; i < c.n_outputs; i++)
		output_close(c.outputs[i]);
	free(c.outputs);
	secret_key_free((struct secret_key *)(uintptr_t)c.key);
	servers_free(c.servers);
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
	if (options_read(argc, argv, &s) == 0) {
		if (s.ports == NULL)
			s.ports = DEFAULT_PORTS;
		if (s.secrets == NULL)
			s.secrets = "redact";
		if (s.secret_key == NULL)
			s.secret_key = DEFAULT_SECRET_KEY;
		if (s.checksums == NULL)
			s.checksums = "none";
		if (s.help)
			options_help();
		else if (s.version)
			print_version();
		status = s.help || s.version ? EXIT_DONE : run(&s);
	}
	options_free(&s);
	return status;
}
