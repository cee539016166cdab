# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, as_is, frames, login, merge, vlan, write_pcap


def make(work):
    ten = frames(Talk(login("alice", "Rabbit-Hole-7")).packets(), vlan(10))
    twenty = frames(Talk(login("bob", "Looking-Glass-1"), isn=(777, 888), start=0.0005).packets(), vlan(20))
    write_pcap(work / "input.pcap", merge(ten, twenty), link=as_is(1))
