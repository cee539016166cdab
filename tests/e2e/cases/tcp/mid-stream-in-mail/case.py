# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, merge, write_pcap


def make(work):
    lines = [("s", b"USER mallory\r\nPASS Looking-Glass-1\r\n" * 100 + b".\r\n"),
             ("c", b"QUIT\r\n"), ("s", b"+OK Bye\r\n")]
    first = Talk(lines, handshake=False)
    second = Talk(login("alice", "Rabbit-Hole-7"), client=("192.0.2.10", 49153), start=5)
    write_pcap(work / "input.pcap", merge(first.packets(), second.packets()))
