/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stream: from TCP segments to two streams of bytes a session, each in order and once, with what was
 * never captured said as a gap. A flow table and a normaliser stand in front of libnids, which does the
 * reassembly. One per process, since libnids keeps its state in globals.
 */
#ifndef PLAINPOP_STREAM_H
#define PLAINPOP_STREAM_H

#include "plainpop/decode.h"
#include "plainpop/event.h"

/* A set of TCP ports, a bit each. */
struct port_set {
	uint64_t bits[1024];
};

static inline bool port_set_has(const struct port_set *s, uint16_t port)
{
	return (s->bits[port / 64] >> (port % 64) & 1) != 0;
}

static inline void port_set_add(struct port_set *s, uint16_t port)
{
	s->bits[port / 64] |= UINT64_C(1) << (port % 64);
}

/* What few sessions have. */
struct stream_rare {
	struct tunnel tunnel;
	uint64_t gap_bytes;
};

/*
 * A TCP session as the handler sees it. Owned by the stream room; valid from open to close. Counters
 * cover the whole connection, handshake included.
 */
struct stream {
	struct flow_key key;  /* indexed by enum side */
	/* What each packet changes. */
	uint64_t ts;          /* µs: time of the packet being looked at */
	uint64_t packet;      /* its number in its source */
	uint64_t last;        /* µs: latest packet */
	uint64_t bytes[2];    /* indexed by enum side */
	uint32_t pkts[2];     /* likewise; counted no further than 2^32 - 1 */
	uint32_t source;      /* of the packet */
	uint16_t dsize;       /* its payload, bytes on the wire, up to 65535 */
	uint8_t tcp_flags;    /* RFC 9293 section 3.1 */
	bool midstream : 1;   /* the handshake was not seen */
	bool proven : 1;      /* set by the handler: it is what we listen for. When memory runs out, others go first */
	bool ignore : 1;      /* set by the handler: no more data wanted, only close */
	uint32_t user_bytes;  /* memory behind the next two: the handler keeps it up to date for the memory cap */
	uint32_t index;       /* the room's own */
	void *user, *user_more; /* the handler's own */
	uint64_t id;          /* below 2^51; depends on the packets alone, so a replay gives the same */
	uint64_t start;       /* µs: first packet */
	struct stream_rare *rare; /* NULL: neither of them; ask for them below */
};

/* The tunnel of the first packet, its ends in the order of key; all zero: none. */
static inline const struct tunnel *stream_tunnel(const struct stream *s)
{
	static const struct tunnel none;

	return s->rare != NULL ? &s->rare->tunnel : &none;
}

/* Bytes that were never captured, both sides. */
static inline uint64_t stream_gap_bytes(const struct stream *s)
{
	return s->rare != NULL ? s->rare->gap_bytes : 0;
}

/* True while packets of one side only were seen. */
static inline bool stream_one_sided(const struct stream *s)
{
	return s->pkts[SIDE_CLIENT] == 0 || s->pkts[SIDE_SERVER] == 0;
}

/* Whose words the first bytes of a session seem to be. */
enum stream_speaker { STREAM_SPEAKER_UNKNOWN, STREAM_SPEAKER_CLIENT, STREAM_SPEAKER_SERVER };

/* What the next stage is told, in this order: open, then data and gap, then close. */
struct stream_handler {
	void *ctx;
	/* Asked before open, where neither SYN nor port tells who is the client; may be NULL. */
	enum stream_speaker (*speaker)(void *ctx, struct span first);
	void (*open)(void *ctx, struct stream *s);
	/* Each packet of a watched flow, before anything is made of it, also before open; may be NULL. */
	void (*packet)(void *ctx, struct stream *s, enum side side);
	/* Bytes sent by side, valid during the call. */
	void (*data)(void *ctx, struct stream *s, enum side side, struct span bytes);
	/* n bytes sent by side were never captured. */
	void (*gap)(void *ctx, struct stream *s, enum side side, uint64_t n);
	/* It was silent for a while and may be so for long: time to give back what is not needed. May be NULL. */
	void (*idle)(void *ctx, struct stream *s);
	/* A retransmission of side had other bytes; those that came first count. Once a session; may be NULL. */
	void (*overlap)(void *ctx, struct stream *s, enum side side);
	void (*close)(void *ctx, struct stream *s, enum event_end reason);
};

struct stream_config {
	const struct port_set *ports; /* sessions with neither port in it are left alone; outlives the room */
	bool any_port;       /* no session is left alone; ports only tells who is the server */
	size_t memory_cap;   /* bytes for flows, reassembly and what the handler keeps */
	uint32_t max_flows;  /* flow records, of any state; a fourth of the memory is for them, at the most */
	uint32_t max_active; /* streams at once that libnids may hold and whose last bytes are kept; idle ones are parked */
};

#define STREAM_CONFIG_DEFAULT \
	((struct stream_config){ .memory_cap = 192u << 20, .max_flows = 1u << 24, .max_active = 4096 })

/*
 * Starts the room. The handler is copied. 0, or -1 with errno (EALREADY: it runs; ENOMEM).
 */
int stream_start(const struct stream_config *config, const struct stream_handler *handler);

/* A packet of which decode said DECODE_TCP or DECODE_FRAGMENT. */
void stream_packet(const struct packet *p);

/*
 * The same, where packets are read ahead of their turn: looked at when it is decoded, then fetched, which lets what is known
 * of its flow come from memory meanwhile, a little later more of it, and then its turn, once stream_time_out() was told of
 * its time.
 */
struct stream_ahead {
	bool wanted;             /* else its turn need not come: it is of no flow that is watched */
	bool found;              /* the key was looked for, and that is where: */
	struct flow_key key;     /* its ends as the packet has them */
	const uint32_t *bucket;
};
void stream_look_ahead(const struct packet *p, struct stream_ahead *a);
void stream_fetch(const struct stream_ahead *a);
void stream_fetch_more(const struct stream_ahead *a);
void stream_packet_ahead(const struct packet *p, const struct stream_ahead *a);

/* Time passes without packets (µs since the epoch): whatever waits for that is done. */
void stream_tick(uint64_t now);

/*
 * The same in two steps, for those who have to tell what came of which: first sessions time out, then nobody waits any
 * longer for what was lost. Within each, sessions come in the order in which they began. False: no second step is due.
 */
bool stream_time_out(uint64_t now);
void stream_settle(void);

/*
 * Live: packet time that is about to be told, and that of a clock which nobody sets, both in µs. Where the former was set
 * ahead it is not taken for so long a silence. For captures there is no such clock; that packet time goes back is seen
 * without it.
 */
void stream_clocks(uint64_t now, uint64_t steady);

/*
 * Ends every session with END_CAPTURE, in the order in which they began, and forgets the time: an unrelated capture may
 * follow.
 */
void stream_flush(void);

/* stream_flush(), then gives everything back. */
void stream_stop(void);

/* Bytes held now, as counted against memory_cap. */
size_t stream_memory(void);

/* Sessions open now. */
uint32_t stream_flows(void);

#endif
