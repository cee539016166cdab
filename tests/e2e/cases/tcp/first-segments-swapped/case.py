# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"), mss=6)
    talk.swap(talk.find(b"USER a"), talk.find(b"lice"))
    write_pcap(work / "input.pcap", talk.packets())
