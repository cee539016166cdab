# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"), isn=(2**32 - 16, 2**32 - 20), mss=5, handshake=False)
    write_pcap(work / "input.pcap", talk.packets())
