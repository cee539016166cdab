# SPDX-License-Identifier: GPL-3.0-or-later

import dataclasses

from craft import ACK, PSH, Talk, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"))
    user = talk.segments[talk.find(b"USER")]
    talk.segments[0] = dataclasses.replace(talk.segments[0], data=user.data)
    talk.segments[1] = dataclasses.replace(talk.segments[1], ack=talk.segments[1].ack + len(user.data))
    talk.segments.remove(user)
    write_pcap(work / "input.pcap", talk.packets())
