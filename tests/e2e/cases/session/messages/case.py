# SPDX-License-Identifier: GPL-3.0-or-later

from craft import Talk, login, write_pcap

FIRST = b"Subject: one\r\n\r\n" + b"Twinkle, twinkle, little bat!\r\n" * 100
SECOND = b"Subject: two\r\n\r\nHow I wonder what you're at.\r\n"


def make(work):
    lines = login("alice", "Rabbit-Hole-7")
    lines[5:5] = [("c", b"STAT\r\n"), ("s", b"+OK 2 320\r\n"), ("c", b"LIST\r\n"),
                  ("s", b"+OK\r\n1 9\r\n2 9\r\n.\r\n"),
                  ("c", b"RETR 1\r\n"), ("s", b"+OK 99999999 octets\r\n" + FIRST + b".\r\n"),
                  ("c", b"RETR 2\r\n"), ("s", b"+OK 1 octets\r\n" + SECOND + b".\r\n"),
                  ("c", b"RETR 3\r\n"), ("s", b"-ERR no such message\r\n")]
    write_pcap(work / "input.pcap", Talk(lines).packets())
