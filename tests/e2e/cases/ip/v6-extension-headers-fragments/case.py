# SPDX-License-Identifier: GPL-3.0-or-later

from craft import CLIENT6, DESTINATION, HOP_BY_HOP, ROUTING, SERVER6, Talk, fragments, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"), client=CLIENT6, server=SERVER6)
    headers = [(HOP_BY_HOP, bytes([5, 2, 0, 0])),              # router alert
               (ROUTING, bytes([253, 0, 0, 0, 0, 0])),         # an experimental type, no segments left
               (DESTINATION, bytes([1, 2, 0, 0]))]             # padding
    write_pcap(work / "input.pcap", fragments(talk.packets(headers=headers), 24))
