# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
S: OK MPD 0.23.5
C: password Rabbit-Hole-7
S: OK
C: list album
S: Album: Wonderland
S: OK
C: close
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 6600))
