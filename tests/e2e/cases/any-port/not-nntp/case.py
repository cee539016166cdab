# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, dialogue, merge, write_pcap

LINES = r'''
S: 200 news.example ready
C: AUTHINFO USER alice
S: 381 Password required
C: AUTHINFO PASS Rabbit-Hole-7
S: 281 Welcome
C: QUIT
S: 205 Bye
'''


def make(work):
    lines = dialogue("\n".join(line.strip() for line in LINES.strip().splitlines()))
    packets = []
    # From the beginning with the handshake, and without it from each line on; both sides and one of them.
    for first in [-1, *range(len(lines))]:
        for only in ("cs", "c", "s"):
            talk = Talk(lines[max(first, 0):], client=("192.0.2.10", 50000 + len(packets)),
                        server=("198.51.100.25", 119), handshake=first < 0, start=10 * len(packets))
            packets.append((talk if only == "cs" else talk.only(only)).packets())
    write_pcap(work / "input.pcap", merge(*packets))
