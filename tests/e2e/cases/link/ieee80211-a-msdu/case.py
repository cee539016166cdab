# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, a_msdu, as_is, login, write_pcap


def make(work):
    write_pcap(work / "input.pcap", a_msdu(Talk(login("alice", "Rabbit-Hole-7")).packets(), 3), link=as_is(105))
