# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every EVE line that plainpop writes, whatever the capture."""

import base64
import hashlib
import ipaddress
import json
import re
import struct

# Top-level keys a record may have, by event type; an alert validates against Suricata's schema,
# which allows nothing else.
COMMON = {"timestamp", "flow_id", "in_iface", "pcap_cnt", "event_type", "vlan", "src_ip", "src_port",
          "dest_ip", "dest_port", "proto", "ip_v", "community_id", "host", "tunnel", "pcap_filename"}
OWN = {"alert": {"alert", "app_proto", "direction", "flow", "pop3"},
       "pop3": {"app_proto", "direction", "pop3"},
       "flow": {"app_proto", "flow"},
       "anomaly": {"app_proto", "anomaly", "tls"},
       "stats": {"stats"}}
ALERT = {"action", "gid", "signature_id", "rev", "signature", "category", "severity", "metadata",
         "references", "context"}
FLOW = {"pkts_toserver", "pkts_toclient", "bytes_toserver", "bytes_toclient", "start",
        "src_ip", "dest_ip", "src_port", "dest_port"}
# All that Suricata's schema (etc/schema.json) lets a tunnel have, and of what type; no more is allowed.
TUNNEL = {"src_ip": str, "src_port": int, "dest_ip": str, "dest_port": int, "proto": str, "depth": int,
          "pcap_cnt": int, "pkt_src": str}
VOCABULARY = {
    "exposure": {"password", "bearer_token", "crackable_digest", "scram", "identity", "none"},
    "outcome": {"success", "failure", "unknown"},
    "stls": {"not_offered", "offered_unused", "not_asked", "refused", "stripped", "injected",
             "failed", "upgraded"}}
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+0000")


def community_id(source, source_port, target, target_port, seed=0):
    """Community ID v1 of a TCP connection, written from its specification."""
    ends = sorted([(ipaddress.ip_address(source).packed, source_port),
                   (ipaddress.ip_address(target).packed, target_port)])
    (low, low_port), (high, high_port) = ends
    data = struct.pack("!H", seed) + low + high + struct.pack("!BBHH", 6, 0, low_port, high_port)
    return "1:" + base64.b64encode(hashlib.sha1(data).digest()).decode()


def dig(record, path):
    """The value at a dotted path, or None."""
    for key in path.split("."):
        if not isinstance(record, dict) or key not in record:
            return None
        record = record[key]
    return record


def read(output):
    """Parse a program's output. Returns (records, faults): each fault names its line."""
    records, faults = [], []
    if output and not output.endswith(b"\n"):
        faults.append("output: the last line has no newline")
    for number, line in enumerate(output.split(b"\n"), 1):
        if not line:
            if number <= output.count(b"\n"):
                faults.append(f"output line {number}: empty")
            continue
        try:
            record = json.loads(line.decode("utf-8"), object_pairs_hook=_object)
            if not isinstance(record, dict):
                raise ValueError("not a JSON object")
            line_faults = list(_check(record))
        except (ValueError, TypeError, AttributeError) as error:
            faults.append(f"output line {number}: {error}")
            continue
        records.append(record)
        faults += [f"output line {number}: {fault}" for fault in line_faults]
    return records, faults


def _object(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError(f"a key stands twice among {[key for key, _ in pairs]}")
    return dict(pairs)


def _check(record):
    if next(iter(record), None) != "timestamp":
        yield "timestamp is not the first key"
    elif not TIMESTAMP.fullmatch(record["timestamp"]):
        yield f"timestamp {record['timestamp']!r}"
    kind = record.get("event_type")
    if kind not in OWN:
        yield f"event_type {kind!r}"
        return
    odd = set(record) - COMMON - OWN[kind]
    if odd:
        yield f"key {sorted(odd)} in a record of type {kind}"
    if kind in ("alert", "pop3", "flow") or "flow_id" in record:
        yield from _check_flow(record)
    if kind == "alert":
        yield from _check_alert(record)
    if kind == "pop3":
        yield from _check_pop3(record)


def _check_flow(record):
    for key in ("flow_id", "src_ip", "src_port", "dest_ip", "dest_port", "proto", "ip_v", "community_id"):
        if key not in record:
            yield f"no {key}"
            return
    if not (isinstance(record["flow_id"], int) and 0 <= record["flow_id"] < 2**51):
        yield f"flow_id {record['flow_id']!r}"
    if record["proto"] != "TCP":
        yield f"proto {record['proto']!r}"
    source, target = (ipaddress.ip_address(record[key]) for key in ("src_ip", "dest_ip"))
    if record["ip_v"] != source.version or source.version != target.version:
        yield f"ip_v {record['ip_v']!r} with {source} and {target}"
    for key, ip in (("src_ip", source), ("dest_ip", target)):
        if str(ip) != record[key]:
            yield f"{key} {record[key]!r} is not the canonical {str(ip)!r}"
    expected = community_id(record["src_ip"], record["src_port"], record["dest_ip"], record["dest_port"])
    if record["community_id"] != expected:
        yield f"community_id {record['community_id']!r}, computed {expected!r}"
    if "vlan" in record and not (record["vlan"] and all(isinstance(v, int) for v in record["vlan"])):
        yield f"vlan {record['vlan']!r}"
    if "pcap_cnt" in record and record["pcap_cnt"] < 1:
        yield f"pcap_cnt {record['pcap_cnt']!r}"
    if "tunnel" in record:
        yield from _check_tunnel(record["tunnel"])


def _check_tunnel(tunnel):
    for key, value in tunnel.items():
        if key not in TUNNEL or type(value) is not TUNNEL[key]:
            yield f"tunnel.{key} {value!r}"
    if ipaddress.ip_address(tunnel["src_ip"]).version != ipaddress.ip_address(tunnel["dest_ip"]).version:
        yield f"tunnel between {tunnel['src_ip']} and {tunnel['dest_ip']}"
    if not tunnel["proto"] or tunnel["depth"] < 1:
        yield f"tunnel {tunnel!r}"


def _check_alert(record):
    alert = record.get("alert", {})
    odd = set(alert) - ALERT
    if odd:
        yield f"key {sorted(odd)} in alert"
    for key in ("action", "gid", "signature_id", "rev", "signature", "category", "severity"):
        if key not in alert:
            yield f"no alert.{key}"
    if alert.get("action") != "allowed":
        yield f"alert.action {alert.get('action')!r}"
    if alert.get("severity") not in (1, 2, 3):
        yield f"alert.severity {alert.get('severity')!r}"
    metadata = alert.get("metadata", {})
    if list(metadata) != sorted(metadata) or not all(
            isinstance(values, list) and all(isinstance(value, str) for value in values)
            for values in metadata.values()):
        yield f"alert.metadata {metadata!r} is not sorted lists of strings"
    if record.get("app_proto") != "pop3":
        yield f"app_proto {record.get('app_proto')!r}"
    if record.get("direction") not in ("to_server", "to_client"):
        yield f"direction {record.get('direction')!r}"
    flow = record.get("flow", {})
    if set(flow) != FLOW:
        yield f"flow has {sorted(set(flow) ^ FLOW)} too little or too much"
    elif not TIMESTAMP.fullmatch(flow["start"]):
        yield f"flow.start {flow['start']!r}"
    odd = set(record.get("pop3", {})) - {"request", "response"}
    if odd:
        yield f"key {sorted(odd)} in an alert's pop3"
    yield from _check_words(dig(record, "alert.context.pop3") or {})


def _check_pop3(record):
    pop3 = record.get("pop3", {})
    odd = set(pop3) - {"request", "response", "login", "session"}
    if odd:
        yield f"key {sorted(odd)} in pop3"
    if ("login" in pop3) == ("session" in pop3):
        yield "a pop3 record holds either a login or a session"
    if "login" in pop3:
        for key in ("exposure", "outcome"):         # the mechanism may not be known
            if key not in pop3["login"]:
                yield f"no pop3.login.{key}"
    for what in ("login", "session"):
        yield from _check_words(pop3.get(what, {}))


def _check_words(known):
    for key, words in VOCABULARY.items():
        if key in known and known[key] not in words:
            yield f"{key} {known[key]!r} is not one of {sorted(words)}"
