# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap


def make(work):
    lines = [("s", b"+OK POP3 ready\r\n"), ("c", b"AUTH PLAIN\r\n"), ("s", b"+ \r\n"),
             ("c", b"AGFsaWNlAFJhYmJpdC1Ib2xlLTc=\r\n"), ("s", b"+OK Logged in.\r\n"), ("c", b"QUIT\r\n"),
             ("s", b"+OK Bye\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).drop(b"AUTH").drop(b"+ ").drop(b"Logged").packets())
