# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, fragments, login, merge, write_pcap


def make(work):
    lost = Talk(login("alice", "Rabbit-Hole-7")[:4], client=("192.0.2.11", 49152), close=None).packets()
    whole, cut = lost[:-2], fragments(lost[-2:], 24)
    other = Talk(login("bob", "Looking-Glass-1"), start=1).packets()
    write_pcap(work / "input.pcap", merge(whole, cut[:1] + cut[2:], other))
