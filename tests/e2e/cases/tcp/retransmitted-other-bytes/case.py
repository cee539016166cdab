# SPDX-License-Identifier: GPL-3.0-or-later

import dataclasses

from craft import Talk, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"))
    at = talk.find(b"PASS")
    forged = dataclasses.replace(talk.segments[at], data=b"PASS Cheshire-Ct\r\n".ljust(20, b" ")[:20])
    talk.segments.insert(at + 2, forged)
    write_pcap(work / "input.pcap", talk.packets())
