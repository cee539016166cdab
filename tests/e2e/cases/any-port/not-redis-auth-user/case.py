# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
C: AUTH default Rabbit-Hole-7
C: SELECT 1
C: GET key
S: +OK
S: +OK
S: $-1
C: QUIT
S: +OK
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 6379))
