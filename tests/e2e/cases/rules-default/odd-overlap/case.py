# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, merge, write_pcap


def make(work):
    talks = []
    for client, changed, at in (("192.0.2.10", b"USER mallo\r\n", 0), ("192.0.2.10", b"USER mallo\r\n", 60), ("192.0.2.20", b"USER alice\r\n", 0)):
        talk = Talk(login("alice", "Rabbit-Hole-7"), client=(client, 49152 + at), start=at)
        talk.resend(b"USER alice")
        talk.segments[talk.find(b"USER alice", 1)].data = changed
        talks.append(talk.packets())
    write_pcap(work / "input.pcap", merge(*talks))
