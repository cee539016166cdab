# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, fragments, gre, login, tunnel, write_pcap


def make(work):
    packets = fragments(Talk(login("alice", "Rabbit-Hole-7")).packets(), 24)
    write_pcap(work / "input.pcap", fragments(tunnel(packets, gre(9)), 24, backwards=True))
