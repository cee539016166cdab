# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, as_is, login, write_pcap


def make(work):
    write_pcap(work / "input.pcap", Talk(login("alice", "Rabbit-Hole-7")).packets(), link=as_is(8))
