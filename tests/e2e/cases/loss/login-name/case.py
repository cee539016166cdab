# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap


def make(work):
    lines = [("s", b"+OK POP3 ready\r\n"), ("c", b"AUTH LOGIN\r\n"), ("s", b"+ VXNlcm5hbWU6\r\n"),
             ("c", b"YWxpY2U=\r\n"), ("s", b"+ UGFzc3dvcmQ6\r\n"), ("c", b"UmFiYml0LUhvbGUtNw==\r\n"),
             ("s", b"+OK Logged in.\r\n"), ("c", b"STAT\r\n"), ("s", b"+OK 2 320\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).drop(b"YWxpY2U=").packets())
