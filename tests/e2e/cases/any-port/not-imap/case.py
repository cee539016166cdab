# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready
C: a1 LOGIN alice Rabbit-Hole-7
S: a1 OK Logged in
C: a2 LOGOUT
S: * BYE
S: a2 OK done
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 143))
