# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"), mss=4, close=None).shuffle(4, seed=3)
    write_pcap(work / "input.pcap", talk.packets())
