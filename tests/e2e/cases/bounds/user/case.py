# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    lines = login("Humpty-Dumpty-" * 43, "Rabbit-Hole-7")
    write_pcap(work / "input.pcap", Talk(lines).packets())
