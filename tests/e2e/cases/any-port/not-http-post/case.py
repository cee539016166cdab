# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
C: POST /login HTTP/1.1
C: Host: mail.example
C: Content-Length: 35
C:
C: USER alice
C: PASS Rabbit-Hole-7
S: HTTP/1.1 302 Found
S: Location: /
S:
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 80))
