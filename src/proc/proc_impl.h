/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of this room share:
 *
 *   supervisor.c  opens what has to be opened, passes on signals and orders
 *   children.c    starts the others, and starts them again
 *   child.c       how one of them ended
 *   notify.c      what a service manager is told
 *   inputs.c      what is to be read
 *   interfaces.c  captures of interfaces, while sensors read them
 *   kernel_filter.c  what the kernel may drop unseen
 *   sensor.c      the chain: capture, decode, stream, pop3, rule; a process each
 *   batch.c       its packets, read ahead of their turn
 *   feed.c        the sensor's inputs, one after another, and what the supervisor tells it
 *   writer.c      what the sensors find, to every output: the process
 *   record.c      an event's alerts and records
 *   recent.c      what it remembers for who looks on
 *   stats.c       what it writes by the clock: counters
 *   outputs.c     what it writes to, opened anew
 *   control.c     the socket by which the supervisor is asked
 *   shipping.c    what carries records to others: the processes
 *   exporter.c    what Prometheus asks: the process
 *   http.c        and how
 *   listener.c    sockets for who connects
 *   ipc.c         how they talk
 *   sandbox.c     what they may do: less and less
 *   shared.c      what they count, where all can read it
 *   summary.c     what was found, counted for the end
 *   progress.c    the bar on a terminal
 */
#ifndef PLAINPOP_PROC_IMPL_H
#define PLAINPOP_PROC_IMPL_H

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <time.h>

#include "ipc.h"
#include "notify.h"
#include "plainpop/capture.h"
#include "plainpop/proc.h"

_Static_assert(PROC_SENSORS_MAX <= NOTIFY_SENSORS, "the service manager hears of all");

#define SENSORS_MAX PROC_SENSORS_MAX
#define SHIPPERS_MAX 32

/* Exit status of a child. Anything else is a death. */
enum {
	CHILD_DONE = 0,
	CHILD_FAILED = 1,
	CHILD_GONE = 3, /* a sensor: its interface is */
};

/* What is wrong with a sensor itself, by number; the names are in writer.c. */
enum { SENSOR_DIED, SENSOR_INTERFACE_DOWN, SENSOR_INTERFACE_UP, SENSOR_INTERFACE_GONE };

/* ---- shared.c ---- */

/* What a process counts, in memory that all of them have. Only it writes there. */
struct slot {
	uint64_t counter[COUNTER_MAX];
	_Atomic uint64_t beat;     /* changes as long as it lives */
	_Atomic uint64_t sent;     /* sensor: events on their way to the writer, */
	_Atomic uint64_t handled;  /* and of these what the writer has dealt with; the writer's to count */
	_Atomic uint64_t done, total; /* sensor: bytes of the input at hand, for the progress; total 0: not known */
	_Atomic uint32_t input;    /* sensor: its number; UINT32_MAX: none yet */
	_Atomic uint64_t flows, memory; /* sensor: sessions open, bytes held for them */
	_Atomic bool runs;         /* sensor, writer: the supervisor's to say */
};

struct shared {
	int64_t started; /* the run, by the monotonic clock, s */
	_Atomic uint64_t rules;      /* loaded; this and the next are the supervisor's to say */
	_Atomic uint32_t n_sensors;  /* that there should be */
	struct slot supervisor, writer, sensor[SENSORS_MAX], shipper[SHIPPERS_MAX];
};

/* 0, or -1 with errno. */
int shared_open(void);
struct shared *shared(void);
/* The counters of all processes together. */
void shared_counters(uint64_t sum[COUNTER_MAX]);
/* For how many seconds it runs. */
uint64_t shared_uptime(void);
/* In a child that only looks. 0, or -1 with errno. */
int shared_read_only(void);

/* ---- child.c ---- */

#define CHILD_DEATHS 5         /* of one child within */
#define CHILD_DEATHS_WITHIN 60 /* seconds: it is not started again */

struct child {
	pid_t pid;       /* 0: it does not run */
	int control;     /* -1: it does not run */
	time_t died[CHILD_DEATHS]; /* when, the latest last */
	uint64_t beat;   /* the last one seen, and */
	time_t beat_at;  /* when it was another */
};

/* where: what it was reading, or NULL. */
void child_say_death(const char *who, int status, const char *where);
/* Whether it may not be started again, once more. */
bool child_died_too_often(struct child *c);
/* children.c: forks another kind of child. In it: 0. In the supervisor the pid, or -1 with errno. */
pid_t children_fork(struct child *c);
_Noreturn void children_leave(int status);
/* It is gone. */
void child_bury(struct child *c);

/* ---- sandbox.c ---- */

/* Who the others become, and where they live. */
struct sandbox {
	bool off;        /* --no-sandbox */
	bool drop;       /* we are root, and they are not to be */
	unsigned uid, gid;
	int empty;       /* a directory with nothing in it, nor ever; -1: they stay where they are */
	int null;        /* /dev/null */
};

enum sandbox_kind { SANDBOX_SENSOR, SANDBOX_WRITER, SANDBOX_EXPORTER, SANDBOX_SHIPPER, SANDBOX_KIND_MAX };

/* In the supervisor, before any of them is started. user and group: by name, or NULL. False: why was said. */
bool sandbox_prepare(struct sandbox *s, const char *user, const char *group, bool off);
/* In a child, once it has all it needs. False: why was said; it must not go on. */
bool sandbox_enter(const struct sandbox *s, enum sandbox_kind kind);
/* For one that has to reach others: it sees the system's files, to read, and has this directory (-1: none) to itself. */
bool sandbox_enter_shipper(const struct sandbox *s, int directory);
/* In the supervisor: a file or directory becomes that of whom the others become. 0, or -1 with errno. */
int sandbox_give(const struct sandbox *s, int fd);

/* ---- inputs.c ---- */

struct inputs {
	char **path; /* captures, directories resolved; or interfaces */
	size_t n;
	struct emit_source *source;
	uint64_t *size; /* bytes of each file; 0: none, or not known */
	uint64_t total; /* of all of them; 0: not known */
	bool *bad;   /* by input: it could not be opened, and that was said */
	bool failed; /* something of the list could not be had, and that was said */
};

/* False: no memory. */
bool inputs_list(struct inputs *in, const struct proc_config *config);
void inputs_free(struct inputs *in);
/* Whether all are files, and not pipes. */
bool inputs_can_be_read_again(const struct inputs *in);
/* A descriptor, or -1 with errno. */
int input_open_file(const char *path);
/* NULL with a message in err. */
struct capture *input_open_interface(const char *name, const struct proc_config *config, struct capture_fanout *fanout,
				     char err[CAPTURE_ERROR_SIZE]);
/* "standard input" for "-". */
const char *input_name(const char *path);

/* ---- interfaces.c, in the supervisor ---- */

void interfaces_start(const struct proc_config *config, const struct inputs *inputs);
/* Sensors an interface. Sensor 0 to that - 1 are the first one's, and so on. */
unsigned interfaces_workers(void);
size_t interfaces_of(size_t sensor);
/* Opens the captures of all its sensors. False with a message in err. */
bool interfaces_open(size_t interface, char err[CAPTURE_ERROR_SIZE]);
/* Open, or NULL. */
struct capture *interfaces_capture(size_t sensor);
/* The sensor ended and needs none any more. */
void interfaces_close(size_t sensor);
/* Another capture for a sensor that died. *missed: packets that it had before it. False with a message in err. */
bool interfaces_renew(size_t sensor, uint64_t *missed, char err[CAPTURE_ERROR_SIZE]);
/* In a child: what is not its own is closed. SENSORS_MAX: nothing is. */
void interfaces_close_others(size_t sensor);
void interfaces_stop(void);

/* ---- kernel_filter.c ---- */

/* BPF expressions for the kernel, from fine to coarse, ended by NULL; heap. */
struct kernel_filter {
	char *heap[2];
	const char *text[3];
};

void kernel_filter(struct kernel_filter *f, const struct proc_config *config);
void kernel_filter_free(struct kernel_filter *f);

/* ---- sensor.c ---- */

struct sensor_input {
	struct capture *capture;
	uint32_t source; /* index into the writer's sources */
	bool live;
	unsigned share;  /* of the sensors that have this input it is this one; 0 tells what is the matter with it */
	unsigned shares; /* a replay: so many of them read the same, each packet for one of them */
	void (*pause)(void); /* called now and then: progress */
	void (*between)(void); /* called between two packets when *wanted is set */
	const volatile sig_atomic_t *wanted;
};

/* merged: others read the same inputs, and the writer puts what all of them find in order. 0, or -1 with errno. */
int sensor_start(const struct proc_config *config, struct ipc_out *out, struct slot *slot, bool merged);
/*
 * Reads one input to its end, or until *stop: 1, what was received counts; 2, at once. CAPTURE_END; CAPTURE_GONE or
 * CAPTURE_ERROR when it could not be read to its end.
 */
enum capture_result sensor_read(const struct sensor_input *in, const volatile sig_atomic_t *stop);
void sensor_stop(void);
/* Others were put into the configuration: what rules want to see may be something else now. */
void sensor_rules_changed(void);

/* ---- batch.c ---- */

#define BATCH 32

struct batch_packet {
	struct capture_packet raw; /* its bytes: of the last one only */
	bool ours;                 /* false: another sensor's */
	enum decode_result what;
	struct packet packet;      /* the first of its frame */
	struct stream_ahead ahead;
};

struct batch {
	struct batch_packet packet[BATCH];
	size_t n;
};

/* The next packets, as many as are there; what came behind them, if something did. checksums: as in struct packet. */
enum capture_result batch_read(struct batch *b, const struct sensor_input *in, bool checksums);

/* ---- feed.c ---- */

struct sensor_setup {
	struct proc_config *config;
	const struct inputs *inputs;
	struct capture *live; /* open; NULL: a replay, whose inputs are asked for */
	uint32_t source;      /* live: its number */
	unsigned share, shares; /* it is one of so many that read the same */
	int control, data;
	struct slot *slot;
	const struct sandbox *sandbox;
};

/* The life of a sensor process. The exit status. */
int sensor_main(const struct sensor_setup *setup);

/* ---- record.c ---- */

/* In the supervisor: those that cannot be opened are taken out, and said. How many. */
size_t record_open_outputs(struct proc_config *config);
/* 0, or -1: no memory. Outputs are open. Takes the secret key out of config: it is not for the writer. */
int record_start(struct proc_config *config, const struct emit_source *sources, int control);
/* The time of the first packet, for records about the run itself. */
void record_begin(uint64_t ts);
/* An event, once the writer's rules were asked about it, and its alerts, to every output that takes them. */
void record_event(struct event *e);
/*
 * Something about the sensor itself, by its name in output.md; source: the interface that it is about, or IPC_NO_SOURCE; number: how many of
 * them, 0: no matter.
 */
void record_anomaly(const char *name, uint32_t source, uint64_t number);
/* All counters, to every output that takes them. */
void record_stats(void);
/* False: some of it waits in this process. */
bool record_flush(void);
/* Behind that: what to wait for, so that more of it can go; up to max of it. How many. */
size_t record_poll(struct pollfd *p, size_t max);
/* Saves what is kept across runs. 0, or -1: that failed, and was said. */
int record_save(void);
/* True when no output can take anything any more. */
bool record_dead(void);
/* Flushes and closes. How many records were lost. */
uint64_t record_stop(void);

/* ---- recent.c ---- */

/* In the writer, where somebody may ask for it. False: no memory. */
bool recent_start(const struct inputs *inputs, bool live);
/* Before that, and after recent_stop(), these do nothing. */
void recent_login(const struct event *e);
void recent_alert(const struct event *e, const struct signature *s);
/* What `plainpop top' shows, as JSON, in a file of its own; the caller's. -1: it could not be made. */
int recent_file(enum frequent_order order, uint64_t rules);
void recent_stop(void);

/* ---- stats.c ---- */

/* In the writer. */
void stats_start(const struct proc_config *config);
/* To be called at least once a second: writes what is due, if anything is. */
void stats_tick(void);
/* All was counted. */
void stats_end(void);

/* ---- outputs.c ---- */

/* In the supervisor: opens them anew, all or those that are due, for the writer at the other end of this channel. How many. */
size_t outputs_reopen(const struct proc_config *config, int writer, bool all);

/* ---- control.c ---- */

#define CONTROL_CLIENTS 8

enum control_reload { RELOAD_DONE, RELOAD_LATER, RELOAD_FAILED };

/* What the supervisor can be asked to do. */
struct control_calls {
	enum control_reload (*reload)(void);
	size_t (*reopen)(void); /* how many outputs */
	bool (*top)(enum frequent_order order); /* asks the writer, whose answer comes by control_answer_top() */
};

/* What to wait for; c may be NULL. How many. */
nfds_t control_poll(struct control *c, struct pollfd p[CONTROL_CLIENTS + 1]);
/* Does what can be done without waiting. */
void control_serve(struct control *c, const struct proc_config *config, const struct control_calls *calls);
/* The writer's answer to who asked for this, in a file that is not believed to be one. */
void control_answer_top(struct control *c, uint64_t order, int fd);
/* In a child: it is the supervisor's. */
void control_forget(struct control *c);

/* ---- shipping.c, in the supervisor ---- */

#define SPOOL_NAME 64

/* For those outputs that need it, which are open: channels, and directories for what waits. False: why was said. */
bool shipping_open(struct proc_config *config, const struct sandbox *sandbox);
void shipping_start(void);
/* The writer has ended, and there will be no other: they deliver what they have, and end. */
void shipping_finish(void);
bool shipping_any(void);
void shipping_kill(void);

enum shipping_end { SHIPPING_NOT_MINE, SHIPPING_DONE, SHIPPING_FAILED };

/* A child has ended; another one takes its place if need be, and again says that it may. */
enum shipping_end shipping_ended(pid_t pid, int status, bool again);
/* In the writer: its ends of the channels become the outputs'. */
void shipping_become_writer(void);
/* In any other child. */
void shipping_forget(const struct child *me);

/* ---- exporter.c ---- */

struct exporter_setup {
	struct proc_config *config;
	const struct inputs *inputs;
	int control;
	bool live;
	const struct sandbox *sandbox;
};

/* The life of the exporter process. The exit status. */
int exporter_main(const struct exporter_setup *setup);
/* In another child: it is the exporter's, and so is what the supervisor tells c. e may be NULL. */
void exporter_forget(struct exporter *e, const struct child *c);
/* In the supervisor, at least once a second: what the exporter can not see by itself. */
void exporter_tell(uint64_t rules, const struct child *writer, const struct child *sensor, size_t n_sensors);
/* It is gone, and that was said. True when it is to be started again, which is counted. */
bool exporter_died(struct child *c, int status);
/* The run has ended, and so does the exporter, if there is one. False: one has died before. */
bool exporter_end(struct child *c);

/* ---- writer.c ---- */

struct writer_setup {
	struct proc_config *config;
	const struct inputs *inputs;
	int control;
	int data[SENSORS_MAX]; /* of each sensor; -1: none */
	bool live, progress, summary;
	bool merge; /* the sensors read the same: what they find is put in the order of one */
	bool again; /* there was one before, and it died */
	bool watched; /* somebody may ask how it is */
	const struct sandbox *sandbox;
};

/* The life of the writer process. The exit status. */
int writer_main(const struct writer_setup *setup);

/* ---- summary.c ---- */

void summary_event(const struct event *e);
/* live: what the kernel and the interface say is of interest. */
void summary_print(bool live);

/* ---- progress.c ---- */

#define PROGRESS_MS 100 /* between two bars, at the least */

/* How far a replay is. */
struct progress {
	const char *name;      /* of the input at hand */
	size_t file, files;    /* its number, from 1, of so many */
	uint64_t done, total;  /* bytes of all of them; total 0: not known */
	double seconds;        /* since it began */
};

/* Whether one is drawn at all. */
bool progress_wanted(const struct proc_config *config);
/* The line in at most that many columns. Returns its length. */
size_t progress_text(const struct progress *p, unsigned columns, char *out, size_t size);
/* Draws it where the last one was, unless that is not long ago. what: asked only then. */
void progress_draw(void (*what)(struct progress *p));
/* Takes it away. */
void progress_clear(void);
/* The same where records are to come onto the same terminal. */
void progress_make_way(void);

#endif
