# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    lines = login("alice", "Rabbit-Hole-7")
    lines[5:5] = [("c", b"RETR 1\r\n"), ("s", b"+OK\r\nhello.\r\n.\r"), ("s", b".not the end\r\n"),
                  ("s", b"."), ("s", b"\r"), ("s", b"\n")]
    write_pcap(work / "input.pcap", Talk(lines).packets())
