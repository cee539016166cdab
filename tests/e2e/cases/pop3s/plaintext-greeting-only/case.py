# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap


def make(work):
    lines = [("s", b"+OK POP3 ready\r\n"), ("c", b"QUIT\r\n"), ("s", b"+OK\r\n")]
    write_pcap(work / "input.pcap", Talk(lines, server=("198.51.100.25", 995)).packets())
