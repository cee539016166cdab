# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, write_pcap


def make(work):
    lines = [("s", b"+OK POP3 ready\r\n"), ("c", b"AUTH PLAIN AGFsaWNlAFJhYmJpdC1Ib2xlLTc=\r\n"),
             ("s", b"-ERR no\r\n"), ("c", b"USER bob\r\n"), ("s", b"+OK\r\n"), ("c", b"PASS Looking-Glass-1\r\n"),
             ("s", b"+OK Logged in.\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).drop(b"AUTH PLAIN").packets())
