# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
C: *2
C: $4
C: AUTH
C: $13
C: Rabbit-Hole-7
S: +OK
C: *1
C: $4
C: PING
S: +PONG
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 6379))
