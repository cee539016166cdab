# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    (work / "captures").mkdir()
    carol = Talk(login("carol", "Mad-Hatter-10"), client=("192.0.2.12", 49152))
    write_pcap(work / "captures" / "c.pcap", carol.packets())
    write_pcap(work / "captures" / "a.pcap", Talk(login("alice", "Rabbit-Hole-7")).packets())
    bob = Talk(login("bob", "Looking-Glass-1"), client=("192.0.2.11", 49152))
    write_pcap(work / "captures" / "b.pcap", bob.packets())
