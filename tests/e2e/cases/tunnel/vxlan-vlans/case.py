# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, qinq, tunnel, vlan, vxlan, write_pcap


def make(work):
    inside = tunnel(Talk(login("alice", "Rabbit-Hole-7")).packets(), vxlan(100, qinq(30, 20)))
    write_pcap(work / "input.pcap", inside, link=vlan(7))
