# SPDX-License-Identifier: GPL-3.0-or-later

from craft import CLIENT6, SERVER6, Talk, fragments, login, write_pcap


def make(work):
    talk = Talk(login("alice", "Rabbit-Hole-7"), client=CLIENT6, server=SERVER6)
    write_pcap(work / "input.pcap", fragments(talk.packets(), 24, twice=True))
