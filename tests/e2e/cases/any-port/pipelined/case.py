# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap


def make(work):
    talk = Talk([("c", b"USER alice\r\nPASS Rabbit-Hole-7\r\n"),
    ("s", b"+OK POP3 ready\r\n+OK\r\n+OK Logged in.\r\n")], server=("198.51.100.25", 10110))
    write_pcap(work / "input.pcap", talk.packets())
