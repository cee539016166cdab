# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"), client=("240.0.0.1", 49152))
    write_pcap(work / "input.pcap", [p for p in talk.packets() if p[1][12] == 240])
