# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
S: 220 dict.example dictd <auth.mime> <100@dict.example>
C: AUTH alice c4c9334bac560ecc979e58001b3e22fb
S: 230 ok
C: DEFINE * rabbit
S: 552 no match
C: QUIT
S: 221 bye
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 2628))
