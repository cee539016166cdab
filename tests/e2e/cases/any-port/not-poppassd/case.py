# SPDX-License-Identifier: GPL-3.0-or-later

from craft import from_each_line, write_pcap

LINES = r'''
S: 200 mail.example popd ready
C: USER alice
S: 200 password please
C: PASS Rabbit-Hole-7
S: 200 new password please
C: NEWPASS Looking-Glass-1
S: 200 changed
C: QUIT
S: 200 Bye
'''


def make(work):
    write_pcap(work / "input.pcap", from_each_line(LINES, 106))
