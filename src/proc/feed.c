/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The life of a sensor: one input after another, or an interface until it is told to stop. It is handed what it reads by
 * the supervisor, and hands what it finds to the writer; it opens nothing itself.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proc_impl.h"

#define COUNT_EVERY UINT64_C(200000) /* µs: how old what the kernel says of drops may become */

static volatile sig_atomic_t stop, ordered;

static struct {
	const struct sensor_setup *setup;
	struct ipc_out out;
	struct capture *volatile capture; /* the one being read, for the signal handler */
	uint64_t next;       /* replay: input to ask for */
	int input;           /* replay: the one that came; -1: none */
	uint64_t input_number;
	bool input_came;
	struct capture_stats counted; /* live: what of the kernel's numbers is in the counters */
	uint64_t counted_at;          /* and since when, µs */
	int status;
} feed;

static void on_stop(int number)
{
	(void)number;
	stop = stop == 0 ? 1 : 2; /* the second time at once */
	if (feed.capture != NULL)
		capture_stop(feed.capture);
}

static void on_order(int number)
{
	(void)number;
	ordered = 1;
}

/* Of those that read the same, one says so. */
static void failed(const char *name, const char *why)
{
	feed.status = CHILD_FAILED;
	if (feed.setup->share > 0)
		return;
	log_error("%s: %s", name, why);
	counter_add(COUNTER_CAPTURE_ERRORS, 1);
}

/* ---- what the supervisor says ---- */

static void new_rules(int fd)
{
	struct proc_config *c = feed.setup->config;
	struct ruleset *rs = c->rules_from(c->reload_ctx, fd, c->rules);

	if (rs == NULL)
		return; /* the supervisor could use them: there is no memory here, and the old ones stay */
	ruleset_free(c->rules);
	c->rules = rs;
	sensor_rules_changed();
	ipc_put(&feed.out, IPC_RULES, NULL, 0);
}

/* Another writer. What the one before had been sent and had not dealt with is lost. */
static void new_writer(int fd)
{
	struct slot *slot = feed.setup->slot;
	uint64_t lost = slot->sent - slot->handled;

	lost -= lost > feed.out.events ? feed.out.events : lost;
	slot->handled += lost;
	ipc_out_renew(&feed.out, fd);
	if (lost > 0)
		ipc_put(&feed.out, IPC_LOST, &lost, sizeof lost);
}

/* One order. False: there is none (wait false), or the supervisor is gone. */
static bool take_order(bool wait)
{
	struct ipc_message m;
	int fd;

	if (ipc_receive(feed.setup->control, &m, &fd, wait) != IPC_RECORD)
		return false;
	switch ((enum ipc_order)m.order) {
	case IPC_ORDER_INPUT:
		feed.input = fd;
		feed.input_number = m.number;
		feed.input_came = true;
		return true;
	case IPC_ORDER_RULES:
		new_rules(fd);
		break;
	case IPC_ORDER_WRITER:
		new_writer(fd);
		return true;
	default:
		break;
	}
	if (fd >= 0)
		close(fd);
	return true;
}

static void take_orders(void)
{
	ordered = 0;
	while (take_order(false))
		;
}

/* ---- reading ---- */

/* What kernel and interface say since the last time. */
static void count_drops(void)
{
	struct capture_stats now, *last = &feed.counted;

	capture_stats(feed.capture, &now);
	counter_add(COUNTER_CAPTURE_PACKETS, now.received - last->received);
	counter_add(COUNTER_CAPTURE_DROPS, now.dropped - last->dropped);
	counter_add(COUNTER_CAPTURE_IFDROPS, now.if_dropped - last->if_dropped);
	*last = now;
}

/* It costs some system calls, and between two packets there is a pause, too, when they are few. */
static void count_drops_sometimes(void)
{
	uint64_t now = time_steady();

	if (now < feed.counted_at + COUNT_EVERY)
		return;
	feed.counted_at = now;
	count_drops();
}

/* How much it has to do. */
static void tell_load(void)
{
	feed.setup->slot->flows = stream_flows();
	feed.setup->slot->memory = stream_memory();
}

static void pause_reading(void)
{
	struct slot *slot = feed.setup->slot;
	uint64_t done, total;

	slot->beat++;
	tell_load();
	if (feed.setup->live != NULL)
		count_drops_sometimes();
	capture_progress(feed.capture, &done, &total);
	slot->done = done;
	slot->total = total;
}

/* Reads what is open, to its end. */
static void read_capture(struct capture *c, uint32_t source, bool live)
{
	struct sensor_input in = { .capture = c, .source = source, .live = live, .share = feed.setup->share,
				   .shares = live ? 1 : feed.setup->shares, .pause = pause_reading,
				   .between = take_orders, .wanted = &ordered };
	const char *name = input_name(feed.setup->inputs->path[source]);
	char why[CAPTURE_ERROR_SIZE + 64];
	enum capture_result end;

	feed.setup->slot->done = 0;
	feed.setup->slot->input = source;
	feed.capture = c;
	if (!decode_supports(capture_dlt(c))) {
		snprintf(why, sizeof why, "link type %s (%d) is not supported", capture_dlt_name(c), capture_dlt(c));
		failed(name, why);
	} else if ((end = sensor_read(&in, &stop)) != CAPTURE_END && stop == 0) {
		snprintf(why, sizeof why, "%s; what came before it counts", capture_error(c));
		failed(name, why);
		if (end == CAPTURE_GONE)
			feed.status = CHILD_GONE;
	}
	if (live)
		count_drops();
	feed.capture = NULL;
}

/* The supervisor's next file. False: there are no more. */
static bool next_input(void)
{
	struct ipc_message want = { .order = IPC_ORDER_INPUT, .number = feed.next };

	feed.input_came = false;
	if (!ipc_send(feed.setup->control, &want, -1))
		return false;
	while (!feed.input_came)
		if (!take_order(true))
			return false;
	feed.next = feed.input_number + 1;
	return feed.input >= 0;
}

/*
 * The input has nothing now. What was found goes out, and orders are followed while we wait: else they would have to wait
 * for the next packet. Told to stop, there is nothing more to read.
 */
static void wait_for_input(void)
{
	struct pollfd p[2] = { { .fd = feed.input, .events = POLLIN }, { .fd = feed.setup->control, .events = POLLIN } };

	tell_load();
	do {
		ipc_flush(&feed.out);
		if (poll(p, 2, -1) > 0 && p[1].revents == POLLIN && p[0].revents == 0)
			take_orders();
	} while (stop == 0 && p[0].revents == 0 && (p[1].revents & (POLLHUP | POLLERR)) == 0);
	if (stop != 0 || p[0].revents == 0) /* or the supervisor is gone */
		dup2(feed.setup->sandbox->null, feed.input);
}

static void replay(void)
{
	char err[CAPTURE_ERROR_SIZE];
	struct capture *c;

	capture_before_wait(wait_for_input);
	while (stop == 0 && feed.out.fd >= 0 && next_input()) {
		const char *name = input_name(feed.setup->inputs->path[feed.input_number]);

		c = capture_open_fd(feed.input, feed.setup->config->filter, err);
		if (c == NULL) {
			failed(name, err);
			continue;
		}
		if (feed.setup->share == 0)
			log_debug("reading %s (%s)", name, capture_dlt_name(c));
		read_capture(c, (uint32_t)feed.input_number, false);
		capture_close(c);
	}
	if (stop != 0) {
		if (feed.setup->share == 0)
			log_error("interrupted; not everything was read");
		feed.status = CHILD_FAILED;
	}
}

static void catch_signals(void)
{
	struct sigaction a = { .sa_handler = on_stop };
	sigset_t none;

	sigaction(SIGTERM, &a, NULL);
	a.sa_handler = on_order;
	a.sa_flags = SA_RESTART; /* no reason for a read to fail */
	sigaction(SIGUSR2, &a, NULL);
	/* Those that came since the process began come now. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int sensor_main(const struct sensor_setup *setup)
{
	size_t i;

	feed.setup = setup;
	/* Outputs are the writer's. */
	for (i = 0; i < setup->config->n_outputs; i++)
		output_close(setup->config->outputs[i]);
	setup->config->n_outputs = 0;
	feed.status = CHILD_DONE;
	feed.next = setup->slot->input == UINT32_MAX ? 0 : setup->slot->input + 1;
	counter_use(setup->slot->counter);
	if (!ipc_out_init(&feed.out, setup->data, setup->live == NULL) ||
	    sensor_start(setup->config, &feed.out, setup->slot, setup->live == NULL && setup->shares > 1) != 0) {
		log_error("cannot start: %s", strerror(errno));
		return CHILD_FAILED;
	}
	catch_signals();
	if (!sandbox_enter(setup->sandbox, SANDBOX_SENSOR))
		return CHILD_FAILED;
	if (setup->live != NULL)
		read_capture(setup->live, setup->source, true);
	else
		replay();
	sensor_stop();
	ipc_put(&feed.out, IPC_END, NULL, 0);
	feed.out.wait = true;
	ipc_flush(&feed.out);
	ipc_out_fini(&feed.out);
	return feed.status;
}
