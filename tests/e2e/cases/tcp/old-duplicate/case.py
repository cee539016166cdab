# SPDX-License-Identifier: GPL-3.0-or-later

import dataclasses

from craft import Talk, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"))
    user = talk.segments[talk.find(b"USER")]
    # A wandering segment of an older connection on the same ports, far outside of the window.
    stray = dataclasses.replace(user, seq=(user.seq + 0x70000000) % 2**32, data=b"USER mallory\r\n")
    talk.segments.insert(talk.find(b"PASS"), stray)
    # And the first command again, after the session has gone on.
    talk.segments.insert(talk.find(b"QUIT"), user)
    write_pcap(work / "input.pcap", talk.packets())
