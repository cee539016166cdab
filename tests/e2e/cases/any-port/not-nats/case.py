# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
S: INFO {"server_id":"a","version":"2.10.1","auth_required":true}
C: CONNECT {"user":"alice","pass":"Rabbit-Hole-7","verbose":true}
S: +OK
C: PING
S: PONG
C: SUB mail 1
S: +OK
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 4222))
