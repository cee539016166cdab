/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A transport by itself: ship TARGET [OPTION=VALUE...]
 *
 * Standard input holds records, a line each, up to an empty line; after that each line is one more try when something has
 * failed. Says, a line each: "connected", "done N" (so many records in all), "failed: WHY", and at the end "refused N". The
 * status is 0 once all records are done with, 1 if nobody wants to try again, 2 if the target or an option makes no sense.
 */
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/emit/ship.h"

#define BATCH 256

static const struct transport *const transports[] = {
#define TRANSPORT(symbol) &transport_##symbol,
#include "../../src/emit/transport/transports.def"
#undef TRANSPORT
};

static const struct transport *find(const char *target)
{
	size_t i, p;

	for (i = 0; i < sizeof transports / sizeof transports[0]; i++)
		for (p = 0; transports[i]->prefixes[p] != NULL; p++)
			if (strncmp(target, transports[i]->prefixes[p], strlen(transports[i]->prefixes[p])) == 0)
				return transports[i];
	return NULL;
}

static bool set_options(const struct transport *with, void *t, char **options)
{
	char err[OUTPUT_ERROR_SIZE] = "there are none";

	for (; *options != NULL; options++) {
		char *value = strchr(*options, '=');

		if (value != NULL)
			*value++ = '\0';
		if (with->option != NULL && with->option(t, *options, value != NULL ? value : "", err))
			continue;
		printf("failed: %s: %s\n", *options, err);
		return false;
	}
	return true;
}

static struct shipment *read_records(size_t *n)
{
	size_t room = 1024, digest_size;
	struct shipment *all = calloc(room, sizeof *all);
	uint8_t digest[EVP_MAX_MD_SIZE];
	char *line = NULL;
	size_t cap = 0;
	ssize_t length;

	*n = 0;
	while (all != NULL && (length = getline(&line, &cap, stdin)) > 1) {
		struct shipment *r;

		if (*n == room) {
			room *= 2;
			all = reallocarray(all, room, sizeof *all);
			if (all == NULL)
				break;
		}
		length -= line[length - 1] == '\n';
		r = &all[(*n)++];
		*r = (struct shipment){ .ts = 1700000000000000 + *n, .type = RECORD_ALERT, .n = (uint32_t)length };
		r->line = strndup(line, (size_t)length);
		EVP_Q_digest(NULL, "SHA256", NULL, line, (size_t)length, digest, &digest_size);
		memcpy(r->id, digest, SHIPMENT_ID);
	}
	free(line);
	return all;
}

/* Somebody wants it tried again. */
static bool again(const char *why)
{
	char line[64];

	printf("failed: %s\n", why);
	return fgets(line, sizeof line, stdin) != NULL;
}

static int ship_all(const struct transport *with, void *t, const struct shipment *all, size_t n)
{
	char err[OUTPUT_ERROR_SIZE] = "";
	uint64_t refused = 0;
	size_t done = 0;

	while (done < n) {
		if (with->connect(t, err) != 0) {
			if (again(err))
				continue;
			return 1;
		}
		puts("connected");
		while (done < n) {
			size_t batch = n - done < BATCH ? n - done : BATCH;
			size_t taken = with->deliver(t, all + done, batch, &refused, err);

			done += taken;
			printf("done %zu\n", done);
			if (taken < batch)
				break;
			if (with->idle != NULL && with->idle(t, err) != 0)
				break;
		}
		with->disconnect(t);
		if (done < n && !again(err))
			return 1;
	}
	printf("refused %llu\n", (unsigned long long)refused);
	return 0;
}

int main(int argc, char **argv)
{
	const struct transport *with = argc > 1 ? find(argv[1]) : NULL;
	char err[OUTPUT_ERROR_SIZE] = "no such transport";
	void *t = with != NULL ? with->open(argv[1], err) : NULL;
	struct shipment *all;
	int status = 2;
	size_t n, i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	if (t == NULL) {
		printf("failed: %s\n", err);
		return status;
	}
	if (set_options(with, t, argv + 2)) {
		all = read_records(&n);
		status = all != NULL ? ship_all(with, t, all, n) : 1;
		for (i = 0; all != NULL && i < n; i++)
			free((void *)(uintptr_t)all[i].line);
		free(all);
	}
	with->free(t);
	return status;
}
