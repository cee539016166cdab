# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every line of each format: EVE by schema/eve.json, ECS by the fields of its version, OCSF by the required
attributes of the classes, CEF by a parser that takes nothing else.

Each check(line) yields what is wrong. The lists are written from the specifications, not from what plainpop does.
"""

import ipaddress
import json
import pathlib
import re

import jsonschema

HERE = pathlib.Path(__file__).resolve().parent
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")


def load(line):
    """A line of JSON, strictly: UTF-8, no key twice, an object."""
    def pairs(items):
        if len({key for key, _ in items}) != len(items):
            raise ValueError(f"a key stands twice among {[key for key, _ in items]}")
        return dict(items)

    record = json.loads(line.decode("utf-8"), object_pairs_hook=pairs)
    if not isinstance(record, dict):
        raise ValueError("not an object")
    return record


def leaves(value, path=""):
    """(path, value) of all that is no object; an array of objects counts as its objects."""
    if isinstance(value, dict):
        if not value:
            yield path, value
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        for item in value:
            yield from leaves(item, path + "[]")
    else:
        yield path, value


# ---------------------------------------------------------------- EVE

_EVE = jsonschema.Draft202012Validator(json.loads((HERE / "schema/eve.json").read_text()))


def eve(line):
    record = load(line)
    if next(iter(record)) != "timestamp":
        yield "timestamp is not the first key"
    # Which record it is meant to be, so that an error says more than that none fits.
    kind = record.get("event_type")
    name = "sensor_anomaly" if kind == "anomaly" and "flow_id" not in record else kind
    part = {"$ref": f"#/$defs/{name}_record"} if f"{name}_record" in _EVE.schema["$defs"] else {}
    for error in _EVE.evolve(schema={**_EVE.schema, "oneOf": [part]}).iter_errors(record):
        for inner in error.context or [error]:
            yield f"{'.'.join(map(str, inner.absolute_path))}: {inner.message[:200]}"


# ---------------------------------------------------------------- ECS 8.11

# The fields that are used, with the type that the schema gives each: of an array, [type]. Nothing but these and
# what stands in "plainpop" may be in a record.
ECS_FIELDS = {
    "@timestamp": "date", "ecs.version": "keyword", "message": "text",
    "event.kind": "keyword", "event.category": ["keyword"], "event.type": ["keyword"], "event.action": "keyword",
    "event.outcome": "keyword", "event.dataset": "keyword", "event.module": "keyword", "event.severity": "long",
    "event.reason": "keyword", "event.start": "date", "event.end": "date", "event.duration": "long",
    "source.ip": "ip", "source.port": "long", "source.bytes": "long", "source.packets": "long",
    "destination.ip": "ip", "destination.port": "long", "destination.bytes": "long", "destination.packets": "long",
    "network.transport": "keyword", "network.type": "keyword", "network.protocol": "keyword",
    "network.community_id": "keyword", "network.vlan.id": "keyword", "network.inner.vlan.id": "keyword",
    "user.name": "keyword", "user.domain": "keyword", "user.effective.name": "keyword",
    "related.ip": ["ip"], "related.user": ["keyword"],
    "rule.id": "keyword", "rule.name": "keyword", "rule.category": "keyword", "rule.version": "keyword",
    "rule.reference": "keyword",
    "threat.framework": "keyword", "threat.tactic.id": ["keyword"], "threat.technique.id": ["keyword"],
    "threat.technique.subtechnique.id": ["keyword"],
    "observer.vendor": "keyword", "observer.product": "keyword", "observer.type": "keyword",
    "observer.version": "keyword", "observer.name": "keyword", "observer.hostname": "keyword",
    "observer.ingress.interface.name": "keyword",
    "tls.version": "keyword", "tls.version_protocol": "keyword", "tls.cipher": "keyword",
    "tls.next_protocol": "keyword", "tls.client.server_name": "keyword",
}
ECS_REQUIRED = {"@timestamp", "ecs.version", "event.kind", "event.type", "event.action", "event.dataset",
                "event.module", "message", "observer.vendor", "observer.product", "observer.type", "observer.version"}
ECS_VALUES = {
    "event.kind": {"alert", "asset", "enrichment", "event", "metric", "state", "pipeline_error", "signal"},
    "event.outcome": {"success", "failure", "unknown"},
    "network.type": {"ipv4", "ipv6"}, "network.transport": {"tcp"}, "observer.type": {"ids"},
    "threat.framework": {"MITRE ATT&CK"}, "ecs.version": {"8.11.0"},
    "tls.version": {"3", "1", "1.1", "1.2", "1.3"}, "tls.version_protocol": {"ssl", "tls"},
}
# The types that the schema expects in each category that is used.
ECS_CATEGORIES = {
    "authentication": {"start", "end", "info"},
    "intrusion_detection": {"allowed", "denied", "info"},
    "network": {"access", "allowed", "connection", "denied", "end", "info", "protocol", "start"},
}
ECS_IS = {
    "date": lambda v: isinstance(v, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", v),
    "keyword": lambda v: isinstance(v, str), "text": lambda v: isinstance(v, str),
    "long": lambda v: type(v) is int and -2**63 <= v < 2**63,
    "ip": lambda v: isinstance(v, str) and str(ipaddress.ip_address(v)) == v,
}


def ecs(line):
    record = load(line)
    found = dict(leaves(record))
    for path, value in found.items():
        if path.startswith("plainpop."):
            continue
        wanted = ECS_FIELDS.get(path)
        if wanted is None:
            yield f"{path} is no field of ECS"
        elif isinstance(wanted, list):
            if not isinstance(value, list) or not value or not all(ECS_IS[wanted[0]](item) for item in value):
                yield f"{path} {value!r} is not an array of {wanted[0]}"
        elif not ECS_IS[wanted](value):
            yield f"{path} {value!r} is no {wanted}"
        if path in ECS_VALUES and value not in ECS_VALUES[path]:
            yield f"{path} {value!r} is not one of {sorted(ECS_VALUES[path])}"
    for path in sorted(ECS_REQUIRED - set(found)):
        yield f"no {path}"
    expected = [ECS_CATEGORIES.get(category, set()) for category in found.get("event.category", [])]
    for kind in found.get("event.type", []):
        if expected and not any(kind in types for types in expected):
            yield f"event.type {kind!r} with event.category {found['event.category']}"
    for number in found.get("threat.technique.id", []):
        if not re.fullmatch(r"T\d{4}", number):
            yield f"threat.technique.id {number!r}"
    for number in found.get("threat.technique.subtechnique.id", []):
        if not re.fullmatch(r"T\d{4}\.\d{3}", number) or number[:5] not in found["threat.technique.id"]:
            yield f"threat.technique.subtechnique.id {number!r}"


# ---------------------------------------------------------------- OCSF 1.5.0

# Attributes of objects, of what type: those with * are required where the object is there, of those with + one at least.
OCSF_OBJECTS = {
    "metadata": {"product*": "product", "version*": str, "log_name": str, "loggers": ["logger"]},
    "product": {"name+": str, "vendor_name": str, "version": str},
    "logger": {"name": str, "device": "device"},
    "device": {"type_id*": int, "hostname": "hostname", "interface_name": str},
    "endpoint": {"ip+": "ip", "port": "port"},
    "user": {"name+": str, "domain": str, "credential_uid": str},
    "service": {"name+": str},
    "session": {"uid": str},
    "finding_info": {"uid*": str, "title": str, "analytic": "analytic", "attacks": ["attack"],
                     "related_events_count": int, "first_seen_time": "time"},
    "analytic": {"type_id*": int, "type": str, "uid+": str, "name+": str, "category": str, "version": str},
    "attack": {"technique": "named", "sub_technique": "named", "tactic": "named"},
    "named": {"uid+": str},
    "evidence": {"connection_info": "connection", "src_endpoint": "endpoint", "dst_endpoint": "endpoint", "user": "user"},
    "connection": {"direction_id*": int, "direction": str, "uid": str, "community_uid": str, "protocol_name": str,
                   "protocol_num": int, "protocol_ver_id": int},
}
OCSF_BASE = {"activity_id*": int, "activity_name": str, "category_uid*": int, "class_uid*": int, "class_name": str,
             "type_uid*": int, "time*": "time", "severity_id*": int, "severity": str, "metadata*": "metadata",
             "message": str, "status_id": int, "status": str, "unmapped": "open"}
OCSF_CLASSES = {
    2004: {**OCSF_BASE, "finding_info*": "finding_info", "evidences": ["evidence"]},
    3002: {**OCSF_BASE, "user*": "user", "service": "service", "dst_endpoint": "endpoint", "src_endpoint": "endpoint",
           "session": "session", "auth_protocol_id": int, "auth_protocol": str, "is_cleartext": bool,
           "is_remote": bool, "logon_type_id": int, "logon_type": str, "status_code": str, "status_detail": str},
}
# A number and the caption that its sibling has to have; 99 is whatever the source says.
OCSF_CAPTIONS = {
    "severity_id": {0: "Unknown", 1: "Informational", 2: "Low", 3: "Medium", 4: "High", 5: "Critical", 6: "Fatal"},
    "auth_protocol_id": {0: "Unknown", 1: "NTLM", 2: "Kerberos", 3: "Digest", 4: "OpenID", 5: "SAML", 6: "OAUTH 2.0",
                         7: "PAP", 8: "CHAP", 9: "EAP", 10: "RADIUS", 11: "Basic Authentication", 12: "LDAP"},
    "logon_type_id": {3: "Network", 8: "Network Cleartext"},
    (2004, "activity_id"): {1: "Create", 2: "Update", 3: "Close"},
    (3002, "activity_id"): {1: "Logon", 2: "Logoff"},
    (2004, "status_id"): {0: "Unknown", 1: "New", 2: "In Progress", 3: "Suppressed", 4: "Resolved"},
    (3002, "status_id"): {0: "Unknown", 1: "Success", 2: "Failure"},
}


def _ocsf_value(where, value, kind):
    if kind == "open":
        if not isinstance(value, dict):
            yield f"{where} is no object"
    elif isinstance(kind, list):
        if not isinstance(value, list) or not value:
            yield f"{where} is no array"
        else:
            for item in value:
                yield from _ocsf_value(where + "[]", item, kind[0])
    elif kind == "ip":
        ipaddress.ip_address(value)
    elif kind == "port":
        if type(value) is not int or not 0 <= value <= 65535:
            yield f"{where} {value!r}"
    elif kind == "hostname":
        if not HOST.fullmatch(value):
            yield f"{where} {value!r}"
    elif kind == "time":                # milliseconds, this century or the next two: microseconds would be more
        if type(value) is not int or not 0 <= value < 10_413_792_000_000:
            yield f"{where} {value!r}"
    elif isinstance(kind, str):
        yield from _ocsf_object(where, value, OCSF_OBJECTS[kind])
    elif type(value) is not kind:
        yield f"{where} {value!r} is no {kind.__name__}"


def _ocsf_object(where, value, attributes):
    if not isinstance(value, dict):
        yield f"{where} is no object"
        return
    known = {name.rstrip("*+"): kind for name, kind in attributes.items()}
    for key, inner in value.items():
        if key not in known:
            yield f"{where}.{key} is no attribute"
        else:
            yield from _ocsf_value(f"{where}.{key}", inner, known[key])
    for name in attributes:
        if name.endswith("*") and name[:-1] not in value:
            yield f"no {where}.{name[:-1]}"
    some = [name[:-1] for name in attributes if name.endswith("+")]
    if some and not any(name in value for name in some):
        yield f"{where} has none of {some}"


def ocsf(line):
    record = load(line)
    number = record.get("class_uid")
    if number not in OCSF_CLASSES:
        yield f"class_uid {number!r}"
        return
    yield from _ocsf_object("event", record, OCSF_CLASSES[number])
    if record["category_uid"] != number // 1000:
        yield f"category_uid {record['category_uid']} of class {number}"
    if record["type_uid"] != number * 100 + record["activity_id"]:
        yield f"type_uid {record['type_uid']} of class {number}, activity {record['activity_id']}"
    if record["metadata"]["version"] != "1.5.0":
        yield f"metadata.version {record['metadata']['version']!r}"
    for key, value in record.items():
        captions = OCSF_CAPTIONS.get((number, key)) or OCSF_CAPTIONS.get(key)
        sibling = "activity_name" if key == "activity_id" else key[:-3]
        if captions and value != 99 and captions.get(value) != record.get(sibling):
            yield f"{key} {value!r} with {sibling} {record.get(sibling)!r}"
    if number == 3002 and "service" not in record and "dst_endpoint" not in record:
        yield "neither service nor dst_endpoint"


# ---------------------------------------------------------------- CEF 0

# The dictionary's keys that are used, with their types, and of text how long it may be.
CEF_KEYS = {
    "rt": "time", "start": "time", "end": "time", "deviceCustomDate1": "time",
    "src": "ipv4", "dst": "ipv4", "c6a2": "ipv6", "c6a3": "ipv6", "spt": "port", "dpt": "port",
    "in": "number", "out": "number", "cnt": "number", "cn1": "number", "cn2": "number", "cn3": "number",
    "act": 63, "app": 31, "cat": 1023, "deviceInboundInterface": 128, "dntdom": 255, "duser": 1023, "dvchost": 100,
    "externalId": 40, "msg": 1023, "outcome": 63, "proto": 31, "reason": 1023,
    "frameworkName": 256, "threatAttackID": 32,         # of version 1.2
    **{f"cs{n}": 4000 for n in range(1, 7)},
}
CEF_LABELLED = re.compile(r"(cs[1-6]|cn[1-3]|c6a[1-4]|cfp[1-4]|deviceCustomDate[12])")
CEF_SEVERITY = range(0, 11)
CEF_IS = {
    "time": lambda v: re.fullmatch(r"\d{1,13}", v), "number": lambda v: re.fullmatch(r"\d{1,20}", v),
    "port": lambda v: re.fullmatch(r"\d{1,5}", v) and int(v) <= 65535,
    "ipv4": lambda v: str(ipaddress.IPv4Address(v)) == v, "ipv6": lambda v: str(ipaddress.IPv6Address(v)) == v,
}


def cef_parse(line):
    """(header of seven, extension) of a line. ValueError when it is not what the specification says."""
    text = line.decode("utf-8")
    header, rest = [], text
    while len(header) < 7:
        field = re.match(r"((?:[^\\|]|\\[\\|])*)\|", rest)
        if field is None:
            raise ValueError("the header has fewer than seven fields, or a wrong escape")
        header.append(re.sub(r"\\(.)", r"\1", field[1]))
        rest = rest[field.end():]
    extension = {}
    while rest:
        pair = re.match(r"([A-Za-z0-9]+)=((?:[^\\=]|\\[\\=nr])*)(?= [A-Za-z0-9]+=|$)", rest)
        if pair is None:
            raise ValueError(f"no pair, or a wrong escape: {rest[:60]!r}")
        if pair[1] in extension:
            raise ValueError(f"{pair[1]} is there twice")
        extension[pair[1]] = re.sub(r"\\(.)", lambda m: {"n": "\n", "r": "\r"}.get(m[1], m[1]), pair[2])
        rest = rest[pair.end():].removeprefix(" ")
    return header, extension


def cef_escaped(text):
    """Text as it stands in an extension."""
    return text.replace("\\", "\\\\").replace("=", "\\=")


def cef(line):
    header, extension = cef_parse(line)
    version, vendor, product, _, event, name, severity = header
    if (version, vendor, product) != ("CEF:0", "plainpop", "plainpop"):
        yield f"header {header}"
    if not event or not name or len(name) > 512 or not severity.isdigit() or int(severity) not in CEF_SEVERITY:
        yield f"header {header}"
    if "rt" not in extension:
        yield "no rt"
    for key, value in extension.items():
        label = key.removesuffix("Label") if key.endswith("Label") else None
        if label and CEF_LABELLED.fullmatch(label):
            if label not in extension or not value:
                yield f"{key} labels nothing"
        elif key in CEF_KEYS:
            kind = CEF_KEYS[key]
            good = len(value) <= kind if isinstance(kind, int) else CEF_IS[kind](value)
            if not good:
                yield f"{key} {value[:100]!r} is no {kind}"
            if CEF_LABELLED.fullmatch(key) and key + "Label" not in extension:
                yield f"{key} has no label"
        elif not re.fullmatch(r"plainpop[A-Z][A-Za-z]+", key):
            yield f"{key} is no key of the dictionary"


# ---------------------------------------------------------------- text

def text(line):
    said = line.decode("utf-8")
    if not re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}  \S", said):
        yield f"no time: {said[:40]!r}"


FORMATS = {"eve": eve, "ecs": ecs, "ocsf": ocsf, "cef": cef, "text": text}
# The types of records that each has.
TYPES = {"eve": "alert+pop3+anomaly+stats", "ecs": "alert+pop3+anomaly+stats", "ocsf": "alert+pop3",
         "cef": "alert+pop3+anomaly", "text": "alert+pop3+anomaly+stats"}


def lines(name, output):
    """The lines of an output, checked: (lines, faults). Each ends in the one newline that it has."""
    faults = []
    if output and not output.endswith(b"\n"):
        faults.append(f"{name}: the last line has no newline")
    found = output.split(b"\n")[:-1]
    for number, line in enumerate(found, 1):
        try:
            said = line.decode("utf-8")
            wrong = [c for c in said if c < " " or "\x7f" <= c < "\xa0" or c in "\u2028\u2029\u202a\u202b\u202c\u202d\u202e"]
            faults += [f"{name} line {number}: {wrong!r} is not printable"] if wrong else []
            faults += [f"{name} line {number}: {fault}" for fault in FORMATS[name](line)]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            faults.append(f"{name} line {number}: {type(error).__name__}: {error}")
    return found, faults
