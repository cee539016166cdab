# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

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
    write_pcap(work / "input.pcap", from_each_line(LINES, 119))
