# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, merge, write_pcap


def make(work):
    first = Talk(login("alice", "Rabbit-Hole-7"), close=None)
    second = Talk(login("bob", "Looking-Glass-1"), isn=(3000000, 4000000), start=5)
    write_pcap(work / "input.pcap", merge(first.packets(), second.packets()))
