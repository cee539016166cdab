# SPDX-License-Identifier: GPL-3.0-or-later

from craft import ACK, RST, Segment, Talk, write_pcap


def make(work):
    talk = Talk([], close=None)
    syn = talk.segments[0]
    talk.segments = [syn, Segment("s", RST | ACK, 0, syn.seq + 1)]
    write_pcap(work / "input.pcap", talk.packets())
