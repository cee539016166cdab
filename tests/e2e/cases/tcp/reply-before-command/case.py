# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"), acks=False)
    for command in (b"USER", b"PASS", b"QUIT"):
        talk.swap(talk.find(command))
    write_pcap(work / "input.pcap", talk.packets())
