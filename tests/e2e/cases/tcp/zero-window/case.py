# SPDX-License-Identifier: GPL-3.0-or-later

import dataclasses

from craft import ACK, Talk, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"))
    at = talk.find(b"PASS")
    asked = talk.segments[at]
    # The server's window is closed: the client asks with one byte, which is dropped, then sends all of it.
    probe = dataclasses.replace(asked, data=asked.data[:1], flags=ACK)
    silent = dataclasses.replace(talk.segments[at + 1], ack=asked.seq)
    talk.segments[at:at] = [probe, silent, probe, silent]
    write_pcap(work / "input.pcap", talk.packets())
