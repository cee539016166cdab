# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    write_pcap(work / "a.pcap", Talk(login("alice", "Rabbit-Hole-7")).packets())
    write_pcap(work / "b.pcap", Talk(login("alice", "Rabbit-Hole-7")).packets())
