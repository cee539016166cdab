# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
S: "IMPLEMENTATION" "Rabbit"
S: "SASL" "PLAIN"
S: OK
C: AUTHENTICATE "PLAIN" "AGFsaWNlAFJhYmJpdC1Ib2xlLTc="
S: OK
C: LISTSCRIPTS
S: OK
C: NOOP
S: OK
C: LOGOUT
S: OK
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 4190))
