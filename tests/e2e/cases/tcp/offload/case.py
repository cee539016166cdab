# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    lines = login("alice", "Rabbit-Hole-7")
    lines[5:5] = [("c", b"RETR 1\r\n"), ("s", b"+OK\r\n" + b"USER mallory\r\n" * 4000 + b".\r\n")]
    write_pcap(work / "input.pcap", Talk(lines, mss=64000).packets())
