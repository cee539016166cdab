# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
S: 220 ready
C: USER alice
S: 331 Password required
C: PASS Rabbit-Hole-7
S: 230 Logged in
C: PORT 192,0,2,10,7,138
S: 200 ok
C: RETR 1-rabbit.txt
S: 150 here
S: 226 done
C: LIST
S: 150 here
S: 226 done
C: QUIT
S: 221 Goodbye
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 21))
