# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    lines = login("alice", "Looking-Glass-1", "-ERR Authentication failed.")[:-2] + login("alice", "Rabbit-Hole-7")[1:]
    talk = Talk(lines, acks=False)
    for place in (talk.find(b"USER"), talk.find(b"PASS"), talk.find(b"USER", 1), talk.find(b"PASS", 1)):
        talk.swap(place)
    write_pcap(work / "input.pcap", talk.packets())
