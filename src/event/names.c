/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words that records and rules use for an event's enumerators. */
#include "plainpop/event.h"

static const char *const kinds[EVENT_KIND_MAX] = {
	[EVENT_LOGIN] = "login",
	[EVENT_SESSION] = "session",
	[EVENT_ANOMALY] = "anomaly",
	[EVENT_SERVER] = "server",
	[EVENT_CLIENT_LINE] = "command",
	[EVENT_SERVER_LINE] = "response",
	[EVENT_PACKET] = "packet",
};

static const char *const servers[SERVER_MAX] = {
	[SERVER_NONE] = NULL,
	[SERVER_NEW] = "new",
	[SERVER_PLAINTEXT] = "plaintext",
	[SERVER_STRIPPED] = "stripped",
};

static const char *const outcomes[OUTCOME_MAX] = {
	[OUTCOME_NONE] = "none",
	[OUTCOME_SUCCESS] = "success",
	[OUTCOME_FAILURE] = "failure",
	[OUTCOME_UNKNOWN] = "unknown",
};

static const char *const exposures[EXPOSURE_MAX] = {
	[EXPOSURE_NONE] = "none",
	[EXPOSURE_IDENTITY] = "identity",
	[EXPOSURE_SCRAM] = "scram",
	[EXPOSURE_CRACKABLE_DIGEST] = "crackable_digest",
	[EXPOSURE_BEARER_TOKEN] = "bearer_token",
	[EXPOSURE_PASSWORD] = "password",
};

static const char *const verdicts[STLS_MAX] = {
	[STLS_UNKNOWN] = NULL,
	[STLS_NOT_OFFERED] = "not_offered",
	[STLS_OFFERED_UNUSED] = "offered_unused",
	[STLS_NOT_ASKED] = "not_asked",
	[STLS_REFUSED] = "refused",
	[STLS_STRIPPED] = "stripped",
	[STLS_INJECTED] = "injected",
	[STLS_FAILED] = "failed",
	[STLS_UPGRADED] = "upgraded",
};

static const char *const ends[END_MAX] = {
	[END_UNKNOWN] = "unknown",
	[END_FIN] = "fin",
	[END_RESET] = "reset",
	[END_TIMEOUT] = "timeout",
	[END_REUSED] = "reused",
	[END_EVICTED] = "evicted",
	[END_CAPTURE] = "end_of_capture",
};

static const char *const tunnels[TUNNEL_KIND_MAX] = {
	[TUNNEL_NONE] = NULL,
	[TUNNEL_4IN4] = "4in4",
	[TUNNEL_4IN6] = "4in6",
	[TUNNEL_6IN4] = "6in4",
	[TUNNEL_6IN6] = "6in6",
	[TUNNEL_GRE] = "gre",
	[TUNNEL_NVGRE] = "nvgre",
	[TUNNEL_PPTP] = "pptp",
	[TUNNEL_ERSPAN] = "erspan",
	[TUNNEL_VXLAN] = "vxlan",
	[TUNNEL_VXLAN_GPE] = "vxlan-gpe",
	[TUNNEL_GENEVE] = "geneve",
	[TUNNEL_GTP_U] = "gtp-u",
	[TUNNEL_L2TP] = "l2tp",
	[TUNNEL_TEREDO] = "teredo",
	[TUNNEL_MPLS] = "mpls",
};

static const struct {
	const char *type, *event, *app_proto;
} anomalies[ANOMALY_MAX] = {
#define ANOMALY(id, type, event, app_proto, what) { type, event, app_proto },
#include "plainpop/anomalies.def"
#undef ANOMALY
};

const char *event_kind_name(enum event_kind k)
{
	return kinds[k];
}

const char *event_outcome_name(enum event_outcome o)
{
	return outcomes[o];
}

const char *event_exposure_name(enum event_exposure x)
{
	return exposures[x];
}

const char *event_stls_name(enum event_stls s)
{
	return verdicts[s];
}

const char *event_end_name(enum event_end e)
{
	return ends[e];
}

const char *event_server_name(enum event_server s)
{
	return servers[s];
}

const char *event_tunnel_name(uint8_t kind)
{
	return kind < TUNNEL_KIND_MAX ? tunnels[kind] : NULL;
}

const char *event_anomaly_name(enum event_anomaly a)
{
	return anomalies[a].event;
}

const char *event_anomaly_protocol(enum event_anomaly a)
{
	return anomalies[a].app_proto;
}

const char *event_anomaly_type(enum event_anomaly a)
{
	return anomalies[a].type;
}
