# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
S: 220 mail.example at your service
C: EHLO client.example
S: 250-mail.example
S: 250 AUTH PLAIN LOGIN
C: AUTH PLAIN AGFsaWNlAFJhYmJpdC1Ib2xlLTc=
S: 235 2.7.0 ok
C: QUIT
S: 221 Bye
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 25))
