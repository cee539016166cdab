# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    lines = [("s", b"+OK POP3 ready\r\n"), ("c", b"XYZZY " + b"plugh " * 6666 + b"\r\n"),
             ("s", b"-ERR Line too long\r\n"),
             *login("alice", "Rabbit-Hole-7")[1:]]
    write_pcap(work / "input.pcap", Talk(lines).packets())
