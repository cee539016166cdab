/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The supervisor: opens what has to be opened, hands it to the others, and looks after them. It touches no packet and no
 * record.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "supervisor.h"

#define DRAIN 20         /* seconds that the others have when we are told to stop */
#define TICK_MS 1000
#define LISTEN 64        /* messages of one child at a time */

struct supervisor sup;

void supervisor_failed(const char *name, const char *why)
{
	log_error("%s: %s", name, why);
	counter_add(COUNTER_CAPTURE_ERRORS, 1);
	sup.status = 1;
}

/* ---- inputs ---- */

/* A sensor wants the next file: the first from this number on that can be opened. */
static void give_input(struct child *c, uint64_t number)
{
	struct ipc_message m = { .order = IPC_ORDER_INPUT, .number = number };
	int fd = -1;

	for (; m.number < sup.inputs.n; m.number++) {
		fd = input_open_file(sup.inputs.path[m.number]);
		if (fd >= 0)
			break;
		if (!sup.inputs.bad[m.number]) /* others may have asked for it */
			supervisor_failed(input_name(sup.inputs.path[m.number]), strerror(errno));
		sup.inputs.bad[m.number] = true;
	}
	ipc_try(c->control, &m, fd); /* who asks and does not listen is not waited for */
	if (fd >= 0)
		close(fd);
}

/* ---- what signals ask for ---- */

void supervisor_stop(void)
{
	size_t i;

	if (sup.stops++ == 0)
		sup.stop_by = time_steady_s() + DRAIN;
	notify_stopping(&sup.notify);
	for (i = 0; i < sup.n_sensors; i++)
		if (sup.sensor[i].pid > 0)
			kill(sup.sensor[i].pid, SIGTERM);
}

/* New rules for the old ones, between two packets: sessions under way go on. */
static enum control_reload reload(void)
{
	const struct ipc_message m = { .order = IPC_ORDER_RULES };
	struct ruleset *rs;
	size_t i;
	int fd = -1;

	sup.reload_again = sup.reloading;
	if (sup.reloading)
		return RELOAD_LATER; /* one after another */
	notify_reloading(&sup.notify);
	rs = sup.config->reload(sup.config->reload_ctx, sup.config->rules, &fd);
	if (rs == NULL) {
		log_error("the rules were not reloaded: the old ones stay");
		return RELOAD_FAILED;
	}
	ruleset_free(sup.config->rules);
	sup.config->rules = rs;
	/* First to the writer: what a sensor sends by the new ones must not come before it knows them. */
	sup.reloading = ipc_send(sup.writer.control, &m, fd);
	for (i = 0; i < sup.n_sensors; i++)
		if (sup.sensor[i].pid > 0 && ipc_send(sup.sensor[i].control, &m, fd))
			kill(sup.sensor[i].pid, SIGUSR2);
	close(fd);
	log_warn("reloaded: %zu rules", ruleset_count(rs));
	return RELOAD_DONE;
}

static size_t reopen(void)
{
	return outputs_reopen(sup.config, sup.writer.control, true);
}

static bool ask_top(enum frequent_order order)
{
	const struct ipc_message m = { .order = IPC_ORDER_TOP, .number = order };

	return ipc_try(sup.writer.control, &m, -1);
}

static void take_signals(void)
{
	const struct ipc_message stats = { .order = IPC_ORDER_STATS };
	struct signalfd_siginfo s;

	while (read(sup.signals, &s, sizeof s) == (ssize_t)sizeof s)
		switch (s.ssi_signo) {
		case SIGINT:
		case SIGTERM:
			supervisor_stop();
			break;
		case SIGUSR2:
			reload();
			break;
		case SIGHUP:
			reopen();
			break;
		case SIGUSR1:
			ipc_try(sup.writer.control, &stats, -1);
			break;
		default: /* SIGCHLD: it is looked at in any case */
			break;
		}
}

/* ---- the loop ---- */

/* What a child wants. */
void supervisor_listen(struct child *c)
{
	struct ipc_message m;
	unsigned n;
	int fd;

	/* The others have their turn, too, whatever one of them sends. */
	for (n = 0; n < LISTEN && c->control >= 0 && ipc_receive(c->control, &m, &fd, false) == IPC_RECORD; n++) {
		if (m.order == IPC_ORDER_SAVE && c == &sup.writer && fd >= 0 && servers_take(sup.config->servers, fd) != 0) {
			log_error("the table of servers could not be saved: %s", strerror(errno));
			sup.status = 1;
		}
		if (m.order == IPC_ORDER_TOP && c == &sup.writer)
			control_answer_top(sup.config->control, m.number, fd);
		if (fd >= 0)
			close(fd);
		if (m.order == IPC_ORDER_INPUT && c != &sup.writer && !sup.live)
			give_input(c, sup.stops == 0 ? m.number : sup.inputs.n);
		if (m.order == IPC_ORDER_RULES && c == &sup.writer) {
			sup.reloading = false;
			if (sup.reload_again)
				reload();
		}
	}
}

static void wait_for_work(void)
{
	struct pollfd p[SENSORS_MAX + 2 + CONTROL_CLIENTS + 1];
	nfds_t n = 0;
	size_t i;

	p[n++] = (struct pollfd){ .fd = sup.signals, .events = POLLIN };
	p[n++] = (struct pollfd){ .fd = sup.writer.control, .events = POLLIN };
	for (i = 0; i < sup.n_sensors; i++)
		p[n++] = (struct pollfd){ .fd = sup.sensor[i].control, .events = POLLIN };
	n += control_poll(sup.config->control, p + n);
	poll(p, n, TICK_MS);
}

/* Packets are captured once each sensor has given a sign of life; a replay waits for nothing. */
static void tell_manager(void)
{
	uint64_t beat[SENSORS_MAX];
	bool up = children_any_sensor();
	char status[128];
	size_t i;

	for (i = 0; i < sup.n_sensors; i++) {
		beat[i] = sup.sensor[i].pid > 0 && sup.live ? shared()->sensor[i].beat : NOTIFY_NO_SENSOR;
		up &= beat[i] != 0;
	}
	snprintf(status, sizeof status, "%s %s%s, %zu rules", sup.live ? "Watching" : "Replaying",
		 sup.inputs.n > 0 ? input_name(sup.inputs.path[0]) : "nothing", sup.inputs.n > 1 ? " and others" : "",
		 ruleset_count(sup.config->rules));
	if (up)
		notify_ready(&sup.notify, status);
	if (!sup.reloading)
		notify_reloaded(&sup.notify, status);
	notify_alive(&sup.notify, beat, sup.n_sensors);
}

static void supervise(void)
{
	static const struct control_calls calls = { .reload = reload, .reopen = reopen, .top = ask_top };
	const struct ipc_message finish = { .order = IPC_ORDER_FINISH };
	size_t i;

	while (sup.writer.pid > 0 || children_any_sensor() || shipping_any()) {
		exporter_tell(ruleset_count(sup.config->rules), &sup.writer, sup.sensor, sup.n_sensors);
		wait_for_work();
		take_signals();
		control_serve(sup.config->control, sup.config, &calls);
		supervisor_listen(&sup.writer);
		for (i = 0; i < sup.n_sensors; i++)
			supervisor_listen(&sup.sensor[i]);
		children_look_after();
		if (sup.live && sup.writer.pid > 0)
			outputs_reopen(sup.config, sup.writer.control, false);
		tell_manager();
		if (!children_any_sensor() && sup.writer.pid > 0 && !sup.finish_sent)
			sup.finish_sent = ipc_send(sup.writer.control, &finish, -1);
		if (sup.writer.pid == 0)
			shipping_finish();
		if (sup.stop_by != 0 && time_steady_s() >= sup.stop_by)
			children_kill();
	}
}

/* ---- the beginning ---- */

static int catch_signals(void)
{
	sigset_t all;

	sigemptyset(&all);
	sigaddset(&all, SIGINT);
	sigaddset(&all, SIGTERM);
	sigaddset(&all, SIGHUP);
	sigaddset(&all, SIGUSR1);
	sigaddset(&all, SIGUSR2);
	sigaddset(&all, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &all, NULL) != 0)
		return -1;
	sup.signals = signalfd(-1, &all, SFD_NONBLOCK | SFD_CLOEXEC);
	return sup.signals >= 0 ? 0 : -1;
}

int proc_run(struct proc_config *config)
{
	size_t i;

	notify_open(&sup.notify); /* before anything is started that could inherit it */
	sup.config = config;
	sup.live = config->n_interfaces > 0;
	sup.writer.control = sup.exporter.control = -1;
	for (i = 0; i < SENSORS_MAX; i++)
		sup.sensor[i].control = sup.out[i] = -1;
	if (!sandbox_prepare(&sup.sandbox, config->user, config->group, config->no_sandbox))
		return 1;
	if (shared_open() != 0 || catch_signals() != 0 || !inputs_list(&sup.inputs, config)) {
		log_error("cannot start: %s", strerror(errno));
		return 1;
	}
	log_over_bar(progress_wanted(config));
	interfaces_start(config, &sup.inputs);
	counter_use(shared()->supervisor.counter);
	sup.status = sup.inputs.failed ? 1 : 0;
	if (record_open_outputs(config) > 0)
		sup.status = 1;
	if (config->n_outputs == 0) { /* nowhere to say anything */
		inputs_free(&sup.inputs);
		return 1;
	}
	if (!shipping_open(config, &sup.sandbox)) {
		inputs_free(&sup.inputs);
		return 1;
	}
	shipping_start();
	if (children_start() != 0) {
		log_error("cannot start: %s", strerror(errno));
		sup.status = 1;
	}
	if (config->exporter != NULL)
		children_start_exporter();
	supervise();
	if (!exporter_end(&sup.exporter))
		sup.status = 1;
	notify_stopping(&sup.notify);
	notify_close(&sup.notify);
	interfaces_stop();
	inputs_free(&sup.inputs);
	return sup.status;
}
