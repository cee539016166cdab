# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, merge, tunnel, vxlan, write_pcap


def make(work):
    one = tunnel(Talk(login("alice", "Rabbit-Hole-7")).packets(), vxlan(100))
    two = tunnel(Talk(login("bob", "Looking-Glass-1"), isn=(777, 888), start=0.0005).packets(), vxlan(200))
    write_pcap(work / "input.pcap", merge(one, two))
