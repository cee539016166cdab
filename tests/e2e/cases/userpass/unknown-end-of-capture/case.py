# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    lines = login("alice", "Rabbit-Hole-7")[:4]
    write_pcap(work / "input.pcap", Talk(lines, close=None).packets())
