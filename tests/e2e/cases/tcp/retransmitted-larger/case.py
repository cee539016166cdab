# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"), mss=8)
    talk.resend(b"PASS Rab", more=b"bit-Hole")
    write_pcap(work / "input.pcap", talk.packets())
