# SPDX-License-Identifier: GPL-3.0-or-later
import gzip

from craft import Talk, login, write_pcap


def make(work):
    write_pcap(work / "a.pcap", Talk(login("alice", "Rabbit-Hole-7")).packets())
    (work / "a.pcap.gz").write_bytes(gzip.compress((work / "a.pcap").read_bytes()))
