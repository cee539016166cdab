# SPDX-License-Identifier: GPL-3.0-or-later

import dataclasses

from craft import Talk, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"))
    at = talk.find(b"PASS")
    whole = talk.segments[at]
    talk.segments[at:at + 1] = [dataclasses.replace(whole, data=whole.data[:9]),
                                dataclasses.replace(whole, seq=whole.seq + 4, data=whole.data[4:15]),
                                dataclasses.replace(whole, seq=whole.seq + 12, data=whole.data[12:])]
    write_pcap(work / "input.pcap", talk.packets())
