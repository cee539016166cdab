/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How to reach a topic, and as whom: what kafka.c and kafka_settings.c share. */
#ifndef PLAINPOP_EMIT_TRANSPORT_KAFKA_H
#define PLAINPOP_EMIT_TRANSPORT_KAFKA_H

#include <librdkafka/rdkafka.h>

#include "../ship.h"

#define KAFKA_BROKERS_SIZE 4096
#define KAFKA_TOPIC_MAX 249 /* of Kafka */
#define KAFKA_NAME_SIZE 256 /* of users and clients */
#define KAFKA_PATIENCE (TRANSPORT_TIMEOUT * 1000)

enum kafka_pem { KAFKA_AUTHORITIES, KAFKA_CERTIFICATE, KAFKA_KEY, KAFKA_PEMS };

struct kafka_settings {
	char brokers[KAFKA_BROKERS_SIZE]; /* as librdkafka wants them, with commas */
	char topic[KAFKA_TOPIC_MAX + 1];
	char client[KAFKA_NAME_SIZE];
	char user[KAFKA_NAME_SIZE];
	const char *mechanism;
	const char *compression;
	char *password;
	char *pem[KAFKA_PEMS];
	bool tls;
};

/* Of kafka:// and kafka+tls://; ended by NULL. */
extern const char *const kafka_prefixes[];

/* Reads a target; what is left out has its default. False with a message in err. */
bool kafka_settings_read(struct kafka_settings *s, const char *target, char err[OUTPUT_ERROR_SIZE]);
/* As a transport's option(). */
bool kafka_settings_option(struct kafka_settings *s, const char *name, const char *value, char err[OUTPUT_ERROR_SIZE]);
/* For a producer, anew for each: librdkafka uses certificates up. NULL with a message in err. */
rd_kafka_conf_t *kafka_settings_conf(const struct kafka_settings *s, char err[OUTPUT_ERROR_SIZE]);
/* Wipes and frees what is in it. */
void kafka_settings_fini(struct kafka_settings *s);

#endif
