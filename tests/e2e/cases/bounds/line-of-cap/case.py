# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    lines = login("alice", "R" * (16384 - 5))
    write_pcap(work / "input.pcap", Talk(lines).packets())
