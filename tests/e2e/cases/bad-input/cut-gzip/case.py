# SPDX-License-Identifier: GPL-3.0-or-later
import gzip

from craft import Talk, login, write_pcap


def make(work):
    write_pcap(work / "input.pcap", Talk(login("alice", "Rabbit-Hole-7")).packets())
    packed = gzip.compress((work / "input.pcap").read_bytes())
    (work / "input.pcap.gz").write_bytes(packed[:-30])
