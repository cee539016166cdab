# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of plainpop's, of a company that never was: what reports are tried on, and shown with.

    records = office()                # a week: three servers, some attacks, some packets lost
    path.write_text(lines(records))
    record("pop3", at, client, server, login={...})    # one of your own

Everything is drawn by lot with a seed: the same each time.
"""

import datetime
import hashlib
import json
import random

START = datetime.datetime(2026, 11, 9, tzinfo=datetime.timezone.utc)
DAY, HOUR = 86400, 3600
SERVERS = {
    "198.51.100.25": ("Dovecot (Debian) ready.", "offered_unused"),
    "198.51.100.40": ("Hello there.", "not_offered"),
    "203.0.113.9": ("The Microsoft Exchange POP3 service is ready.", "not_asked"),
    "198.51.100.77": ("Cyrus POP3 v3.6.1 server ready <5381.1762646400@imap.example.org>", "refused"),
}
FIRST = ("amelia", "björn", "carla", "deniz", "emil", "fatima", "george", "hanna", "ivan", "jun", "karin", "luis", "mona",
         "nils", "olga", "pavel", "quentin", "rosa", "sven", "tarik", "ute", "viktor", "wanda", "xenia", "yusuf", "zoe")
SHARED = ("info", "scanner", "invoices", "backup-reports", "fax", "tickets")
ATTACKER, BOT = "192.0.2.66", "192.0.2.201"
TECHNIQUE = {9100200: "T1110.001", 9100210: "T1110.003", 9100240: "T1078", 9100104: "T1557"}
NAMES = {
    9100000: "PLAINPOP POP3 password accepted in the clear (USER/PASS)",
    9100200: "PLAINPOP POP3 brute force: many passwords tried on one account",
    9100210: "PLAINPOP POP3 password spraying: few passwords tried on many users from one source",
    9100240: "PLAINPOP POP3 login after many passwords were refused for the account from this source",
    9100104: "PLAINPOP POP3 STLS was offered before, and then withheld",
}


def stamp(at):
    return (START + datetime.timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%S.%f+0000")


def record(kind, at, client, server, port=110, **more):
    flow = int.from_bytes(hashlib.sha256(f"{at}{client}{server}".encode()).digest()[:6], "big")
    return {"timestamp": stamp(at), "flow_id": flow, "event_type": kind, "src_ip": client, "src_port": 40000 + flow % 20000,
            "dest_ip": server, "dest_port": port, "proto": "TCP", "ip_v": 6 if ":" in client else 4, **more}


def login(at, client, server, user, outcome, mechanism="USER/PASS", exposure="password", secret=None, **more):
    about = {"user": user, "mechanism": mechanism, "exposure": exposure, "outcome": outcome, "banner": SERVERS[server][0], **more}
    if outcome == "failure":
        about["failure_reason"] = "AUTH"
    if secret is not None:
        about["secret_id"] = hashlib.sha256(secret.encode()).hexdigest()[:32]
        about["secret_key_id"] = "5d1e0a9c33f04b7e"
    return record("pop3", at, client, server, pop3={"request": {"command": "PASS", "args": ["[redacted]"]}, "login": about})


def session(at, client, server, stls, logins=1, **capture):
    lines = ["TOP", "UIDL"] + (["STLS"] if stls in ("offered_unused", "upgraded") else [])
    about = {"start": stamp(at), "end": stamp(at + 3), "commands": 6, "messages": 0, "retr_bytes": 0, "logins": logins,
             "stls": stls, "banner": SERVERS[server][0], "end_reason": "fin"}
    if stls != "not_asked":
        about["capabilities"] = lines
    if capture:
        about["capture"] = capture
    return record("pop3", at + 3, client, server, pop3={"session": about})


def alert(at, client, server, sid, user=None, severity=1, **context):
    about = {"user": user, **context} if user else context
    techniques = ["T1552", "T1040"] if sid < 9100100 else [TECHNIQUE[sid]]
    return record("alert", at, client, server, alert={
        "action": "allowed", "gid": 1, "signature_id": sid, "rev": 1, "signature": NAMES[sid], "category": "Attack on Credentials",
        "severity": severity, "metadata": {"mitre_technique_id": techniques}, "context": {"pop3": about}})


def stats(at, packets, drops):
    return {"timestamp": stamp(at), "event_type": "stats", "host": "sensor-1", "stats": {
        "uptime": int(at), "capture": {"kernel_packets": packets, "kernel_drops": drops, "errors": 0},
        "decoder": {"pkts": packets - drops, "cut": 0}, "pop3": {"not_pop3": 3}, "tcp": {"reassembly_gap": 4}}}


def _people(dice):
    for number, name in enumerate(FIRST + SHARED):
        server = list(SERVERS)[dice.choices(range(4), (55, 25, 12, 8))[0]]
        mail = name if name in SHARED else f"{name}.{dice.choice('abcdefghklmnrst')}"
        how = dice.choices((("USER/PASS", "password"), ("PLAIN", "password"), ("LOGIN", "password"), ("CRAM-MD5", "crackable_digest"),
                            ("XOAUTH2", "bearer_token"), ("SCRAM-SHA-256", "scram")), (55, 14, 10, 10, 6, 5))[0]
        secret = "Shared-Summer" if name in SHARED[:4] else f"pw-{number}"
        yield f"{mail}@example.org", server, how, f"10.20.{number % 4}.{10 + number}", secret


def _week(dice, out):
    for user, server, (mechanism, exposure), client, secret in _people(dice):
        every = dice.choice((HOUR // 2, HOUR, 2 * HOUR))
        robot = user.split("@")[0] in SHARED
        for at in range(int(dice.uniform(0, every)), 7 * DAY, every):
            day, hour = at // DAY, at % DAY / HOUR
            if not robot and (day > 4 or not 7 < hour < 18):
                continue
            at += dice.uniform(0, 300)
            outcome = dice.choices(("success", "failure", "unknown"), (94, 4, 2))[0]
            stls = SERVERS[server][1] if dice.random() < 0.8 else "upgraded" if server == "198.51.100.25" else SERVERS[server][1]
            if stls != "upgraded":
                out.append(login(at, client, server, user, outcome, mechanism, exposure,
                                 secret if exposure == "password" else None))
            out.append(session(at, client, server, stls, int(stls != "upgraded"),
                               **({"gap_bytes": 1448} if dice.random() < 0.004 else {})))


def _attacks(out):
    for number in range(240):                           # guessing, and in the end it is right
        at = 2 * DAY + 3 * HOUR + 9 * number
        out.append(login(at, ATTACKER, "198.51.100.25", "invoices@example.org", "failure", secret=f"guess-{number}"))
    out.append(alert(2 * DAY + 3 * HOUR + 90, ATTACKER, "198.51.100.25", 9100200, "invoices@example.org", distinct_secrets=10, count=10))
    out.append(alert(2 * DAY + 3 * HOUR + 2160, ATTACKER, "198.51.100.25", 9100200, "invoices@example.org", distinct_secrets=240, count=240))
    out.append(login(2 * DAY + 3 * HOUR + 2400, ATTACKER, "198.51.100.25", "invoices@example.org", "success", secret="Shared-Summer"))
    out.append(alert(2 * DAY + 3 * HOUR + 2400, ATTACKER, "198.51.100.25", 9100240, "invoices@example.org", distinct_secrets=240, count=241))
    for number in range(180):                           # spraying
        user = f"{('admin', 'test', 'sales', 'office', 'john', 'mary')[number % 6]}{number // 6}@example.org"
        out.append(login(4 * DAY + 22 * HOUR + 15 * number, BOT, "198.51.100.40", user, "failure", secret=f"Winter{number % 2}"))
    out.append(alert(4 * DAY + 22 * HOUR + 400, BOT, "198.51.100.40", 9100210, "admin1@example.org", distinct_users=180, distinct_secrets=2,
                     count=180))
    out.append(session(3 * DAY + 9 * HOUR, "10.20.1.31", "198.51.100.25", "stripped"))
    out.append(alert(3 * DAY + 9 * HOUR, "10.20.1.31", "198.51.100.25", 9100104))


def office(seed=1):
    dice, out = random.Random(seed), []
    _week(dice, out)
    _attacks(out)
    out += [alert(hour * HOUR + 100, "10.20.0.10", "198.51.100.25", 9100000, "amelia.k@example.org") for hour in range(7, 120, 5)]
    out += [stats(60 * n, 9000 * n, 0 if n < 6000 else 310) for n in range(60, 7 * 1440, 720)]
    return sorted(out, key=lambda each: each["timestamp"])


def lines(records):
    return "".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) + "\n" for each in records)
