# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"), start=55, step=0.25)
    write_pcap(work / "input.pcap", talk.packets())
