# SPDX-License-Identifier: GPL-3.0-or-later
import os

from craft import Skip, Talk, login, write_pcap


def make(work):
    if os.geteuid() == 0:
        raise Skip("root may read everything")
    write_pcap(work / "input.pcap", Talk(login("alice", "Rabbit-Hole-7")).packets())
    (work / "input.pcap").chmod(0)
