# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap


def make(work):
    lines = [("s", b"+OK POP3 ready\r\n"), ("c", b"AUTH GSSAPI\r\n"), ("s", b"+ \r\n"),
             ("c", b"YIIBAAcICQoLDA0ODxAREhM=\r\n"), ("s", b"+ YGYXYGYXYGYX\r\n"), ("c", b"\r\n"),
             ("s", b"+ YmJiYmJiYmI=\r\n"), ("c", b"Y2NjY2NjY2M=\r\n"), ("s", b"+OK Logged in.\r\n"),
             ("c", b"STAT\r\n"), ("s", b"+OK 2 320\r\n"), ("c", b"QUIT\r\n"), ("s", b"+OK Bye\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).drop(b"YIIBAA").drop(b"YGYX").packets())
