# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, erspan, login, tunnel, vlan, write_pcap


def make(work):
    packets = Talk(login("alice", "Rabbit-Hole-7")).packets()
    write_pcap(work / "input.pcap", tunnel(packets, erspan(7, vlan(20)), mirror=True))
