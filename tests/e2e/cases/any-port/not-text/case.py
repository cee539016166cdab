# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
S: Welcome to Wonderland MUD
C: enter alice Rabbit-Hole-7
S: You are in a hall full of doors.
C: look
S: Doors.
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 7777))
