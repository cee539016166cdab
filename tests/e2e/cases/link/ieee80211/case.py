# SPDX-License-Identifier: GPL-3.0-or-later

from craft import IEEE80211, Talk, login, write_pcap


def make(work):
    write_pcap(work / "input.pcap", Talk(login("alice", "Rabbit-Hole-7")).packets(), link=IEEE80211)
