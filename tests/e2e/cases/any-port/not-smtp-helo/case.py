# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
S: 220 mail.example ready
C: HELO client.example
S: 250 mail.example
C: RSET
S: 250 ok
C: NOOP
S: 250 ok
C: QUIT
S: 221 Bye
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 25))
