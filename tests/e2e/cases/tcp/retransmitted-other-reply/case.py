# SPDX-License-Identifier: GPL-3.0-or-later

import dataclasses

from craft import Talk, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7", reply="-ERR no entry"))
    at = talk.find(b"-ERR")
    talk.segments.insert(at + 2, dataclasses.replace(talk.segments[at], data=b"+OK Logged in\r\n"))
    write_pcap(work / "input.pcap", talk.packets())
