# SPDX-License-Identifier: GPL-3.0-or-later

from craft import ETHERNET, Talk, as_is, frames, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"))
    trailed = [(time, frame + b"PASS Looking-Glass-1\r\n") for time, frame in frames(talk.packets(), ETHERNET)]
    write_pcap(work / "input.pcap", trailed, link=as_is(1))
