/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * event: the one struct that leaves the dissector, passes the rules and reaches the formats. It is a
 * value: of fixed size, copied, never freed. Its texts stand in a pool inside it, so that it can cross
 * to another process as it is.
 *
 * A secret is in it only where the operator asked for --secrets=show.
 */
#ifndef PLAINPOP_EVENT_H
#define PLAINPOP_EVENT_H

#include "plainpop/base.h"

/* The two ends of a session. The client is the one that opened the connection. */
enum side { SIDE_CLIENT, SIDE_SERVER };

static inline enum side side_other(enum side s)
{
	return s == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
}

#define FLOW_VLANS 3 /* VLAN tags kept of a packet; Suricata keeps as many */

/*
 * Who talks to whom. IPv4 addresses stand in the first four of the sixteen bytes, the rest zero; ports
 * and VLAN ids in host order. VLAN and tunnel id are part of it: the same private addresses in two
 * VLANs are two flows. Has no padding, so that it can be hashed and compared as bytes.
 */
struct flow_key {
	uint8_t addr[2][16]; /* indexed by enum side */
	uint16_t port[2];
	uint16_t vlan[FLOW_VLANS]; /* outermost first */
	uint8_t n_vlan;
	uint8_t ip_v; /* 4 or 6 */
	uint32_t tunnel; /* parts flows of different tunnels; the same in both directions; 0: none */
};
_Static_assert(sizeof(struct flow_key) == 48, "flow_key has padding");

/* What traffic can be wrapped in. IP in IP is named by its families, inner first. */
enum tunnel_kind {
	TUNNEL_NONE,
	TUNNEL_4IN4,
	TUNNEL_4IN6,
	TUNNEL_6IN4,
	TUNNEL_6IN6,
	TUNNEL_GRE,
	TUNNEL_NVGRE,
	TUNNEL_PPTP,
	TUNNEL_ERSPAN,
	TUNNEL_VXLAN,
	TUNNEL_VXLAN_GPE,
	TUNNEL_GENEVE,
	TUNNEL_GTP_U,
	TUNNEL_L2TP,
	TUNNEL_TEREDO,
	TUNNEL_MPLS, /* over IP or UDP */
	TUNNEL_KIND_MAX
};

/* The innermost tunnel around a packet: between whom, and its number. */
struct tunnel {
	uint8_t addr[2][16]; /* as in flow_key: of a packet source and destination, of a flow by enum side */
	uint16_t port[2];    /* UDP; 0: none */
	uint32_t id;         /* VNI, VSID, GRE key, TEID, session or call id; meaningful when id_set */
	uint8_t kind;        /* enum tunnel_kind */
	uint8_t depth;       /* tunnels inside one another; 0: none at all */
	uint8_t ip_v;        /* 4 or 6 */
	bool id_set;
};

enum event_kind {
	EVENT_LOGIN,   /* a login attempt and what became of it */
	EVENT_SESSION, /* a POP3 session ended */
	EVENT_ANOMALY, /* something is odd with a session: anomalies.def */
	EVENT_SERVER,  /* what the table of servers has learnt of one */
	/* What crosses the wire, for rules alone: no record is made of these but the alerts they raise. */
	EVENT_CLIENT_LINE, /* a command, or a response to a SASL challenge */
	EVENT_SERVER_LINE,
	EVENT_PACKET,      /* a TCP segment of a watched flow */
	EVENT_KIND_MAX
};

/* What there is to say of a server that only its sessions together tell. */
enum event_server {
	SERVER_NONE,
	SERVER_NEW,       /* it was never seen before */
	SERVER_PLAINTEXT, /* it accepted a login in the clear, which it had never been seen to do */
	SERVER_STRIPPED,  /* it offered STLS, and now it does not */
	SERVER_MAX
};

enum event_outcome { OUTCOME_NONE, OUTCOME_SUCCESS, OUTCOME_FAILURE, OUTCOME_UNKNOWN, OUTCOME_MAX };

/* What an attempt gives to whoever listens, least first. */
enum event_exposure {
	EXPOSURE_NONE,
	EXPOSURE_IDENTITY,
	EXPOSURE_SCRAM,
	EXPOSURE_CRACKABLE_DIGEST,
	EXPOSURE_BEARER_TOKEN,
	EXPOSURE_PASSWORD,
	EXPOSURE_MAX
};

/* What became of TLS in the session (RFC 2595). UNKNOWN: not enough was seen to say, and then nothing is said. */
enum event_stls {
	STLS_UNKNOWN,
	STLS_NOT_OFFERED,    /* CAPA was answered without STLS */
	STLS_OFFERED_UNUSED, /* CAPA listed STLS and the client went on without */
	STLS_NOT_ASKED,      /* the client sent no CAPA and no STLS */
	STLS_REFUSED,        /* STLS was answered -ERR */
	STLS_STRIPPED,       /* this server used to offer it */
	STLS_INJECTED,       /* plaintext behind STLS or its +OK */
	STLS_FAILED,         /* STLS got +OK, and then no TLS came */
	STLS_UPGRADED,       /* the rest is TLS */
	STLS_MAX
};

/* Why a session is over. */
enum event_end {
	END_UNKNOWN,
	END_FIN,     /* both sides closed */
	END_RESET,   /* RST */
	END_TIMEOUT, /* nothing came for the idle time-out, in packet time */
	END_REUSED,  /* a new connection used the same addresses and ports */
	END_EVICTED, /* given up for want of memory */
	END_CAPTURE, /* the capture ended first */
	END_MAX
};

/* What is odd with a session. */
enum event_anomaly {
#define ANOMALY(id, type, event, app_proto, what) ANOMALY_##id,
#include "plainpop/anomalies.def"
#undef ANOMALY
	ANOMALY_MAX
};

/* What the table of servers had of a server before this session; of a new one, this session. */
struct event_known {
	uint64_t first_seen, last_seen; /* µs */
	bool stls_offered;
	bool plaintext_accepted; /* a password or a token in the clear */
	bool plaintext_refused;  /* for being in the clear */
};

/* What a server's refusal says of the credentials. */
enum event_credential { CREDENTIAL_UNKNOWN, CREDENTIAL_INVALID, CREDENTIAL_VALID };

/* Names as output.md and the rules have them; "unknown" or NULL where nothing is to be said. Static strings. */
const char *event_kind_name(enum event_kind k);
const char *event_outcome_name(enum event_outcome o);
const char *event_exposure_name(enum event_exposure x);
const char *event_stls_name(enum event_stls s);
const char *event_end_name(enum event_end e);
const char *event_server_name(enum event_server s);
/* NULL: no tunnel. */
const char *event_tunnel_name(uint8_t kind);
const char *event_anomaly_name(enum event_anomaly a);
const char *event_anomaly_type(enum event_anomaly a);
/* The protocol as Suricata names it; "failed" when it is none that is known; NULL when that is not the point. */
const char *event_anomaly_protocol(enum event_anomaly a);

/* The texts an event can have. Raw bytes as they crossed the wire; formats make them printable. */
enum event_text {
#define EVENT_TEXT(id, cap, what) EVENT_##id,
#include "plainpop/texts.def"
#undef EVENT_TEXT
	EVENT_TEXT_MAX
};

#define EVENT_POOL 43776  /* bytes for all texts of an event; at least the sum of the caps in texts.def */
#define EVENT_ALERTS 32  /* rules that one event can fire */
#define EVENT_SECRET_ID 16 /* bytes of a fingerprint that are written out: the first 128 bits */

struct event_slice {
	uint16_t at;  /* in the pool, counted from 1; 0: not set */
	uint16_t len;
};

/* How much of the session was really seen. */
struct event_capture {
	uint64_t gap_bytes; /* bytes missing in either direction up to now */
	bool midstream;     /* the beginning was not seen */
	bool one_sided;     /* packets of one side only */
	bool truncated;     /* a line or a field was longer than its cap */
};

struct event {
	enum event_kind kind;
	uint64_t ts;        /* µs since the epoch: time of the packet that decided it */
	uint64_t packet;    /* number of that packet in its source, from 1 */
	uint32_t source;    /* which input, an index that the sensor and the writer agree on */

	struct flow_key flow;
	uint64_t flow_id;   /* below 2^51, the same at every replay */
	uint64_t start;     /* µs: first packet of the session */
	uint64_t end;       /* µs: last packet up to now */
	uint64_t pkts[2], bytes[2]; /* packets and bytes of layer 3 sent by each side */

	struct event_capture capture;
	enum event_stls stls;
	enum event_outcome outcome;   /* login: of the attempt; session: the best of its logins */
	enum event_exposure exposure; /* likewise */
	enum event_end end_reason;    /* session */
	enum event_anomaly anomaly;   /* anomaly */
	bool unrecorded;              /* anomaly: for rules alone */
	enum event_server server;     /* server */
	enum side from;               /* who sent it: command, response, packet; of all others the client */
	enum event_credential credential; /* login: by the reason of its failure */
	uint32_t hash_mode; /* login: hashcat's number (-m) for EVENT_HASH */

	bool secret_seen;   /* login: a password or token crossed the wire, and was seen */
	bool secret_id_set;
	bool breached;      /* login: the password is in the list of breached ones */
	bool undecodable;   /* login: the SASL data were not what the mechanism prescribes */
	bool response_set, response_ok; /* login: the server's answer */
	uint8_t secret_id[EVENT_SECRET_ID];

	uint32_t commands, logins, messages; /* session */
	uint32_t users_only; /* session: USER without a PASS behind it */
	uint64_t retr_bytes;                 /* session: bytes of messages fetched in the clear */

	bool passed; /* filled in by the rules: one says pass, and there are no alerts */
	uint16_t n_alerts;
	uint16_t pool_used;

	/* What most events do not have. On its way to another process an event is without it: wire.c. */
	struct tunnel tunnel;     /* around it; depth 0: none */
	struct event_known known; /* server */
	uint32_t alerts[EVENT_ALERTS]; /* filled in by the rules: indices into the ruleset */

	struct event_slice text[EVENT_TEXT_MAX];
	uint8_t pool[EVENT_POOL]; /* last: a copy can stop at pool_used */
};

/* A name and its values, such as a metadata key with all that a rule gives for it. */
struct signature_metadata {
	const char *key;
	const char **value;
	size_t n;
};

/* What a rule asks for. plainpop only watches: drop and reject alert, with a note. */
enum signature_action { ACTION_ALERT, ACTION_PASS, ACTION_DROP, ACTION_REJECT };

/* Which end is the target, as EVE's alert.source and alert.target tell it. Of the direction that the rule matched. */
enum signature_target { TARGET_NONE, TARGET_SOURCE, TARGET_DESTINATION };

/* How many logins an alert stands for. 0: not known. */
struct alert_counts {
	uint32_t count;      /* logins, or whatever the rule counts, this one included */
	uint32_t users, secrets, sources, servers; /* different ones among them */
	uint64_t first_seen; /* µs: the first of them */
};

/* What an alert says of the rule that fired. Owned by the ruleset. */
struct signature {
	uint64_t serial; /* another for each rule ever loaded by this process: a reload may reuse the memory */
	uint32_t gid, sid, rev;
	enum signature_action action;
	enum signature_target target;
	const char *msg;
	const char *category; /* the description of its class, or "" */
	uint8_t severity;     /* 1 (worst) to 3 */
	struct signature_metadata *metadata; /* sorted by key */
	size_t n_metadata;
	const char **reference; /* whole addresses */
	size_t n_references;
};

/* Makes e an empty event of the given kind. */
void event_init(struct event *e, enum event_kind kind);

/*
 * Stores a copy of bytes as the given text. Sets e->capture.truncated when there were more than the
 * text's cap in texts.def. Each text may be set once.
 */
void event_set(struct event *e, enum event_text t, struct span bytes);

/* True when the text was set; it may be empty all the same. */
bool event_has(const struct event *e, enum event_text t);

/* The text's bytes; empty when it was not set. Valid as long as e is. */
struct span event_get(const struct event *e, enum event_text t);

/* What of e has to reach another process of this program: so many bytes, and these. */
size_t event_wire_size(const struct event *e);
void event_wire_write(const struct event *e, uint8_t *out);

/*
 * Takes an event from such bytes. False when they are none: a length, an index or an enumerator is not what it can be. e
 * is not to be used then. Indices into tables of the reader (source, alerts) are for the reader to check.
 */
bool event_wire_read(struct event *e, struct span bytes);

/* When the session of an event in such bytes began, and its id. False: they are none. */
bool event_wire_session(struct span bytes, uint64_t *start, uint64_t *flow_id);

/* Overwrites everything in e: it may hold a secret. */
void event_wipe(struct event *e);

#endif
