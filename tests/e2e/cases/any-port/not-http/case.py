# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
C: GET / HTTP/1.1
C: Host: mail.example
C:
S: HTTP/1.1 200 OK
S: Content-Length: 6
S:
S: hello
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 80))
