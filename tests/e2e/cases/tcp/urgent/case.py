# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, URG, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"))
    for command in (b"USER", b"PASS"):
        segment = talk.segments[talk.find(command)]
        segment.flags |= URG
        segment.urgent = 8
    write_pcap(work / "input.pcap", talk.packets())
