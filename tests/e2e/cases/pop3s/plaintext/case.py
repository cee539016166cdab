# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    lines = login("alice", "Rabbit-Hole-7")
    write_pcap(work / "input.pcap", Talk(lines, server=("198.51.100.25", 995)).packets())
