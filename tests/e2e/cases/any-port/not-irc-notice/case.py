# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
S: :irc.example NOTICE * :*** Looking up your hostname
C: PASS Rabbit-Hole-7
C: NICK alice
C: USER alice 0 * :Alice
S: :irc.example 001 alice :Welcome
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 6667))
