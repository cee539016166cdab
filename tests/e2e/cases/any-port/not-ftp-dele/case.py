# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
S: 220 ready
C: USER alice
S: 331 Password required
C: PASS Rabbit-Hole-7
S: 230 Logged in
C: DELE 2024-report.txt
S: 250 gone
C: NOOP
S: 200 ok
C: QUIT
S: 221 Goodbye
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 21))
