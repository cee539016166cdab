# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    lines = login("alice", "Rabbit-Hole-7")
    lines[5:5] = [("c", b"UIDL\r\n"), ("s", b"+OK\r\n.\r\n"), ("c", b"RETR 1\r\n"), ("s", b"+OK\r\n.\r\n")]
    write_pcap(work / "input.pcap", Talk(lines, server=("198.51.100.25", 10110)).only("c").packets())
