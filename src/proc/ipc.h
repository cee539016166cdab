/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How the processes talk. Two kinds of channel, both made by the supervisor:
 *
 *   data     a stream from each sensor to the writer: records, one behind the other, each with its length
 *   control  packets between the supervisor and each of the others, which can carry a descriptor
 *
 * Who reads does not trust who writes: a sensor reads hostile packets.
 */
#ifndef PLAINPOP_IPC_H
#define PLAINPOP_IPC_H

#include "plainpop/event.h"

/* ---- data ---- */

enum ipc_record {
	IPC_EVENT = 1, /* what event_wire_write() writes */
	IPC_BEGIN,     /* uint64_t: the time of the first packet, µs */
	IPC_RULES,     /* from here on events are about the next rules */
	IPC_LOST,      /* uint64_t: so many events were lost with the writer before this one */
	IPC_ANOMALY,   /* struct ipc_anomaly: of the sensor itself, as IPC_ORDER_ANOMALY */
	IPC_MOMENT,    /* struct ipc_moment: to which events belong from here on; there will be none of an earlier one */
	IPC_END,       /* that was all */
	IPC_RECORD_MAX
};

#define IPC_NO_SOURCE UINT32_MAX

struct ipc_anomaly {
	uint32_t kind;   /* see proc_impl.h */
	uint32_t source; /* the input that it is about, or IPC_NO_SOURCE */
	uint64_t number; /* of how many it tells; 0: no matter */
};

/*
 * When a sensor found something, in the order of one sensor that reads all inputs. Of what is found at the same moment,
 * the session that began first comes first.
 */
struct ipc_moment {
	uint32_t source, phase; /* enum ipc_phase */
	uint64_t number;        /* of the packet */
};

enum ipc_phase {
	IPC_PHASE_TIME,   /* because time has passed, and before the packet itself: sessions timed out, */
	IPC_PHASE_SETTLE, /* or what was lost had been waited for long enough */
	IPC_PHASE_PACKET, /* in it */
};

/* Below 0, 0 or above: a is before b, the same, or behind it. */
int ipc_moment_order(const struct ipc_moment *a, const struct ipc_moment *b);

#define IPC_RECORD_SIZE (sizeof(struct event)) /* bytes of a record at the most, without its head */

/* The sensor's end. */
struct ipc_out {
	int fd;         /* -1: there is no writer now */
	bool wait;      /* for room in the channel; else what does not fit is dropped, and counted */
	uint8_t *buf;
	size_t n, cap;  /* bytes that wait; all of them may hold secrets */
	size_t sent;    /* of the first record among them */
	size_t events;  /* records of events among them */
};

/* Takes fd over. False: no memory. */
bool ipc_out_init(struct ipc_out *o, int fd, bool wait);
void ipc_out_fini(struct ipc_out *o);
/* Another writer is there. What was not whole with the one before is sent again. */
void ipc_out_renew(struct ipc_out *o, int fd);
/* False: it was dropped. */
bool ipc_put(struct ipc_out *o, enum ipc_record type, const void *p, size_t n);
/* The same, of an event. */
bool ipc_put_event(struct ipc_out *o, const struct event *e);
/* Sends what waits. False: the writer is gone. */
bool ipc_flush(struct ipc_out *o);

/* The writer's end. */
struct ipc_in {
	int fd;
	uint8_t *buf;
	size_t at, n, cap;
};

bool ipc_in_init(struct ipc_in *in, int fd);
void ipc_in_fini(struct ipc_in *in);

enum ipc_result { IPC_RECORD, IPC_NOTHING, IPC_CLOSED, IPC_BROKEN };

/* Reads what is there, without waiting: RECORD (ipc_take() may have some), NOTHING, CLOSED. */
enum ipc_result ipc_fill(struct ipc_in *in);
/* The next record out of what was read: RECORD, NOTHING, or BROKEN: what came is none. Valid until the next ipc_fill(). */
enum ipc_result ipc_take(struct ipc_in *in, enum ipc_record *type, struct span *bytes);

/* ---- control ---- */

enum ipc_order {
	IPC_ORDER_INPUT = 1, /* sensor: wants the next input. Supervisor: here it is: fd, number; -1: there is none, or errno */
	IPC_ORDER_RULES,     /* to both: other rules, in fd */
	IPC_ORDER_WRITER,    /* to a sensor: another writer, at fd */
	IPC_ORDER_SENSOR,    /* to the writer: another sensor, at fd, number */
	IPC_ORDER_OUTPUT,    /* to the writer: output number is now fd */
	IPC_ORDER_SAVE,      /* of the writer: the table of servers is to be kept; fd holds it */
	IPC_ORDER_FINISH,    /* to the writer: no more sensors will come */
	IPC_ORDER_ANOMALY,   /* to the writer: something is wrong with a sensor: anomaly */
	IPC_ORDER_STATS,     /* to the writer: a stats record is wanted now */
	IPC_ORDER_TOP,       /* to the writer: what a live view shows is wanted, in order number. Of the writer: it is in fd */
	IPC_ORDER_MAX
};

struct ipc_message {
	uint32_t order; /* enum ipc_order */
	int32_t error;  /* errno, or 0 */
	uint64_t number;
	struct ipc_anomaly anomaly;
};

/*
 * A pair of each kind, close-on-exec. ahead: one of several sensors over the same file, which waits for the others less
 * often when there is more room. 0, or -1 with errno.
 */
int ipc_data_pair(int fd[2], bool ahead);
int ipc_control_pair(int fd[2]);

/* Sends an order, within two seconds; fd -1: without a descriptor. False: it could not be sent. */
bool ipc_send(int control, const struct ipc_message *m, int fd);
/* The same without waiting for room: for what somebody outside asks for, as often as he likes. */
bool ipc_try(int control, const struct ipc_message *m, int fd);
/* Receives one. *fd is the caller's to close, -1 when there was none. RECORD, NOTHING (wait false), CLOSED, BROKEN. */
enum ipc_result ipc_receive(int control, struct ipc_message *m, int *fd, bool wait);

#endif
