# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    write_pcap(work / "a.pcap", Talk(login("alice", "Rabbit-Hole-7")).packets())
    (work / "bad.pcap").write_text("no capture")
    write_pcap(work / "b.pcap", Talk(login("bob", "Looking-Glass-1"), client=("192.0.2.11", 49152)).packets())
