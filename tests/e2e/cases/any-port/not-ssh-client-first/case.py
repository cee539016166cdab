# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
C: SSH-2.0-PuTTY_Release_0.80
S: SSH-2.0-OpenSSH_9.2p1 Debian-2
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 22))
