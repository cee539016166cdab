# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, dialogue, merge, write_pcap

LINES = r'''
S: J\x00\x00\x00\x0a8.0.36\x00\x08\x00\x00\x00\x01\x02\x03\x00\xff\xff\xff\x02\x00\c
C: \x20\x00\x00\x01\x85\xa6\xff\x01\x00\x00\x00\x01alice\x00\c
S: \x07\x00\x00\x02\x00\x00\x00\x02\x00\x00\x00\c
'''


def make(work):
    lines = dialogue("\n".join(line.strip() for line in LINES.strip().splitlines()))
    packets = []
    # From the beginning with the handshake, and without it from each line on; both sides and one of them.
    for first in [-1, *range(len(lines))]:
        for only in ("cs", "c", "s"):
            talk = Talk(lines[max(first, 0):], client=("192.0.2.10", 50000 + len(packets)),
                        server=("198.51.100.25", 3306), handshake=first < 0, start=10 * len(packets))
            packets.append((talk if only == "cs" else talk.only(only)).packets())
    write_pcap(work / "input.pcap", merge(*packets))
