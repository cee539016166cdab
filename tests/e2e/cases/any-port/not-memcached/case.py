# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
C: stats
S: STAT pid 1
S: STAT uptime 4711
S: END
C: get key
S: END
C: quit
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 11211))
