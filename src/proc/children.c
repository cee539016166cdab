/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sensors, writer and exporter, as the supervisor has them: how they begin, and what becomes of it when one of them ends. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor.h"

#define HANGS 30 /* seconds without a sign of life, live: it hangs */

bool children_any_sensor(void)
{
	size_t i;

	for (i = 0; i < sup.n_sensors; i++)
		if (sup.sensor[i].pid > 0)
			return true;
	return false;
}

/* Tells the writer that something is the matter with a sensor. */
static void tell_anomaly(uint32_t kind, size_t source, uint64_t number)
{
	const struct ipc_message m = { .order = IPC_ORDER_ANOMALY,
				       .anomaly = { .kind = kind, .source = (uint32_t)source, .number = number } };

	ipc_send(sup.writer.control, &m, -1);
}

/* ---- their beginning ---- */

/* In a child: nothing of the supervisor's or of the other children's is left open. own: its end of the data, or -1. */
static void become_child(const struct child *me, int own)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	bool sensor = me >= sup.sensor && me < sup.sensor + SENSORS_MAX;
	size_t i, number = sensor ? (size_t)(me - sup.sensor) : SENSORS_MAX;
	sigset_t none;

	sigaction(SIGINT, &ignore, NULL);  /* a terminal sends it to all; the supervisor tells us what to do */
	sigaction(SIGHUP, &ignore, NULL);
	sigaction(SIGUSR1, &ignore, NULL);
	sigaction(SIGUSR2, &ignore, NULL);
	sigaction(SIGPIPE, &ignore, NULL); /* a closed pipe is an error of write, not the end */
	sigemptyset(&none);
	/* A sensor's wait until it has handlers for them. */
	if (me == &sup.writer)
		sigprocmask(SIG_SETMASK, &none, NULL);
	close(sup.signals);
	control_forget(sup.config->control);
	if (me != &sup.exporter)
		exporter_forget(sup.config->exporter, &sup.exporter);
	notify_close(&sup.notify);
	dup2(sup.sandbox.null, STDIN_FILENO);
	if (me != &sup.writer)
		dup2(sup.sandbox.null, STDOUT_FILENO);
	if (me != &sup.writer && sup.writer.control >= 0)
		close(sup.writer.control);
	for (i = 0; i < SENSORS_MAX; i++) {
		if (me != &sup.sensor[i] && sup.sensor[i].control >= 0)
			close(sup.sensor[i].control);
		if (sup.out[i] >= 0 && sup.out[i] != own)
			close(sup.out[i]);
	}
	interfaces_close_others(number);
	if (me != &sup.writer)
		shipping_forget(me);
	/* Without a supervisor nobody looks after it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* Forks. In the child: 0, and *control is its end. In the supervisor the pid, or -1. */
static pid_t start_child(struct child *c, int *control, int own)
{
	int pair[2];
	pid_t pid;

	if (ipc_control_pair(pair) != 0)
		return -1;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		*control = pair[1];
		become_child(c, own);
		return 0;
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return -1;
	}
	c->pid = pid;
	c->control = pair[0];
	c->beat_at = time_steady_s();
	return pid;
}

pid_t children_fork(struct child *c)
{
	int control;
	pid_t pid = start_child(c, &control, -1);

	if (pid == 0)
		close(control);
	return pid;
}

_Noreturn void children_leave(int status)
{
	fflush(NULL);
	_exit(status);
}

static void close_all(int fd[SENSORS_MAX])
{
	size_t i;

	for (i = 0; i < SENSORS_MAX; i++) {
		if (fd[i] >= 0)
			close(fd[i]);
		fd[i] = -1;
	}
}

/* Several sensors read the same, and the writer puts what they find in order. */
static bool merged(void)
{
	return !sup.live && sup.n_sensors > 1;
}

/* data: the reading ends, one for each sensor; they are closed here. 0, or -1 with errno. */
static int start_writer(int data[SENSORS_MAX])
{
	struct writer_setup setup = { .config = sup.config, .inputs = &sup.inputs, .live = sup.live,
				      .sandbox = &sup.sandbox };
	bool text = false, to_terminal = isatty(STDERR_FILENO) == 1, quiet = sup.config->quiet;
	pid_t pid;
	size_t i;

	for (i = 0; i < sup.config->n_outputs; i++)
		text |= output_is_text(sup.config->outputs[i]);
	setup.progress = progress_wanted(sup.config);
	setup.summary = !quiet && (sup.live || text || to_terminal || sup.config->verbose);
	setup.merge = merged();
	setup.watched = sup.config->control != NULL;
	setup.again = counter_value[COUNTER_WRITER_RESTARTS] > 0;
	memcpy(setup.data, data, sizeof setup.data);
	pid = start_child(&sup.writer, &setup.control, -1);
	if (pid == 0)
		children_leave(writer_main(&setup));
	close_all(data);
	return pid < 0 ? -1 : 0;
}

static void close_out(size_t i)
{
	close(sup.out[i]);
	sup.out[i] = -1;
}

/* Its end of the data is in sup.out, and not there afterwards. 0, or -1: it was not started, and why was said. */
static int start_sensor(size_t i)
{
	struct sensor_setup setup = { .config = sup.config, .inputs = &sup.inputs, .data = sup.out[i],
				      .slot = &shared()->sensor[i], .sandbox = &sup.sandbox };
	pid_t pid;

	setup.share = (unsigned)i;
	setup.shares = (unsigned)sup.n_sensors;
	if (sup.live) {
		setup.live = interfaces_capture(i);
		setup.source = (uint32_t)interfaces_of(i);
		setup.shares = interfaces_workers();
		setup.share = (unsigned)(i % setup.shares);
	}
	pid = start_child(&sup.sensor[i], &setup.control, sup.out[i]);
	if (pid == 0)
		children_leave(sensor_main(&setup));
	close_out(i);
	if (pid < 0)
		log_error("cannot start a sensor: %s", strerror(errno));
	return pid < 0 ? -1 : 0;
}

/* As many as were asked for, or one for each file up to the cores; but what can be read but once one has to read alone. */
static size_t replay_sensors(void)
{
	size_t n = sup.config->workers;
	cpu_set_t cores;

	if (n == 0)
		n = sched_getaffinity(0, sizeof cores, &cores) == 0 ? (size_t)CPU_COUNT(&cores) : 1;
	if (sup.config->workers == 0 && n > sup.inputs.n)
		n = sup.inputs.n;
	if (n > SENSORS_MAX)
		n = SENSORS_MAX;
	return n > 1 && inputs_can_be_read_again(&sup.inputs) ? n : 1;
}

/* One writer, and sensors for each interface, or for all files. 0, or -1 with errno. */
int children_start(void)
{
	int data[SENSORS_MAX], pair[2];
	char err[CAPTURE_ERROR_SIZE];
	size_t i;

	sup.n_sensors = sup.live ? sup.inputs.n * interfaces_workers() : replay_sensors();
	for (i = 0; i < SENSORS_MAX; i++)
		data[i] = -1;
	for (i = 0; i < sup.n_sensors; i++) {
		if (ipc_data_pair(pair, merged()) != 0)
			return -1;
		sup.out[i] = pair[0];
		data[i] = pair[1];
	}
	if (start_writer(data) != 0)
		return -1;
	for (i = 0; sup.live && i < sup.inputs.n; i++)
		if (!interfaces_open(i, err))
			supervisor_failed(sup.inputs.path[i], err);
	for (i = 0; i < sup.n_sensors; i++) {
		sup.lost[i] = sup.live && interfaces_capture(i) == NULL;
		if (sup.lost[i])
			close_out(i);
		else if (start_sensor(i) != 0)
			sup.status = 1;
	}
	for (i = 0; i < sup.n_sensors && children_any_sensor(); i += interfaces_workers())
		if (sup.lost[i])
			tell_anomaly(SENSOR_INTERFACE_GONE, interfaces_of(i), 0);
	return 0;
}

/* Nothing else depends on it. */
void children_start_exporter(void)
{
	struct exporter_setup setup = { .config = sup.config, .inputs = &sup.inputs, .live = sup.live, .sandbox = &sup.sandbox };
	pid_t pid = start_child(&sup.exporter, &setup.control, -1);

	if (pid == 0)
		children_leave(exporter_main(&setup));
	if (pid < 0)
		log_error("cannot start the exporter: %s", strerror(errno));
}

/* ---- their end ---- */

/* Whether it came to its own end, well or not; else it died. */
static bool ended_by_itself(int status)
{
	if (!WIFEXITED(status) ||
	    (WEXITSTATUS(status) != CHILD_DONE && WEXITSTATUS(status) != CHILD_FAILED && WEXITSTATUS(status) != CHILD_GONE))
		return false;
	if (WEXITSTATUS(status) != CHILD_DONE)
		sup.status = 1;
	return true;
}

/*
 * A sensor, and a new channel from it to the writer. Live it is tried again in a second if that cannot be; its capture stays
 * open, or the others' shares would move.
 */
static void start_another(size_t i)
{
	const struct ipc_message m = { .order = IPC_ORDER_SENSOR, .number = i };
	bool started = false;
	int data[2];

	if (ipc_data_pair(data, merged()) != 0) {
		log_error("cannot start a sensor: %s", strerror(errno));
	} else {
		ipc_send(sup.writer.control, &m, data[1]);
		close(data[1]);
		sup.out[i] = data[0];
		started = start_sensor(i) == 0;
	}
	sup.lost[i] = sup.live && !started;
}

/* Another sensor in the place of one that died. */
static void restart_sensor(size_t i)
{
	size_t source = sup.live ? interfaces_of(i) : IPC_NO_SOURCE;
	bool again = !child_died_too_often(&sup.sensor[i]), open = !sup.live;
	char err[CAPTURE_ERROR_SIZE];
	uint64_t missed = 0;

	if (!again)
		log_error("a sensor died %d times in a minute: it is not started again", CHILD_DEATHS);
	if (sup.live)
		open = interfaces_renew(i, &missed, err);
	if (missed > 0)
		log_error("%llu packets that were captured for it were not looked at", (unsigned long long)missed);
	tell_anomaly(SENSOR_DIED, source, missed);
	if (!open)
		supervisor_failed(sup.inputs.path[source], err);
	sup.lost[i] = again && !open;
	if (!again)
		interfaces_close(i);
	if (!again || !open)
		return;
	counter_add(COUNTER_SENSOR_RESTARTS, 1);
	start_another(i);
}

static void sensor_ended(size_t i, int status)
{
	struct child *c = &sup.sensor[i];
	uint32_t input = shared()->sensor[i].input;

	child_bury(c);
	if (ended_by_itself(status)) {
		if (WEXITSTATUS(status) == CHILD_GONE)
			sup.lost[i] = true;
		interfaces_close(i);
		return;
	}
	child_say_death("a sensor", status, input < sup.inputs.n ? input_name(sup.inputs.path[input]) : NULL);
	sup.status = 1;
	if (sup.stops == 0)
		restart_sensor(i);
}

/* Live: another writer, and new channels from all sensors to it. Where that cannot be, try_again() comes back to it. */
static void restart_writer(void)
{
	const struct ipc_message m = { .order = IPC_ORDER_WRITER };
	int data[SENSORS_MAX], pair[2];
	bool ok = true;
	size_t i;

	for (i = 0; i < SENSORS_MAX; i++) {
		data[i] = -1;
		if (i >= sup.n_sensors || sup.sensor[i].pid <= 0 || !ok)
			continue;
		ok = ipc_data_pair(pair, merged()) == 0;
		if (ok) {
			sup.out[i] = pair[0];
			data[i] = pair[1];
		}
	}
	if (!ok || start_writer(data) != 0) {
		log_error("cannot start the writer again: %s", strerror(errno));
		if (!ok)
			close_all(data);
		close_all(sup.out);
		return;
	}
	for (i = 0; i < SENSORS_MAX; i++) {
		if (sup.out[i] < 0)
			continue;
		ipc_send(sup.sensor[i].control, &m, sup.out[i]);
		kill(sup.sensor[i].pid, SIGUSR2);
		close_out(i);
	}
}

static void writer_ended(int status)
{
	supervisor_listen(&sup.writer); /* its last words */
	child_bury(&sup.writer);
	sup.reloading = false;
	if (ended_by_itself(status)) {
		if (children_any_sensor())
			supervisor_stop(); /* nobody takes anything any more */
		return;
	}
	child_say_death("the writer", status, NULL);
	sup.status = 1;
	if (sup.live && sup.stops == 0 && !child_died_too_often(&sup.writer)) {
		counter_add(COUNTER_WRITER_RESTARTS, 1);
		restart_writer();
		return;
	}
	supervisor_stop();
}

static void bury_the_dead(void)
{
	int status;
	pid_t pid;
	size_t i;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == sup.writer.pid)
			writer_ended(status);
		if (shipping_ended(pid, status, !sup.killed) == SHIPPING_FAILED)
			sup.status = 1;
		if (pid == sup.exporter.pid && exporter_died(&sup.exporter, status) && sup.stops == 0)
			children_start_exporter();
		for (i = 0; i < sup.n_sensors; i++)
			if (pid == sup.sensor[i].pid)
				sensor_ended(i, status);
	}
}

/* A sensor on an interface gives a sign of life ten times a second, traffic or not. */
static void look_for_hangs(void)
{
	time_t t = time_steady_s();
	size_t i;

	for (i = 0; i < sup.n_sensors && sup.live; i++) {
		struct child *c = &sup.sensor[i];
		uint64_t beat = shared()->sensor[i].beat;

		if (c->pid == 0 || beat != c->beat)
			c->beat_at = t;
		c->beat = beat;
		if (c->pid > 0 && t - c->beat_at >= HANGS) {
			log_error("a sensor gave no sign of life for %d seconds: it is ended", HANGS);
			kill(c->pid, SIGKILL);
			c->beat_at = t;
		}
	}
}

/*
 * An interface that was not there may be, by now. As long as another one is watched it is waited for; when none is left,
 * that is the end, and whoever started us may try again.
 */
static void look_for_interfaces(void)
{
	char err[CAPTURE_ERROR_SIZE];
	size_t i, k, n = interfaces_workers();
	uint64_t missed;

	for (i = 0; i < sup.n_sensors; i += n) {
		unsigned lost = 0;
		bool back;

		for (k = i; k < i + n; k++)
			lost += sup.lost[k] && interfaces_capture(k) == NULL;
		back = lost == n && interfaces_open(interfaces_of(i), err);
		for (k = i; k < i + n; k++) {
			if (!sup.lost[k] || (lost == n ? !back : !interfaces_renew(k, &missed, err)))
				continue;
			start_another(k);
		}
		if (back)
			tell_anomaly(SENSOR_INTERFACE_UP, interfaces_of(i), 0);
	}
}

void children_kill(void)
{
	size_t i;

	log_error("it takes too long to end: what was not written is lost");
	for (i = 0; i < sup.n_sensors; i++)
		if (sup.sensor[i].pid > 0)
			kill(sup.sensor[i].pid, SIGKILL);
	if (sup.writer.pid > 0)
		kill(sup.writer.pid, SIGKILL);
	shipping_kill();
	sup.killed = true;
	sup.stop_by = 0;
}

/* Once a second, live: what could not be had when it was wanted. */
static void try_again(void)
{
	if (!sup.live || sup.stops > 0 || time_steady_s() == sup.looked || !children_any_sensor())
		return;
	sup.looked = time_steady_s();
	if (sup.writer.pid == 0)
		restart_writer();
	look_for_interfaces();
}

void children_look_after(void)
{
	bury_the_dead();
	look_for_hangs();
	try_again();
}
