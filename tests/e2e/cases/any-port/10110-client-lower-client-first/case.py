# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7")[1:], client=("192.0.2.10", 1050), server=("198.51.100.25", 10110), handshake=False)
    write_pcap(work / "input.pcap", talk.packets())
