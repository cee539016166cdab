# SPDX-License-Identifier: GPL-3.0-or-later
import base64

from craft import Talk, write_pcap


def make(work):
    lines = [("s", b"+OK POP3 ready\r\n"), ("c", b"AUTH PLAIN\r\n"), ("s", b"+ \r\n"),
             ("c", base64.b64encode(b"\0alice\0Rabbit-Hole-7") + b"\r\n"), ("s", b"+OK Logged in.\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).only("c").packets())
