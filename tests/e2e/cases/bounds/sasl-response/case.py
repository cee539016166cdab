# SPDX-License-Identifier: GPL-3.0-or-later

import base64

from craft import Talk, login, write_pcap


def make(work):
    blob = base64.b64encode(b"\0alice\0" + b"Rabbit-Hole-" * 1250)
    lines = [("s", b"+OK POP3 ready\r\n"), ("c", b"AUTH PLAIN\r\n"), ("s", b"+ \r\n"), ("c", blob + b"\r\n"),
             ("s", b"-ERR Line too long\r\n"), *login("bob", "Looking-Glass-1")[1:]]
    write_pcap(work / "input.pcap", Talk(lines).packets())
