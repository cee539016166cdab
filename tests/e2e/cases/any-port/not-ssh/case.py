# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
S: SSH-2.0-OpenSSH_9.2p1 Debian-2
C: SSH-2.0-OpenSSH_9.6
C: \x00\x00\x05\x1c\x04\x14
S: \x00\x00\x04\x3c\x09\x14
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 22))
