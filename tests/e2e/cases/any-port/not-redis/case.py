# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
C: AUTH Rabbit-Hole-7
S: +OK
C: SET key value
S: +OK
C: PING
S: +PONG
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 6379))
