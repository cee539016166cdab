# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap


def make(work):
    lines = login("alice", "Rabbit-Hole-7", reply="-ERR " + "Twinkle " * 5000)[:-2] + login("bob", "Looking-Glass-1")[1:]
    write_pcap(work / "input.pcap", Talk(lines).packets())
