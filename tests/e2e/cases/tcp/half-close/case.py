# SPDX-License-Identifier: GPL-3.0-or-later

from craft import ACK, FIN, PSH, Segment, Talk, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7")[:4], close=None)
    last = talk.segments[-2]                                    # PASS; behind it its acknowledgement
    end = last.seq + len(last.data)
    talk.segments += [Segment("c", FIN | ACK, end, last.ack),
                      Segment("s", ACK, last.ack, end + 1),
                      Segment("s", PSH | ACK, last.ack, end + 1, b"+OK Logged in.\r\n"),
                      Segment("s", FIN | ACK, last.ack + 16, end + 1),
                      Segment("c", ACK, end + 1, last.ack + 17)]
    write_pcap(work / "input.pcap", talk.packets())
