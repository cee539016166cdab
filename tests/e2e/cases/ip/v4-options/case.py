# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"))
    record_route = bytes([7, 7, 4, 0, 0, 0, 0, 1])
    write_pcap(work / "input.pcap", talk.packets(options=record_route))
