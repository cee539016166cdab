# SPDX-License-Identifier: GPL-3.0-or-later

import base64
import hashlib

from craft import Talk, merge, write_pcap


def make(work):
    # Dinah-Was-Here-1 and a bearer token are in the list, Rabbit-Hole-7 is not.
    known = ["Dinah-Was-Here-1", "Bearer ya29.Bearer-Of-Tarts", *(f"filler-{number}" for number in range(500))]
    (work / "breached.txt").write_bytes(b"".join(
        f"{digest}:{number}\r\n".encode() for number, digest in enumerate(
            sorted(hashlib.sha1(password.encode()).hexdigest().upper() for password in known))))
    plain = base64.b64encode(b"\0alice\0Dinah-Was-Here-1")
    token = base64.b64encode(b"user=alice\1auth=Bearer ya29.Bearer-Of-Tarts\1\1")
    said = [[b"USER alice", b"PASS Dinah-Was-Here-1"], [b"USER alice", b"PASS Rabbit-Hole-7"],
            [b"AUTH PLAIN " + plain], [b"AUTH XOAUTH2 " + token]]
    talks = []
    for number, lines in enumerate(said):
        dialogue = [("s", b"+OK POP3 ready\r\n")]
        for line in lines:
            dialogue += [("c", line + b"\r\n"), ("s", b"+OK\r\n")]
        talks.append(Talk(dialogue, client=("192.0.2.10", 49152 + number), start=number).packets())
    write_pcap(work / "input.pcap", merge(*talks))
    return [plain.decode(), token.decode(), hashlib.sha1(b"Dinah-Was-Here-1").hexdigest()]
