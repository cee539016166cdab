# SPDX-License-Identifier: GPL-3.0-or-later

from craft import CLIENT6, SERVER6, SIX_IN_FOUR, Talk, login, tunnel, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"), client=CLIENT6, server=SERVER6)
    write_pcap(work / "input.pcap", tunnel(talk.packets(), SIX_IN_FOUR))
