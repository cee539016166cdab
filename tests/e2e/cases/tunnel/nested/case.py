# SPDX-License-Identifier: GPL-3.0-or-later

from craft import IP_IN_IP, Talk, gre, login, tunnel, vxlan, write_pcap


def make(work):
    packets = tunnel(Talk(login("alice", "Rabbit-Hole-7")).packets(), IP_IN_IP, ends=("192.0.2.1", "192.0.2.2"))
    packets = tunnel(packets, vxlan(100), ends=("198.51.100.1", "198.51.100.2"))
    write_pcap(work / "input.pcap", tunnel(packets, gre(9)))
