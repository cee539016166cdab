/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Targets and options of Kafka, and what librdkafka is told of them. Files are read at once, and handed over as what was in
 * them: when a connection is made there may be no files any more.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../credential.h"
#include "kafka.h"

#define PEM_MAX (1u << 20)

static const struct {
	const char *option;
	rd_kafka_cert_type_t type;
} pems[KAFKA_PEMS] = {
	[KAFKA_AUTHORITIES] = { "ca", RD_KAFKA_CERT_CA },
	[KAFKA_CERTIFICATE] = { "cert", RD_KAFKA_CERT_PUBLIC_KEY },
	[KAFKA_KEY] = { "key", RD_KAFKA_CERT_PRIVATE_KEY },
};

const char *const kafka_prefixes[] = { "kafka://", "kafka+tls://", NULL };
static const char *const mechanisms[] = { "SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN", NULL };
static const char *const compressions[] = { "none", "gzip", "snappy", "lz4", "zstd", NULL };

/* ---- targets ---- */

/* The brokers, n bytes of "HOST[:PORT]+...", as librdkafka wants them. False with a message in err. */
static bool read_brokers(struct kafka_settings *s, const char *text, size_t n, char err[OUTPUT_ERROR_SIZE])
{
	const char *end = text + n, *rest;
	char one[HOST_SIZE + 16], host[HOST_SIZE], port[8];
	size_t used = 0;
	int added;

	while (text <= end) {
		const char *plus = memchr(text, '+', (size_t)(end - text));
		size_t length = (size_t)((plus != NULL ? plus : end) - text);

		if (length >= sizeof one)
			break;
		memcpy(one, text, length);
		one[length] = '\0';
		if (!address_read(one, "9092", host, port, &rest))
			break;
		added = snprintf(s->brokers + used, sizeof s->brokers - used, strchr(host, ':') != NULL ? "%s[%s]:%s" : "%s%s:%s",
				 used > 0 ? "," : "", host, port);
		if ((size_t)added >= sizeof s->brokers - used)
			break;
		used += (size_t)added;
		text += length + 1;
	}
	if (text <= end)
		snprintf(err, OUTPUT_ERROR_SIZE, "brokers are HOST[:PORT], more of them joined by '+'");
	return text > end;
}

static bool read_topic(struct kafka_settings *s, const char *text, char err[OUTPUT_ERROR_SIZE])
{
	size_t n = strlen(text);

	if (n == 0 || n > KAFKA_TOPIC_MAX || strcmp(text, ".") == 0 || strcmp(text, "..") == 0 ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != n) {
		snprintf(err, OUTPUT_ERROR_SIZE, "a topic has 1 to %d letters, digits, '.', '_' and '-'", KAFKA_TOPIC_MAX);
		return false;
	}
	memcpy(s->topic, text, n + 1);
	return true;
}

static bool read_target(struct kafka_settings *s, const char *text, char err[OUTPUT_ERROR_SIZE])
{
	size_t n = strcspn(text, "/");

	if (memchr(text, '@', n) != NULL) {
		snprintf(err, OUTPUT_ERROR_SIZE, "names and passwords are not for the target, which everybody can see on the "
			 "command line: user= and password-file=");
		return false;
	}
	if (text[n] != '/') {
		snprintf(err, OUTPUT_ERROR_SIZE, "no topic: kafka://HOST:PORT/TOPIC");
		return false;
	}
	return read_brokers(s, text, n, err) && read_topic(s, text + n + 1, err);
}

bool kafka_settings_read(struct kafka_settings *s, const char *target, char err[OUTPUT_ERROR_SIZE])
{
	memset(s, 0, sizeof *s);
	s->tls = strncmp(target, kafka_prefixes[1], strlen(kafka_prefixes[1])) == 0;
	if (!read_target(s, target + strlen(kafka_prefixes[s->tls]), err))
		return false;
	snprintf(s->client, sizeof s->client, "plainpop");
	s->mechanism = mechanisms[0];
	s->compression = compressions[0];
	if (s->tls)
		s->pem[KAFKA_AUTHORITIES] = credential_authorities();
	return true;
}

void kafka_settings_fini(struct kafka_settings *s)
{
	size_t i;

	credential_free(s->password);
	for (i = 0; i < KAFKA_PEMS; i++)
		credential_free(s->pem[i]);
}

/* ---- options ---- */

static bool choose(const char **out, const char *const *words, const char *name, const char *value, char err[OUTPUT_ERROR_SIZE])
{
	size_t i, used;

	for (i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], value) == 0) {
			*out = words[i];
			return true;
		}
	used = (size_t)snprintf(err, OUTPUT_ERROR_SIZE, "%s is one of", name);
	for (i = 0; words[i] != NULL; i++)
		used += (size_t)snprintf(err + used, OUTPUT_ERROR_SIZE - used, " %s", words[i]);
	return false;
}

static bool copy_name(char out[KAFKA_NAME_SIZE], const char *name, const char *value, char err[OUTPUT_ERROR_SIZE])
{
	size_t n = strlen(value);

	if (n == 0 || n >= KAFKA_NAME_SIZE) {
		snprintf(err, OUTPUT_ERROR_SIZE, "%s has 1 to %d bytes", name, KAFKA_NAME_SIZE - 1);
		return false;
	}
	memcpy(out, value, n + 1);
	return true;
}

/* A file of certificates or a key, which librdkafka has to understand. */
static bool read_pem(struct kafka_settings *s, enum kafka_pem which, const char *path, char err[OUTPUT_ERROR_SIZE])
{
	char *text, why[256];
	rd_kafka_conf_t *trial;
	bool good;

	if (!s->tls) {
		snprintf(err, OUTPUT_ERROR_SIZE, "%s is for kafka+tls://", pems[which].option);
		return false;
	}
	text = credential_read(path, PEM_MAX, err);
	if (text == NULL)
		return false;
	trial = rd_kafka_conf_new();
	good = rd_kafka_conf_set_ssl_cert(trial, pems[which].type, RD_KAFKA_CERT_ENC_PEM, text, strlen(text), why, sizeof why) ==
	       RD_KAFKA_CONF_OK;
	rd_kafka_conf_destroy(trial);
	if (!good) {
		snprintf(err, OUTPUT_ERROR_SIZE, "%s: %s", path, why);
		credential_free(text);
		return false;
	}
	if (which == KAFKA_KEY)
		credential_exposed(path);
	credential_free(s->pem[which]);
	s->pem[which] = text;
	return true;
}

bool kafka_settings_option(struct kafka_settings *s, const char *name, const char *value, char err[OUTPUT_ERROR_SIZE])
{
	size_t i;

	for (i = 0; i < KAFKA_PEMS; i++)
		if (strcmp(name, pems[i].option) == 0)
			return read_pem(s, (enum kafka_pem)i, value, err);
	if (strcmp(name, "user") == 0)
		return copy_name(s->user, name, value, err);
	if (strcmp(name, "client-id") == 0)
		return copy_name(s->client, name, value, err);
	if (strcmp(name, "mechanism") == 0)
		return choose(&s->mechanism, mechanisms, name, value, err);
	if (strcmp(name, "compression") == 0)
		return choose(&s->compression, compressions, name, value, err);
	if (strcmp(name, "password-file") == 0) {
		credential_free(s->password);
		s->password = credential_password(value, err);
		return s->password != NULL;
	}
	snprintf(err, OUTPUT_ERROR_SIZE, "kafka knows compression, client-id, user, password-file, mechanism, ca, cert and key, not %s",
		 name);
	return false;
}

/* ---- what librdkafka is told ---- */

/* The settings that have no secrets. False with a message in err. */
static bool configure(const struct kafka_settings *s, rd_kafka_conf_t *conf, char err[OUTPUT_ERROR_SIZE])
{
	static const char patience[] = "10000", half[] = "5000";
	const char *const settings[][2] = {
		{ "bootstrap.servers", s->brokers },
		{ "client.id", s->client },
		{ "compression.type", s->compression },
		{ "security.protocol", s->user[0] != '\0' ? s->tls ? "sasl_ssl" : "sasl_plaintext" : s->tls ? "ssl" : "plaintext" },
		{ "enable.idempotence", "true" },
		{ "acks", "all" },
		{ "partitioner", "murmur2_random" }, /* as the Java client's: one key, one partition, whoever writes */
		{ "message.timeout.ms", patience },
		{ "socket.timeout.ms", patience },
		{ "socket.connection.setup.timeout.ms", patience },
		{ "request.timeout.ms", half },
		{ "reconnect.backoff.max.ms", "1000" },
		{ "socket.keepalive.enable", "true" },
		{ "log.connection.close", "false" }, /* brokers close what is idle */
		{ "log.queue", "true" },
	};
	size_t i;

	_Static_assert(KAFKA_PATIENCE == 10000, "as the texts say");
	for (i = 0; i < sizeof settings / sizeof settings[0]; i++)
		if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], err, OUTPUT_ERROR_SIZE) != RD_KAFKA_CONF_OK)
			return false;
	return true;
}

static bool configure_user(const struct kafka_settings *s, rd_kafka_conf_t *conf, char err[OUTPUT_ERROR_SIZE])
{
	if (s->user[0] == '\0' && s->password == NULL)
		return true;
	if (s->user[0] == '\0' || s->password == NULL) {
		snprintf(err, OUTPUT_ERROR_SIZE, "user and password-file belong together");
		return false;
	}
	/* What librdkafka would say might hold the value. */
	if (rd_kafka_conf_set(conf, "sasl.mechanism", s->mechanism, NULL, 0) == RD_KAFKA_CONF_OK &&
	    rd_kafka_conf_set(conf, "sasl.username", s->user, NULL, 0) == RD_KAFKA_CONF_OK &&
	    rd_kafka_conf_set(conf, "sasl.password", s->password, NULL, 0) == RD_KAFKA_CONF_OK)
		return true;
	snprintf(err, OUTPUT_ERROR_SIZE, "this librdkafka can not log in by %s", s->mechanism);
	return false;
}

static bool configure_tls(const struct kafka_settings *s, rd_kafka_conf_t *conf, char err[OUTPUT_ERROR_SIZE])
{
	size_t i;

	if (!s->tls)
		return true;
	if (s->pem[KAFKA_AUTHORITIES] == NULL) {
		snprintf(err, OUTPUT_ERROR_SIZE, "this system has no certificates to trust: ca=FILE");
		return false;
	}
	if ((s->pem[KAFKA_CERTIFICATE] == NULL) != (s->pem[KAFKA_KEY] == NULL)) {
		snprintf(err, OUTPUT_ERROR_SIZE, "cert and key belong together");
		return false;
	}
	if (rd_kafka_conf_set(conf, "ssl.endpoint.identification.algorithm", "https", err, OUTPUT_ERROR_SIZE) != RD_KAFKA_CONF_OK)
		return false;
	for (i = 0; i < KAFKA_PEMS; i++)
		if (s->pem[i] != NULL && rd_kafka_conf_set_ssl_cert(conf, pems[i].type, RD_KAFKA_CERT_ENC_PEM, s->pem[i],
								     strlen(s->pem[i]), err, OUTPUT_ERROR_SIZE) != RD_KAFKA_CONF_OK)
			return false;
	return true;
}

rd_kafka_conf_t *kafka_settings_conf(const struct kafka_settings *s, char err[OUTPUT_ERROR_SIZE])
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	if (configure(s, conf, err) && configure_user(s, conf, err) && configure_tls(s, conf, err))
		return conf;
	rd_kafka_conf_destroy(conf);
	return NULL;
}
