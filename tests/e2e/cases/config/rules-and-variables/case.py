# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"), server=("198.51.100.25", 1110))
    write_pcap(work / "input.pcap", talk.packets())
