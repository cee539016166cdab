# SPDX-License-Identifier: GPL-3.0-or-later

import dataclasses

from craft import ACK, SYN, Talk, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"))
    client, server = talk.segments[:2]
    # RFC 9293 section 3.5, figure 7: two SYNs that cross, and two SYN/ACKs.
    talk.segments[1:3] = [dataclasses.replace(server, flags=SYN, ack=0),
                          dataclasses.replace(client, flags=SYN | ACK, ack=server.seq + 1), server]
    write_pcap(work / "input.pcap", talk.packets())
