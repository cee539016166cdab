# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, merge, write_pcap


def make(work):
    lines = login("alice", "Rabbit-Hole-7")
    lines[5:5] = [("c", b"RETR 1\r\n"), ("s", b"+OK\r\n" + b"a" * 1455), ("s", b"lost" * 300), ("s", b"end\r\n.\r\n")]
    first = Talk(lines).drop(b"lost")
    second = Talk(login("bob", "Looking-Glass-1"), client=("192.0.2.10", 49153), start=5)
    write_pcap(work / "input.pcap", merge(first.packets(), second.packets()))
